"""The likeliest readings of a segment: the best paths through the lattice of words that a decoder leaves.

Pocketsphinx's own search for them scores a pause as a word that the language model lacks, so that paths without a
pause come first however unlikely they are, and what was heard is often not among its first thousands. Here a path is
scored as the decoder scores its best one, and paths that differ only in silences, single phones, times or
pronunciations are one reading, as likely as the likeliest of them.
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from wavelode.pipelines.models.script_biased.trigram import BEGIN, END, Gram, Trigram

_NATS = 1e-4
"""Scores in a lattice's file are logarithms to the base 1.0001."""
_SCALE = 20.0
"""Pocketsphinx takes a twentieth of its scores for the logarithm of a probability, and so do we."""
_WIDE_NATS = 240.0
_BEAMS_NATS = (100.0, 200.0, 400.0)
"""What lies on no path that may come so near to the best one is left out: first the wide beam, before pauses are
taken out, which hide what a word follows on; then each of these where the one before leaves too few readings."""
_MOST_STEPS = 200_000
"""By then there are so many paths of the same readings that what was found until then has to do."""
_NEVER = -math.inf

_Path = tuple[float, Gram, int, int]
"""What is missing to a score of 0 in nats, what was read, and the last edge's two nodes; the less is missing the
better, and of equal ones the one whose words come first."""


@dataclass(frozen=True, slots=True)
class Edge:
    """From the start of a word to that of the next: how well the sound in between fits, in nats."""

    source: int
    target: int
    nats: float


@dataclass(frozen=True, slots=True)
class Lattice:
    """Words, each at one place in time, and what may follow what.

    Attributes:
        words: of each node, in order of time; "" where no word of the language model stands: a pause.
        edges: in order of time.
    """

    words: tuple[str, ...]
    edges: tuple[Edge, ...]
    first: int
    last: int

    @classmethod
    def read(cls, path: Path, known: Callable[[str], str]) -> Lattice:
        """The lattice of a file as pocketsphinx writes it.

        Args:
            known: the language model's name of a word of the lattice; "" where it has none.
        """
        parts = _parts(path)
        nodes = {int(number): (int(start), word) for number, word, start, *_ in parts["Nodes"]}
        places = sorted(nodes, key=lambda number: (nodes[number][0], number))
        place = {number: at for at, number in enumerate(places)}
        edges = (Edge(place[int(a)], place[int(b)], int(score) * _NATS) for a, b, score in parts["Edges"])
        forward = sorted((e for e in edges if e.source < e.target), key=lambda e: (e.source, e.target))
        first, last = (place[int(parts[name][0][0])] for name in ("Initial", "Final"))
        words = [known(nodes[number][1]) for number in places]
        words[first], words[last] = BEGIN, END
        return cls(tuple(words), tuple(forward), first, last)


def _parts(path: Path) -> dict[str, list[list[str]]]:
    """The rows of each part; the number in an ``Initial`` or ``Final`` line is its only row."""
    parts: dict[str, list[list[str]]] = defaultdict(list)
    name = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = line.split()
        if line[:1].isdecimal():
            parts[name].append(fields)
        elif fields:
            name = fields[0]
            parts[name] += [fields[1:2]] if name in {"Initial", "Final"} else []
    return parts


@dataclass(frozen=True, slots=True)
class Language:
    """What a language model says of a word after others, in nats, weighted as the decoder weights it.

    Args:
        weight: how much more it counts than the sound.
        insertion: what each word costs, in nats, 0 or less.
    """

    model: Trigram
    weight: float
    insertion: float
    _said: dict[Gram, float] = field(default_factory=dict, repr=False)
    _bounds: dict[Gram, float] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for gram, probability in self.model.probability.items():
            for shorter in {gram[-1:], gram[-2:]}:
                self._bounds[shorter] = max(self._bounds.get(shorter, 0.0), probability)

    def of(self, gram: Gram) -> float:
        """Of the last word after those before it."""
        if gram not in self._said:
            self._said[gram] = self._weighed(self.model.of(gram))
        return self._said[gram]

    def at_most(self, word: str, before: str) -> float:
        """Of a word after this one and any before that; "" is any word as well."""
        seen = self._bounds.get((before, word), 0.0) if before else self._bounds.get((word,), 0.0)
        return self._weighed(max(seen, self.model.of((before, word))) if before else seen)

    def _weighed(self, probability: float) -> float:
        return self.weight * math.log(probability) + self.insertion if probability > 0 else _NEVER


@dataclass(frozen=True, slots=True)
class Ranking:
    """Ranks the readings of lattices.

    Args:
        is_spoken: whether a word of the lattice is one of a reading's; single phones are not.
    """

    language: Language
    is_spoken: Callable[[str], bool]

    def __call__(self, lattice: Lattice, most: int) -> list[tuple[str, float]]:
        """At most `most` readings, each with how much less likely than the first it is, in nats."""
        whole = _without_pauses(self._near(lattice, _WIDE_NATS))
        found: list[tuple[Gram, float]] = []
        for beam in _BEAMS_NATS:
            search = _Search(self._near(whole, beam), self.language, self.is_spoken)
            found = list(search.readings(most))
            if len(found) == most:
                break
        return [(" ".join(text), (found[0][1] - nats) / _SCALE) for text, nats in found]

    def _near(self, lattice: Lattice, beam: float) -> Lattice:
        """With the edges only that may be part of a path nearly as good as the best."""
        costs = [self._at_most(lattice, edge) for edge in lattice.edges]
        forward, backward = ([_NEVER] * len(lattice.words) for _ in range(2))
        forward[lattice.first] = backward[lattice.last] = 0.0
        steps = list(zip(lattice.edges, costs, strict=True))
        for edge, cost in steps:
            forward[edge.target] = max(forward[edge.target], forward[edge.source] + cost)
        for edge, cost in reversed(steps):
            backward[edge.source] = max(backward[edge.source], backward[edge.target] + cost)
        least = forward[lattice.last] - beam
        kept = (e for e, cost in steps if forward[e.source] + cost + backward[e.target] >= least > _NEVER)
        return replace(lattice, edges=tuple(kept))

    def _at_most(self, lattice: Lattice, edge: Edge) -> float:
        word = lattice.words[edge.target]
        return edge.nats + (self.language.at_most(word, lattice.words[edge.source]) if word else 0.0)


def _without_pauses(lattice: Lattice) -> Lattice:
    """With edges from word to word, by the best of the pauses in between."""
    exits: dict[int, dict[int, float]] = defaultdict(dict)
    for edge in reversed(lattice.edges):
        beyond = {edge.target: 0.0} if lattice.words[edge.target] else exits[edge.target]
        own = exits[edge.source]
        for target, nats in beyond.items():
            own[target] = max(own.get(target, _NEVER), edge.nats + nats)
    words = sorted(node for node in exits if lattice.words[node])
    return replace(lattice, edges=tuple(Edge(a, b, exits[a][b]) for a in words for b in sorted(exits[a])))


@dataclass(slots=True)
class _Search:
    """Best first (A*), by what is behind and the very best that is to come.

    Attributes:
        lattice: one without pauses.
        exits: the edges that leave each node.
        ahead: of each two words that may follow on each other the best that may come after them, in nats.
    """

    lattice: Lattice
    language: Language
    is_spoken: Callable[[str], bool]
    exits: dict[int, list[Edge]] = field(default_factory=lambda: defaultdict(list))
    ahead: dict[tuple[int, int], float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for edge in self.lattice.edges:
            self.exits[edge.source].append(edge)
        for edge in sorted(self.lattice.edges, key=lambda edge: edge.target, reverse=True):
            self.ahead[edge.source, edge.target] = self._best_after(edge)

    def _best_after(self, edge: Edge) -> float:
        if edge.target == self.lattice.last:
            return 0.0
        following = self.exits[edge.target]
        steps = (e.nats + self._said(edge.source, e) + self.ahead[e.source, e.target] for e in following)
        return max(steps, default=_NEVER)

    def _said(self, before: int, edge: Edge) -> float:
        words = self.lattice.words
        return self.language.of((words[before], words[edge.source], words[edge.target]))

    def readings(self, most: int) -> Iterator[tuple[Gram, float]]:
        """The words of each reading and the score of its best path, in nats, best first."""
        heap: list[_Path] = []
        for edge in self.exits[self.lattice.first]:
            said = self.language.of((BEGIN, self.lattice.words[edge.target]))
            self._push(heap, (), edge, edge.nats + said)
        seen: set[tuple[str, int, Gram]] = set()
        given: set[Gram] = {()}
        for _ in range(_MOST_STEPS):
            if not heap or len(given) > most:
                return
            missing, text, source, node = heapq.heappop(heap)
            state = (self.lattice.words[source], node, text)
            if state in seen:
                continue
            seen.add(state)
            nats = -missing - self.ahead[source, node]
            if node == self.lattice.last and text not in given:
                given.add(text)
                yield text, nats
            for edge in self.exits[node]:
                self._push(heap, text, edge, nats + edge.nats + self._said(source, edge))

    def _push(self, heap: list[_Path], text: Gram, edge: Edge, nats: float) -> None:
        """Adds the path that ends with this edge, having scored `nats`."""
        word = self.lattice.words[edge.target]
        whole = nats + self.ahead[edge.source, edge.target]
        if whole > _NEVER:
            longer = (*text, word) if self.is_spoken(word) else text
            heapq.heappush(heap, (-whole, longer, edge.source, edge.target))
