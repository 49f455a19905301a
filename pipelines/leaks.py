"""What two sets of clips share: the same sound, the same words in a row, the same speakers.

::

    found = leaks("OUT/asr/or/test", "OUT/asr/or/train", scratch)
    found.sound, found.texts, found.speakers

Looks only at what lies in the shards, so it holds for any two sets, whoever split them. Sound is found though it was
encoded again, shifted, in noise or up to about 6 % faster or slower.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from wavelode.datasets.rows import Row
from wavelode.datasets.views.clips import Clip, Clips
from wavelode.pipelines.duplicates.prints import Prints
from wavelode.pipelines.duplicates.shuffle import Shuffle
from wavelode.pipelines.duplicates.warp import SPEEDS, warped
from wavelode.pipelines.measures.peaks import Peaks, peaks_of

WORDS = 6
"""Two texts share something if they share so many words in a row."""
LEAST_WORDS_SHARED = 0.5
"""A clip's text is leaked if this share of its runs of words stands in the other set."""
_EVERY = 4
"""Four times the keys that `select` uses: noise leaves fewer."""
_READ = ("clip_id", "audio", "text_normalized", "speaker_cluster")


@dataclass(frozen=True, slots=True)
class Leaks:
    """Rows of ``LEAK``, sorted, by what is shared.

    Attributes:
        clips: how many clips the two sets hold.
    """

    sound: tuple[Row, ...]
    texts: tuple[Row, ...]
    speakers: tuple[Row, ...]
    clips: tuple[int, int]

    def __bool__(self) -> bool:
        return bool(self.sound or self.texts or self.speakers)

    @property
    def rows(self) -> tuple[Row, ...]:
        return (*self.sound, *self.texts, *self.speakers)


@dataclass(slots=True)
class _Side:
    """What is held of one set."""

    names: list[str]
    peaks: list[Peaks]
    texts: list[str]
    speakers: dict[str, str]

    @classmethod
    def read(cls, path: str | PathLike[str]) -> _Side:
        side = cls([], [], [], {})
        for clip in Clips(path, _READ):
            side.names.append(clip.clip_id)
            side.peaks.append(clip_peaks(clip))
            side.texts.append(clip["text_normalized"] or "")
            if clip["speaker_cluster"]:
                side.speakers.setdefault(clip["speaker_cluster"], clip.clip_id)
        return side


def clip_peaks(clip: Clip) -> Peaks:
    """The spectral peaks of a clip's sound."""
    return peaks_of(lambda span: clip.samples[span.start : span.end], len(clip.samples))


def leaks(one: str | PathLike[str], other: str | PathLike[str], scratch: Path) -> Leaks:
    """What the clips of two folders of shards share. Give the smaller one first: it is heard at several speeds.

    Args:
        scratch: a folder for what is grouped on the way.

    Raises:
        StorageError: if there are no shards, or one can't be read.
    """
    a, b = _Side.read(one), _Side.read(other)
    return Leaks(
        tuple(shared_sound(a.names, a.peaks, b.names, b.peaks, scratch)),
        tuple(_shared_texts(a, b)),
        tuple(
            {"kind": "speaker", "a": a.speakers[name], "b": b.speakers[name], "what": name}
            for name in sorted(a.speakers.keys() & b.speakers.keys())
        ),
        (len(a.names), len(b.names)),
    )


def shared_sound(
    names: list[str], peaks: list[Peaks], other_names: list[str], other_peaks: list[Peaks], scratch: Path
) -> Iterator[Row]:
    """Pairs of clips that hold the same sound, at the speed at which they agree best."""
    both, left, clip = warped(Prints.of(peaks), Prints.of(other_peaks))
    best: dict[tuple[int, int], Row] = {}
    for virtual, b, shift_s, shared_s, likeness in Shuffle(scratch, left, _EVERY).copies(both).tolist():
        speed = SPEEDS[virtual // max(1, len(names))]
        found = {"shift_s": shift_s, "shared_s": shared_s, "likeness": likeness, "speed": speed}
        pair = int(clip[virtual]), b - left
        if pair not in best or _weight(best[pair]) < _weight(found):
            best[pair] = {"kind": "sound", "a": names[pair[0]], "b": other_names[pair[1]], **found}
    yield from (best[pair] for pair in sorted(best))


def _weight(found: Row) -> float:
    """How much of two clips agrees: a short part may agree at a wrong speed too."""
    return float(found["shared_s"] * found["likeness"])


def _shared_texts(a: _Side, b: _Side) -> Iterator[Row]:
    where: dict[int, int] = {}
    for number, text in enumerate(b.texts):
        for run in runs_of_words(text):
            where.setdefault(run, number)
    for number, text in enumerate(a.texts):
        runs = list(runs_of_words(text))
        met = [where[run] for run in runs if run in where]
        if runs and len(met) >= LEAST_WORDS_SHARED * len(runs):
            most = int(np.bincount(met).argmax())
            share = len(met) / len(runs)
            yield {"kind": "text", "a": a.names[number], "b": b.names[most], "likeness": share, "what": text}


def runs_of_words(text: str) -> Iterable[int]:
    """A number for each run of six words; none for shorter texts, which many say."""
    words: list[Any] = text.split()
    return (hash(tuple(words[at : at + WORDS])) for at in range(len(words) - WORDS + 1))
