"""A made recording of a day through decoding, speech, events and measures: memory must not grow with its length."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from rich.table import Table

from wavelode.datasets.audio import Decoder, decode_to
from wavelode.infra.bench.known_answer.sound import read_clip
from wavelode.infra.bench.known_answer.utterances import Pool
from wavelode.infra.demo.sound import jingle
from wavelode.pipelines.models.events.rules import SteadyPartials
from wavelode.pipelines.models.silero import SileroDetector
from wavelode.pipelines.stage import Scene, Stage
from wavelode.pipelines.stages.events import NameSounds
from wavelode.pipelines.stages.measure import Measure
from wavelode.pipelines.stages.speech import FindSpeech
from wavelode.schemas.records import Heard, Recording, Source, Stretch
from wavelode.schemas.settings import DecodeSettings, SpeechSettings
from wavelode.schemas.time import WORKING_RATE_HZ

GOAL_MB = 2048.0
_LOOP_S = 300
_SEED = 8


@dataclass(frozen=True, slots=True)
class Step:
    """One step over the whole recording.

    Attributes:
        peak_mb: the most memory the process has had up to its end.
    """

    name: str
    seconds: float
    peak_mb: float


def write_day(path: Path, pool: Pool, hours: float) -> None:
    """A FLAC file of `hours`: five minutes of utterances, pauses and a jingle, over and over."""
    import soundfile

    loop = _five_minutes(pool)
    left = round(hours * 3600 * WORKING_RATE_HZ)
    with soundfile.SoundFile(path, "w", WORKING_RATE_HZ, 1, "PCM_16") as file:
        while left > 0:
            file.write(loop[:left])
            left -= len(loop)


def _five_minutes(pool: Pool) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    rng = np.random.default_rng(_SEED)
    parts = [jingle(8.0, WORKING_RATE_HZ, rng)]
    while sum(map(len, parts)) < _LOOP_S * WORKING_RATE_HZ:
        parts.append(read_clip(pool.utterances[int(rng.integers(len(pool.utterances)))]))
        parts.append(rng.normal(0, 1e-3, WORKING_RATE_HZ // 2).astype(np.float32))
    loop: np.ndarray[tuple[int], np.dtype[np.float32]] = np.concatenate(parts)
    return loop[: _LOOP_S * WORKING_RATE_HZ]


def day_steps(pool: Pool, hours: float) -> list[Step]:
    """The steps in a process of their own, whose memory nobody else has filled."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "day.flac")
        write_day(path, pool, hours)
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            return alone.apply(_stepped, (path, Path(folder, "samples")))


def _stepped(path: Path, scratch: Path) -> list[Step]:
    steps: list[Step] = []
    begun = time.process_time()
    waveform = decode_to(scratch, Decoder(path, DecodeSettings()))
    steps.append(_step("decode", begun))
    recording = Recording(Source("day", path.name, "und"))
    stages: list[Stage] = [
        FindSpeech(SileroDetector(), SpeechSettings()),
        NameSounds(SteadyPartials()),
        Measure(),
    ]
    for stage in stages:
        stage.load()
        begun = time.process_time()
        recording = stage([Scene(_with_stretches(recording), waveform)])[0]
        steps.append(_step(stage.name, begun))
    return steps


def _with_stretches(recording: Recording) -> Recording:
    """Each segment of speech as a stretch nobody has print for: what there is to be measured."""
    stretches = tuple(Stretch(span, Heard.UNTRANSCRIBED) for span in recording.speech or ())
    return replace(recording, stretches=stretches)


def _step(name: str, begun: float) -> Step:
    unit = 1024.0 if sys.platform != "darwin" else 1024.0**2
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return Step(name, time.process_time() - begun, peak)


def memory_table(pool: Pool, hours: float) -> tuple[Table, float]:
    """The steps over a recording of so many hours, and the most memory of all in megabytes."""
    table = Table("step", "x real time, one core", "peak memory, MB", title=f"A recording of {hours:g} h")
    steps = day_steps(pool, hours)
    for step in steps:
        table.add_row(step.name, f"{hours * 3600 / max(step.seconds, 1e-9):.0f}", f"{step.peak_mb:.0f}")
    return table, max(step.peak_mb for step in steps)


def main(hours: float) -> int:
    """``python -m wavelode.infra.bench.listeners_memory HOURS``: the table; 0 where memory stays in bounds."""
    from rich.console import Console

    from wavelode.infra.bench.known_answer.utterances import data_folder, read_pools

    table, peak = memory_table(read_pools(data_folder())[0], hours)
    Console(width=120).print(table)
    return 0 if peak <= GOAL_MB else 1


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1])))
