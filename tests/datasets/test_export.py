"""What is exported is read by the real libraries: the same clips, texts and samples. Absent ones are skipped."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
import yaml
from numpy.typing import NDArray

from tests.archive import wavelode
from tests.packed import Packed, pack_corpus
from wavelode.datasets.export.formats import FORMATS
from wavelode.datasets.export.plots import histogram
from wavelode.datasets.export.sets import sets_of
from wavelode.datasets.views.clips import Clips
from wavelode.schemas.errors import StorageError

SETS = ("asr-en-dev", "asr-en-test", "asr-en-train")
Found = dict[str, tuple[str, NDArray[np.int16]]]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Packed:
    return pack_corpus(tmp_path_factory.mktemp("packed"))


def exported(packed: Packed, name: str, folder: Path) -> Path:
    FORMATS[name](sets_of(packed.layout.out), folder)
    return folder


def int16(samples: Any) -> NDArray[np.int16]:
    return np.rint(np.asarray(samples, np.float64) * 32768).astype(np.int16)


def agree(found: Found, packed: Packed) -> None:
    assert set(found) == set(packed.said)
    for name, (text, samples) in found.items():
        assert text == packed.said[name]
        np.testing.assert_array_equal(samples, packed.heard[name])


def decoded(flac: bytes) -> NDArray[np.int16]:
    samples: NDArray[np.int16] = soundfile.read(io.BytesIO(flac), dtype="int16")[0]
    return samples


def test_hugging_face_reads_the_folder_by_its_card(packed: Packed, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    folder = exported(packed, "hugging-face", tmp_path / "hf")
    loaded = datasets.load_dataset(str(folder), "en", cache_dir=str(tmp_path / "cache"))
    assert set(loaded) == {"train", "validation", "test"}
    found: Found = {}
    for split in loaded.values():
        assert split.features["audio"] == datasets.Audio(sampling_rate=16000)
        for row in split.cast_column("audio", datasets.Audio(decode=False)):
            found[row["clip_id"]] = (row["text"], decoded(row["audio"]["bytes"]))
    agree(found, packed)


def test_the_card_says_what_is_there(packed: Packed, tmp_path: Path) -> None:
    folder = exported(packed, "hugging-face", tmp_path)
    card = (folder / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(card.split("---\n")[1])
    assert (front["language"], front["license"]) == (["en"], "cc-by-4.0")
    assert [f["split"] for f in front["configs"][0]["data_files"]] == ["validation", "test", "train"]
    for word in (
        "`asr-en-train`",
        "CC-BY-4.0",
        "Kohima",
        "Known limits",
        "![Length of a clip](plots/duration_s.svg)",
    ):
        assert word in card
    assert (folder / "plots" / "duration_s.svg").read_text(encoding="utf-8").startswith("<svg")


def test_a_picture_of_nothing_and_of_one_value() -> None:
    assert histogram(np.full(3, np.nan), "x", "s") == ""
    assert "<rect" in histogram(np.full(3, 2.0), "a < b", "s") and "a &lt; b" in histogram(
        np.ones(2), "a < b", "s"
    )


def test_lhotse_reads_shar(packed: Packed, tmp_path: Path) -> None:
    lhotse = pytest.importorskip("lhotse", reason="lhotse brings torch: pip install lhotse")
    folder = exported(packed, "lhotse", tmp_path)
    found: Found = {}
    for name in SETS:
        for cut in lhotse.CutSet.from_shar(in_dir=str(folder / name)):
            (said,) = cut.supervisions
            assert said.alignment["word"][0].symbol == said.text.split()[0]
            found[said.custom["clip_id"]] = (said.text, int16(cut.load_audio()[0]))
    agree(found, packed)


def test_nemo_reads_its_tarred_manifest(packed: Packed, tmp_path: Path) -> None:
    reason = "NeMo is large: pip install nemo_toolkit[asr]"
    adapters = pytest.importorskip("nemo.collections.common.data.lhotse.nemo_adapters", reason=reason)
    folder = exported(packed, "nemo", tmp_path)
    found: Found = {}
    for name in SETS:
        tars = sorted(map(str, (folder / name).glob("*.tar")))
        cuts = adapters.LazyNeMoTarredIterator(str(folder / name / "tarred_audio_manifest.json"), tars)
        for cut in cuts:
            (said,) = cut.supervisions
            found[cut.custom["clip_id"]] = (said.text, int16(cut.load_audio()[0]))
    agree(found, packed)


def test_nemo_manifests_have_the_keys_that_its_manual_asks_for(packed: Packed, tmp_path: Path) -> None:
    """Each line: a member of the tar file of its shard, its seconds and its text; one manifest per tar besides."""
    folder = exported(packed, "nemo", tmp_path)
    found: Found = {}
    for name in SETS:
        lines = (folder / name / "tarred_audio_manifest.json").read_text(encoding="utf-8").splitlines()
        parts = sorted((folder / name / "sharded_manifests").glob("manifest_*.json"))
        assert [line for part in parts for line in part.read_text(encoding="utf-8").splitlines()] == lines
        for line in map(json.loads, lines):
            with tarfile.open(folder / name / f"audio_{line['shard_id']}.tar") as tar:
                member = tar.extractfile(line["audio_filepath"])
                assert member is not None
                found[line["clip_id"]] = (line["text"], decoded(member.read()))
            assert len(found[line["clip_id"]][1]) == round(line["duration"] * 16000)
    agree(found, packed)


def test_webdataset_reads_its_tars(packed: Packed, tmp_path: Path) -> None:
    webdataset = pytest.importorskip("webdataset", reason="pip install webdataset")
    folder = exported(packed, "webdataset", tmp_path)
    found: Found = {}
    for name in SETS:
        tars = sorted(map(str, (folder / name).glob("*.tar")))
        for flac, text, told in webdataset.WebDataset(tars, shardshuffle=False).to_tuple(
            "flac", "txt", "json"
        ):
            found[json.loads(told)["clip_id"]] = (text.decode(), decoded(flac))
    agree(found, packed)


def by_clip(packed: Packed, name: str) -> str:
    """The clip whose name a file or utterance holds."""
    (clip,) = [clip for clip in packed.said if clip in name]
    return clip


@pytest.mark.parametrize("form", ["kaldi", "espnet"])
def test_data_directories_are_whole_and_sorted(packed: Packed, tmp_path: Path, form: str) -> None:
    """What Kaldi's validate_data_dir.sh asks: same keys everywhere, C order, speakers that prefix their utterances."""
    folder = exported(packed, form, tmp_path)
    found: Found = {}
    for name in SETS:
        tables = {
            path.name: dict(line.split(" ", 1) for line in path.read_text(encoding="utf-8").splitlines())
            for path in (folder / name).iterdir()
            if path.is_file() and path.name not in {"feats_type", "audio_format"}
        }
        keys = list(tables["wav.scp"])
        assert keys == sorted(keys, key=str.encode) and keys
        for table in ("text", "utt2spk", "utt2dur", "utt2num_samples"):
            assert list(tables[table]) == keys
        assert all(key.startswith(speaker) for key, speaker in tables["utt2spk"].items())
        assert sorted(u for spoken in tables["spk2utt"].values() for u in spoken.split()) == sorted(keys)
        for key in keys:
            samples, _ = soundfile.read(tables["wav.scp"][key], dtype="int16")
            assert len(samples) == int(tables["utt2num_samples"][key])
            found[by_clip(packed, key)] = (tables["text"][key], samples)
    agree(found, packed)


def test_kaldiio_reads_wav_scp(packed: Packed, tmp_path: Path) -> None:
    kaldiio = pytest.importorskip("kaldiio", reason="pip install kaldiio")
    folder = exported(packed, "kaldi", tmp_path)
    for name in SETS:
        for key, (rate, samples) in kaldiio.load_scp(str(folder / name / "wav.scp")).items():
            assert rate == 16000
            np.testing.assert_array_equal(samples, packed.heard[by_clip(packed, key)])


def test_espnet_reads_its_directory(packed: Packed, tmp_path: Path) -> None:
    reason = "ESPnet is large: pip install espnet"
    sound_scp = pytest.importorskip("espnet2.fileio.sound_scp", reason=reason)
    read_text = pytest.importorskip("espnet2.fileio.read_text", reason=reason)
    folder = exported(packed, "espnet", tmp_path)
    found: Found = {}
    for name in SETS:
        texts = read_text.read_2columns_text(str(folder / name / "text"))
        for key, (_, samples) in sound_scp.SoundScpReader(
            str(folder / name / "wav.scp"), dtype="int16"
        ).items():
            found[by_clip(packed, key)] = (texts[key], samples)
    agree(found, packed)


def test_fairseq_manifests_go_together_line_by_line(packed: Packed, tmp_path: Path) -> None:
    """As wav2vec_manifest.py and libri_labels.py write them, and raw_audio_dataset.py reads them."""
    folder = exported(packed, "fairseq", tmp_path) / "asr-en"
    letters = {line.split()[0] for line in (folder / "dict.ltr.txt").read_text(encoding="utf-8").splitlines()}
    seen = set()
    for split in ("dev", "test", "train"):
        root, *files = (folder / f"{split}.tsv").read_text(encoding="utf-8").splitlines()
        words = (folder / f"{split}.wrd").read_text(encoding="utf-8").splitlines()
        spelt = (folder / f"{split}.ltr").read_text(encoding="utf-8").splitlines()
        for file, said, spelling in zip(files, words, spelt, strict=True):
            path, size = file.split("\t")
            samples, _ = soundfile.read(Path(root) / path, dtype="int16")
            clip = by_clip(packed, path)
            assert len(samples) == int(size)
            np.testing.assert_array_equal(samples, packed.heard[clip])
            assert (
                said == packed.said[clip].lower()
                and spelling.replace(" ", "").rstrip("|").split("|") == said.split()
            )
            assert set(spelling.split()) <= letters
            seen.add(clip)
    assert seen == set(packed.said)


@pytest.mark.parametrize("name", ["lhotse", "nemo", "webdataset", "hugging-face"])
def test_the_same_shards_give_the_same_bytes(packed: Packed, tmp_path: Path, name: str) -> None:
    one, other = (exported(packed, name, tmp_path / run) for run in "ab")
    files = sorted(path.relative_to(one) for path in one.rglob("*") if path.is_file())
    assert files and all((one / file).read_bytes() == (other / file).read_bytes() for file in files)


def test_the_command_exports_unlabelled_speech_on_request(packed: Packed, tmp_path: Path) -> None:
    done = wavelode("export", packed.layout.out, "--to", "nemo", "--into", tmp_path, "--ssl")
    assert done.returncode == 0 and "ssl-en-all" in done.stdout
    lines = (tmp_path / "ssl-en-all" / "tarred_audio_manifest.json").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(Clips(packed.layout.out / "ssl", ["clip_id"]))
    assert {json.loads(line)["text"] for line in lines} == {""}


def test_nothing_packed_says_so(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text('{"schema_version": "0"}')
    with pytest.raises(StorageError, match="run `wavelode pack` again"):
        sets_of(tmp_path)
