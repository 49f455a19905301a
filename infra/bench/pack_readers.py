"""Whether every reader gives the same clips, the same texts and the same samples as were packed."""

from __future__ import annotations

import importlib
import importlib.util
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from wavelode.datasets.corpus import Corpus
from wavelode.datasets.export.formats import FORMATS
from wavelode.datasets.export.sets import sets_of
from wavelode.datasets.loader import Loader
from wavelode.datasets.order import OrderSettings
from wavelode.datasets.torch import EpochBatches
from wavelode.datasets.views.clips import Clips
from wavelode.infra.bench.pack_clips import Heard

Read = Iterator[tuple[str, str, NDArray[np.int16]]]


@dataclass(frozen=True, slots=True)
class Agreement:
    """One reader; `same` is None where it is not installed."""

    reader: str
    clips: int = 0
    same: bool | None = None


def agreements(clips: Heard, out: Path, folder: Path) -> list[Agreement]:
    """Reads a packed run in every way there is."""
    return [_checked(name, needs, read, clips, (out, folder)) for name, (needs, read) in READERS.items()]


def _checked(
    name: str, needs: str, read: Callable[[Path, Path], Read], clips: Heard, places: tuple[Path, Path]
) -> Agreement:
    if needs and not importlib.util.find_spec(needs):
        return Agreement(name)
    wanted = dict(zip(clips.names, clips.samples, strict=True))
    seen, same = set(), True
    for clip, text, samples in read(*places):
        same &= text == clips.text(clip) and np.array_equal(samples, wanted[clip])
        seen.add(clip)
    return Agreement(name, len(seen), same and seen == set(wanted))


def _library(name: str) -> Any:
    return importlib.import_module(name)


def _int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.rint(samples.astype(np.float64) * 32768).astype(np.int16)


def _decoded(data: bytes) -> NDArray[np.int16]:
    samples: NDArray[np.int16] = soundfile.read(io.BytesIO(data), dtype="int16")[0]
    return samples


def _exported(out: Path, folder: Path, name: str) -> Path:
    place = folder / name
    FORMATS[name](sets_of(out), place)
    return place


def _clips(out: Path, _: Path) -> Read:
    for clip in Clips(out / "asr"):
        yield clip.clip_id, clip.text or "", _int16(clip.samples)


def _hugging_face(out: Path, folder: Path) -> Read:
    datasets = _library("datasets")
    place = _exported(out, folder, "hugging-face")
    loaded = datasets.load_dataset(str(place), "en", split="train", cache_dir=str(folder / "cache"))
    for row in loaded.cast_column("audio", datasets.Audio(decode=False)):
        yield row["clip_id"], row["text"], _decoded(row["audio"]["bytes"])


def _webdataset(out: Path, folder: Path) -> Read:
    webdataset = _library("webdataset")
    tars = sorted(map(str, (_exported(out, folder, "webdataset") / "asr-en-train").glob("*.tar")))
    for flac, text, told in webdataset.WebDataset(tars, shardshuffle=False).to_tuple("flac", "txt", "json"):
        yield json.loads(told)["clip_id"], text.decode(), _decoded(flac)


def _lhotse(out: Path, folder: Path) -> Read:
    lhotse = _library("lhotse")
    for cut in lhotse.CutSet.from_shar(in_dir=str(_exported(out, folder, "lhotse") / "asr-en-train")):
        said = cut.supervisions[0]
        yield said.custom["clip_id"], said.text, _int16(cut.load_audio()[0])


def _nemo(out: Path, folder: Path) -> Read:
    adapters = _library("nemo.collections.common.data.lhotse.nemo_adapters")
    place = _exported(out, folder, "nemo") / "asr-en-train"
    tars = sorted(map(str, place.glob("*.tar")))
    for cut in adapters.LazyNeMoTarredIterator(str(place / "tarred_audio_manifest.json"), tars):
        yield cut.custom["clip_id"], cut.supervisions[0].text, _int16(cut.load_audio()[0])


def _kaldiio(out: Path, folder: Path) -> Read:
    kaldiio = _library("kaldiio")
    place = _exported(out, folder, "kaldi") / "asr-en-train"
    texts = dict(line.split(" ", 1) for line in (place / "text").read_text(encoding="utf-8").splitlines())
    for name, (_, samples) in kaldiio.load_scp(str(place / "wav.scp")).items():
        yield name, texts[name], samples


def _espnet(out: Path, folder: Path) -> Read:
    fileio, sound_scp = (_library(f"espnet2.fileio.{name}") for name in ("read_text", "sound_scp"))
    place = _exported(out, folder, "espnet") / "asr-en-train"
    texts = fileio.read_2columns_text(str(place / "text"))
    for name, (_, samples) in sound_scp.SoundScpReader(str(place / "wav.scp"), dtype="int16").items():
        yield name, texts[name], samples


def _torch(out: Path, _: Path) -> Read:
    data = _library("torch.utils.data")
    loader = Loader(Corpus.open(out / "asr"), OrderSettings(seconds=60, per_step=1))
    for batch in data.DataLoader(EpochBatches(loader), batch_size=None):
        for at, name in enumerate(batch["clip_ids"]):
            samples = batch["audio"][at, : int(batch["lengths"][at])].numpy()
            yield name, batch["texts"][at], _int16(samples)


READERS: dict[str, tuple[str, Callable[[Path, Path], Read]]] = {
    "wavelode Clips": ("", _clips),
    "datasets.load_dataset": ("datasets", _hugging_face),
    "webdataset": ("webdataset", _webdataset),
    "lhotse CutSet.from_shar": ("lhotse", _lhotse),
    "NeMo LazyNeMoTarredIterator": ("nemo", _nemo),
    "kaldiio": ("kaldiio", _kaldiio),
    "espnet2 SoundScpReader": ("espnet2", _espnet),
    "torch DataLoader": ("torch", _torch),
}
"""Each with the package it needs."""
