"""What the report tells of documents: how each was read, and what of it was found in which recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from wavelode.datasets.rows import Row
from wavelode.datasets.shards import row_groups
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.gather import Facts
from wavelode.pipelines.quality.stood import standing
from wavelode.schemas.records import Role

MOST_SCRIPTS = 12
"""Recordings shown beside their scripts, as long as these have no more lines together than `MOST_LINES`."""
MOST_LINES = 1_500
MOST_DOCUMENTS = 300
_TOLD = [
    *("document_id", "source_uri", "failed"),
    *(f"sentences.list.element.{name}" for name in ("page", "text_source", "role", "confidence")),
]
"""What is read of every document; its sentences' texts only where they are shown."""
_HOW = {
    "text_layer": "text layer",
    "ocr": "recognised",
    "plain": "plain text",
    "ligatures": "ligatures restored",
    "repaired_layer": "fonts repaired",
}


@dataclass(slots=True)
class DocumentFacts:
    """One document: how it was read, how much it printed and how much of that became clips.

    Attributes:
        ways: how many sentences were read in which way.
        aside: what else is printed in it, by what that is for: "4 slug, 2 cue".
        pages: the last one with something on it; None for what has none.
        confidence: the mean of those sentences that have one, 0 to 1.
    """

    document_id: str
    source_uri: str
    ways: dict[str, int]
    sentences: int
    pages: int | None
    paired: bool
    failed: str
    mined: int = 0
    aside: str = ""
    confidence: float | None = None

    @property
    def state(self) -> str:
        if self.failed:
            return "failed"
        if not self.paired:
            return "belongs to no recording"
        return "read" if self.mined else "nothing of it was found"


@dataclass(frozen=True, slots=True)
class Said:
    """One printed sentence and what became of it: ``asr``, ``doubted``, ``missing``, or ``aside`` where it is none."""

    document_id: str
    index: int
    text: str
    role: str


@dataclass(slots=True)
class Printed:
    """All documents counted, some of them told, and the scripts of the first recordings.

    Attributes:
        documents: all, or where they are many, those first of which something is wrong.
        sentences: how many are printed to be spoken, in all documents.
        ways: how many of them were read in which way.
        states: how many documents ended how.
    """

    documents: list[DocumentFacts] = field(default_factory=list)
    num_documents: int = 0
    sentences: int = 0
    ways: Counter[str] = field(default_factory=Counter)
    states: Counter[str] = field(default_factory=Counter)
    scripts: dict[str, list[Said]] = field(default_factory=dict)

    def add(self, one: DocumentFacts) -> None:
        self.num_documents += 1
        self.sentences += one.sentences
        self.ways.update(one.ways)
        self.states[one.state] += 1
        self.documents.append(one)
        if len(self.documents) >= 2 * MOST_DOCUMENTS:
            self._choose()

    def _choose(self) -> None:
        self.documents = sorted(self.documents, key=lambda one: one.state == "read")[:MOST_DOCUMENTS]

    def chosen(self) -> Printed:
        if self.num_documents > MOST_DOCUMENTS:
            self._choose()
        return self


def read_printed(layout: Layout, facts: Facts) -> Printed:
    """Raises:
    StorageError: if a table can't be read.
    """
    of = _documents_of(layout)
    paired = {name for names in of.values() for name in names}
    first = [one.recording_id for one in facts.recordings if one.pieces and of.get(one.recording_id)]
    first = first[:MOST_SCRIPTS]
    wanted = {name for recording in first for name in of[recording]}
    printed = Printed()
    sentences: dict[str, list[Row]] = {}
    for path in standing(layout, "documents", layout.documents):
        row = _only_row(path, _TOLD)
        printed.add(_document(row, paired, facts.mined))
        if row["document_id"] in wanted:
            sentences[row["document_id"]] = _only_row(path, ["sentences"])["sentences"] or []
    room = MOST_LINES
    for name in first:
        script = [said for document in of[name] for said in _script(facts, name, sentences.get(document, []))]
        if len(script) <= room:
            printed.scripts[name] = script
            room -= len(script)
    return printed.chosen()


def _documents_of(layout: Layout) -> dict[str, list[str]]:
    """The documents of each recording."""
    of: dict[str, list[str]] = {}
    for path in standing(layout, "recordings", layout.mined):
        for group in row_groups(path, ["recording_id", "document_ids"]):
            for row in group.to_pylist():
                of[row["recording_id"]] = row["document_ids"] or []
    return of


def _only_row(path: Path, columns: list[str]) -> Row:
    (row,) = (row for group in row_groups(path, columns) for row in group.to_pylist())
    found: Row = row
    return found


def _document(row: Row, paired: set[str], mined: Counter[str]) -> DocumentFacts:
    name, failed = row["document_id"], row["failed"]
    printed = row["sentences"] or []
    spoken = [sentence for sentence in printed if sentence["role"] == Role.SPOKEN]
    others = Counter(s["role"].replace("_", " ") for s in printed if s["role"] != Role.SPOKEN)
    sure = [s["confidence"] for s in spoken if s["confidence"] is not None]
    sources = Counter(s["text_source"] for s in spoken)
    ways: Counter[str] = Counter()
    for source, count in sources.items():
        ways[how(source)] += count
    return DocumentFacts(
        document_id=name,
        source_uri=row["source_uri"],
        ways=dict(ways.most_common()),
        sentences=len(spoken),
        pages=max((s["page"] for s in printed if s["page"]), default=None),
        paired=name in paired,
        failed=f"{failed['stage']}: {failed['message']}" if failed else "",
        mined=mined[name],
        aside=", ".join(f"{count} {role}" for role, count in others.most_common()),
        confidence=sum(sure) / len(sure) if sure else None,
    )


def how(text_source: str | None) -> str:
    """How a text was read, as people say it.

    >>> how("text_layer+ligatures")
    'text layer, ligatures restored'
    """
    parts = (text_source or "").split("+")
    return ", ".join(dict.fromkeys(_HOW.get(part, part.replace("_", " ")) for part in parts if part))


def _script(facts: Facts, recording_id: str, sentences: Iterable[Row]) -> list[Said]:
    (recording,) = (one for one in facts.recordings if one.recording_id == recording_id)
    found: dict[tuple[str, int], str] = {}
    for piece in recording.pieces:
        if piece.sentence and found.get(piece.sentence) != "asr":
            found[piece.sentence] = piece.role
    return [
        Said(s["document_id"], s["index"], s["text"], found.get((s["document_id"], s["index"]), _unread(s)))
        for s in sentences
    ]


def _unread(sentence: Row) -> str:
    return "missing" if sentence["role"] == Role.SPOKEN else "aside"
