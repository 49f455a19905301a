"""Samples to an mp3, as stations publish them."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from wavelode.infra.demo.sound import Wave

_BIT_RATE = 96_000
_CHUNK = 1152
"""Samples of an mp3 frame."""


def write_mp3(wave: Wave, rate_hz: int, path: Path) -> None:
    """Writes mono samples (T,) as an mp3 whose header tells decoders the encoder's delay."""
    import av  # an extra, and slow to load

    pcm = (wave * 32767).astype(np.int16)
    with av.open(str(path), "w", format="mp3") as container:
        stream = container.add_stream("libmp3lame", rate=rate_hz, layout="mono")
        stream.bit_rate = _BIT_RATE
        stream.options = {"compression_level": "7"}
        for start in range(0, len(pcm), _CHUNK):
            frame = av.AudioFrame.from_ndarray(pcm[None, start : start + _CHUNK], "s16", "mono")
            frame.sample_rate, frame.pts = rate_hz, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
