"""A voice encoder with random weights in the file format Resemblyzer's have, written opcode by opcode."""

from __future__ import annotations

import pickle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
_HIDDEN, _MELS, _OUT = 256, 40, 256


def random_weights(seed: int = 0) -> dict[str, NDArray[np.float32]]:
    """Arrays by name, as torch names those of a three-layer LSTM and a linear layer."""
    generator = np.random.default_rng(seed)
    shapes: dict[str, tuple[int, ...]] = {"linear.weight": (_OUT, _HIDDEN), "linear.bias": (_OUT,)}
    for layer in range(3):
        shapes[f"lstm.weight_ih_l{layer}"] = (4 * _HIDDEN, _HIDDEN if layer else _MELS)
        shapes[f"lstm.weight_hh_l{layer}"] = (4 * _HIDDEN, _HIDDEN)
        shapes |= {f"lstm.bias_{gate}_l{layer}": (4 * _HIDDEN,) for gate in ("ih", "hh")}
    return {name: generator.normal(0, 0.1, shape).astype(np.float32) for name, shape in shapes.items()}


def write_weights(path: Path, arrays: dict[str, NDArray[np.float32]]) -> Path:
    """A file such as ``torch.save({"model_state": …}, path, _use_new_zipfile_serialization=False)`` writes."""
    heads = [pickle.dumps(part, 2) for part in (_MAGIC, _PROTOCOL, {"little_endian": True})]
    items = b"".join(
        _text(name) + _tensor(str(at), array) + b"s" for at, (name, array) in enumerate(arrays.items())
    )
    saved = b"\x80\x02}" + _text("model_state") + b"}" + items + b"s."
    order = pickle.dumps([str(at) for at in range(len(arrays))], 2)
    storages = b"".join(array.size.to_bytes(8, "little") + array.tobytes() for array in arrays.values())
    path.write_bytes(b"".join(heads) + saved + order + storages)
    return path


def _tensor(key: str, array: NDArray[np.float32]) -> bytes:
    strides = tuple(stride // array.itemsize for stride in array.strides)
    storage = b"(" + _text("storage") + b"ctorch\nFloatStorage\n" + _text(key) + _text("cpu")
    storage += _int(array.size) + b"NtQ"
    told = (
        storage + _int(0) + _tuple(array.shape) + _tuple(strides) + b"\x89" + b"ccollections\nOrderedDict\n)R"
    )
    return b"ctorch._utils\n_rebuild_tensor_v2\n(" + told + b"tR"


def _tuple(values: tuple[int, ...]) -> bytes:
    return b"(" + b"".join(map(_int, values)) + b"t"


def _int(value: int) -> bytes:
    return b"J" + value.to_bytes(4, "little", signed=True)


def _text(value: str) -> bytes:
    raw = value.encode()
    return b"X" + len(raw).to_bytes(4, "little") + raw
