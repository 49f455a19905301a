"""Pairs without a key: the right document among thousands, and wrong pairs refused.

The documents of some recordings lie among made-up ones of the same words, of which each holds on average one sentence
of the pool that the recordings are read from: a formula, or yesterday's news. A recording is heard, its document looked
for by what was heard, and the aligner decides. Then it is given the wrong document that is most like it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np

from wavelode.alignment.belonging import paired
from wavelode.alignment.calibration import read_calibration
from wavelode.alignment.sentences import find_readings
from wavelode.infra.bench.known_answer.cases import Wanted, build
from wavelode.infra.bench.known_answer.hearing import Hearing
from wavelode.infra.bench.known_answer.listener import Errors
from wavelode.infra.bench.known_answer.tasks import heard
from wavelode.infra.bench.known_answer.utterances import Pool, Rng, endless
from wavelode.pipelines.library import Library
from wavelode.schemas.records import Document, Match, Sentence
from wavelode.schemas.settings import AlignSettings, PairingSettings

_MINUTES = 5.0
_SENTENCES = 40
_SHARED = 1 / _SENTENCES
_MADE_UP = "made-up-"
_FIRST_SEED = 500
"""Other recordings than those that are measured one by one."""


@dataclass(frozen=True, slots=True)
class Pairing:
    """How often the right document was found, and what became of wrong ones.

    Attributes:
        first: the right document is the likeliest by letter groups; `tried`: it is among those that are tried.
        found: of all documents it alone was taken; `others`: wrong documents that were taken.
        refused: recordings whose likest wrong document was refused; `kept`: whose right one, given by name, was not.
    """

    name: str
    recordings: int
    documents: int
    first: int
    tried: int
    found: int
    others: int
    refused: int
    kept: int


def pairing(pool: Pool, other: Pool, cers: Sequence[float], recordings: int, documents: int) -> list[Pairing]:
    """Listeners as bad as told on recordings of five minutes, each with its document among so many."""
    wanted = [Wanted(pool, other, _MINUTES, _FIRST_SEED + i) for i in range(recordings)]
    cases = [build(one) for one in wanted]
    rights = [_document(f"right-{i}", case.sentences, pool) for i, case in enumerate(cases)]
    shelf = {d.document_id: d for d in [*rights, *islice(_made_up(pool), documents - recordings)]}
    library = Library.of(list(shelf.items()), "graphemes")
    found = []
    for cer in cers:
        hearings = [heard(one, Errors(cer))[1] for one in wanted]
        rows = [_one(h, right, library, shelf) for h, right in zip(hearings, rights, strict=True)]
        counts = np.array(rows, np.int64).sum(axis=0).tolist()
        found.append(Pairing(f"{pool.name}, CER {cer:.0%}", recordings, documents, *counts))
    return found


def _one(
    hearing: Hearing, right: Document, library: Library, shelf: dict[str, Document]
) -> tuple[int, int, int, int, int, int]:
    """`first` to `kept` of `Pairing` for one recording."""
    settings = PairingSettings()
    tried = library.likely(hearing.words, hearing.language, settings.candidates)
    name = right.document_id
    taken = _taken(hearing, [shelf[t] for t in tried], settings)
    likest = library.likely(hearing.words, hearing.language, len(library.files), least_share=0.0)
    wrong = next(shelf[t] for t in likest if t.startswith(_MADE_UP))
    return (
        int(tried[:1] == [name]),
        int(name in tried),
        int(taken == [name]),
        len([t for t in taken if t != name]),
        int(not _taken(hearing, [wrong], settings)),
        int(_taken(hearing, [right], settings) == [name]),
    )


def _taken(hearing: Hearing, documents: Sequence[Document], settings: PairingSettings) -> list[str]:
    find, spoken = partial(_find, hearing), read_calibration().spoken
    found = paired(documents, find, hearing.words, hearing.language, settings.min_share, spoken)
    return [document.document_id for document in found.documents]


def _find(hearing: Hearing, sentences: Sequence[Sentence]) -> list[Match]:
    return find_readings(sentences, hearing.words, hearing.language, AlignSettings())


def _document(name: str, sentences: Sequence[Sentence], pool: Pool) -> Document:
    own = tuple(Sentence(name, s.index, s.text) for s in sentences)
    return Document(name, name, "", pool.language, own)


def _made_up(pool: Pool) -> Iterator[Document]:
    rng = np.random.default_rng(_FIRST_SEED)
    made = endless(pool, rng, num_sources=0)
    at = 0
    while True:
        texts = [_text(pool, next(made).text, rng) for _ in range(_SENTENCES)]
        yield _document(f"{_MADE_UP}{at}", [Sentence("", i, text) for i, text in enumerate(texts)], pool)
        at += 1


def _text(pool: Pool, made_up: str, rng: Rng) -> str:
    real = pool.utterances[int(rng.integers(len(pool.utterances)))].text
    return real if rng.random() < _SHARED else made_up
