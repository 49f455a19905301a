"""Who may ask: only a browser that was given the token, under a name of this machine, from our own pages.

The token comes once in the address and then rests in a cookie. A page elsewhere that tricks the browser into asking
fails three times: the cookie isn't sent (SameSite), the name in ``Host`` is not ours (DNS rebinding), and what
changes something must come from our own origin.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qsl, urlencode

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_COOKIE = "wavelode"
_HEADERS = [
    (
        b"content-security-policy",
        b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
        b"media-src 'self' blob:; connect-src 'self' blob:; form-action 'none'; base-uri 'none'; "
        b"frame-ancestors 'none'",
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cache-control", b"no-store"),
]
REPORT_POLICY = (
    b"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    b"media-src data:; img-src data:"
)
"""The report holds script and style of its own; it may fetch nothing at all."""


@dataclass(frozen=True, slots=True)
class Guard:
    """Lets a request through to `app`, or refuses it."""

    app: App
    token: str
    hosts: frozenset[str] = LOOPBACK

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        refused = self._refusal(scope, headers)
        if refused:
            await _answer(send, *refused)
        elif self._token_in_address(scope):
            await _answer(send, 303, "", self._welcome(scope))
        else:
            await self.app(scope, receive, _with_headers(send, scope["path"]))

    def _refusal(self, scope: Scope, headers: dict[str, str]) -> tuple[int, str] | None:
        host = headers.get("host", "")
        if _host_name(host) not in self.hosts:
            return 421, "This address is not served here."
        if not (self._token_in_address(scope) or self._known(headers)):
            return 403, "Open the address that `wavelode serve` printed; it holds the token."
        if scope["method"] not in ("GET", "HEAD") and headers.get("origin") != f"http://{host}":
            return 403, "Changes are taken from this server's own pages only."
        return None

    def _token_in_address(self, scope: Scope) -> bool:
        given = dict(parse_qsl(scope["query_string"].decode("latin-1"))).get("token")
        return scope["method"] == "GET" and given is not None and self._same(given)

    def _known(self, headers: dict[str, str]) -> bool:
        cookie = SimpleCookie(headers.get("cookie", "")).get(_COOKIE)
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        return self._same(cookie.value if cookie else bearer)

    def _same(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "replace"), self.token.encode())

    def _welcome(self, scope: Scope) -> list[tuple[bytes, bytes]]:
        query = [pair for pair in parse_qsl(scope["query_string"].decode("latin-1")) if pair[0] != "token"]
        # One slash only: "//name" would lead to another server.
        where = "/" + scope["path"].lstrip("/") + (f"?{urlencode(query)}" if query else "")
        cookie = f"{_COOKIE}={self.token}; Path=/; HttpOnly; SameSite=Strict"
        return [(b"location", where.encode("ascii", "ignore")), (b"set-cookie", cookie.encode())]


def _host_name(host: str) -> str:
    """``[::1]:8080`` to ``[::1]``."""
    return host[: host.find("]") + 1] if host.startswith("[") else host.partition(":")[0].lower()


async def _answer(
    send: Send, status: int, text: str, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    plain = (b"content-type", b"text/plain; charset=utf-8")
    await send(
        {"type": "http.response.start", "status": status, "headers": [plain, *_HEADERS, *(headers or [])]}
    )
    await send({"type": "http.response.body", "body": text.encode()})


def _with_headers(send: Send, path: str) -> Send:
    async def sending(message: Any) -> None:
        if message["type"] == "http.response.start":
            own = dict(_HEADERS)
            if path == "/report":
                own[b"content-security-policy"] = REPORT_POLICY
            message = {**message, "headers": [*message["headers"], *own.items()]}
        await send(message)

    return sending
