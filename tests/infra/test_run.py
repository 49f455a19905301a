from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.archive import (
    failures,
    make_archive,
    mined,
    outcome,
    run_here,
    settings_for,
    wavelode,
)
from tests.sounds import bursts, write_wav
from wavelode.alignment.confusions import read_confusions
from wavelode.datasets.manifest import read_manifest
from wavelode.datasets.storage import Layout, read_rows
from wavelode.infra.run import read_stood
from wavelode.pipelines.learn import learn
from wavelode.pipelines.select import read_yield
from wavelode.schemas.errors import SettingsError, StorageError
from wavelode.schemas.settings import parse_settings
from wavelode.schemas.time import WORKING_RATE_HZ


@pytest.fixture
def own(archive: Path, tmp_path: Path) -> Path:
    """An archive that a test may change."""
    return shutil.copytree(archive, tmp_path / "archive")


@pytest.fixture
def out(finished: Path, tmp_path: Path) -> Path:
    """The output of a finished run that a test may go on from."""
    return shutil.copytree(finished, tmp_path / "out")


def changed(before: dict[str, int], after: dict[str, int]) -> set[str]:
    """Files that are new or written again."""
    return {name for name, at in after.items() if before.get(name) != at}


def test_every_sample_that_came_in_is_accounted_for(finished: Path) -> None:
    """in = kept + dropped + failed, in the manifest as in the tables."""
    total = read_yield(Layout(finished))
    assert total.in_samples == 3 * 14 * WORKING_RATE_HZ
    assert total.in_samples == total.kept_samples + total.dropped_samples + total.failed_samples
    assert read_manifest(Layout(finished).manifest).total == total
    assert total.kept_samples > 0


def test_all_that_is_printed_and_read_is_in_the_shards(finished: Path) -> None:
    """The fake hears every word, so every sentence that is long enough must come out as it is printed."""
    rows = [row for path in (finished / "asr").rglob("*.parquet") for row in read_rows(path)]
    assert len(rows) == 9
    assert len({row["text"] for row in rows}) == 9
    assert {row["recording_id"] for row in rows} == {f"bulletin{n}" for n in range(3)}


def test_a_second_run_does_nothing_and_leaves_the_same(archive: Path, out: Path) -> None:
    """Resuming a week of mining must cost seconds."""
    before, files = outcome(out), mined(out)
    assert run_here(settings_for(archive, out)) == 0
    assert mined(out) == files
    assert outcome(out) == before


def test_another_threshold_runs_no_model_again(archive: Path, out: Path) -> None:
    """`select` is for trying thresholds; it must never cost a GPU hour."""
    files, before = mined(out), outcome(out)
    assert run_here(settings_for(archive, out, select={"min_duration_s": 4.0})) == 0
    assert mined(out) == files
    assert outcome(out) != before


def test_another_text_mines_its_own_recording_again(own: Path, out: Path) -> None:
    """Fixing one transcript must not throw away the rest."""
    files = mined(out)
    with (own / "papers" / "bulletin1.txt").open("a", encoding="utf-8") as paper:
        paper.write("\n\nA last line that was added later on by the editor.")
    assert run_here(settings_for(own, out)) == 0
    fresh = changed(files, mined(out))
    assert fresh and all("bulletin1" in name for name in fresh)
    assert {Path(name).parts[1] for name in fresh} >= {"documents", "words"}
    assert "speech" not in {Path(name).parts[1] for name in fresh}


def test_another_setting_of_a_stage_repeats_that_stage_and_what_follows(archive: Path, out: Path) -> None:
    """What comes before the change must be taken from disk."""
    files = mined(out)
    assert run_here(settings_for(archive, out, speech={"pad_s": 0.2})) == 0
    folders = {Path(name).parts[1] for name in changed(files, mined(out))}
    assert {"speech", "words"} <= folders
    assert "documents" not in folders


def test_what_was_learned_of_a_listener_repeats_the_alignment_alone(archive: Path, out: Path) -> None:
    """A listener's words cost GPU hours; what it confuses is learned from them and must not ask for them again."""
    file, files = out.parent / "confusions.json", mined(out)
    learned = learn([out / name for name in read_stood(Layout(out)).recordings], file)
    assert read_confusions(file) == learned and list(learned) == ["en"]
    assert learned["en"].letters > 0
    assert run_here(settings_for(archive, out, align={"confusions": file})) == 0
    folders = {Path(name).parts[1] for name in changed(files, mined(out))}
    assert folders and not folders & {"documents", "speech", "words"}
    files = mined(out)
    assert (
        run_here(settings_for(archive, out, align={"confusions": shutil.copy(file, out.parent / "b.json")}))
        == 0
    )
    assert mined(out) == files


def test_a_recording_that_is_gone_is_gone_from_the_shards(own: Path, out: Path) -> None:
    """Whoever takes a recording out, for its licence or its content, must not find it in the next pack."""
    (own / "audio" / "bulletin2.wav").unlink()
    assert run_here(settings_for(own, out)) == 0
    rows = [row for path in (out / "asr").rglob("*.parquet") for row in read_rows(path)]
    assert {row["recording_id"] for row in rows} == {"bulletin0", "bulletin1"}


def test_a_plain_loop_leaves_the_bytes_of_two_workers(archive: Path, finished: Path, tmp_path: Path) -> None:
    """The order in which workers end must not show."""
    assert run_here(settings_for(archive, tmp_path / "out")) == 0
    assert outcome(tmp_path / "out") == outcome(finished)


def test_the_command_line_leaves_the_bytes_of_the_library(
    archive: Path, finished: Path, tmp_path: Path
) -> None:
    """Options and YAML are two ways to the same settings."""
    (tmp_path / "run.yaml").write_text("language: xx\nlistener:\n  kind: fake\n")
    places = ("--audio", archive / "audio", "--documents", archive / "papers", "--out", tmp_path / "out")
    config = ("--config", tmp_path / "run.yaml", "--language", "en", "--workers", "1")
    done = wavelode("run", *config, *places)
    assert (done.returncode, done.stderr) == (0, "")
    assert outcome(tmp_path / "out") == outcome(finished)


def test_phase_by_phase_is_the_same_as_all_at_once(archive: Path, finished: Path, out: Path) -> None:
    """The phases are commands of their own; they meet in the output folder only."""
    shutil.rmtree(out / "asr")
    Layout(out).selected.unlink()
    places = (
        "--audio",
        archive / "audio",
        "--documents",
        archive / "papers",
        "--out",
        out,
        "--language",
        "en",
    )
    for phase in ("select", "pack"):
        done = wavelode(phase, *places, "--workers", "1")
        assert done.returncode == 0, done.stderr
    assert outcome(out) == outcome(finished)


def test_what_failed_is_left_alone_until_it_is_asked_for(own: Path, tmp_path: Path) -> None:
    """A truncated file stays truncated: trying it at every run costs time, never trying again loses it."""
    for n in (1, 2):
        (own / "audio" / f"bulletin{n}.wav").unlink()
    bad = own / "audio" / "broken.wav"
    bad.write_bytes(b"no sound at all")
    out = tmp_path / "out"
    assert run_here(settings_for(own, out)) == 1
    files = mined(out)
    assert run_here(settings_for(own, out)) == 1
    assert mined(out) == files
    assert run_here(settings_for(own, out, retry_failed=True)) == 1
    assert {name.split("/")[-1][:6] for name in changed(files, mined(out))} == {"broken"}
    write_wav(bad, bursts(5.0, 7))
    assert run_here(settings_for(own, out)) == 0
    assert failures(out) == []


def test_a_recording_without_a_document_is_unlabelled_speech(tmp_path: Path) -> None:
    """Most of an archive has no script; it still trains an encoder."""
    archive = make_archive(tmp_path / "archive", 1)
    settings = parse_settings(
        {"audio": archive / "audio", "language": "en", "out": tmp_path / "out", "listener": {"kind": "fake"}}
    )
    assert run_here(settings) == 0
    assert not list((tmp_path / "out" / "asr").rglob("*.parquet"))
    assert list((tmp_path / "out" / "ssl").rglob("*.parquet"))


def test_nothing_to_do_and_nothing_done_are_said(tmp_path: Path) -> None:
    """An empty folder is a mistyped path, not an empty success."""
    archive = make_archive(tmp_path / "archive", 0)
    (archive / "audio").mkdir()
    with pytest.raises(SettingsError, match="no recordings found"):
        run_here(settings_for(archive, tmp_path / "out"))
    done = wavelode("select", "--out", tmp_path / "none")
    assert done.returncode == 2
    assert "nothing is mined here yet" in done.stderr


def test_an_output_folder_that_can_not_be_made_stops_the_run(archive: Path, tmp_path: Path) -> None:
    """Found after the mining, it would cost the mining."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="can't write it"):
        run_here(settings_for(archive, tmp_path / "file" / "out"))


def test_the_settings_of_a_run_are_kept_with_it(finished: Path, archive: Path) -> None:
    """A data set whose settings nobody knows can't be made again."""
    text = (finished / "settings.yaml").read_text(encoding="utf-8")
    assert "kind: fake" in text and "language: en" in text
    assert json.loads(Layout(finished).run.read_text(encoding="utf-8"))["recordings"]
    assert not list(finished.rglob("*.part")) and not Layout(finished).scratch.exists()
