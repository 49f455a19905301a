"""Clips into arrays: crops and changes that hang on the clip, the epoch and the view alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.datasets.audio import decode_flac_part, encode_flac
from wavelode.datasets.collate import Changed, Pack, Pad, Piece, View, Wave, rooms_for
from wavelode.datasets.views.clips import Clip
from wavelode.schemas.errors import StorageError

RATE = 16_000
LETTERS = {letter: at for at, letter in enumerate(" abcdefghijklmnopqrstuvwxyz", 1)}


def clip(name: str, samples: int, text: str | None = "ab") -> Clip:
    sound = np.random.default_rng(samples).integers(-9000, 9000, samples).astype(np.int16)
    audio = {"bytes": encode_flac(sound), "path": f"{name}.flac"}
    return Clip({"clip_id": name, "duration_s": samples / RATE, "text": text, "audio": audio})


def tokenize(text: str) -> list[int]:
    return [LETTERS[letter] for letter in text]


lengths = st.lists(st.integers(1, 4000), max_size=5)


@given(lengths)
def test_padded_and_packed_hold_the_same(sizes: list[int]) -> None:
    pieces = [View()(clip(str(at), size, "abc"[: at % 4]), 0) for at, size in enumerate(sizes)]
    padded, packed = Pad(tokenize)(pieces), Pack(tokenize)(pieces)
    assert padded.audio.shape == (len(sizes), max(sizes, default=0))
    np.testing.assert_array_equal(padded.audio[padded.mask], packed.audio)
    assert not padded.audio[~padded.mask].any()
    assert padded.lengths.tolist() == packed.lengths.tolist() == sizes
    assert padded.tokens is not None and padded.token_lengths is not None and packed.tokens is not None
    inside = np.arange(padded.tokens.shape[1]) < padded.token_lengths[:, None]
    np.testing.assert_array_equal(padded.tokens[inside], packed.tokens)


@given(st.integers(1, 40_000), st.floats(0.01, 2), st.floats(0, 1))
def test_a_part_is_what_the_whole_has_there(size: int, seconds: float, at: float) -> None:
    one = clip("a", size)
    part = decode_flac_part(one.flac, seconds, at)
    assert len(part.samples) == min(size, round(seconds * RATE)) and part.total == size
    np.testing.assert_array_equal(part.samples, one.samples[part.start : part.start + len(part.samples)])


def test_the_ends_of_the_room_can_be_reached() -> None:
    data = clip("a", 100).flac
    starts = {decode_flac_part(data, 98 / RATE, at).start for at in (0.0, 0.4, 0.99, 1.0)}
    assert starts == {0, 1, 2}


def test_crops_hang_on_clip_epoch_and_view() -> None:
    one, view = clip("a", 40_000), View(crop_s=1)
    again = view(one, 3)
    assert again.start == View(crop_s=1)(one, 3).start and len(again.samples) == RATE
    others = [
        view(one, 4),
        View("other", crop_s=1)(one, 3),
        view(clip("b", 40_000), 3),
        View(crop_s=1, seed=1)(one, 3),
    ]
    assert again.start not in [other.start for other in others]
    short = view(clip("c", 9000), 0)
    assert (short.start, len(short.samples)) == (0, 9000)


class Louder:
    growth = 1.0

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        gain = chance.uniform(1, 2)
        return Changed((samples * gain).astype(np.float32), f"louder {gain:.3f}")


def test_what_was_done_is_in_the_batch() -> None:
    view = View(crop_s=1, change=Louder())
    pieces = [view(clip(name, 20_000), 5) for name in "ab"]
    batch = Pad()(pieces)
    assert batch.logs == tuple(piece.log for piece in pieces) and batch.logs[0] != batch.logs[1]
    assert batch.starts.tolist() == [piece.start for piece in pieces]
    gain = float(batch.logs[0].split()[1])
    plain = View(crop_s=1)(clip("a", 20_000), 5)
    np.testing.assert_allclose(batch.audio[0], plain.samples * gain, rtol=1e-3)


def test_a_clip_of_another_length_than_told_is_refused() -> None:
    wrong = Clip({"clip_id": "a", "duration_s": 2.0, "audio": {"bytes": clip("a", 20_000).flac}})
    for view in (View(), View(crop_s=1)):
        with pytest.raises(StorageError, match="a: 20000 samples of 32000"):
            view(wrong, 0)


def test_unlabelled_speech_has_no_tokens_of_its_own() -> None:
    batch = Pad(tokenize)([Piece(clip("a", 10, None), np.ones(10, np.float32))])
    assert batch.texts == (None,) and batch.token_lengths is not None and batch.token_lengths.tolist() == [0]


def test_what_was_decoded_into_its_room_is_not_copied() -> None:
    sizes, random = (5, 9, 7), np.random.default_rng(3)
    sounds = [random.integers(-9, 9, size).astype(np.int16) for size in sizes]
    rooms = rooms_for(sizes)
    clips = [a_clip(sound, f"c{at}") for at, sound in enumerate(sounds)]
    pieces = [View()(clip, 0, room) for clip, room in zip(clips, rooms, strict=True)]
    batch = Pad()(pieces)
    assert batch.audio is rooms[0].base
    assert_same(batch.audio, Pad()([View()(clip, 0) for clip in clips]).audio)
    # One that is left out, or stands elsewhere, or is of another length: then rows are copied as ever.
    for some in (pieces[1:], pieces[::-1], [*pieces[:2], View()(clips[0], 0, rooms[2])]):
        assert_same(Pad()(some).audio, Pad()([Piece(p.clip, p.samples.copy()) for p in some]).audio)


def assert_same(one: Wave, other: Wave) -> None:
    assert one.shape == other.shape and np.array_equal(one, other)


def a_clip(samples: np.ndarray[Any, np.dtype[np.int16]], name: str) -> Clip:
    return Clip(
        {"clip_id": name, "duration_s": len(samples) / 16_000, "audio": {"bytes": encode_flac(samples)}}
    )
