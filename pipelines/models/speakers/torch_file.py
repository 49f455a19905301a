"""Reads the arrays of a file that torch saved in its first format (before 1.6), without torch.

Such a file is five pickles, then each storage as its length (8 bytes, little endian) and its numbers. The unpickler
knows five names and makes nothing else, so that a doctored file can run no code.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]
_MAGIC = 0x1950A86A20F9469CFC6C


@dataclass
class _Storage:
    numbers: Array = field(default_factory=lambda: np.zeros(0, np.float32))


@dataclass(frozen=True)
class _Tensor:
    """Where a tensor's numbers lie in its storage; they are read after everything else."""

    storage: _Storage
    offset: int
    shape: tuple[int, ...]
    strides: tuple[int, ...]

    def array(self) -> Array:
        strides = [4 * stride for stride in self.strides]
        return np.lib.stride_tricks.as_strided(
            self.storage.numbers[self.offset :], self.shape, strides
        ).copy()


class _FloatStorage:
    """Stands for torch.FloatStorage, the only kind that is read."""


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: BinaryIO, storages: dict[str, _Storage]) -> None:
        super().__init__(file)
        self._storages = storages

    def find_class(self, module: str, name: str) -> Any:
        known: dict[tuple[str, str], Any] = {
            ("torch._utils", "_rebuild_tensor_v2"): lambda *told: _Tensor(*told[:4]),
            ("torch", "FloatStorage"): _FloatStorage,
            ("collections", "OrderedDict"): OrderedDict,
        }
        try:
            return known[module, name]
        except KeyError:
            raise ValueError(f"holds {module}.{name}, which no file of weights needs") from None

    def persistent_load(self, told: Any) -> _Storage:
        kind, key = told[1], told[2]
        if kind is not _FloatStorage:
            raise ValueError("holds numbers that are not 32-bit floats")
        return self._storages.setdefault(key, _Storage())


def read_state(path: Path, key: str) -> dict[str, Array]:
    """The named arrays under `key` of what was saved.

    Raises:
        OSError, ValueError: if the file can't be read or is no such file.
    """
    storages: dict[str, _Storage] = {}
    with path.open("rb") as file:
        try:
            if _Unpickler(file, storages).load() != _MAGIC:
                raise ValueError("is not torch's first format")
            _, _, saved, order = (_Unpickler(file, storages).load() for _ in range(4))
            for name in order:
                size = int.from_bytes(file.read(8), "little")
                storages[name].numbers = np.frombuffer(file.read(4 * size), "<f4")
            return {name: tensor.array() for name, tensor in saved[key].items()}
        except (pickle.UnpicklingError, EOFError, KeyError, TypeError, AttributeError, IndexError) as error:
            raise ValueError(f"is not torch's first format ({type(error).__name__}: {error})") from error
