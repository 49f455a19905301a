"""All documents of a run, to be looked up by what was heard: pairs without a key, or with a wrong one.

Letter groups say which few documents of thousands may be meant (`wavelode.alignment.retrieval`); the aligner decides
whether one is. The file rests beside the documents and is named after what it was made from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.retrieval import Index, Symbols
from wavelode.alignment.sides import Hearing
from wavelode.alignment.sides import Printed as PrintedSide
from wavelode.datasets.rows import document_of
from wavelode.datasets.storage import fingerprint, read_rows, whole
from wavelode.pipelines.stages.spelling import speller
from wavelode.schemas.errors import StorageError
from wavelode.schemas.records import Document, Word
from wavelode.schemas.settings import MatchIn

_VERSION = 1
_GROUP = 4
"""Letters in a row: where two letters of five are wrong, one such group in eight is right; few are so by chance."""
_CHUNK = 64
"""Letters looked up at once, about a short sentence: documents of one language share words, but not in such a row."""
_WINDOW_CHUNKS = 72
"""Chunks that are counted together, about five minutes: a day's recording holds many documents."""
_LEAST_SHARE = 0.25
"""A document that shares less than this of what the likeliest one does is not tried."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Library:
    """Sentences of documents by the letter groups they hold.

    Args:
        files: of each document, relative to the folder of all; `languages`: what each is written in.
        starts: where the sentences of each document begin in the index, (D,).
        spelled_in: letters that all are compared in.
    """

    index: Index
    files: tuple[str, ...]
    languages: tuple[str, ...]
    starts: NDArray[np.int64]
    spelled_in: MatchIn

    @classmethod
    def of(cls, documents: Sequence[tuple[str, Document]], spelled_in: MatchIn) -> Library:
        """Of documents and the names of their files; those without a sentence are left out."""
        documents = [row for row in documents if row[1].sentences]
        texts = [_printed(document, spelled_in) for _, document in documents]
        starts = np.cumsum([0, *map(len, texts)])[:-1]
        index = Index.of([sentence for text in texts for sentence in text], _GROUP)
        files, languages = [name for name, _ in documents], [document.language for _, document in documents]
        return cls(index, tuple(files), tuple(languages), starts, spelled_in)

    def likely(
        self, words: Sequence[Word], language: str, most: int, least_share: float = _LEAST_SHARE
    ) -> list[str]:
        """The files of the documents that may be read in what was heard, `most` for five minutes, in that order.

        Args:
            least_share: what a document shares at least, of what the likeliest one does.
        """
        texts = [word.text for word in words]
        heard = Hearing.of(words, language, speller(self.spelled_in, language, (), texts)).side.symbols
        step = _CHUNK * _WINDOW_CHUNKS
        found: dict[str, None] = {}
        for start in range(0, max(1, len(heard) - step // 2), step):
            shares = self._shares(heard[start : start + step + step // 2], language)
            best = np.argsort(-shares, kind="stable")[:most].tolist()
            sure = [i for i in best if shares[i] > 0 and shares[i] >= least_share * shares[best[0]]]
            found.update(dict.fromkeys(self.files[i] for i in sure))
        return list(found)

    def _shares(self, heard: Symbols, language: str) -> Floats:
        """(D,): what each document's likest sentence shares with each chunk, summed, over what is usual."""
        total = np.zeros(len(self.files))
        for start in range(0, len(heard), _CHUNK):
            scores = self.index.scores(heard[start : start + _CHUNK])
            total += np.maximum(np.maximum.reduceat(scores, self.starts), 0.0)
        ours = np.array([other in ("und", "") or _same(other, language) for other in self.languages])
        usual = float(np.median(total[ours])) if ours.sum() > 2 else 0.0
        return np.where(ours, total - usual, -1.0)


def _same(one: str, other: str) -> bool:
    return one.split("-")[0] == other.split("-")[0]


def _printed(document: Document, spelled_in: MatchIn) -> list[Symbols]:
    """The letters of each sentence."""
    spell = speller(spelled_in, document.language, [s.text for s in document.sentences], ())
    printed = PrintedSide.of(document.sentences, document.language, spell=spell)
    bounds = [printed.side.letters(a, b) if a < b else (0, 0) for a, b in printed.bounds]
    return [printed.side.symbols[a:b] for a, b in bounds]


def shelve(files: Iterable[Path], folder: Path, match_in: MatchIn) -> Path:
    """Makes the library of documents that were read, unless it is there; where its file lies.

    Args:
        files: what `mine` left of each document, all in `folder`.
        match_in: as in the settings; `auto` compares letters as they are written.
    """
    names = sorted(path.name for path in files)
    spelled_in: MatchIn = "graphemes" if match_in == "auto" else match_in
    place = folder / f"library-{fingerprint('library', _VERSION, names, spelled_in)}.npz"
    if place.exists():
        return place
    documents = [(name, document_of(read_rows(folder / name)[0])) for name in names]
    library = Library.of(documents, spelled_in)
    index = library.index
    about = {"files": library.files, "languages": library.languages, "spelled_in": spelled_in}
    with whole(place) as scratch, scratch.open("wb") as file:
        np.savez(
            file,
            about=np.array(json.dumps(about)),
            shape=np.array([index.size, index.one_in]),
            starts=library.starts,
            groups=index.groups,
            bounds=index.bounds,
            texts=index.texts,
            weights=index.weights,
            usual=index.usual,
        )
    return place


@lru_cache(maxsize=1)
def open_library(place: Path) -> Library:
    """The library of a file that `shelve` made; its name stands for its content, so the last one is kept.

    Raises:
        StorageError: it can't be read.
    """
    try:
        with place.open("rb") as file, np.load(file) as held:
            about = json.loads(str(held["about"]))
            size, one_in = held["shape"].tolist()
            arrays = (held[name] for name in ("groups", "bounds", "texts", "weights", "usual"))
            index, starts = Index(size, one_in, *arrays), held["starts"]
    except (OSError, ValueError, KeyError) as error:
        raise StorageError(
            f"{place}: can't read it ({error}); delete it and run `wavelode mine` again"
        ) from error
    return Library(index, tuple(about["files"]), tuple(about["languages"]), starts, about["spelled_in"])


def likely_documents(place: Path, words: Sequence[Word], language: str, most: int) -> list[Document]:
    """The documents of the library at `place` that may be read in what was heard."""
    files = open_library(place).likely(words, language, most)
    return [document_of(read_rows(place.parent / name)[0]) for name in files]
