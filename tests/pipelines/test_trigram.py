from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.pipelines.models.script_biased.trigram import BEGIN, END, Trigram, arpa, train

FILLERS = ["@A", "@B", "@C"]
texts = st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=6), min_size=1, max_size=6)


def vocabulary(model: Trigram) -> list[str]:
    return [gram[0] for gram in model.probability if len(gram) == 1 and gram != (BEGIN,)]


def contexts(model: Trigram) -> list[tuple[str, ...]]:
    """Every context seen, and some that were not."""
    seen = {gram[:-1] for gram in model.probability}
    return [*sorted(seen), ("a", "@A"), ("@B", "@C"), ("zz",), ("zz", "a")]


@given(texts, st.sampled_from([0.05, 0.2, 0.9]))
def test_every_context_s_probabilities_sum_to_one(sentences: list[list[str]], share: float) -> None:
    """Mass that is missing or double leans the listener towards or away from the script, unseen."""
    model = train(sentences, FILLERS, share)
    words = vocabulary(model)
    for context in contexts(model):
        total = sum(model.of((*context, word)) for word in words)
        assert total == pytest.approx(1, abs=1e-6), context


@given(texts)
def test_speech_that_is_not_printed_has_its_share_everywhere(sentences: list[list[str]]) -> None:
    """Without a way out every interview would be heard as words of the script."""
    model = train(sentences, FILLERS, 0.2)
    assert sum(model.of((filler,)) for filler in FILLERS) == pytest.approx(0.2)
    assert all(model.of((*context, "@A")) > 0 for context in contexts(model))


def test_what_is_printed_is_likelier_in_its_order() -> None:
    """The bias is the point: after two words of a line, the third is expected."""
    model = train([["a", "b", "c"], ["a", "b", "d"], ["e", "e", "e"]], FILLERS, 0.2)
    assert model.of(("a", "b", "c")) > model.of(("a", "b", "e"))
    assert model.of((BEGIN, "a")) > model.of((BEGIN, "c"))
    assert model.of(("d", END)) > model.of(("a", END))


@given(texts)
def test_the_arpa_text_says_the_same(sentences: list[list[str]]) -> None:
    """The decoder reads the text, not the model."""
    model = train(sentences, FILLERS, 0.2)
    text = arpa(model)
    counts = [int(n) for n in re.findall(r"ngram \d=(\d+)", text)]
    found = dict(_grams(text))
    assert counts == [sum(len(g) == n for g in found) for n in (1, 2, 3)]
    assert found.keys() == model.probability.keys()
    for gram, (probability, backoff) in found.items():
        assert 10**probability == pytest.approx(model.probability[gram], rel=1e-3)
        if backoff is not None:
            assert 10**backoff == pytest.approx(model.backoff.get(gram, 1.0), rel=1e-3)
    assert text.startswith("\\data\\\n") and text.endswith("\\end\\\n")


def _grams(text: str) -> list[tuple[tuple[str, ...], tuple[float, float | None]]]:
    found, order = [], 0
    for line in text.splitlines():
        if head := re.fullmatch(r"\\(\d)-grams:", line):
            order = int(head.group(1))
        elif order and line and not line.startswith("\\"):
            cells = line.split()
            backoff = float(cells[order + 1]) if len(cells) == order + 2 else None
            found.append((tuple(cells[1 : order + 1]), (float(cells[0]), backoff)))
    return found
