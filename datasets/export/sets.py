"""What all exports share: the sets of a finished run, names and texts that every format can hold, tar files."""

from __future__ import annotations

import io
import re
import tarfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePosixPath

from wavelode.datasets.manifest import read_manifest
from wavelode.datasets.storage import Layout, whole
from wavelode.datasets.views.clips import Clip, Clips
from wavelode.schemas.errors import StorageError

CLIPS_PER_TAR = 1000


@dataclass(frozen=True, slots=True)
class ClipSet:
    """The clips of one folder of shards.

    Attributes:
        split: ``all`` for unlabelled speech.
    """

    shelf: str
    language: str
    split: str
    folder: Path
    shards: tuple[Path, ...]

    @property
    def name(self) -> str:
        """One word for it: ``asr-or-train``."""
        return f"{self.shelf}-{self.language}-{self.split}"

    def clips(self) -> Iterator[Clip]:
        """All clips in the order of the shards; one row group is held."""
        for shard in self.shards:
            yield from Clips(shard)


Export = Callable[[Sequence[ClipSet], Path], None]
"""Writes sets into a folder."""


def sets_of(out: Path, shelves: Iterable[str] = ("asr",)) -> list[ClipSet]:
    """The sets that a run's manifest names, sorted.

    Raises:
        StorageError: if there is no manifest or nothing in it.
    """
    found: dict[tuple[str, str, str], list[Path]] = {}
    wanted = set(shelves)
    for shard in read_manifest(Layout(out).manifest).shards:
        if shard.shelf in wanted:
            found.setdefault((shard.shelf, shard.language, shard.split or "all"), []).append(out / shard.path)
    if not found:
        raise StorageError(
            f"{out}: its manifest names no shards of {', '.join(sorted(wanted))}; pack some first"
        )
    return [ClipSet(*key, shards[0].parent, tuple(sorted(shards))) for key, shards in sorted(found.items())]


def one_line(text: str | None) -> str:
    """A text without line ends, tabs or runs of spaces, which separate fields in most formats."""
    return " ".join((text or "").split())


def file_key(clip: Clip) -> str:
    """A clip's name as a file's without its ending: no spaces, and no dot, which in tar files begins the ending."""
    return re.sub(r"[./\s]+", "-", clip.clip_id)


def file_name(clip: Clip) -> str:
    """The same with the ending of how its sound is coded."""
    return f"{file_key(clip)}.{ending_of(clip)}"


def ending_of(clip: Clip) -> str:
    """``flac`` or ``opus``."""
    return PurePosixPath(clip["audio"]["path"] or "x.flac").suffix[1:]


def speaker_of(clip: Clip) -> str:
    """Who speaks, as far as it is known; else the recording stands for them."""
    within = clip["speaker_id"]
    return clip["speaker_cluster"] or (f"{clip['recording_id']}-{within}" if within else clip["recording_id"])


def batched(clips: Iterable[Clip], size: int = CLIPS_PER_TAR) -> Iterator[list[Clip]]:
    """Lists of so many clips."""
    coming = iter(clips)
    while batch := list(islice(coming, size)):
        yield batch


@contextmanager
def tar_file(path: Path) -> Iterator[Callable[[str, bytes], None]]:
    """A tar file to add members to, by name and content; whole or not there. Holds no times: same input, same bytes."""
    with whole(path) as part, tarfile.open(part, "w", format=tarfile.GNU_FORMAT) as tar:

        def add(name: str, content: bytes) -> None:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))

        yield add
