from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from tests.corpus import RATE, leave_mined, matched, recording
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.audit.marks import Mark, agreed, read_marks, save_mark
from wavelode.pipelines.quality.audit.precision import Heard, agreement, audit, stratified, wilson
from wavelode.pipelines.quality.audit.sample import allocate, draw, write_sample
from wavelode.pipelines.select import run_select
from wavelode.schemas.errors import SettingsError, StorageError
from wavelode.schemas.settings import SelectSettings
from wavelode.schemas.time import Span

ENDLESS = 10**15


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """60 clips with text, 30 in each of two languages, half of them doubtful."""
    made = Layout(tmp_path)
    spans = [Span(2 * n * RATE, 2 * (n + 1) * RATE) for n in range(30)]
    parts = tuple(matched(s, "ten words or so", score=1.0 if n % 2 else 0.5) for n, s in enumerate(spans))
    leave_mined(made, [recording(f"r-{name}", parts, language=name) for name in ("hi", "en")], [])
    run_select(made, made.mined.glob("*.parquet"), [], SelectSettings(max_same_text=0))
    return made


def test_the_same_seed_draws_the_same_clips_and_another_draws_others(layout: Layout) -> None:
    first, again, other = draw(layout, 20), draw(layout, 20), draw(layout, 20, seed=1)
    assert first == again and {r["clip_id"] for r in first} != {r["clip_id"] for r in other}
    assert {r["stratum"] for r in first} == {"en, sure", "en, doubtful", "hi, sure", "hi, doubtful"}
    assert {r["stratum_clips"] for r in first} == {15} and len({r["clip_id"] for r in first}) == 20


def test_a_larger_sample_holds_the_smaller(layout: Layout) -> None:
    small, large = ({row["clip_id"] for row in draw(layout, count)} for count in (12, 44))
    assert small < large


def test_without_texts_nothing_is_drawn(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    run_select(layout, [], [], SelectSettings())
    with pytest.raises(StorageError, match="no clip has a text yet"):
        draw(layout, 20)


@given(
    st.dictionaries(st.text(max_size=3), st.integers(1, 5000), min_size=1, max_size=8), st.integers(1, 500)
)
def test_shares_add_up(sizes: dict[str, int], count: int) -> None:
    share = allocate(sizes, count)
    assert sum(share.values()) == min(count, sum(sizes.values()))
    assert all(0 <= share[name] <= sizes[name] for name in sizes)


@given(st.integers(1, 400), st.floats(0, 1))
def test_wilson_is_the_library_s(heard: int, part: float) -> None:
    right = round(part * heard)
    theirs = binomtest(right, heard).proportion_ci(0.95, "wilson")
    assert wilson(Heard(right, heard, ENDLESS)) == pytest.approx((theirs.low, theirs.high), abs=1e-6)


@given(st.integers(1, 60), st.integers(0, 60), st.integers(0, 1000))
def test_an_interval_holds_its_share_and_shrinks_to_it(heard: int, wrong: int, unheard: int) -> None:
    part = Heard(max(heard - wrong, 0), heard, heard + unheard)
    low, high = wilson(part)
    assert 0 <= low <= part.value + 1e-12 and part.value - 1e-12 <= high <= 1
    assert (low == high) == (unheard == 0)
    assert stratified([part]) == pytest.approx((part.value, low, high))


def test_strata_count_by_their_size() -> None:
    value, low, high = stratified([Heard(10, 10, 9000), Heard(0, 10, 1000)])
    assert value == 0.9 and low < 0.9 < high
    with pytest.raises(ValueError, match="nothing was heard"):
        stratified([])


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    lots = np.random.default_rng(0)
    sizes, heard = np.array([8000, 1500, 500]), (150, 35, 15)
    held = 0
    for p in np.repeat(np.linspace(0.75, 0.97, 12), 100):
        right = lots.binomial(sizes, [p, p - 0.1, p - 0.3])
        found = lots.hypergeometric(right, sizes - right, heard)
        parts = [Heard(int(f), h, int(n)) for f, h, n in zip(found, heard, sizes, strict=True)]
        _, low, high = stratified(parts)
        held += low <= right.sum() / sizes.sum() <= high
    assert 0.93 < held / 1200 < 0.97  # three standard errors around .95; the bench says it more exactly


def test_marks_are_kept_per_listener_and_replaced(layout: Layout) -> None:
    save_mark(layout, "ann", "a", Mark.RIGHT)
    save_mark(layout, "ann", "a", Mark.WRONG_WORDS)
    save_mark(layout, "ben", "a", Mark.RIGHT)
    save_mark(layout, "ben", "b", Mark.RIGHT)
    save_mark(layout, "ben", "b", None)
    assert [(row["listener"], row["clip_id"], row["mark"]) for row in read_marks(layout)] == [
        ("ann", "a", "wrong_words"),
        ("ben", "a", "right"),
    ]
    assert agreed(read_marks(layout)) == {"a": Mark.WRONG_WORDS}


@pytest.mark.parametrize("name", ["", "../ann", "a/b", ".ann", "a" * 41, "a\n"])
def test_a_listener_s_name_is_no_path(layout: Layout, name: str) -> None:
    with pytest.raises(SettingsError, match="no name of a listener"):
        save_mark(layout, name, "a", Mark.RIGHT)


def test_what_was_heard_is_told_by_part(layout: Layout) -> None:
    assert audit(layout) is None
    sample = draw(layout, 40)
    write_sample(layout, sample)
    untouched = audit(layout)
    assert untouched and untouched.overall is None and untouched.drawn == 40
    for row in sample:
        if row["language"] == "hi":
            save_mark(
                layout, "ann", row["clip_id"], Mark.RIGHT if "sure" in row["stratum"] else Mark.BAD_AUDIO
            )
    told = audit(layout)
    assert told and told.overall and told.overall.value == 0.5 and told.covered == 0.5
    assert {name: share.value for name, share in told.by_stratum.items()} == {
        "hi, doubtful": 0,
        "hi, sure": 1,
    }
    assert told.marks == {Mark.RIGHT: 10, Mark.BAD_AUDIO: 10} and told.listeners == {"ann": 20}


def test_agreement_is_krippendorff_s_own_example() -> None:
    """Three coders, of whom the units that two or more saw count: nominal alpha .691."""
    pytest.importorskip("nltk", reason="needs the extra: pip install 'wavelode[quality]'")
    table = [
        "* * * * * 3 4 1 2 1 1 3 3 * 3",
        "1 * 2 1 3 3 4 3 * * * * * * *",
        "* * 2 1 3 4 4 * 2 1 1 3 3 * 4",
    ]
    names = dict(zip("1234", Mark, strict=True))
    marks = [
        {"listener": str(coder), "clip_id": str(unit), "mark": names[value]}
        for coder, row in enumerate(table)
        for unit, value in enumerate(row.split())
        if value != "*"
    ]
    assert agreement(marks) == pytest.approx(0.691, abs=5e-4)
    assert agreement(marks[:3]) is None
