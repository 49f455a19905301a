"""The demo pack is what its truth says, and the evaluation sees what is right and what is not."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from wavelode.datasets.audio import encode_flac
from wavelode.infra.demo.broadcast import RATE_HZ, broadcast, utterances
from wavelode.infra.demo.evaluate import evaluate
from wavelode.infra.demo.pack import make_pack
from wavelode.infra.demo.running_order import Bulletin, read_bulletins
from wavelode.infra.demo.truth import Truth, read_truth
from wavelode.infra.demo.voices import Utterance, speak
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.tables import CLIP

RATE = 16_000

needs_flite = pytest.mark.skipif(not shutil.which("flite"), reason="flite is not installed")


def truth() -> Truth:
    """A recording with one sentence read twice, one never printed and one never read."""
    spoken = [("Rain fell.", 1.0, 3.0, True), ("Hello.", 4.0, 5.0, False), ("Rain fell.", 6.0, 8.0, True)]
    return Truth.model_validate(
        {
            "recording_id": "r",
            "audio": "r.mp3",
            "document": "r.pdf",
            "language": "en",
            "duration_s": 10.0,
            "spoken": [
                {
                    "text": text,
                    "said": text,
                    "start_s": start,
                    "end_s": end,
                    "printed": printed,
                    "voice": "rms",
                }
                for text, start, end, printed in spoken
            ],
            "not_read": ["Snow fell."],
            "cues": [],
            "music": [],
        }
    )


def shard(out: Path, *clips: tuple[str, float, float], shelf: str = "asr") -> None:
    """Writes clips of (text, start_s, end_s), silent, as one shard."""
    rows = [_row(text, start_s, end_s) for text, start_s, end_s in clips]
    path = out / shelf / "en" / "train" / "00000.parquet"
    path.parent.mkdir(parents=True)
    pq.write_table(pa.Table.from_pylist(rows, schema=CLIP), path)


def _row(text: str, start_s: float, end_s: float) -> dict[str, Any]:
    sound = encode_flac(np.zeros(round((end_s - start_s) * RATE), np.int16))
    return {
        "clip_id": f"r-{start_s}",
        "recording_id": "r",
        "text": text,
        "start_s": start_s,
        "duration_s": end_s - start_s,
        "audio": {"bytes": sound, "path": None},
        "words": [],
    }


def test_a_perfect_run_scores_one(tmp_path: Path) -> None:
    shard(tmp_path, ("Rain  fell. ", 1.0, 3.0), ("Rain fell.", 6.0, 8.0))
    shard(tmp_path, ("", 4.0, 5.0), shelf="ssl")
    judged = evaluate(tmp_path, [truth()])
    assert judged.score().f1 == 1.0
    assert (judged.in_s, judged.asr_s, judged.ssl_s, judged.left_out_s) == (10.0, 4.0, 1.0, 5.0)
    assert judged.boundary_error_ms() == 0.0
    assert list(judged.mistakes()) == []


def test_what_was_missed_and_what_is_wrong_both_count(tmp_path: Path) -> None:
    shard(tmp_path, ("Rain fell.", 6.0, 8.0), ("Hello.", 4.0, 5.0), ("Snow fell.", 8.0, 9.0))
    judged = evaluate(tmp_path, [truth()])
    assert (judged.score().right, judged.score().mined, judged.score().readings) == (1, 3, 2)
    assert len(list(judged.mistakes())) == 3


def test_a_sentence_on_the_wrong_reading_or_twice_on_one_is_wrong(tmp_path: Path) -> None:
    shard(tmp_path, ("Rain fell.", 6.0, 8.0), ("Rain fell.", 6.0, 8.0), ("Rain fell.", 3.5, 5.5))
    assert evaluate(tmp_path, [truth()]).score().right == 1


def test_the_span_must_fit(tmp_path: Path) -> None:
    shard(tmp_path, ("Rain fell.", 1.1, 2.8))
    judged = evaluate(tmp_path, [truth()])
    assert judged.score(0.9).right == 0
    assert judged.score(0.8).right == 1
    assert judged.boundary_error_ms() == pytest.approx(150)


def test_nothing_mined_scores_nothing(tmp_path: Path) -> None:
    judged = evaluate(tmp_path, [truth()])
    assert (judged.score().f1, judged.boundary_error_ms()) == (0.0, None)


def test_the_two_lines_read_a_clip(tmp_path: Path) -> None:
    from wavelode.infra.demo.run import READ_A_CLIP

    shard(tmp_path, ("Rain fell.", 1.0, 3.0))
    names: dict[str, Any] = {}
    exec(READ_A_CLIP.format(asr=(tmp_path / "asr").as_posix()), names)
    assert names["clip"].text == "Rain fell."
    assert len(names["clip"].samples) == 2 * RATE
    assert READ_A_CLIP.count("\n") == 2


def test_every_bulletin_has_what_makes_mining_hard() -> None:
    for bulletin in read_bulletins():
        kinds = {item.kind for item in bulletin.running_order}
        assert {"jingle", "cue", "read", "said", "unread"} <= kinds
        assert kinds & {"again", "twice"}
        assert any(item.music_db is not None for item in bulletin.running_order)


def test_reading_again_what_was_never_printed_is_refused() -> None:
    values = read_bulletins()[0].model_dump()
    values["running_order"] = [{"kind": "again", "lines": ["Nobody printed this."]}]
    with pytest.raises(ValueError, match="printed nowhere"):
        Bulletin.model_validate(values)


def test_without_flite_one_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(MissingDependency, match="apt-get install flite"):
        speak([Utterance("rms", "Good morning.")], RATE_HZ)


@needs_flite
def test_the_pack_is_the_same_each_time(tmp_path: Path) -> None:
    pytest.importorskip("av")
    pytest.importorskip("pymupdf")
    truths = make_pack(tmp_path / "a")
    make_pack(tmp_path / "b")
    first, second = (
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}
        for folder in (tmp_path / "a", tmp_path / "b")
    )
    assert first == second
    assert len(first) == 2 * len(truths) + 1
    assert read_truth(tmp_path / "a" / "truth.json") == truths
    assert 200 < sum(each.duration_s for each in truths) < 300
    for each in truths:
        _fits_its_recording(each, tmp_path / "a" / "pack")
        _is_printed(each, tmp_path / "a" / "pack")


def _fits_its_recording(truth: Truth, pack: Path) -> None:
    """Speech begins and ends in the decoded mp3 where the truth says, to 10 ms."""
    bulletin = next(each for each in read_bulletins() if each.name == truth.recording_id)
    wave, _ = broadcast(bulletin, speak(utterances(bulletin), RATE_HZ))
    decoded = _decoded(pack / truth.audio)
    for spoken in truth.spoken:
        start = round(spoken.start_s * RATE_HZ)
        assert abs(_lag(decoded, wave[start : start + RATE_HZ], start)) <= RATE_HZ // 100


def _decoded(path: Path) -> np.ndarray[Any, np.dtype[np.float32]]:
    import av

    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


def _lag(track: Any, part: Any, at: int) -> int:
    """By how many samples `part` lies later in `track` than `at`."""
    reach, size = 4_000, 1 << 17
    around = np.fft.rfft(track[at - reach : at + len(part) + reach], size)
    return int(np.argmax(np.fft.irfft(around * np.conj(np.fft.rfft(part, size))))) - reach


def _is_printed(truth: Truth, pack: Path) -> None:
    import pymupdf

    with pymupdf.open(pack / truth.document) as pages:
        text = " ".join(" ".join(page.get_text() for page in pages).split())
    for spoken in truth.spoken:
        assert (spoken.text in text) == spoken.printed
    for sentence in (*truth.not_read, *truth.cues):
        assert sentence in text
