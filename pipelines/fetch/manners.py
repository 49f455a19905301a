"""How to behave towards servers: what they forbid is not fetched, and never more often than agreed."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit
from urllib.robotparser import RobotFileParser

from wavelode.schemas.errors import ErrorCode, InputError

AGENT = "wavelode"
_MOST_ROBOTS_BYTES = 500 << 10
_LONGEST_WAIT_S = 120.0


@dataclass(frozen=True, slots=True)
class Manners:
    """How a worker behaves.

    Attributes:
        per_s: requests to one host in a second, of all workers together.
        workers: how many there are; each keeps to its share.
        timeout_s: without a byte for so long, a transfer has stalled.
        slowest_bytes_per_s: a transfer that is slower over `timeout_s` has stalled as well.
        tries: in a row that bring nothing new, before a file is given up.
        first_wait_s: before the second try, doubled each time; what a server asks for goes before it.
        contact: an address for whoever runs the server, sent along.
    """

    per_s: float = 2.0
    workers: int = 2
    timeout_s: float = 30.0
    slowest_bytes_per_s: float = 500.0
    tries: int = 5
    first_wait_s: float = 1.0
    most_bytes: int = 4_000_000_000
    contact: str = ""

    @property
    def headers(self) -> dict[str, str]:
        who = f" ({self.contact})" if self.contact else ""
        return {"User-Agent": f"{AGENT}/1{who}", "Accept-Encoding": "identity"}

    def wait_s(self, failed: int, asked_s: float | None) -> float:
        """How long to wait after that many failures in a row; spread, so that workers don't come back as one."""
        if asked_s is not None:
            return min(asked_s, _LONGEST_WAIT_S)
        return min(self.first_wait_s * 2.0**failed, _LONGEST_WAIT_S) * (0.5 + random.random() / 2)


class Again(Exception):
    """What may go well another time.

    Args:
        after_s: how long the server asks to wait.
    """

    def __init__(
        self, why: str, after_s: float | None = None, code: ErrorCode = ErrorCode.UNREACHABLE
    ) -> None:
        super().__init__(why)
        self.after_s = after_s
        self.code = code


@dataclass(slots=True)
class Hosts:
    """What one worker knows of the hosts it asks: their rules, and when it may ask again."""

    manners: Manners
    session: Any
    rules: dict[str, RobotFileParser] = field(default_factory=dict)
    free_at: dict[str, float] = field(default_factory=dict)

    def enter(self, url: str) -> None:
        """Waits until a request may be sent.

        Raises:
            InputError: forbidden, if the host's robots.txt says so.
            Again: if that can't be read just now; then nothing may be fetched (RFC 9309, 2.3.1.4).
        """
        host = urlsplit(url).netloc
        if host not in self.rules:
            self.pause(host)
            self.rules[host] = self._read_rules(url)
        if not self.rules[host].can_fetch(AGENT, url):
            raise InputError(ErrorCode.FORBIDDEN, f"{url}: the server's robots.txt forbids it; ask its owner")
        self.pause(host)

    def pause(self, host: str) -> None:
        asked_s = self.rules[host].crawl_delay(AGENT) if host in self.rules else None
        apart_s = max(1 / self.manners.per_s, float(asked_s or 0)) * self.manners.workers
        now = time.monotonic()
        at = max(now, self.free_at.get(host, now))
        self.free_at[host] = at + apart_s
        time.sleep(at - now)

    def _read_rules(self, url: str) -> RobotFileParser:
        import requests

        parts = urlsplit(url)
        place = f"{parts.scheme}://{parts.netloc}/robots.txt"
        rules = RobotFileParser(place)
        try:
            with self.session.get(place, timeout=self.manners.timeout_s, stream=True) as answer:
                if answer.status_code == 429 or answer.status_code >= 500:
                    raise Again(f"robots.txt answers {answer.status_code}", retry_after(answer.headers))
                known = answer.status_code == 200
                text = next(answer.iter_content(_MOST_ROBOTS_BYTES), b"") if known else b""
        except requests.RequestException as error:
            raise Again(f"robots.txt can't be read ({type(error).__name__})") from error
        rules.parse(text.decode("utf-8", "replace").splitlines())
        return rules


def retry_after(headers: Any) -> float | None:
    """The seconds that a server asks to wait; None where it says nothing that can be read."""
    said = headers.get("Retry-After", "")
    try:
        return max(0.0, float(said)) if said.replace(".", "", 1).isdigit() else _until(said)
    except (ValueError, TypeError):
        return None


def _until(date: str) -> float | None:
    return max(0.0, parsedate_to_datetime(date).timestamp() - time.time()) if date else None
