"""How many hours of sound one GPU hears in an hour: speech, voices, and Whisper as large as large-v3, random weights.

The decoded length is fixed, for random weights would never end a sentence or end it at once; everything else is what
a run does. Voices are told apart by pyannote.audio's pipeline on the GPU where ``$WAVELODE_PYANNOTE`` names its folder,
else by the default diarizer, which like the detector of speech works on a core: such steps count at one core's rate
times the machine's cores, for a run has a process on each. Without a GPU nothing is timed, and that is said.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from wavelode.infra.bench.random_whisper import LARGE_V3, Sizes, random_whisper, whisper_tokens
from wavelode.pipelines.models.base import Diarizer
from wavelode.pipelines.models.silero import SileroDetector
from wavelode.pipelines.models.speakers.diarizer import VoiceVectors
from wavelode.pipelines.models.speakers.pyannote import Pyannote
from wavelode.pipelines.usage import used
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.time import WORKING_RATE_HZ, Span

GOAL = 100.0
"""Audio-hours per GPU-hour for finding speech, telling voices and recognising together."""
_TOKENS = 128
"""Per half minute: a newsreader's 75 words."""
_SEGMENT_S = 30
_BATCHES = (1, 4, 16, 32, 64)
_REPEATS = 3
_MINUTE_S = 60
PYANNOTE_VARIABLE = "WAVELODE_PYANNOTE"


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
        return [*_around(device), *_whisper_rates(model, sizes, device, batches)]


def _around(device: str) -> list[Rate]:
    """Finding speech and telling voices apart, in a minute of noise that counts as speech throughout."""
    sound = np.random.default_rng(0).normal(0, 0.1, _MINUTE_S * WORKING_RATE_HZ).astype(np.float32)
    detector = SileroDetector()
    detector.load()
    found = _timed("speech (Silero, cores)", _MINUTE_S, lambda: detector.probabilities(sound))
    return [_on_all_cores(found), *_voices_rate(sound, device)]


def _voices_rate(sound: NDArray[np.float32], device: str) -> list[Rate]:
    """A rate of 0 where no diarizer has its weights."""
    step = _SEGMENT_S * WORKING_RATE_HZ
    speech = [Span(at, at + step) for at in range(0, len(sound), step)]
    folder = os.environ.get(PYANNOTE_VARIABLE, "")
    diarizer: Diarizer = Pyannote(folder, device) if folder else VoiceVectors(clustering="spectral")
    try:
        diarizer.load()
    except MissingDependency as missing:
        return [Rate(f"voices: left out, {missing}", 0.0, None)]
    name = "pyannote" if folder else "voice vectors, cores"
    rate = _timed(
        f"voices ({name})", _MINUTE_S, lambda: diarizer.turns(lambda s: sound[s.start : s.end], speech)
    )
    return [rate if folder else _on_all_cores(rate)]


def _on_all_cores(rate: Rate) -> Rate:
    return replace(rate, audio_per_s=rate.audio_per_s * (os.cpu_count() or 1))


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
    runs = []
    for _ in range(_REPEATS):
        with used() as usage:
            work()
        runs.append(usage)
    best = min(runs, key=lambda usage: usage.seconds)
    busy = None if best.gpu_s is None else 100 * best.gpu_s / best.seconds
    return Rate(step, audio_s / best.seconds, busy)


def together(rates: Sequence[Rate]) -> float:
    """Audio-seconds per second, every step after the other, Whisper at its best batch; 0 where one is missing."""
    whisper = max((rate.audio_per_s for rate in rates if rate.step.startswith("Whisper")), default=0.0)
    each = [whisper, *(rate.audio_per_s for rate in rates if not rate.step.startswith("Whisper"))]
    return 1 / sum(1 / rate for rate in each) if all(each) else 0.0


def gpu_table(rates: Sequence[Rate]) -> Table:
    table = Table(
        "step", "audio-hours per hour", "device busy, %", title=f"On the GPU (goal {GOAL:g} together)"
    )
    for rate in rates:
        table.add_row(
            rate.step,
            f"{rate.audio_per_s:.0f}" if rate.audio_per_s else "",
            "" if rate.utilisation is None else f"{rate.utilisation:.0f}",
        )
    table.add_row("together", f"{together(rates):.0f}", "")
    return table
