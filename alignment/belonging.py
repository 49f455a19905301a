"""Whether a document is what is read in a recording: how much of the one was found in the other.

A formula that two bulletins share is found in both, and so is yesterday's news. What counts are sentences that were
read beside one printed beside them, three at least: how much of the print they are, or how much of the speech,
whichever is more. Of a weekly's pages a bulletin reads a few, and of a day's broadcast a page explains a minute.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from wavelode.alignment.text import normal_words
from wavelode.schemas.records import Document, Match, Sentence, Word

_LEAST_FOUND = 3
"""Two sentences side by side may be the formula that every bulletin of a station begins with."""
_SHORT = 8
"""Of a document with no more sentences than this, two are a good part."""


@dataclass(frozen=True, slots=True)
class Belonging:
    """How much of one document was found in a recording.

    Attributes:
        sentences: that hold a word, and `found`: those of them that were read beside a neighbour, more likely than not.
        of_print: share of its letters that were read, and `of_speech`: share of the heard letters that are its.
    """

    document_id: str
    sentences: int
    found: int
    of_print: float
    of_speech: float

    @property
    def share(self) -> float:
        return max(self.of_print, self.of_speech)

    def belongs(self, least_share: float) -> bool:
        """Whether that is enough; a single sentence of many is not, however long, nor are two of a whole page."""
        least = _LEAST_FOUND if self.sentences > _SHORT else _LEAST_FOUND - 1
        return self.share >= least_share and self.found >= min(least, self.sentences)


def belonging(
    sentences: Sequence[Sentence],
    matches: Sequence[Match],
    words: Sequence[Word],
    language: str,
    sureness: Callable[[Match], float],
) -> list[Belonging]:
    """For each document, in the order of its first sentence.

    Args:
        sureness: how likely a sentence was spoken at all, 0 to 1; whether in all of its words is no matter.
    """
    letters = [_letters(sentence.text, language) for sentence in sentences]
    heard = max(1, sum(_letters(word.text, language) for word in words))
    printed, sizes, read, found = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for sentence, size in zip(sentences, letters, strict=True):
        printed[sentence.document_id] += size
        sizes[sentence.document_id] += size > 0
    said: Counter[str] = Counter()
    for match in matches:
        name, size = match.sentence.document_id, _letters(match.text_normalized, language)
        sure = sureness(match) if match.in_order or sizes[name] == 1 else 0.0
        said[name] += round(size * sure)
        if not match.occurrence:
            read[name] += round(size * sure)
            found[name] += sure >= 0.5
    return [
        Belonging(name, sizes[name], found[name], read[name] / max(1, size), said[name] / heard)
        for name, size in printed.items()
    ]


@dataclass(frozen=True, slots=True)
class Paired:
    """What is read in a recording.

    Attributes:
        documents: those that belong, and `matches`: the readings of their sentences.
        refused: how little was found of each of the others, by document.
    """

    documents: tuple[Document, ...]
    matches: list[Match]
    refused: dict[str, Belonging]


def paired(
    documents: Sequence[Document],
    find: Callable[[Sequence[Sentence]], list[Match]],
    words: Sequence[Word],
    language: str,
    least_share: float,
    sureness: Callable[[Match], float],
) -> Paired:
    """Those of the documents that belong to what was heard; refuses none where `least_share` is 0.

    Where one is refused, the others are looked for again: what it took of them, a formula perhaps, is free.

    Args:
        find: the readings of sentences in these words.
        sureness: how likely a sentence was spoken there at all, 0 to 1.
    """
    sentences = sentences_of(documents, heard_only=True)
    matches = find(sentences)
    shares = belonging(sentences, matches, words, language, sureness)
    refused = {s.document_id: s for s in shares if least_share and not s.belongs(least_share)}
    if not refused:
        return Paired(tuple(documents), matches, {})
    belong = tuple(document for document in documents if document.document_id not in refused)
    return Paired(belong, find(sentences_of(belong, heard_only=True)), refused)


def sentences_of(documents: Iterable[Document], *, heard_only: bool = False) -> list[Sentence]:
    """All sentences, document by document; `heard_only`: without those that belong to the page and nobody says."""
    printed = (sentence for document in documents for sentence in document.sentences)
    return [sentence for sentence in printed if sentence.role.may_be_heard or not heard_only]


def _letters(text: str, language: str) -> int:
    return sum(len(word.text) for word in normal_words(text, language))
