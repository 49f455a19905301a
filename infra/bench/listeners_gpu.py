"""How many hours of sound one GPU hears in an hour: Whisper as large as large-v3, with random weights.

The decoded length is fixed, for random weights would never end a sentence or end it at once; everything else is what
a run does. Without a GPU nothing is timed, and that is said.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from rich.table import Table

from wavelode.infra.bench.random_whisper import LARGE_V3, Sizes, random_whisper, whisper_tokens
from wavelode.pipelines.models.silero import SileroDetector
from wavelode.schemas.time import WORKING_RATE_HZ

GOAL = 100.0
"""Audio-hours per GPU-hour for finding speech, telling voices and recognising together."""
_TOKENS = 128
"""Per half minute: a newsreader's 75 words."""
_SEGMENT_S = 30
_BATCHES = (1, 4, 16, 32, 64)
_REPEATS = 3


@dataclass(frozen=True, slots=True)
class Rate:
    """Seconds of sound that a step does per second, and how busy the device was, in percent; None if unknown."""

    step: str
    audio_per_s: float
    utilisation: float | None


def no_gpu() -> str | None:
    """Why nothing can be timed here; None where there is a GPU."""
    try:
        import ctranslate2
    except ImportError:
        return "GPU: left out, it needs pip install 'wavelode[listen]'"
    if ctranslate2.get_cuda_device_count() == 0:
        return "GPU: left out, there is none here (CTranslate2 sees no CUDA device); no figure is claimed"
    return None


def gpu_rates(sizes: Sizes = LARGE_V3, device: str = "cuda", batches: Sequence[int] = _BATCHES) -> list[Rate]:
    """VAD and diarization on their own, Whisper at growing batches until memory runs out."""
    with tempfile.TemporaryDirectory() as folder:
        model = random_whisper(Path(folder), sizes)
        return [*_around(), *_whisper_rates(model, sizes, device, batches)]


def _around() -> list[Rate]:
    sound = np.random.default_rng(0).normal(0, 0.1, 60 * WORKING_RATE_HZ).astype(np.float32)
    detector = SileroDetector()
    detector.load()
    return [_timed("speech (Silero, one core)", 60.0, lambda: detector.probabilities(sound))]


def _whisper_rates(model: Path, sizes: Sizes, device: str, batches: Sequence[int]) -> list[Rate]:
    import ctranslate2

    whisper = ctranslate2.models.Whisper(
        str(model), device=device, compute_type="float16" if device == "cuda" else "float32"
    )
    rates = []
    for batch in batches:
        heard = np.random.default_rng(0).normal(0, 1, (batch, sizes.mels, 3000)).astype(np.float32)
        features = ctranslate2.StorageView.from_array(heard)
        try:
            rates.append(
                _timed(f"Whisper, batch {batch}", batch * _SEGMENT_S, partial(_decode, whisper, features))
            )
        except RuntimeError as error:
            if "out of memory" not in str(error).lower():
                raise
            break
    return rates


def _decode(whisper: Any, features: Any) -> None:
    """So many tokens for each segment, none of them the end."""
    prompt = ["<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>"]
    found = whisper.generate(
        features,
        [prompt] * features.shape[0],
        beam_size=1,
        max_length=2 * _TOKENS,  # Whisper in CTranslate2 decodes half as many
        suppress_blank=False,
        suppress_tokens=[_end_of_text()],
    )
    lengths = {len(result.sequences_ids[0]) for result in found}
    if min(lengths) < _TOKENS:
        raise RuntimeError(
            f"decoded {min(lengths)} tokens where {_TOKENS} were asked for; rates would be too high"
        )


def _end_of_text() -> int:
    return whisper_tokens().index("<|endoftext|>")


def _timed(step: str, audio_s: float, work: Callable[[], Any]) -> Rate:
    """The best of a few, after one to warm up."""
    work()
    best = np.inf
    for _ in range(_REPEATS):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return Rate(step, audio_s / best, utilisation())


def utilisation() -> float | None:
    """How busy the GPU has been in the last second, in percent, by nvidia-smi; None without it."""
    if shutil.which("nvidia-smi") is None:
        return None
    asked = ["nvidia-smi", "--query-gpu=utilization.gpu", "--format=csv,noheader,nounits"]
    told = subprocess.run(asked, capture_output=True, text=True, timeout=10)
    return float(told.stdout.split()[0]) if told.returncode == 0 and told.stdout.split() else None


def together(rates: Sequence[Rate]) -> float:
    """Audio-seconds per second when every step runs one after the other, Whisper at its best batch."""
    whisper = max((rate.audio_per_s for rate in rates if rate.step.startswith("Whisper")), default=0.0)
    others = [rate.audio_per_s for rate in rates if not rate.step.startswith("Whisper")]
    if not whisper:
        return 0.0
    return 1 / (1 / whisper + sum(1 / rate for rate in others))


def gpu_table(rates: Sequence[Rate]) -> Table:
    table = Table(
        "step", "audio-hours per hour", "device busy, %", title=f"On the GPU (goal {GOAL:g} together)"
    )
    for rate in rates:
        table.add_row(
            rate.step,
            f"{rate.audio_per_s:.0f}",
            "" if rate.utilisation is None else f"{rate.utilisation:.0f}",
        )
    table.add_row("together", f"{together(rates):.0f}", "")
    return table
