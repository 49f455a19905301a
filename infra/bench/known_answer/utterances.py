"""What the long recordings are built from: short utterances whose text is known."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from wavelode.schemas.errors import SettingsError

Rng = np.random.Generator

DATA_VARIABLE = "WAVELODE_TEST_DATA"
_LISTING = "utterances.json"
_MOST_WORDS_OF_A_PIECE = 4


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence that was read, and its sound where there is one."""

    text: str
    language: str
    audio: Path | None = None


@dataclass(frozen=True, slots=True)
class Pool:
    """Utterances of one language."""

    name: str
    language: str
    utterances: tuple[Utterance, ...]


def data_folder() -> Path:
    """``$WAVELODE_TEST_DATA``, else ``shared/data`` beside the repository."""
    given = os.environ.get(DATA_VARIABLE)
    return Path(given) if given else Path(__file__).resolve().parents[4] / "shared" / "data"


def read_pools(folder: Path) -> tuple[Pool, ...]:
    """A pool for each folder below `folder` with an ``utterances.json``: a list of {audio, text, language}.

    Raises:
        SettingsError: where a listing is not of that form.
    """
    listings = sorted(folder.glob(f"*/{_LISTING}"))
    return tuple(pool for listing in listings if (pool := _read_pool(listing)).utterances)


def _read_pool(listing: Path) -> Pool:
    try:
        rows = json.loads(listing.read_text(encoding="utf-8"))
        found = tuple(Utterance(row["text"], row["language"], listing.parent / row["audio"]) for row in rows)
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"{listing}: not a list of utterances ({error!r}); each needs audio, text and language"
        ) from None
    return Pool(listing.parent.name, found[0].language if found else "", found)


def endless(pool: Pool, rng: Rng, num_sources: int | None = None) -> Iterator[Utterance]:
    """The pool in random order, then new sentences of its words, without end.

    A recording of hours needs more sentences than a pool has. The same half hour over and over would hold every
    sentence a dozen times, which no programme does; so more are made by joining pieces of two to four words.
    """
    order = rng.permutation(len(pool.utterances))
    for at in order[:num_sources]:
        yield pool.utterances[at]
    sources = [u.text.split() for u in pool.utterances]
    while True:
        length = len(sources[int(rng.integers(len(sources)))])
        yield replace(pool.utterances[0], text=" ".join(_joined(sources, length, rng)), audio=None)


def _joined(sources: Sequence[list[str]], length: int, rng: Rng) -> list[str]:
    words: list[str] = []
    while len(words) < length:
        source = sources[int(rng.integers(len(sources)))]
        at = int(rng.integers(len(source)))
        size = int(rng.integers(2, _MOST_WORDS_OF_A_PIECE + 1))
        words += source[at : at + size]
    return words[:length]
