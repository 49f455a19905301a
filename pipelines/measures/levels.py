"""How loud a clip is, and how much of it was cut off at full scale."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]

_LEAST_LOUDNESS_S = 0.4
"""The loudness standard's one block."""
_GATED_LUFS = -70.0
"""The standard's absolute gate: nothing quieter is counted."""
_FLAT = 0.005
_FLAT_SAMPLES = 2


def loudness_lufs(samples: Floats) -> float | None:
    """Integrated loudness (ITU-R BS.1770-4, EBU R 128) in LUFS, by FFmpeg; None where it is too short or silent.

    Args:
        samples: (T,) in [-1, 1) at the working rate.

    Raises:
        MissingDependency: without the `listen` extra.
    """
    if len(samples) < _LEAST_LOUDNESS_S * WORKING_RATE_HZ:
        return None
    try:
        import av
    except ImportError as error:
        raise MissingDependency("loudness needs PyAV: pip install 'wavelode[listen]'") from error
    graph = av.filter.Graph()
    source = graph.add_abuffer(
        sample_rate=WORKING_RATE_HZ, format="flt", layout="mono", time_base=Fraction(1, WORKING_RATE_HZ)
    )
    meter, sink = graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
    source.link_to(meter)
    meter.link_to(sink)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
    frame.sample_rate, frame.pts = WORKING_RATE_HZ, 0
    graph.push(frame)
    graph.push(None)
    found = _GATED_LUFS
    try:
        while True:
            found = float(graph.pull().metadata.get("lavfi.r128.I", found))
    except (av.error.EOFError, av.error.BlockingIOError):
        return found if found > _GATED_LUFS else None


def clipping_ratio(samples: Floats) -> float:
    """Share of samples, 0 to 1, that stand in flat runs at the loudest value of their sign.

    Sound that was clipped and then coded lossily has lost its flat tops: for it this is a lower bound.
    """
    if not len(samples):
        return 0.0
    high, low = float(samples.max()), float(samples.min())
    flat = np.zeros(len(samples), bool)
    if high > 0:
        flat |= samples >= high * (1 - _FLAT)
    if low < 0:
        flat |= samples <= low * (1 - _FLAT)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(np.int8)))
    lengths = edges[1::2] - edges[::2]
    return float(lengths[lengths >= _FLAT_SAMPLES].sum() / len(samples))
