"""Files in object stores, under paths like those of a disk: ``s3://bucket/folder`` and ``gs://bucket/folder``.

A store has no folders and no renaming: an object is put there whole, or not at all. Arrow speaks to it, and asks again
where the store is busy; what it gives up on is tried a few times more, each time later. Keys and endpoints come from
where the store's own tools look for them: AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, GOOGLE_APPLICATION_CREDENTIALS,
STORAGE_EMULATOR_HOST and so on.
"""

from __future__ import annotations

import errno
import io
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path, PosixPath
from typing import Any, TypeVar

import pyarrow.fs as pafs

from wavelode.schemas.errors import StorageError

SCHEMES = ("s3:", "gs:")
_TRIES = 6
_FIRST_WAIT_S = 0.5
_TIMEOUT_S = 30.0
_ATTEMPTS = 5
_PASSING = frozenset(
    [
        *(errno.EAGAIN, errno.EBUSY, errno.ECONNABORTED, errno.ECONNREFUSED, errno.ECONNRESET),
        *(errno.EHOSTUNREACH, errno.EINTR, errno.EIO, errno.ENETUNREACH, errno.ESTALE, errno.ETIMEDOUT),
    ]
)
"""What a network file system says while it is not itself."""
_T = TypeVar("_T")


def reach(path: Path) -> Path:
    """A path as it is to be used: one into an object store becomes a `FarPath`.

    >>> reach(Path("s3://bucket/corpus")).name, type(reach(Path("here"))) is type(Path())
    ('corpus', True)
    """
    if isinstance(path, FarPath) or not path.parts or path.parts[0] not in SCHEMES:
        return path
    if len(path.parts) < 2:
        raise StorageError(f"{path}: names no bucket; give {path.parts[0]}//BUCKET/FOLDER")
    return FarPath(*path.parts)


def patiently(work: Callable[[], _T], what: object) -> _T:
    """The work's result, tried again with growing waits where storage fails in passing.

    Raises:
        OSError: the last one, or at once one that will not pass.
    """
    for attempt in range(_TRIES - 1):
        try:
            return work()
        except OSError as error:
            if not _passes(error, what):
                raise
        time.sleep(_FIRST_WAIT_S * 2**attempt * (0.5 + random.random() / 2))
    return work()


def _passes(error: OSError, what: object) -> bool:
    """A store's errors carry no number; what isn't there and what is forbidden won't change."""
    if isinstance(error, FileNotFoundError | PermissionError | IsADirectoryError | NotADirectoryError):
        return False
    if isinstance(what, FarPath):
        said = str(error)
        return not any(word in said for word in ("ACCESS_DENIED", "NO_SUCH_BUCKET", "INVALID_ACCESS_KEY"))
    return error.errno in _PASSING


@cache
def _files(scheme: str) -> Any:
    """Arrow's access to a kind of store, once a process."""
    if scheme == "gs:":
        return _google(os.environ.get("STORAGE_EMULATOR_HOST") or "")
    kind, _, host = s3_endpoint().rpartition("://")
    return pafs.S3FileSystem(
        endpoint_override=host or None,
        scheme=kind or "https",
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or None,
        connect_timeout=_TIMEOUT_S,
        request_timeout=_TIMEOUT_S,
        allow_delayed_open=True,  # what is small is put by one request
        retry_strategy=pafs.AwsStandardS3RetryStrategy(max_attempts=_ATTEMPTS),
    )


def s3_endpoint() -> str:
    """Where S3 is, by the environment; empty: Amazon's own."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""


def _google(emulator: str) -> Any:
    """Google's store, or a server that stands in for it, which asks for no key."""
    patience = timedelta(seconds=_TIMEOUT_S)
    if not emulator:
        return pafs.GcsFileSystem(retry_time_limit=patience)
    kind, _, host = emulator.rpartition("://")
    return pafs.GcsFileSystem(
        anonymous=True, scheme=kind or "http", endpoint_override=host, retry_time_limit=patience
    )


@dataclass(frozen=True, slots=True)
class FarStat:
    """What is told of an object."""

    st_size: int
    st_mtime: float
    st_mtime_ns: int


class FarPath(PosixPath):
    """A path into an object store; what reads and writes goes to the store, and folders need no making."""

    @property
    def key(self) -> str:
        """Bucket and key, as Arrow wants them."""
        return "/".join(self.parts[1:])

    @property
    def files(self) -> Any:
        return _files(self.parts[0])

    def __str__(self) -> str:
        is_whole = (
            self.parts[:1] and self.parts[0] in SCHEMES
        )  # else what is left of one: a path within a folder
        return f"{self.parts[0]}//{self.key}" if is_whole else super().__str__()

    def __fspath__(self) -> str:
        raise StorageError(f"{self}: is in an object store; what needs a file on a disk can't use it")

    def _info(self) -> Any:
        return patiently(lambda: self.files.get_file_info(self.key), self)

    def exists(self, **_: Any) -> bool:
        return bool(self._info().type != pafs.FileType.NotFound)

    def is_file(self, **_: Any) -> bool:
        return bool(self._info().type == pafs.FileType.File)

    def is_dir(self, **_: Any) -> bool:
        return bool(self._info().type == pafs.FileType.Directory)

    def stat(self, **_: Any) -> Any:
        info = self._info()
        if info.type == pafs.FileType.NotFound:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self))
        return FarStat(info.size or 0, (info.mtime_ns or 0) / 1e9, info.mtime_ns or 0)

    def open(self, mode: str = "r", *_: Any, **how: Any) -> Any:
        """For reading only; `put` writes."""
        if "w" in mode or "a" in mode or "+" in mode:
            raise StorageError(f"{self}: can't be written bit by bit; objects are put whole")
        raw = patiently(lambda: self.files.open_input_file(self.key), self)
        return raw if "b" in mode else io.TextIOWrapper(raw, encoding=how.get("encoding") or "utf-8")

    def read_bytes(self) -> bytes:
        def read() -> bytes:
            with self.files.open_input_file(self.key) as file:
                data: bytes = file.readall()
                return data

        return patiently(read, self)

    def read_text(self, encoding: str | None = None, errors: str | None = None, **_: Any) -> str:
        return self.read_bytes().decode(encoding or "utf-8", errors or "strict")

    def put(self, local: Path) -> None:
        """Puts a file of this machine here, whole."""
        data = local.read_bytes()

        def write() -> None:
            stream = self.files.open_output_stream(self.key)
            stream.write(data)
            stream.close()

        patiently(write, self)

    def get(self, local: Path) -> None:
        """Brings the object to this machine.

        Raises:
            OSError: if it isn't there or can't be read.
        """

        def read() -> None:
            with self.files.open_input_stream(self.key) as source, local.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)

        patiently(read, self)

    def unlink(self, missing_ok: bool = False) -> None:
        try:
            patiently(lambda: self.files.delete_file(self.key), self)
        except FileNotFoundError:
            if not missing_ok:
                raise

    def mkdir(self, *_: Any, **__: Any) -> None:
        """Nothing: a store has no folders."""

    def rmdir(self) -> None:
        """Nothing."""

    def iterdir(self) -> Generator[FarPath, None, None]:
        yield from self._below(recursive=False)

    def glob(self, pattern: str, **_: Any) -> Iterator[Any]:  # type: ignore[override]
        yield from (path for path in self._below(recursive=False) if fnmatchcase(path.name, pattern))

    def rglob(self, pattern: str, **_: Any) -> Iterator[Any]:  # type: ignore[override]
        yield from (path for path in self._below(recursive=True) if fnmatchcase(path.name, pattern))

    def _below(self, *, recursive: bool) -> Iterator[FarPath]:
        chosen = pafs.FileSelector(self.key, recursive=recursive, allow_not_found=True)
        for info in patiently(lambda: self.files.get_file_info(chosen), self):
            if info.type == pafs.FileType.File:
                yield FarPath(self.parts[0], *info.path.split("/"))

    def resolve(self, strict: bool = False) -> FarPath:
        return self

    def absolute(self) -> FarPath:
        return self


def opened(path: Path) -> Any:
    """What Arrow reads a table from: the path of a file on a disk, or an object open for reading."""
    return path.open("rb") if isinstance(path, FarPath) else path


@contextmanager
def at_hand(path: Path, folder: Path | None = None) -> Iterator[Path]:
    """The path of a file on this machine's disk with the same bytes; a copy of an object is gone afterwards.

    Raises:
        OSError: if it can't be brought here.
    """
    if not isinstance(path, FarPath):
        yield path
        return
    with tempfile.TemporaryDirectory(dir=folder) as name:
        local = Path(name, path.name)
        path.get(local)
        yield local
