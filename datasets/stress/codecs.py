"""Through a codec and back, by FFmpeg's encoders: as long as before and nothing moved."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from wavelode.datasets.collate import Changed, Wave
from wavelode.schemas.errors import MissingDependency

_FULL_SCALE = 32_767


@dataclass(frozen=True, slots=True)
class _Codec:
    """One of FFmpeg's encoders, the container it needs, and the samples it puts before the sound and does not tell."""

    encoder: str
    container: str
    early: int = 0


@dataclass(frozen=True, slots=True)
class Mp3:
    """MPEG layer III by LAME."""

    kbps: float
    growth: ClassVar[float] = 1.0

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        return _through(_Codec("libmp3lame", "mp3"), samples, rate, self.kbps, "mp3")


@dataclass(frozen=True, slots=True)
class Opus:
    """Opus by libopus, which takes five or six kbps at least: what is logged is what it took."""

    kbps: float
    growth: ClassVar[float] = 1.0

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        return _through(_Codec("libopus", "ogg"), samples, rate, self.kbps, "opus")


@dataclass(frozen=True, slots=True)
class Aac:
    """AAC low complexity by FFmpeg."""

    kbps: float
    growth: ClassVar[float] = 1.0

    def __call__(self, samples: Wave, rate: int, chance: np.random.Generator) -> Changed:
        return _through(_Codec("aac", "adts", early=1024), samples, rate, self.kbps, "aac")


def _through(codec: _Codec, samples: Wave, rate: int, kbps: float, name: str) -> Changed:
    if not len(samples):
        return Changed(samples, f"{name} {kbps:g} kbps")
    data = _encoded(codec, samples, rate, kbps)
    back = _decoded(data, rate)[codec.early : codec.early + len(samples)]
    whole = np.zeros(len(samples), np.float32)
    whole[: len(back)] = back
    took = len(data) * 8 / 1000 / (len(samples) / rate)
    return Changed(whole, f"{name} {kbps:g} kbps, took {took:.1f}")


def _encoded(codec: _Codec, samples: Wave, rate: int, kbps: float) -> bytes:
    av = _av()
    whole = np.clip(np.rint(samples * _FULL_SCALE), -_FULL_SCALE, _FULL_SCALE).astype(np.int16)
    # Samples that come out early push as many out of the end.
    whole = np.concatenate([whole, np.zeros(codec.early, np.int16)])
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=codec.container) as container:
        stream = container.add_stream(codec.encoder, rate=rate, layout="mono")
        stream.bit_rate = round(kbps * 1000)
        frame = av.AudioFrame.from_ndarray(whole[None], format="s16", layout="mono")
        frame.sample_rate = rate
        for packet in (*stream.encode(frame), *stream.encode(None)):
            container.mux(packet)
    return buffer.getvalue()


def _decoded(data: bytes, rate: int) -> Wave:
    import soxr

    with _av().open(io.BytesIO(data)) as container:
        frames = list(container.decode(audio=0))
    sound = np.concatenate([np.zeros(0, np.float32), *(frame.to_ndarray()[0] for frame in frames)])
    if frames and frames[0].sample_rate != rate:
        sound = soxr.resample(sound, frames[0].sample_rate, rate)
    back: Wave = sound.astype(np.float32)
    return back


def _av() -> Any:
    try:
        import av
    except ImportError as error:
        raise MissingDependency("codecs need PyAV: pip install 'wavelode[stress]'") from error
    return av
