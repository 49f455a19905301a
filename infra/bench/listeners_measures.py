"""Table of ``bench listeners`` on measures: a value is planted in real speech and measured again."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from wavelode.infra.bench.known_answer.sound import read_clip
from wavelode.infra.bench.known_answer.utterances import Pool, Rng
from wavelode.infra.demo.sound import rms
from wavelode.infra.demo.voices import Utterance, speak
from wavelode.pipelines.measures.codec import spectral_holes_ratio
from wavelode.pipelines.measures.levels import clipping_ratio, loudness_lufs
from wavelode.pipelines.measures.noise import frame_powers, snr_db, wada_snr_db
from wavelode.pipelines.measures.reverberation import reverberation_s
from wavelode.pipelines.measures.spectrum import bandwidth_hz
from wavelode.schemas.time import WORKING_RATE_HZ

Wave = NDArray[np.float32]

_SEED = 7
_CLIPS = 8
_LEAST_S = 4.0
_DRY = "dry voices"
_DRY_VOICES = ("awb", "kal16", "rms", "slt")
_DRY_TEXTS = (
    "The harvest has begun in the northern valleys this week, and it is late.",
    "A new bridge will carry lorries over the river by autumn.",
    "Teachers asked for smaller classes and better books.",
    "Heavy rain is expected along the coast until Thursday.",
)


@dataclass(frozen=True, slots=True)
class Plant:
    """A value planted, how near it must be found, and what was found in each clip (None where nothing can be said).

    Attributes:
        within: None where it is shown without a claim.
    """

    measure: str
    planted: float
    within: float | None
    found: tuple[float | None, ...]

    @property
    def typical(self) -> float | None:
        known = [value for value in self.found if value is not None]
        return float(np.median(known)) if known else None

    @property
    def holds(self) -> bool | None:
        """None where nothing is claimed."""
        if self.within is None:
            return None
        return self.typical is not None and abs(self.typical - self.planted) <= self.within


def plants(pool: Pool) -> list[Plant]:
    """Every measure on real speech of `pool`, with values put into it."""
    rng = np.random.default_rng(_SEED)
    clips = _clips(pool, rng)
    return [
        *_noisy(clips, rng),
        *_cut(clips),
        *_loud(clips),
        *_in_rooms(_joined(clips), rng),
        *_holed(clips, rng),
    ]


def _clips(pool: Pool, rng: Rng) -> list[Wave]:
    found: list[Wave] = []
    for at in rng.permutation(len(pool.utterances)):
        clip = read_clip(pool.utterances[int(at)])
        if len(clip) >= _LEAST_S * WORKING_RATE_HZ:
            found.append((clip * (0.1 / rms(clip))).astype(np.float32))
        if len(found) == _CLIPS:
            break
    return found


def _found(clips: Sequence[Wave], measured: Callable[[Wave], float | None]) -> tuple[float | None, ...]:
    return tuple(measured(clip) for clip in clips)


def _noisy(clips: Sequence[Wave], rng: Rng) -> Iterator[Plant]:
    """White noise as strong as asked for against the whole clip, and the same noise in a pause beside it."""
    for db in (0.0, 10.0, 20.0, 30.0):
        level = 0.1 * 10 ** (-db / 20)

        def by_pauses(clip: Wave, level: float = level) -> float | None:
            pause = rng.normal(0, level, WORKING_RATE_HZ // 2).astype(np.float32)
            return snr_db(frame_powers(clip + _white(clip, level, rng)), frame_powers(pause))

        def by_shape(clip: Wave, level: float = level) -> float | None:
            return wada_snr_db(clip + _white(clip, level, rng))

        yield Plant("snr_db", db, 2.0, _found(clips, by_pauses))
        yield Plant("wada_snr_db", db, None, _found(clips, by_shape))  # speech is not as it takes it to be


def _white(clip: Wave, level: float, rng: Rng) -> Wave:
    white: Wave = rng.normal(0, level, len(clip)).astype(np.float32)
    return white


def _cut(clips: Sequence[Wave]) -> Iterator[Plant]:
    for hz in (2500.0, 3400.0):
        yield Plant("bandwidth_hz", hz, 250.0, tuple(bandwidth_hz(_low_pass(clip, hz)) for clip in clips))


def _low_pass(clip: Wave, hz: float) -> Wave:
    spectrum = np.fft.rfft(clip)
    spectrum[np.fft.rfftfreq(len(clip), 1 / WORKING_RATE_HZ) > hz] = 0
    kept: Wave = np.fft.irfft(spectrum, len(clip)).astype(np.float32)
    return kept


def _loud(clips: Sequence[Wave]) -> Iterator[Plant]:
    for share in (0.002, 0.01, 0.05):

        def clipped(clip: Wave, share: float = share) -> float | None:
            most = float(np.quantile(np.abs(clip), 1 - share))
            return clipping_ratio(np.clip(clip, -most, most))

        yield Plant("clipping_ratio", share, 0.35 * share, _found(clips, clipped))
    before = _found(clips, loudness_lufs)
    after = _found(clips, lambda clip: loudness_lufs(clip * np.float32(0.25)))
    fell = tuple(b - a for a, b in zip(after, before, strict=True) if a is not None and b is not None)
    yield Plant("loudness_lufs, a quarter of the level", 12.04, 0.1, fell)


def _in_dry_rooms() -> Iterator[Plant]:
    """Rooms around synthetic voices, which ring not at all of their own: only of these the truth is known."""
    if shutil.which("flite"):
        wanted = [Utterance(voice, text) for voice in _DRY_VOICES for text in _DRY_TEXTS]
        pairs = _joined(list(speak(wanted, WORKING_RATE_HZ).values()))
        clips = [np.concatenate(two) for two in zip(pairs[::2], pairs[1::2], strict=True)]
        for plant in _in_rooms(clips, np.random.default_rng(_SEED)):
            yield replace(plant, within=0.3 * plant.planted)


def _in_rooms(clips: Sequence[Wave], rng: Rng) -> Iterator[Plant]:
    """Rooms as noise that dies exponentially, after a direct sound 6 dB louder than all of it.

    Nothing is claimed: people's own rooms ring, too.
    """
    for seconds in (0.5, 0.8, 1.2):
        room = rng.normal(0, 1, round(1.2 * seconds * WORKING_RATE_HZ))
        room *= 10 ** (-3 * np.arange(len(room)) / WORKING_RATE_HZ / seconds)
        room[0] = 2 * np.sqrt(np.square(room).sum())

        def ringing(clip: Wave, room: NDArray[np.float64] = room) -> float | None:
            size = len(clip) + len(room)
            wet = np.fft.irfft(np.fft.rfft(clip, size) * np.fft.rfft(room, size), size)
            return reverberation_s((wet * (0.1 / np.sqrt(np.square(wet).mean()))).astype(np.float32))

        yield Plant("reverberation_s", seconds, None, _found(clips, ringing))


def _joined(clips: Sequence[Wave]) -> list[Wave]:
    """Pairs of clips with a second of silence after each, so that there is something to die away in."""
    pause = np.zeros(WORKING_RATE_HZ, np.float32)
    return [np.concatenate([a, pause, b, pause]) for a, b in zip(clips[::2], clips[1::2], strict=False)]


def _holed(clips: Sequence[Wave], rng: Rng) -> Iterator[Plant]:
    """Noise loud below 1 kHz, without 1 to 4 of its 1 to 8 kHz in some of its blocks of an eighth of a second."""
    for share in (0.0, 0.1, 0.3):

        def holed(clip: Wave, share: float = share) -> float | None:
            noise = _white(clip, 0.01, rng)
            taken = np.repeat(rng.random(len(noise) // 2000 + 1) < share, 2000)[: len(noise)]
            spectrum = np.fft.rfft(noise)
            hz = np.fft.rfftfreq(len(noise), 1 / WORKING_RATE_HZ)
            spectrum[(hz > 1000) & (hz < 4000)] = 0
            voice = _low_pass(_white(clip, 1.0, rng), 900)
            less = np.where(taken, np.fft.irfft(spectrum, len(noise)), noise).astype(np.float32)
            return spectral_holes_ratio(voice + less, bandwidth_hz(voice + less))

        yield Plant("spectral_holes_ratio", share * 3 / 7, 0.05, _found(clips, holed))


def measures_table(pool: Pool) -> tuple[Table, list[Plant]]:
    """What was planted in speech of `pool` and what was found."""
    return _table(plants(pool), pool.name)


def dry_table() -> tuple[Table, list[Plant]]:
    """The same of rooms around dry voices; empty where flite is not installed."""
    return _table(list(_in_dry_rooms()), _DRY)


def _table(found: list[Plant], where: str) -> tuple[Table, list[Plant]]:
    columns = ("measure", "planted", "found, median", "least", "most", "clips", "within")
    table = Table(*columns, "holds", title=f"Values planted in speech ({where})")
    for plant in found:
        known = [value for value in plant.found if value is not None] or [float("nan")]
        numbers = (plant.typical or 0.0, min(known), max(known))
        told = [f"{value:.4g}" for value in numbers]
        count = f"{sum(value is not None for value in plant.found)} of {len(plant.found)}"
        holds = {True: "yes", False: "NO", None: ""}[plant.holds]
        within = "" if plant.within is None else f"{plant.within:.2g}"
        table.add_row(plant.measure, f"{plant.planted:.4g}", *told, count, within, holds)
    return table, found


def codec_table(pool: Pool, rates_kbps: Sequence[int] = (16, 24, 32, 64, 128)) -> Table:
    """Holes that MP3 leaves in speech of `pool` at falling rates."""
    clips = _clips(pool, np.random.default_rng(_SEED))
    table = Table(
        "MP3 kbit/s", "spectral_holes_ratio", "bandwidth_hz", title=f"What a codec takes away ({pool.name})"
    )
    for kbps in sorted(rates_kbps, reverse=True):
        coded = [_coded(clip, kbps) for clip in clips]
        holes = np.median([spectral_holes_ratio(clip, bandwidth_hz(clip)) or 0.0 for clip in coded])
        width = np.median([bandwidth_hz(clip) or 0.0 for clip in coded])
        table.add_row(str(kbps), f"{holes:.3f}", f"{width:.0f}")
    return table


def _coded(clip: Wave, kbps: int) -> Wave:
    import av

    from wavelode.datasets.audio import decoded
    from wavelode.schemas.settings import DecodeSettings

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "clip.mp3")
        with av.open(str(path), "w") as container:
            stream = container.add_stream("libmp3lame", rate=WORKING_RATE_HZ)
            stream.layout, stream.bit_rate = "mono", 1000 * kbps
            frame = av.AudioFrame.from_ndarray(np.round(clip[None] * 32767).astype(np.int16), "s16", "mono")
            frame.rate, frame.pts = WORKING_RATE_HZ, 0
            container.mux([*stream.encode(frame), *stream.encode(None)])
        samples = np.concatenate(list(decoded(path, DecodeSettings())))
    coded: Wave = samples.astype(np.float32) / np.float32(32768)
    return coded
