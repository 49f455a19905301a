"""Clips into one batch of arrays: what part of each, changed how, padded or packed.

::

    view = View(crop_s=10, change=Stress())            # which part of a clip, and what is done to it
    collate = Pad(tokenize=lambda text: [letters[letter] for letter in text])

Chance hangs on the clip's name, the epoch and the view's name alone: a crop or an augmentation is the same after a
resume and for any number of ranks and workers, and two views of an epoch differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wavelode.datasets.audio import decode_flac, decode_flac_part
from wavelode.datasets.views.clips import Clip
from wavelode.schemas.errors import StorageError

Wave = NDArray[np.float32]
Tokenize = Callable[[str], Sequence[int]]


@dataclass(frozen=True, slots=True)
class Changed:
    """Sound that something was done to, (T,), and what, for people: ``echo 0.1 s 0.3``."""

    samples: Wave
    log: str


class Change(Protocol):
    """Something done to the sound of a clip; can be pickled.

    Attributes:
        growth: how many times as long it may make a clip, at most; batches are planned with it.
    """

    @property
    def growth(self) -> float: ...

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed: ...


@dataclass(frozen=True, slots=True)
class Piece:
    """What a view shows of a clip.

    Attributes:
        samples: (T,) in [-1, 1).
        start: where it begins in the clip, in samples.
        log: what was done to it; empty for nothing.
    """

    clip: Clip
    samples: Wave
    start: int = 0
    log: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """One way to look at clips.

    Attributes:
        name: views of other names take other crops and augmentations of the same clips.
        crop_s: at most so many seconds of each clip, from a random place; only these are decoded.
        change: what is done to the sound.
    """

    name: str = ""
    crop_s: float | None = None
    change: Change | None = None
    seed: int = 0

    def __call__(self, clip: Clip, epoch: int, room: Wave | None = None) -> Piece:
        """What it shows of a clip in an epoch.

        Args:
            room: where its samples may be put, if they fill it.

        Raises:
            StorageError: if the clip's sound is not as long as its row says.
        """
        if self.crop_s is None and self.change is None:
            return Piece(clip, _whole(clip, room)[0])
        chance = self.chance(clip.clip_id, epoch)
        start, samples, rate = self._part(clip, chance, room)
        if self.change is None:
            return Piece(clip, samples, start)
        changed = self.change(samples, rate, chance)
        return Piece(clip, changed.samples, start, changed.log)

    def longest_s(self, durations_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """How long each clip may be in it, at most, (N,)."""
        cropped = durations_s if self.crop_s is None else np.minimum(durations_s, self.crop_s)
        return cropped if self.change is None or self.change.growth == 1 else cropped * self.change.growth

    def chance(self, clip_id: str, epoch: int) -> np.random.Generator:
        """What is random about a clip in an epoch."""
        text = f"{self.seed}/{epoch}/{self.name}/{clip_id}"
        return np.random.Generator(
            np.random.PCG64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16]))
        )

    def _part(self, clip: Clip, chance: np.random.Generator, room: Wave | None) -> tuple[int, Wave, int]:
        if self.crop_s is None or clip["duration_s"] <= self.crop_s:
            return 0, *_whole(clip, room)
        part = decode_flac_part(clip.flac, self.crop_s, float(chance.random()), room)
        _refuse_other_length(clip, part.total, part.rate)
        return part.start, part.samples, part.rate


def _whole(clip: Clip, room: Wave | None) -> tuple[Wave, int]:
    """All of it and its rate; not by ``clip.samples``, which would stay in memory as long as the clip does."""
    samples, rate = decode_flac(clip.flac, room)
    _refuse_other_length(clip, len(samples), rate)
    return samples, rate


def _refuse_other_length(clip: Clip, total: int, rate: int) -> None:
    told = round(clip["duration_s"] * rate)
    if total != told:
        raise StorageError(f"{clip.clip_id}: {total} samples of {told}")


def rooms_for(lengths: Sequence[int]) -> list[Wave]:
    """Room for so many samples each, all of it in the rows of one table (B, T), so that `Pad` need not copy them."""
    table = np.empty((len(lengths), max(lengths, default=0)), np.float32)
    return [row[:length] for row, length in zip(table, lengths, strict=True)]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some clips together.

    Attributes:
        audio: (B, T) in [-1, 1), or beyond where a change made it louder, zeros after each clip's end; packed, (T,),
            one clip after the other.
        lengths: samples of each clip, (B,).
        clip_ids: their names, B of them.
        texts: what is said in each as printed; None for unlabelled speech.
        clips: the clips themselves, with all columns that were asked for.
        starts: where in its clip each piece begins, in samples, (B,).
        logs: what was done to the sound of each; empty for nothing.
        tokens: (B, U), zeros after each end; packed, (U,); None without a tokeniser or a text.
        token_lengths: of each clip, (B,).
    """

    audio: Wave
    lengths: NDArray[np.int64]
    clip_ids: tuple[str, ...]
    texts: tuple[str | None, ...]
    clips: tuple[Clip, ...]
    starts: NDArray[np.int64]
    logs: tuple[str, ...]
    tokens: NDArray[np.int64] | None = None
    token_lengths: NDArray[np.int64] | None = None

    @property
    def mask(self) -> NDArray[np.bool_]:
        """True where there is sound, (B, T), of a padded batch."""
        inside: NDArray[np.bool_] = np.arange(self.audio.shape[-1]) < self.lengths[:, None]
        return inside


@dataclass(frozen=True, slots=True)
class Pad:
    """Batches (B, T).

    Attributes:
        tokenize: makes numbers of a text; those of a batch are padded with zeros.
    """

    tokenize: Tokenize | None = None

    def __call__(self, pieces: Sequence[Piece]) -> Batch:
        """A batch of clips; of none, one without rows."""
        audio, lengths = _padded([piece.samples for piece in pieces], np.float32)
        tokens = _tokens(pieces, self.tokenize)
        return _batch(pieces, audio, lengths, None if tokens is None else _padded(tokens, np.int64))


@dataclass(frozen=True, slots=True)
class Pack:
    """Batches (T,) without any padding, for models that attend within each clip; ``lengths`` says where they end."""

    tokenize: Tokenize | None = None

    def __call__(self, pieces: Sequence[Piece]) -> Batch:
        audio, lengths = _packed([piece.samples for piece in pieces], np.float32)
        tokens = _tokens(pieces, self.tokenize)
        return _batch(pieces, audio, lengths, None if tokens is None else _packed(tokens, np.int64))


def _batch(pieces: Sequence[Piece], audio: Wave, lengths: Any, tokens: tuple[Any, Any] | None) -> Batch:
    clips = tuple(piece.clip for piece in pieces)
    return Batch(
        audio,
        lengths,
        tuple(clip.clip_id for clip in clips),
        tuple(_text(clip) for clip in clips),
        clips,
        np.array([piece.start for piece in pieces], np.int64),
        tuple(piece.log for piece in pieces),
        *(tokens or ()),
    )


def _text(clip: Clip) -> str | None:
    return clip.text if "text" in clip else None


def _tokens(pieces: Sequence[Piece], tokenize: Tokenize | None) -> list[Any] | None:
    if tokenize is None:
        return None
    return [np.asarray(tokenize(_text(piece.clip) or ""), np.int64) for piece in pieces]


def _padded(parts: Sequence[Any], kind: Any) -> tuple[Any, NDArray[np.int64]]:
    lengths = np.array([len(part) for part in parts], np.int64)
    table = _filled_table(parts, int(lengths.max(initial=0)))
    filled = table is not None
    table = np.empty((len(parts), int(lengths.max(initial=0))), kind) if table is None else table
    for row, part in zip(table, parts, strict=True):
        if not filled:
            row[: len(part)] = part
        row[len(part) :] = 0
    return table, lengths


def _filled_table(parts: Sequence[Any], longest: int) -> Any:
    """The table (B, T) whose rows begin with just these parts, as `rooms_for` makes it; else None."""
    table = parts[0].base if parts else None
    if table is None or table.shape != (len(parts), longest):
        return None
    starts = table.__array_interface__["data"][0] + table.strides[0] * np.arange(len(parts))
    there = all(part.base is table for part in parts)
    return (
        table
        if there and [part.__array_interface__["data"][0] for part in parts] == starts.tolist()
        else None
    )


def _packed(parts: Sequence[Any], kind: Any) -> tuple[Any, NDArray[np.int64]]:
    return np.concatenate([np.zeros(0, kind), *parts]), np.array([len(part) for part in parts], np.int64)
