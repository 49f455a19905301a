"""An S3 server on this machine (moto) that is at times busy, slow, or breaks off."""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

Start = Callable[..., Any]


@dataclass
class Weather:
    """What the server does beside its work.

    Attributes:
        busy: share of requests that are answered with 503 Slow Down.
        slow_s: how long every read waits.
        told: requests by method, and how many of them were turned away (``503``).
    """

    busy: float = 0.0
    slow_s: float = 0.0
    told: Counter[str] = field(default_factory=Counter)
    random: Random = field(default_factory=lambda: Random(5))


_SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


@dataclass
class _Stormy:
    app: Any
    weather: Weather

    def __call__(self, environ: dict[str, Any], start: Start) -> Iterable[bytes]:
        self.weather.told[environ["REQUEST_METHOD"]] += 1
        if self.weather.random.random() < self.weather.busy:
            self.weather.told["503"] += 1
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            head = [("Content-Type", "application/xml"), ("Content-Length", str(len(_SLOW_DOWN)))]
            start("503 Slow Down", head)
            return [_SLOW_DOWN]
        if environ["REQUEST_METHOD"] == "GET":
            time.sleep(self.weather.slow_s)
        answer: Iterable[bytes] = self.app(environ, start)
        return answer


def needs(*packages: str) -> None:
    """Skips a test where an S3 server, or what else it needs, can't be had."""
    for package in ("moto", "boto3", "werkzeug", *packages):
        pytest.importorskip(
            package,
            reason=f"an S3 server to try it on needs: pip install 'moto[server]' {' '.join(packages)}",
        )
    logging.getLogger("werkzeug").setLevel(logging.ERROR)


@contextmanager
def bucket_server() -> Iterator[tuple[str, Weather]]:
    """Its address and its weather; it holds a bucket named ``corpus``."""
    import boto3
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    weather = Weather()
    app = _Stormy(DomainDispatcherApplication(create_backend_app), weather)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    keys = {"aws_access_key_id": "a", "aws_secret_access_key": "b", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=address, **keys).create_bucket(Bucket="corpus")
    try:
        yield address, weather
    finally:
        server.shutdown()
