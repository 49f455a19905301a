"""Letter groups find the text a hearing comes from; aligning to what they find gives what aligning to all gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.listening import hear_all, script
from wavelode.alignment import narrowing
from wavelode.alignment.align import FreeEnds, align, encode
from wavelode.alignment.confusions import fitted
from wavelode.alignment.narrowing import Narrowing
from wavelode.alignment.rates import coincidence, log_odds
from wavelode.alignment.retrieval import Index, groups_of
from wavelode.alignment.sentences import find_readings
from wavelode.alignment.sides import WILD, Hearing, Printed
from wavelode.schemas.records import Sentence, Word
from wavelode.schemas.settings import AlignSettings
from wavelode.schemas.time import Span

texts = st.lists(st.text("abc", max_size=20), max_size=6)


def groups(text: str, size: int) -> set[str]:
    return {text[i : i + size] for i in range(len(text) - size + 1)}


@given(texts=texts, heard=st.text("abcd", max_size=20), size=st.integers(1, 4))
def test_scores_are_those_of_counting_by_hand(texts: list[str], heard: str, size: int) -> None:
    """Hashes and sorted arrays are for speed alone; the sum over shared groups is the definition."""
    held = [groups(text, size) for text in texts]
    often = {g: sum(g in own for own in held) for own in held for g in own}
    weight = {g: np.log((len(texts) + 1) / n) for g, n in often.items()}
    asked, total = groups(heard, size), max(1, sum(map(len, held)))
    expected = [
        sum(weight[g] for g in asked & own) - len(asked) * sum(often[g] * weight[g] for g in own) / total
        for own in held
    ]
    index = Index.of([encode(text) for text in texts], size)
    assert index.scores(encode(heard)) == pytest.approx(expected)


def test_groups_are_told_apart_by_the_order_of_their_letters() -> None:
    """A hash that forgot the order would find anagrams."""
    hashes = groups_of(encode("abcacbbacbcacabcba"), 3)
    assert len(np.unique(hashes)) == len(groups("abcacbbacbcacabcba", 3))


def found(printed: list[Sentence], words: list[Word]) -> set[tuple[int, Span]]:
    matches = find_readings(printed, words, "xx", AlignSettings())
    return {(m.sentence.index, m.words[0].span | m.words[-1].span) for m in matches}


@pytest.mark.parametrize("wrong", [0.0, 0.2, 0.4])
@pytest.mark.parametrize("seed", range(3))
def test_few_sentences_give_what_all_give(seed: int, wrong: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole print is the slow way; a reading that the short way loses is a clip lost."""
    printed = script(seed, 300)
    rng = np.random.default_rng(seed)
    again = [printed[i] for i in rng.permutation(300)[:40]]
    words = hear_all([*printed[:60], *again], wrong).heard
    monkeypatch.setattr(narrowing, "_SMALL_PRINT", 10**9)
    slow = found(printed, words)
    monkeypatch.setattr(narrowing, "_SMALL_PRINT", 0)
    assert slow <= found(printed, words)


def test_a_number_that_nobody_can_say_is_crossed_like_any_print(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores with wildcards are a table, which refuses symbols that it does not know."""
    monkeypatch.setattr(narrowing, "_SMALL_PRINT", 0)
    monkeypatch.setattr(narrowing, "_MOST_SENTENCES", 2)
    sentences = script(4, 30)
    sentences[20] = Sentence("paper", 20, f"{sentences[20].text} 1984")
    printed = Printed.of(sentences, "xx")
    hearing = Hearing.of(hear_all([sentences[3], sentences[20]]).heard, "xx")
    a, b = printed.side.symbols, hearing.side.symbols
    assert (a == ord(WILD)).any()
    scoring = fitted(log_odds(0.15, coincidence(a, b), FreeEnds(True, True, True, True), 10.0), a, b)
    short, whole = Narrowing.of(printed).pairs(b, scoring), align(a, b, scoring).pairs()
    assert (a[short[:, 0]] == b[short[:, 1]]).sum() >= (a[whole[:, 0]] == b[whole[:, 1]]).sum() - 2
