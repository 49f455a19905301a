"""The Gaussians of a pocketsphinx acoustic model, read from its files and written back.

Each basic phone has a codebook; each codebook has Gaussians with diagonal covariances for three streams: cepstra, their
differences, and the differences of these. The files' form is Sphinx-3's: a text header, a byte-order mark, sizes,
floats and a checksum.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.errors import MissingDependency

Floats = NDArray[np.float64]

NUM_STREAMS, STREAM_SIZE = 3, 13
_HEADER_END = b"endhdr\n"
_MARK = 0x11223344
_LEAST_VARIANCE = 1e-4
_MDEF_COUNTS = 10
"""Integers between the text that describes a model definition and the names of its phones."""


@dataclass(frozen=True, slots=True)
class Gaussians:
    """Means and variances, each (C, 3, G, 13), and the phone of each codebook, (C,)."""

    phones: tuple[str, ...]
    means: Floats
    variances: Floats

    @classmethod
    def read(cls, folder: Path) -> Gaussians:
        """Those of the model in `folder`.

        Raises:
            MissingDependency: if its files are of another form.
        """
        try:
            means, variances = (_parameters(folder / name) for name in ("means", "variances"))
            return cls(_phone_names(folder / "mdef"), means, np.maximum(variances, _LEAST_VARIANCE))
        except (OSError, ValueError, struct.error) as error:
            raise MissingDependency(
                f"{folder}: not an acoustic model that can be adapted ({error}); reinstall pocketsphinx"
            ) from error


def _parameters(path: Path) -> Floats:
    """The array of a parameter file, (C, 3, G, 13)."""
    data = path.read_bytes()
    at = data.index(_HEADER_END) + len(_HEADER_END)
    mark, books, streams, size = struct.unpack_from("<4I", data, at)
    lengths = struct.unpack_from(f"<{streams}I", data, at + 16)
    if mark != _MARK or lengths != (STREAM_SIZE,) * NUM_STREAMS:
        raise ValueError(f"{path.name} holds streams of {lengths}")
    first = at + 16 + 4 * streams + 4
    count = books * streams * size * STREAM_SIZE
    values = np.frombuffer(data, "<f4", count, first).astype(np.float64)
    return values.reshape(books, streams, size, STREAM_SIZE)


def write_means(means: Floats, path: Path) -> None:
    """A parameter file of means (C, 3, G, 13)."""
    books, streams, size, width = means.shape
    sizes = struct.pack(f"<{4 + streams}I", books, streams, size, *[width] * streams, means.size)
    body = sizes + means.astype("<f4").tobytes()
    head = b"s3\nversion 1.0\nchksum0 yes\n      endhdr\n" + struct.pack("<I", _MARK)
    path.write_bytes(head + body + struct.pack("<I", _checksum(body)))


def _checksum(body: bytes) -> int:
    """Sphinx-3's: each word is added to the sum so far, turned left by twenty bits."""
    total = 0
    for word in np.frombuffer(body, "<u4").tolist():
        total = ((total << 20 | total >> 12) + word) & 0xFFFFFFFF
    return total


def _phone_names(path: Path) -> tuple[str, ...]:
    """The basic phones of a model definition in the order of their codebooks."""
    data = path.read_bytes()
    (described,) = struct.unpack_from("<i", data, 8)
    counts = 12 + described
    (phones,) = struct.unpack_from("<i", data, counts)
    names = data[counts + 4 * _MDEF_COUNTS :].split(b"\0", phones)[:phones]
    return tuple(name.decode("ascii") for name in names)
