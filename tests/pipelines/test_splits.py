"""Sets share nothing, have the size that was asked for, and stay what they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from tests.corpus import bulletins, leave_mined
from wavelode.datasets.storage import Layout, read_rows
from wavelode.infra.options import _Listed
from wavelode.pipelines.select import run_select
from wavelode.pipelines.splitting import splits
from wavelode.pipelines.splitting.splits import DEV, TEST, TRAIN, Splits, _Forest
from wavelode.pipelines.splitting.ties import parts_of
from wavelode.pipelines.splitting.units import Unit, unit_of
from wavelode.schemas.records import Recording
from wavelode.schemas.settings import SelectSettings, SplitSettings
from wavelode.schemas.time import WORKING_RATE_HZ
from wavelode.schemas.verdict import Reason

HOUR = 3600 * WORKING_RATE_HZ
SHARED = SplitSettings()
NO_COPIES = SplitSettings(together=("programme", "day", "document"))
SAME_TEXTS = SelectSettings(max_same_text=0)
"""The made-up bulletins all say the same."""


def unit(name: str, *ties: str, hours: float = 0.2, stratum: tuple[str, str] = ("or", "Cuttack")) -> Unit:
    language, station = stratum
    return Unit(name, language, round(hours * HOUR), ties, (f"station={station}",))


def connected(corpus: list[Unit], block: int = 7) -> list[list[Unit]]:
    with TemporaryDirectory() as folder:
        return parts_of(corpus, Path(folder), block=block)


def split(corpus: list[Unit], settings: SplitSettings, kept: Mapping[str, str]) -> Splits:
    return splits.split(connected(corpus), settings, kept)


units = st.lists(
    st.builds(
        lambda n, ties, loose, minutes, station: replace(
            unit(f"r{n}", *(f"t{t}" for t in ties), hours=minutes / 60, stratum=("or", station)),
            loose_ties=tuple(f"c{t}" for t in loose),
        ),
        st.integers(0, 60),
        st.frozensets(st.integers(0, 25), max_size=2),
        st.frozensets(st.integers(0, 25), max_size=1),
        st.integers(0, 30),
        st.sampled_from("ABC"),
    ),
    max_size=40,
    unique_by=lambda u: u.recording_id,
)


@given(units, st.integers(0, 3))
def test_nothing_crosses_and_everybody_has_a_set(corpus: list[Unit], seed: int) -> None:
    found = split(corpus, SplitSettings(seed=seed), {})
    assert set(found.of) == {u.recording_id for u in corpus} and not found.torn
    for group in connected(corpus):
        assert len({found.of[u.recording_id] for u in group}) == 1
    ties = {
        tie: {found.of[u.recording_id] for u in corpus if tie in u.ties} for u in corpus for tie in u.ties
    }
    assert all(len(sets) == 1 for sets in ties.values())


@given(units, units)
def test_what_has_a_set_keeps_it_as_the_corpus_grows(first: list[Unit], more: list[Unit]) -> None:
    before = split(first, SHARED, {}).of
    known = {u.recording_id for u in first}
    grown = [*first, *(u for u in more if u.recording_id not in known)]
    after = split(grown, SHARED, before)
    assert {name: after.of[name] for name in before} == before
    assert set(after.of) | after.torn == {u.recording_id for u in grown}
    for tie in {tie for u in grown for tie in u.ties}:
        assert (
            len({after.of[u.recording_id] for u in grown if tie in u.ties and u.recording_id in after.of})
            <= 1
        )


@given(units, st.randoms(use_true_random=False))
def test_the_order_of_the_recordings_says_nothing(corpus: list[Unit], random: st.DataObject) -> None:
    shuffled = list(corpus)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert split(shuffled, SHARED, {}).of == split(corpus, SHARED, {}).of


@given(units)
def test_groups_are_what_a_slow_search_finds(corpus: list[Unit]) -> None:
    """The obvious way: spread each name over its ties until nothing changes."""
    name = {u.recording_id: u.recording_id for u in corpus}
    for _ in corpus:
        for a in corpus:
            for b in corpus:
                if {*a.ties, *a.loose_ties} & {*b.ties, *b.loose_ties}:
                    name[a.recording_id] = name[b.recording_id] = min(
                        name[a.recording_id], name[b.recording_id]
                    )
    expected = {frozenset(r for r in name if name[r] == leader) for leader in name.values()}
    assert {frozenset(u.recording_id for u in group) for group in connected(corpus)} == expected


@given(units, units)
def test_only_what_is_contested_is_taken_apart(first: list[Unit], more: list[Unit]) -> None:
    """The obvious way: the whole corpus as one part, grown recording by recording."""
    before = split(first, SHARED, {}).of
    known = {u.recording_id for u in first}
    grown = [*first, *(u for u in more if u.recording_id not in known)]
    slow = _Forest(grown, before)
    found = split(grown, SHARED, before)
    assert found.torn == slow.torn
    assert {name: found.of[name] for name in slow.sets()} == slow.sets()
    for tree in slow.fresh():
        assert len({found.of[u.recording_id] for u in tree}) == 1


def hours(corpus: list[Unit], of: dict[str, str], name: str, station: str = "") -> float:
    return sum(u.hours for u in corpus if of[u.recording_id] == name and station in u.traits[0])


def test_the_sets_have_the_hours_that_were_asked_for_from_every_station() -> None:
    corpus = [
        unit(f"{station}{n:03d}", f"day:{n}", hours=0.05 + 0.01 * (n % 7), stratum=("or", station))
        for station in ("Cuttack", "Sambalpur", "Jeypore")
        for n in range(400)
    ]
    corpus = [replace(u, ties=(f"{u.ties[0]}/{u.traits[0]}",)) for u in corpus]
    of = dict(split(corpus, SplitSettings(test_hours=5, dev_hours=3), {}).of)
    for name, wanted in ((TEST, 5), (DEV, 3)):
        assert abs(hours(corpus, of, name) - wanted) < 0.2
        assert abs(hours(corpus, of, name, "Jeypore") - wanted / 3) < 0.1


def test_a_small_corpus_gives_no_more_than_its_share() -> None:
    corpus = [unit(f"r{n}", hours=0.1) for n in range(20)]
    of = dict(split(corpus, SHARED, {}).of)
    assert [list(of.values()).count(name) for name in (TRAIN, DEV, TEST)] == [16, 2, 2]
    alone = [unit("only", hours=0.1)]
    assert split(alone, SHARED, {}).of == {"only": TRAIN}


def test_what_ties_two_sets_together_is_in_neither() -> None:
    sets = {"old-train": TRAIN, "old-test": TEST}
    corpus = [unit("old-train", "a"), unit("old-test", "b"), unit("bridge", "a", "b"), unit("friend", "a")]
    found = split(corpus, SHARED, sets)
    assert found.of == {**sets, "friend": TRAIN}
    assert found.torn == {"bridge"}


def dated(days: int) -> list[Recording]:
    made = bulletins(days)
    return [
        replace(
            one,
            source=replace(one.source, aired_at=f"2025-07-{n + 1:02d}T07:30", document_ids=()),
            sound=replace(one.sound, sha256=f"{n:064d}") if one.sound else None,
        )
        for n, one in enumerate(made)
    ]


def test_ties_are_those_that_were_asked_for() -> None:
    one = dated(1)[0]
    assert set(unit_of(one, SHARED).ties) == {"day:en/2025-07-01", f"file:{0:064d}"}
    assert unit_of(one, SplitSettings(together=())).ties == (f"file:{0:064d}",)


def sets_of(layout: Layout) -> dict[str, str]:
    return {row["recording_id"]: row["split"] for row in read_rows(layout.selected)}


def test_a_corpus_on_disk_grows_and_its_test_set_stays(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    mined = lambda: layout.mined.glob("*.parquet")  # noqa: E731
    leave_mined(layout, dated(20), [])
    run_select(layout, mined(), [], SAME_TEXTS, NO_COPIES)
    before = sets_of(layout)
    assert sorted(before.values()).count(TEST) == 2
    leave_mined(layout, dated(60), [])
    run_select(layout, mined(), [], SAME_TEXTS, NO_COPIES)
    after = sets_of(layout)
    assert {name: after[name] for name in before} == before
    assert list(after.values()).count(TEST) == 6
    run_select(layout, mined(), [], SAME_TEXTS, NO_COPIES.model_copy(update={"afresh": True, "seed": 3}))
    assert sets_of(layout) != after


def test_a_bridge_between_sets_is_left_out_with_its_reason(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    days = dated(20)
    leave_mined(layout, days, [])
    run_select(layout, layout.mined.glob("*.parquet"), [], SAME_TEXTS, NO_COPIES)
    sets = sets_of(layout)
    ends = [next(d for d in days if sets[d.source.recording_id] == name) for name in (TRAIN, TEST)]
    both = replace(
        days[0],
        source=replace(
            days[0].source, recording_id="bridge", programme_id="twice", aired_at=ends[0].source.aired_at
        ),
        sound=ends[1].sound,
    )
    leave_mined(layout, [both], [])
    total = run_select(layout, layout.mined.glob("*.parquet"), [], SAME_TEXTS, NO_COPIES)
    rows = [row for row in read_rows(layout.selected) if row["recording_id"] == "bridge"]
    assert {row["split"] for row in rows} == {None} == {row["shelf"] for row in rows}
    assert total.dropped[Reason.TIES_SETS] > 0
    rejected = [row for row in read_rows(layout.rejects) if row["recording_id"] == "bridge"]
    assert Reason.TIES_SETS in {row["reason"] for row in rejected}
    assert {name: sets_of(layout)[name] for name in sets} == sets


def test_several_values_on_the_command_line() -> None:
    assert _Listed().convert("day, programme", None, None) == ("day", "programme")
