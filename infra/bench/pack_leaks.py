"""Planted leaks: clips of a training set made worse on purpose and put into a test set, and how many are found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from wavelode.datasets.stress.codecs import Mp3
from wavelode.datasets.stress.noise import mixed
from wavelode.infra.bench.pack_clips import Heard
from wavelode.pipelines.leaks import shared_sound
from wavelode.pipelines.measures.peaks import Peaks, peaks_of
from wavelode.schemas.time import WORKING_RATE_HZ

Wave = NDArray[np.float32]
_SEED = 5


@dataclass(frozen=True, slots=True)
class Found:
    """One kind of damage."""

    damage: str
    planted: int
    innocent: int
    recall: float
    precision: float


def damages() -> dict[str, Callable[[Wave], Wave]]:
    """What is done to a planted clip, by name."""
    return {
        "as it is": lambda wave: wave,
        "mp3 at 64 kbit/s": _mp3,
        "shifted by 3 s": lambda wave: wave[3 * WORKING_RATE_HZ + 77 :],
        "5 % faster": lambda wave: _faster(wave, 1.05),
        "5 % slower": lambda wave: _faster(wave, 0.95),
        "noise at 10 dB": _noise,
        "mp3, shift, 5 % faster and noise": lambda w: _mp3(_noise(_faster(w[3 * WORKING_RATE_HZ :], 1.05))),
    }


def _mp3(wave: Wave) -> Wave:
    return Mp3(64)(wave, WORKING_RATE_HZ, np.random.default_rng(_SEED)).samples


def _faster(wave: Wave, speed: float) -> Wave:
    import soxr

    played: Wave = soxr.resample(wave, WORKING_RATE_HZ * speed, WORKING_RATE_HZ).astype(np.float32)
    return played


def _noise(wave: Wave) -> Wave:
    return mixed(wave, np.random.default_rng(_SEED).normal(0, 1, len(wave)).astype(np.float32), 10.0)


def planted(clips: Heard, innocent: Heard) -> list[Found]:
    """Looks for every second clip, damaged, among all of them; `innocent` ones are in no training set."""
    train = [_peaks(_wave(samples)) for samples in clips.samples]
    honest = [_peaks(_wave(samples)) for samples in innocent.samples]
    copied = list(range(0, len(train), 2))
    results = []
    for name, damage in damages().items():
        damaged = [_peaks(damage(_wave(clips.samples[n]))) for n in copied]
        names = [clips.names[n] for n in copied]
        with TemporaryDirectory() as folder:
            pairs = list(
                shared_sound([*names, *innocent.names], [*damaged, *honest], clips.names, train, Path(folder))
            )
        right = {pair["a"] for pair in pairs if pair["a"] == pair["b"]}
        wrong = sum(pair["a"] != pair["b"] for pair in pairs)
        precision = len(right) / max(1, len(right) + wrong)
        results.append(Found(name, len(names), len(honest), len(right) / len(names), precision))
    return results


def _wave(samples: NDArray[np.int16]) -> Wave:
    wave: Wave = samples.astype(np.float32) / np.float32(32768)
    return wave


def _peaks(wave: Wave) -> Peaks:
    return peaks_of(lambda span: wave[span.start : span.end], len(wave))
