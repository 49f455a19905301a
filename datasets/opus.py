"""Opus in Ogg, the same bytes for the same samples: the encoder draws a serial number, which is taken out again."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache

import soundfile

from wavelode.datasets.audio import Samples
from wavelode.schemas.time import WORKING_RATE_HZ

_HEADER = 27
"""Bytes of a page before its table of segments (RFC 3533, section 6)."""
_SERIAL, _CRC = slice(14, 18), slice(22, 26)
_POLYNOMIAL = 0x04C1_1DB7


def encode_opus(samples: Samples, rate: int = WORKING_RATE_HZ) -> bytes:
    """Mono Ogg Opus of samples (T,), about 24 kbit/s; decoded again it is as long, but not the same."""
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate, format="OGG", subtype="OPUS")
    return b"".join(_numbered(page) for page in _pages(buffer.getvalue()))


def _pages(data: bytes) -> Iterator[bytes]:
    at = 0
    while at < len(data):
        segments = data[at + 26]
        table = data[at + _HEADER : at + _HEADER + segments]
        end = at + _HEADER + segments + sum(table)
        yield data[at:end]
        at = end


def _numbered(page: bytes) -> bytes:
    """A page of stream 0, with the checksum that then holds."""
    changed = bytearray(page)
    changed[_SERIAL] = changed[_CRC] = bytes(4)
    changed[_CRC] = _checksum(bytes(changed)).to_bytes(4, "little")
    return bytes(changed)


def _checksum(page: bytes) -> int:
    """CRC-32 as Ogg has it: highest bit first, from 0, nothing inverted."""
    crc, table = 0, _table()
    for byte in page:
        crc = (crc << 8 & 0xFFFF_FFFF) ^ table[crc >> 24 ^ byte]
    return crc


@cache
def _table() -> tuple[int, ...]:
    found = []
    for byte in range(256):
        crc = byte << 24
        for _ in range(8):
            crc = (crc << 1 & 0xFFFF_FFFF) ^ (_POLYNOMIAL if crc >> 31 else 0)
        found.append(crc)
    return tuple(found)
