"""Learns what glyphs stand for, from recognised text of the same rows.

Recognition errs at random, a font never does. Rows of glyphs and their recognised text, both in the order of drawing,
are aligned by the Needleman-Wunsch core and cut where spaces agree; expectation maximisation then finds what each
glyph stands for. Where two glyphs together keep standing for something else than each by itself, they become a rule
of their own, and it starts again.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import log

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.align import Gap, Scoring, align, encode, score_only
from wavelode.pipelines.documents.rules import LITERAL, FontMap, Rule
from wavelode.pipelines.documents.visual import RephAt, logical, visual

EDITS = Scoring(match=0, mismatch=-1, gap=Gap(0, 1))
"""Levenshtein's costs."""
Token = tuple[str, ...]
SPACE = " "
_LENGTHS = (0.05, 1.0, 0.3, 0.1, 0.04, 0.02)
"""How likely a glyph stands for so many characters, before anything is known."""
_ROUNDS = 5
_MERGES = 3
_LEAST_TOGETHER = 0.6
_SAMPLED = 3
"""Of so many rows one is enough to tell orders apart."""


@dataclass(frozen=True, slots=True)
class Example:
    """A row: the names of its glyphs with spaces between words, and its recognised text."""

    glyphs: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class _Pair:
    tokens: tuple[Token, ...]
    text: str


Prior = Mapping[Token, Mapping[str, float]]
_Emissions = dict[Token, dict[str, float]]


def learn(
    examples: Sequence[Example], prior: Prior, reph: RephAt = "vowels", merges: int = _MERGES
) -> FontMap:
    """The rules that explain the examples best.

    Args:
        prior: what glyphs probably stand for, with how many sightings that is worth: from the layer, or learned
            before.
        merges: how often glyphs may be taken together.
    """
    rows = [(example.glyphs, visual(example.text, reph)) for example in examples]
    pairs = Counter(pair for row in rows for pair in _by_words(*row))
    emissions = _maximised(pairs, prior)
    pairs = Counter(pair for row in _aligned(rows, emissions) for pair in row)
    pairs = _joined(pairs, {token for token in prior if len(token) > 1})
    emissions = _maximised(pairs, prior)
    for _ in range(merges):
        together = _together(pairs, emissions)
        if not together:
            break
        pairs = _merged(pairs, together)
        emissions = _maximised(pairs, prior)
    return FontMap(_rules(pairs, emissions, prior), reph)


def best_order(examples: Sequence[Example], prior: Prior) -> FontMap:
    """As `learn`, with the place of the hook under which single glyphs are most of one mind."""
    orders: tuple[RephAt, ...] = ("vowels", "cluster", "end")
    if len({visual(example.text, order) for example in examples for order in orders}) == len(examples):
        return learn(examples, prior)
    maps = [learn(examples[::_SAMPLED], prior, order, merges=0) for order in orders]
    best = max(maps, key=lambda m: sum(rule.support for rule in m.rules.values() if rule.is_sure))
    return learn(examples, prior, best.reph)


def decoded(fonts: FontMap, glyphs: Sequence[str]) -> str:
    """The text of glyphs as Unicode spells it; an unknown glyph is U+FFFD."""
    drawn = (
        piece.rule.text if piece.rule else SPACE if glyphs[piece.start] == SPACE else "\ufffd"
        for piece in fonts.pieces(glyphs)
    )
    return logical("".join(drawn))


def _by_words(glyphs: tuple[str, ...], text: str) -> Iterator[_Pair]:
    """A row's words, where both sides have as many: a first guess."""
    words, seen = _words(glyphs), text.split()
    if len(words) == len(seen):
        for word, said in zip(words, seen, strict=True):
            yield _Pair(tuple((glyph,) for glyph in word), said)


def _words(glyphs: Iterable[str]) -> list[list[str]]:
    words: list[list[str]] = [[]]
    for glyph in glyphs:
        if glyph == SPACE:
            words.append([])
        else:
            words[-1].append(glyph)
    return [word for word in words if word]


def _aligned(rows: Sequence[tuple[tuple[str, ...], str]], emissions: _Emissions) -> Iterator[list[_Pair]]:
    """Every row cut where a space stands opposite a space, by the core."""
    names = sorted({glyph for glyphs, _ in rows for glyph in glyphs} | {SPACE})
    chars = sorted({char for _, text in rows for char in text} | {SPACE})
    number = {name: i for i, name in enumerate(names)}
    char_number = {char: len(names) + i for i, char in enumerate(chars)}
    scoring = Scoring(gap=Gap(2, 2), table=_scores(names, chars, emissions))
    for glyphs, text in rows:
        a = np.array([number[glyph] for glyph in glyphs], dtype=np.int32)
        b = np.array([char_number[char] for char in text], dtype=np.int32)
        path = align(a, b, scoring)
        cuts = [(i, j) for i, j in path.pairs().tolist() if glyphs[i] == SPACE and text[j] == SPACE]
        yield list(_cut(glyphs, text, cuts))


def _scores(names: Sequence[str], chars: Sequence[str], emissions: _Emissions) -> NDArray[np.int32]:
    """(C, C): log-odds that a glyph's text holds a character, in half nats; glyphs come first, then characters."""
    table = np.full((len(names) + len(chars),) * 2, -6, dtype=np.int32)
    column = {char: len(names) + j for j, char in enumerate(chars)}
    for i, name in enumerate(names):
        for text, share in emissions.get((name,), {}).items():
            for char in set(text) & column.keys():
                table[i, column[char]] = max(table[i, column[char]], round(2 * log(max(share, 0.01) / 0.03)))
    table[names.index(SPACE), :] = table[:, column[SPACE]] = -12
    table[names.index(SPACE), column[SPACE]] = 8
    return table


def _cut(glyphs: tuple[str, ...], text: str, cuts: Sequence[tuple[int, int]]) -> Iterator[_Pair]:
    edges = [(-1, -1), *cuts, (len(glyphs), len(text))]
    for (i, j), (k, m) in itertools.pairwise(edges):
        tokens = tuple((glyph,) for glyph in glyphs[i + 1 : k] if glyph != SPACE)
        said = text[j + 1 : m].replace(SPACE, "")
        if tokens and said and len(said) <= 4 * len(tokens) + 2 and len(tokens) <= 4 * len(said) + 2:
            yield _Pair(tokens, said)


def _maximised(pairs: Mapping[_Pair, int], prior: Prior) -> _Emissions:
    emissions: _Emissions = {}
    for _ in range(_ROUNDS):
        counts: dict[Token, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        for pair, times in pairs.items():
            _expect(pair, times, emissions, prior, counts)
        emissions = {token: _shares(token, seen, prior) for token, seen in counts.items()}
    return emissions


def _shares(token: Token, seen: Mapping[str, float], prior: Prior) -> dict[str, float]:
    known = prior.get(token, {})
    total = sum(seen.values()) + sum(known.values())
    texts = [text for text in {*seen, *known} if seen.get(text, 0.0) + known.get(text, 0.0) > 1e-3 * total]
    return {text: (seen.get(text, 0.0) + known.get(text, 0.0)) / total for text in sorted(texts)}


_Step = tuple[int, str, float]
"""Where a token begins in the text, what it stands for there, and how likely that is."""


def _expect(
    pair: _Pair, times: int, emissions: _Emissions, prior: Prior, counts: dict[Token, dict[str, float]]
) -> None:
    """Adds how often each token probably stands for what in `pair`: the forward-backward sums."""
    n, m = len(pair.tokens), len(pair.text)
    forward = [1.0] + [0.0] * m
    reached, columns = [], []
    for i, token in enumerate(pair.tokens):
        steps = list(_steps(token, pair.text, (i, n), emissions, prior))
        steps = [(j, said, forward[j] * likely) for j, said, likely in steps if forward[j]]
        following = [0.0] * (m + 1)
        for j, said, mass in steps:
            following[j + len(said)] += mass
        size = sum(following)
        if not size:
            return  # nothing explains it: misread beyond use
        reached.append(forward)
        forward = [mass / size for mass in following]
        columns.append([(j, said, mass / size) for j, said, mass in steps])
    if not forward[m]:
        return
    wanted = [0.0] * m + [1.0 / forward[m]]
    for token, steps, before in zip(reversed(pair.tokens), reversed(columns), reversed(reached), strict=True):
        earlier = [0.0] * (m + 1)
        own = counts[token]
        for j, said, mass in steps:
            share = mass * wanted[j + len(said)]
            earlier[j] += share / before[j]
            own[said] += times * share
        wanted = earlier


def _steps(
    token: Token, text: str, at: tuple[int, int], emissions: _Emissions, prior: Prior
) -> Iterator[_Step]:
    """What token `at` (i of n) may stand for in `text`."""
    (i, n), m, most = at, len(text), len(_LENGTHS) - 1
    starts = range(max(0, m - most * (n - i)), min(m, most * i) + 1)
    if (known := emissions.get(token)) is not None:
        for said, share in known.items():
            yield from ((j, said, share) for j in starts if text.startswith(said, j))
        return
    believed = prior.get(token, {})
    for j in starts:
        for k in range(min(most, m - j) + 1):
            said = text[j : j + k]
            yield j, said, _LENGTHS[k] + 10 * believed.get(said, 0.0)


def _best_cut(pair: _Pair, emissions: _Emissions) -> list[str] | None:
    """What each token of `pair` most probably stands for in it."""
    tokens, text = pair.tokens, pair.text
    best: list[dict[int, tuple[float, int]]] = [{0: (0.0, 0)}]
    for token in tokens:
        reach: dict[int, tuple[float, int]] = {}
        for j, (score, _) in best[-1].items():
            for said, share in emissions.get(token, {}).items():
                end = j + len(said)
                if text.startswith(said, j) and (end not in reach or reach[end][0] < score + log(share)):
                    reach[end] = (score + log(share), j)
        best.append(reach)
    if len(text) not in best[-1]:
        return None
    parts, end = [], len(text)
    for column in reversed(best[1:]):
        start = column[end][1]
        parts.append(text[start:end])
        end = start
    return parts[::-1]


def _together(pairs: Mapping[_Pair, int], emissions: _Emissions) -> set[tuple[Token, Token]]:
    """Neighbours that mostly stand for something else than each most often does."""
    usual = {token: max(texts, key=lambda t: texts[t]) for token, texts in emissions.items() if texts}
    seen: dict[tuple[Token, Token], Counter[str]] = defaultdict(Counter)
    for pair, times in pairs.items():
        if said := _best_cut(pair, emissions):
            for i in range(len(said) - 1):
                if _is_believed(pair.tokens[i]) and _is_believed(pair.tokens[i + 1]):
                    continue  # whatever they are recognised as together
                seen[pair.tokens[i], pair.tokens[i + 1]][said[i] + said[i + 1]] += times
    found = set()
    for (left, right), texts in seen.items():
        text, times = max(texts.items(), key=lambda item: item[1])
        other = usual[left] + usual[right]
        enough = times >= 2 and times >= _LEAST_TOGETHER * sum(texts.values())
        if enough and text != other:
            found.add((left, right))
    return found


def _is_believed(token: Token) -> bool:
    return all(name.startswith(LITERAL) for name in token)


def _merged(pairs: Mapping[_Pair, int], together: set[tuple[Token, Token]]) -> Counter[_Pair]:
    merged: Counter[_Pair] = Counter()
    for pair, times in pairs.items():
        tokens: list[Token] = []
        for token in pair.tokens:
            if tokens and (tokens[-1], token) in together and len(tokens[-1]) + len(token) <= 4:
                tokens[-1] = tokens[-1] + token
            else:
                tokens.append(token)
        merged[_Pair(tuple(tokens), pair.text)] += times
    return merged


def _joined(pairs: Mapping[_Pair, int], known: set[Token]) -> Counter[_Pair]:
    """Pairs with the glyphs of rules learned before taken together."""
    longest = FontMap({token: Rule("", 1, 1) for token in known})
    joined: Counter[_Pair] = Counter()
    for pair, times in pairs.items():
        names = [token[0] for token in pair.tokens]
        tokens = tuple(tuple(names[p.start : p.end]) for p in longest.pieces(names))
        joined[_Pair(tokens, pair.text)] += times
    return joined


def _rules(pairs: Mapping[_Pair, int], emissions: _Emissions, prior: Prior) -> dict[Token, Rule]:
    """What each token most probably stands for, with how often the best cuts said so; what wasn't seen is as before."""
    seen: dict[Token, Counter[str]] = {token: Counter(texts) for token, texts in prior.items()}
    total: Counter[Token] = Counter({token: sum(texts.values()) for token, texts in prior.items()})
    for pair, times in pairs.items():
        said = _best_cut(pair, emissions)
        for i, token in enumerate(pair.tokens):
            total[token] += times
            if said:
                seen.setdefault(token, Counter())[said[i]] += times
    rules = {}
    for token, texts in seen.items():
        text = max(sorted(texts), key=lambda t: texts[t])
        rules[token] = Rule(text, float(texts[text]), float(total[token]))
    return rules


def edits(a: str, b: str) -> int:
    """Levenshtein's distance, by the core."""
    return -score_only(encode(a), encode(b), EDITS)
