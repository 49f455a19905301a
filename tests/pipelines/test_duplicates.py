"""Copies are found by what they sound like and say, and only they are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from tests.corpus import RATE, leave_mined, matched, recording
from tests.melodies import melody
from wavelode.datasets.storage import Layout, read_rows
from wavelode.infra.bench.pack_scale import made_up
from wavelode.pipelines.duplicates.clusters import components, ranks
from wavelode.pipelines.duplicates.confirm import overlap
from wavelode.pipelines.duplicates.keys import keys_of
from wavelode.pipelines.duplicates.prints import Prints, from_frame
from wavelode.pipelines.duplicates.shuffle import Shuffle
from wavelode.pipelines.duplicates.texts import alike
from wavelode.pipelines.duplicates.warp import at_speed
from wavelode.pipelines.grouping import ByFiles
from wavelode.pipelines.measures.peaks import Peaks, peaks_of
from wavelode.pipelines.select import run_select
from wavelode.schemas.records import Recording
from wavelode.schemas.settings import SelectSettings, SplitSettings
from wavelode.schemas.time import Span

SAID = "council bridge water farmers school nine monday earlier release dam open river field road market"
WORDS = SAID.split()


def peaks(samples: NDArray[np.float32]) -> Peaks:
    return peaks_of(lambda span: samples[span.start : span.end], len(samples))


def copies(clips: list[Peaks], folder: Path, **how: int) -> set[tuple[int, int]]:
    found = Shuffle(folder, **how).copies(Prints.of(clips))
    return set(zip(found["a"].tolist(), found["b"].tolist(), strict=True))


SOUNDS = [melody(6.0, seed) for seed in range(12)]


def noisy(samples: NDArray[np.float32], seed: int) -> NDArray[np.float32]:
    noise = np.random.default_rng(seed).normal(0, 0.25 * samples.std(), len(samples))
    return (samples + noise).astype(np.float32)


def test_copies_meet_and_nothing_else_does(tmp_path: Path) -> None:
    again = [noisy(sound, n)[n * 800 :] for n, sound in enumerate(SOUNDS[:6])]
    found = copies([peaks(sound) for sound in (*SOUNDS, *again)], tmp_path, every=1)
    assert found == {(n, n + 12) for n in range(6)}


@pytest.mark.parametrize("wide", [False, True])
def test_keys_of_many_clips_at_once_are_those_of_each_alone(wide: bool) -> None:
    clips = [peaks(sound) for sound in SOUNDS[:4]]
    clips.insert(2, clips[0][:0])
    found, of = Prints.of(clips).keys(range(5), 4, wide=wide)
    for number, clip in enumerate(clips):
        alone = keys_of(clip, 4, wide=wide)
        assert sorted(found.keys[of == number].tolist()) == sorted(alone.keys.tolist())


def test_wide_keys_hardly_meet_by_chance_and_find_as_many_copies(tmp_path: Path) -> None:
    prints, copied = made_up(4_000)
    by_chance, found = [], []
    for many in (4_001, 4_000):
        folder = tmp_path / str(many)
        found.append(len(Shuffle(folder, many=many).copies(prints)))
        met = np.concatenate([np.load(path)["pair"] for path in sorted(folder.glob("pairs-*[0-9].npy"))])
        apart = (met & np.uint64(0xFFFFFFFF)) - (met >> np.uint64(32))
        by_chance.append(int((apart != 4_000 - copied).sum()))
    assert by_chance[1] < by_chance[0] / 5
    assert min(found) > 0.93 * copied


def test_many_clips_get_wide_keys_and_few_do_not(tmp_path: Path) -> None:
    select, leaks = Shuffle(tmp_path), Shuffle(tmp_path, every=4)
    assert [select.chosen(49_999), select.chosen(50_000)] == [(16, False), (6, True)]
    assert [leaks.chosen(49_999), leaks.chosen(1_000_000)] == [(4, False), (1, True)]
    assert Shuffle.sized(tmp_path, 20_000).partitions == 8 < Shuffle.sized(tmp_path, 1_000_000).partitions


def test_the_order_of_the_steps_and_the_number_of_parts_say_nothing(tmp_path: Path) -> None:
    clips = [peaks(sound) for sound in (*SOUNDS[:4], *SOUNDS[:4])]
    one = Shuffle(tmp_path / "one", partitions=1).copies(Prints.of(clips))
    backwards = ByFiles(
        tmp_path / "parts", lambda task, items: [task(item) for item in reversed(list(items))]
    )
    many = Shuffle(tmp_path / "many", partitions=5).copies(Prints.of(clips), backwards)
    assert len(one) == 4 and np.array_equal(one, many)


def test_a_sound_played_faster_is_found_at_its_speed() -> None:
    slow = peaks(SOUNDS[0])
    fast = peaks(
        np.interp(np.arange(0, len(SOUNDS[0]), 1.05), np.arange(len(SOUNDS[0])), SOUNDS[0]).astype("f4")
    )
    plain, warped = (
        len(set(keys_of(one, 1).keys) & set(keys_of(fast, 1).keys)) for one in (slow, at_speed(slow, 1.05))
    )
    assert warped > 10 * max(1, plain)


def test_what_two_clips_share_is_measured_where_it_lies() -> None:
    whole = peaks(melody(12.0, seed=77))
    early, late = whole[whole < np.uint32(500 << 9)], whole[whole >= np.uint32(250 << 9)]
    shared_s, likeness = overlap(early, from_frame(late, 250), -250)
    assert (shared_s, likeness) == (pytest.approx(250 / 62.5, abs=0.7), 1.0)
    assert overlap(early, from_frame(late, 250), 100)[1] < 0.4


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=30))
def test_components_are_what_a_slow_search_finds(pairs: list[tuple[int, int]]) -> None:
    slow = list(range(21))
    for _ in range(21):
        for a, b in pairs:
            slow[a] = slow[b] = min(slow[a], slow[b])
    assert components(21, pairs).tolist() == slow


@given(st.lists(st.integers(0, 4), max_size=20), st.randoms(use_true_random=False))
def test_ranks_count_from_the_best_of_each_cluster(clusters: list[int], random: st.DataObject) -> None:
    order = list(range(len(clusters)))
    random.shuffle(order)  # type: ignore[attr-defined]
    found = ranks(np.array(clusters, np.int64), np.array(order, np.int64)).tolist()
    for at, row in enumerate(order):
        assert found[row] == sum(clusters[other] == clusters[row] for other in order[:at])


def test_texts_with_a_letter_changed_are_the_same_and_others_are_not(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    texts = [" ".join(random.choice(WORDS, 12)) for _ in range(200)]
    changed = [text[:30] + "x" + text[31:] for text in texts[:50]]
    found = set(alike([*texts, *changed], tmp_path))
    assert found <= {(n, n + 200) for n in range(50)}
    assert len(found) >= 45
    assert not alike(["good morning", "good morning"], tmp_path), "what is short is said again and again"


def broadcast(name: str, seeds: tuple[int, ...], cer: float = 0.05) -> Recording:
    """A recording of one clip of six seconds for each seed; the same seeds are the same sound and text."""
    parts, samples = [], []
    for at, seed in enumerate(seeds):
        text = " ".join(np.random.default_rng(seed).choice(WORDS, 12)).capitalize() + "."
        parts.append(matched(Span(6 * at * RATE, 6 * (at + 1) * RATE), text, cer=cer))
        samples.append(melody(6.0, 500 + seed))
    made = recording(name, tuple(parts), sha256=f"{name:0>64}")
    made = replace(made, source=replace(made.source, document_ids=()))
    return replace(made, peaks=peaks(np.concatenate(samples)).tobytes())


def chosen(layout: Layout, corpus: list[Recording], **limits: int) -> list[dict[str, object]]:
    leave_mined(layout, corpus, [])
    sizes = SplitSettings(max_share=0.2)
    run_select(layout, layout.mined.glob("*.parquet"), [], SelectSettings(**limits), sizes)
    return read_rows(layout.selected)


def test_of_a_cluster_the_best_is_kept_and_the_table_shows_all(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    rows = chosen(layout, [broadcast("a", (1, 2, 3), cer=0.3), broadcast("b", (4, 2, 5))])
    copied = {row["recording_id"]: row for row in rows if row["copies"]}
    assert set(copied) == {"a", "b"}
    assert [copied[name]["reasons"] for name in "ab"] == [[], ["copy"]] or copied["a"]["reason"] == "copy"
    assert sum(row["shelf"] == "asr" for row in rows) == 5
    table = [row for row in read_rows(layout.clusters) if row["kind"] != "text"]
    assert [(row["rank"], row["shelf"]) for row in table] == [(0, "asr"), (1, None)]
    assert all(row["likeness"] > 0.9 and row["shared_s"] > 4 for row in table)


def test_as_many_copies_stay_as_are_asked_for(tmp_path: Path) -> None:
    corpus = [broadcast(name, (n, 99)) for n, name in enumerate("abcd")]
    for most in (1, 2, 3):
        rows = chosen(Layout(tmp_path / str(most)), corpus, max_copies=most, max_same_text=0)
        assert sum(row["shelf"] == "asr" for row in rows) == 4 + most


def test_recordings_that_share_a_sound_lie_in_one_set(tmp_path: Path) -> None:
    corpus = [broadcast(f"r{n:02d}", (n, 1000 + n // 2)) for n in range(20)]
    sets = {row["recording_id"]: row["split"] for row in chosen(Layout(tmp_path), corpus)}
    assert set(sets.values()) == {"train", "dev", "test"}
    assert all(sets[f"r{n:02d}"] == sets[f"r{n + 1:02d}"] for n in range(0, 20, 2))


def test_what_all_share_ties_none_and_stays_in_one_set(tmp_path: Path) -> None:
    corpus = [broadcast(f"r{n:02d}", (n, 1000)) for n in range(20)]
    rows = chosen(Layout(tmp_path), corpus, max_copies=0, max_same_text=0)
    assert {row["split"] for row in rows} == {"train", "dev", "test"}
    shared = [row for row in rows if row["copies"]]
    assert len(shared) == 20
    assert len({row["split"] for row in shared if row["shelf"]}) == 1


def test_a_clip_in_test_stays_though_a_better_copy_comes(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    corpus = [broadcast(f"r{n:02d}", (n, 100 + n), cer=0.3) for n in range(20)]
    first = chosen(layout, corpus)
    tested = [row["clip_id"] for row in first if row["split"] == "test" and row["shelf"] == "asr"]
    seed = int(str(tested[0])[1:3])
    grown = chosen(layout, [*corpus, broadcast("z", (seed, 300), cer=0.0)])
    after = {row["clip_id"]: row for row in grown}
    assert [after[name]["shelf"] for name in tested] == ["asr"] * len(tested)
    assert {after[name]["split"] for name in tested} == {"test"}
    (copy,) = [row for row in grown if row["recording_id"] == "z" and row["copies"]]
    assert copy["reason"] == "copy"
