"""Ranges of bytes of many files, on a disk or in an object store; the only place where the loader touches either.

An address is a path on a disk, one into an object store (see `wavelode.datasets.far`), or anything else that Arrow
(``hdfs://``) or fsspec knows.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.fs as pafs

from wavelode.datasets.far import FarPath, patiently, reach
from wavelode.datasets.ranges import ranges
from wavelode.schemas.errors import MissingDependency, StorageError

_MOST_OPEN = 256
"""Of files at once: a process may often hold a thousand in all."""


class Blobs(Protocol):
    """Numbered files to read from; one serves many threads at once, and may be sent to other processes.

    Attributes:
        far: whether a read is worth waiting for elsewhere: then many are under way at once.
    """

    @property
    def far(self) -> bool: ...

    def read(self, file: int, offset: int, size: int) -> bytes:
        """So many bytes; fewer where the file ends.

        Raises:
            OSError: if the file isn't there or can't be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder somewhere.

    Attributes:
        files: Arrow's access to where it is.
        root: the folder as that knows it.
        far: False where it is on a disk of this machine.
        place: where it is in an object store that `wavelode.datasets.far` knows.
    """

    files: Any
    root: str
    far: bool
    place: FarPath | None = None

    @classmethod
    def at(cls, address: str | os.PathLike[str]) -> Folder:
        """The folder (or the one file) of an address.

        Raises:
            MissingDependency: if no package here knows such addresses.
            StorageError: if it can't be reached.
        """
        text = str(address)
        path = reach(Path(text))
        if isinstance(path, FarPath):
            return cls(path.files, path.key, far=True, place=path)
        if "://" not in text:
            return cls(pafs.LocalFileSystem(), path.absolute().as_posix(), far=False)
        try:
            files, root = pafs.FileSystem.from_uri(text)
        except pa.ArrowInvalid:
            return _through_fsspec(text)
        except OSError as error:
            raise StorageError(
                f"{text}: can't be reached ({_first_line(error)}); check the address"
            ) from error
        return cls(files, root.rstrip("/"), far=not text.startswith("file:"))

    def shards(self) -> list[str]:
        """Paths of all shards below, sorted, from `root`; "" where `root` is one itself.

        Raises:
            StorageError: if there are none or it can't be listed.
        """
        try:
            if self.files.get_file_info(self.root).type == pafs.FileType.File:
                return [""]
            found = self.files.get_file_info(
                pafs.FileSelector(self.root, recursive=True, allow_not_found=True)
            )
        except OSError as error:
            raise StorageError(f"{self.root}: can't list it ({_first_line(error)})") from error
        paths = [PurePosixPath(info.path).relative_to(self.root) for info in found if info.is_file]
        shards = sorted(path for path in paths if path.suffix == ".parquet" and path.name[0] not in "._")
        if not shards:
            raise StorageError(
                f"{self.root}: there are no shards (*.parquet); give the asr or ssl folder of a finished run"
            )
        return [str(path) for path in shards]

    def open(self, path: str) -> Any:
        """A file below, open for reading at any place.

        Raises:
            OSError: if it isn't there.
        """
        return self.files.open_input_file(f"{self.root}/{path}" if path else self.root)

    def reader(self, path: str) -> Any:
        """A file below, of which nothing but ``read_at(size, offset)`` is wanted.

        Raises:
            OSError: if it isn't there; it may say so only when it is read.
        """
        return (ranges(self.place / path) if self.place else None) or self.open(path)


def _through_fsspec(text: str) -> Folder:
    scheme = text.partition("://")[0]
    try:
        import fsspec

        files, root = fsspec.core.url_to_fs(text)
    except (ImportError, ValueError) as error:
        raise MissingDependency(
            f"{text}: addresses with {scheme}:// need their fsspec package ({error})"
        ) from error
    return Folder(pafs.PyFileSystem(pafs.FSSpecHandler(files)), root.rstrip("/"), far=scheme != "memory")


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


@dataclass(slots=True)
class ShardBlobs:
    """`Blobs` of the shards of an address; each process opens what it reads for itself."""

    address: str
    paths: Sequence[str]
    _where: Path = Path()
    _folder: Folder | None = None
    _open: dict[int, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._where = reach(Path(self.address))

    @property
    def far(self) -> bool:
        return self._reached().far

    def read(self, file: int, offset: int, size: int) -> bytes:
        return patiently(lambda: self._read(file, offset, size), self._where)

    def _read(self, file: int, offset: int, size: int) -> bytes:
        source = self._open.get(file)
        if source is None:
            source = self._reached().reader(self.paths[file])
            self._keep(file, source)
        data: bytes = source.read_at(size, offset)
        return data

    def _reached(self) -> Folder:
        if self._folder is None:
            self._folder = Folder.at(self.address)
        return self._folder

    def _keep(self, file: int, source: Any) -> None:
        """Several threads may come here at once: each step is whole by itself, and what a reader holds stays open."""
        if len(self._open) >= _MOST_OPEN:
            self._open = {}
        self._open[file] = source

    def __getstate__(self) -> tuple[str, Sequence[str]]:
        return self.address, self.paths

    def __setstate__(self, state: tuple[str, Sequence[str]]) -> None:
        self.address, self.paths = state
        self._where, self._folder, self._open = reach(Path(self.address)), None, {}
