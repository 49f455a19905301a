"""A web server on this machine that stalls, breaks off, lies and forbids, as its paths say."""

from __future__ import annotations

import hashlib
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_STALL_S = 2.0


def content(path: str, size: int = 40_000) -> bytes:
    """The bytes that belong under a path; no two alike."""
    seed = hashlib.sha256(path.encode()).digest()
    return (b"ID3" + seed * (size // 32 + 1))[:size]


@dataclass
class Seen:
    """What was asked for, in order, with the time and the bytes it began at."""

    asked: list[tuple[str, float, int]] = field(default_factory=list)
    often: Counter[str] = field(default_factory=Counter)
    robots: str = "User-agent: *\nDisallow: /forbidden/\n"
    version: dict[str, int] = field(default_factory=dict)

    def starts(self, path: str) -> list[int]:
        return [start for name, _, start in self.asked if name == path]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""

    def do_GET(self) -> None:
        seen = self.server.seen
        kind = self.path.split("/")[1].split("?")[0]
        if kind == "robots.txt":
            self._send(200, seen.robots.encode(), {})
            return
        asked = self.headers.get("Range", "")
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        seen.asked.append((self.path, time.monotonic(), start))
        seen.often[self.path] += 1
        getattr(self, f"_{kind}", self._good)(start, seen.often[self.path])

    def _body(self) -> bytes:
        return content(self.path, 40_000 + self.server.seen.version.get(self.path, 0))

    def _tags(self, body: bytes) -> dict[str, str]:
        return {"ETag": f'"{hashlib.sha256(body).hexdigest()[:12]}"'}

    def _good(self, start: int, nth: int) -> None:
        """Honours Range and If-Range."""
        body = self._body()
        tags = self._tags(body)
        if not start or self.headers.get("If-Range") != tags["ETag"]:
            self._send(200, body, tags)
        elif start >= len(body):
            self._send(416, b"", {"Content-Range": f"bytes */{len(body)}"})
        else:
            told = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self._send(206, body[start:], {**tags, "Content-Range": told})

    def _cut(self, start: int, nth: int) -> None:
        """Breaks off in the middle, twice."""
        if nth > 2:
            self._good(start, nth)
            return
        body = self._body()
        told = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"} if start else {}
        self._send(206 if start else 200, body[start:], {**self._tags(body), **told}, half=True)

    def _chunked(self, start: int, nth: int) -> None:
        """Says no length; breaks off between two chunks, once."""
        body = self._body()
        self._head(200, {"Transfer-Encoding": "chunked"})
        for part in (body[:15_000], body[15_000:]):
            self.wfile.write(f"{len(part):x}\r\n".encode() + part + b"\r\n")
            if nth == 1:
                self.close_connection = True
                return
        self.wfile.write(b"0\r\n\r\n")

    def _always_cut(self, start: int, nth: int) -> None:
        self._send(200, self._body(), {}, half=True)

    def _stall(self, start: int, nth: int) -> None:
        """Sends some and then nothing for longer than anybody waits, once."""
        if nth > 1:
            self._good(start, nth)
            return
        body = self._body()
        self._head(200, {**self._tags(body), "Content-Length": str(len(body))})
        self.wfile.write(body[:10_000])
        self.wfile.flush()
        time.sleep(_STALL_S)
        self.close_connection = True

    def _trickle(self, start: int, nth: int) -> None:
        """A byte at a time, for ever."""
        self._head(200, {"Content-Length": "40000"})
        for _ in range(400):
            self.wfile.write(b"x")
            self.wfile.flush()
            time.sleep(0.05)

    def _busy(self, start: int, nth: int) -> None:
        if nth < 3:
            self._send(503, b"later", {"Retry-After": "0.2"})
        else:
            self._good(start, nth)

    def _gone(self, start: int, nth: int) -> None:
        self._send(404, b"<html>not here</html>", {})

    def _page(self, start: int, nth: int) -> None:
        """An error page that says it is all right."""
        self._send(200, b"<!DOCTYPE html><html>Not found</html>", {})

    def _nothing(self, start: int, nth: int) -> None:
        self._send(200, b"", {})

    def _digest(self, start: int, nth: int) -> None:
        """Announces a hash that is not the file's, twice."""
        body = self._body()
        told = body if nth > 2 else b"something else"
        digest = b64encode(hashlib.sha256(told).digest()).decode()
        self._send(200, body, {"Repr-Digest": f"sha-256=:{digest}:"})

    def _wrong_part(self, start: int, nth: int) -> None:
        """Breaks off, then goes on at another place than it was asked to."""
        body = self._body()
        if start:
            told = f"bytes {start + 7}-{len(body) - 1}/{len(body)}"
            self._send(206, body[start + 7 :], {**self._tags(body), "Content-Range": told})
        elif nth == 1:
            self._send(200, body, self._tags(body), half=True)
        else:
            self._send(200, body, self._tags(body))

    def _other_version(self, start: int, nth: int) -> None:
        """Breaks off, then the file changes, and the server goes on as if it had not."""
        body = self._body()
        if nth == 1:
            self._send(200, body, self._tags(body), half=True)
            return
        self.server.seen.version[self.path] = 1
        body = content(self.path, 40_001)
        if start:
            told = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self._send(206, body[start:], {**self._tags(body), "Content-Range": told})
        else:
            self._send(200, body, self._tags(body))

    def _send(self, status: int, body: bytes, headers: dict[str, str], *, half: bool = False) -> None:
        self._head(status, {**headers, "Content-Length": str(len(body))})
        self.wfile.write(body[: len(body) // 2] if half else body)
        self.close_connection = half

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.seen = Seen()

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what this server is for."""


@contextmanager
def liar() -> Iterator[tuple[str, Seen]]:
    """Its address and what it has seen."""
    server = _Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", server.seen
    finally:
        server.shutdown()
        server.server_close()
