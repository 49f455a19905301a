"""Sound files made on the spot: tones, bursts that a simple detector takes for speech, any container."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import soundfile
from numpy.typing import NDArray

from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]

CODECS = {".wav": "pcm_s16le", ".flac": "flac", ".mp3": "libmp3lame", ".m4a": "aac", ".opus": "libopus"}
FORMATS = {".m4a": "mp4", ".opus": "opus"}


def tone(seconds: float, rate: int = WORKING_RATE_HZ, hz: float = 1000.0, level: float = 0.25) -> Floats:
    """A sine (T,) of that amplitude."""
    at = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hz * at)).astype(np.float32)


def bursts(seconds: float, seed: int) -> Floats:
    """Noise (T,) in bursts of one to three seconds with half a second of silence between them."""
    generator = np.random.default_rng(seed)
    out = np.zeros(round(seconds * WORKING_RATE_HZ), np.float32)
    at = WORKING_RATE_HZ // 2
    while at < len(out) - WORKING_RATE_HZ:
        end = min(at + int(generator.uniform(1, 3) * WORKING_RATE_HZ), len(out) - WORKING_RATE_HZ // 4)
        out[at:end] = generator.normal(0, 0.1, end - at)
        at = end + WORKING_RATE_HZ // 2
    return np.clip(out, -1, 1)


def write(path: Path, samples: Floats, rate: int = WORKING_RATE_HZ, channels: int = 1) -> Path:
    """A file of the kind its suffix says, every channel the same."""
    suffix = path.suffix
    with av.open(str(path), "w", format=FORMATS.get(suffix, suffix[1:])) as container:
        stream = container.add_stream(CODECS[suffix], rate=rate)
        stream.layout = "mono" if channels == 1 else "stereo"
        if suffix not in {".wav", ".flac"}:
            stream.bit_rate = 64_000
        whole = (np.repeat(samples[:, None], channels, axis=1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(whole.reshape(1, -1), "s16", "mono" if channels == 1 else "stereo")
        frame.rate, frame.pts = rate, 0
        container.mux([*stream.encode(frame), *stream.encode(None)])
    return path


def write_wav(path: Path, samples: NDArray[np.float32] | NDArray[np.int16]) -> Path:
    """16-bit mono at the working rate."""
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, samples, WORKING_RATE_HZ, subtype="PCM_16")
    return path


def write_picture(path: Path, *, moving: bool = False) -> Path:
    """A PNG, or a short film without sound, whatever the suffix."""
    image = av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24")
    with av.open(str(path), "w", format="mp4" if moving else "image2") as container:
        stream = container.add_stream("mpeg4" if moving else "png", rate=5)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p" if moving else "rgb24"
        for _ in range(5 if moving else 1):
            container.mux(stream.encode(image))
        container.mux(stream.encode(None))
    return path
