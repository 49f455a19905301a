"""ONNX files of a few bytes, written by hand: one convolution over raw sound.

The few fields of the protocol buffers that matter; numbers are those of onnx.proto (github.com/onnx/onnx).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_FLOAT, _INT64 = 1, 7


def write_framewise(path: Path, filters: NDArray[np.float32], hop: int) -> Path:
    """A model from sound (B, T) to scores (B, F, V): `filters` (V, W) slid over the sound by `hop` samples."""
    axes = _tensor("axes", np.array([1], np.int64))
    nodes = [
        _node("Unsqueeze", ["sound", "axes"], "one"),
        _node("Conv", ["one", "filters"], "many", strides=[hop], kernel_shape=[filters.shape[1]]),
        _node("Transpose", ["many"], "scores", perm=[0, 2, 1]),
    ]
    path.write_bytes(_model(nodes, [axes, _kernel(filters)], ("B", "F", "V")))
    return path


def write_bandwise(path: Path, weights: NDArray[np.float32], masked: bool = False) -> Path:
    """A model from filter banks (B, N, D) to scores (B, N, V) by `weights` (D, V); what a mask hides scores 0."""
    nodes, inputs = (
        [_node("MatMul", ["bands", "weights"], "all")],
        [_value("bands", ("B", "N", len(weights)))],
    )
    if masked:
        inputs.append(_value("mask", ("B", "N"), kind=_INT64))
        nodes.append(_node("Cast", ["mask"], "own", to=1))
        nodes.append(_node("Unsqueeze", ["own", "last"], "column"))
    nodes.append(
        _node("Mul", ["all", "column"], "scores") if masked else _node("Identity", ["all"], "scores")
    )
    tensors = [_tensor("weights", weights), _tensor("last", np.array([2], np.int64))]
    path.write_bytes(_graph(nodes, tensors, inputs, ("B", "N", "V")))
    return path


def write_event_model(folder: Path) -> Path:
    """A folder with a model from sound (B, T) to two labels (B, 2): the second, music, is how loud it is."""
    folder.mkdir(parents=True, exist_ok=True)
    _write_loudness(folder / "model.onnx", np.array([0.0, 2.0]), "Tanh")
    (folder / "labels.txt").write_text("Speech\nMusic\n", encoding="utf-8")
    return folder


def write_score_model(path: Path, scores: int) -> Path:
    """A model from sound (B, T) to scores (B, S), each 4 times how loud the sound is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    return _write_loudness(path, np.full(scores, 4.0), "Identity")


def _write_loudness(path: Path, weights: NDArray[np.float64], shaped_by: str) -> Path:
    """Mean magnitude of sound (B, T) times each weight, (B, V), through one more operator."""
    nodes = [
        _node("Unsqueeze", ["sound", "axes"], "one"),
        _node("Conv", ["one", "filters"], "many", strides=[1], kernel_shape=[1]),
        _node("Abs", ["many"], "loud"),
        _node("GlobalAveragePool", ["loud"], "mean"),
        _node("Squeeze", ["mean", "last"], "flat"),
        _node(shaped_by, ["flat"], "scores"),
    ]
    axes, last = (_tensor(name, np.array([at], np.int64)) for name, at in (("axes", 1), ("last", 2)))
    filters = weights[:, None].astype(np.float32)
    path.write_bytes(_model(nodes, [axes, last, _kernel(filters)], ("B", "V")))
    return path


def _kernel(filters: NDArray[np.float32]) -> bytes:
    return _tensor("filters", filters[:, None, :].astype(np.float32))


def _model(nodes: list[bytes], tensors: list[bytes], sizes: tuple[str, ...]) -> bytes:
    """A model file from ``sound`` (B, T) to ``scores`` of these sizes."""
    return _graph(nodes, tensors, [_value("sound", ("B", "T"))], sizes)


def _graph(nodes: list[bytes], tensors: list[bytes], inputs: list[bytes], sizes: tuple[str, ...]) -> bytes:
    graph = b"".join(_field(1, node) for node in nodes) + _field(2, b"tiny")
    graph += b"".join(_field(5, tensor) for tensor in tensors)
    graph += b"".join(_field(11, one) for one in inputs) + _field(12, _value("scores", sizes))
    return _number(1, 8) + _field(7, graph) + _field(8, _number(2, 13))


def _node(kind: str, inputs: list[str], output: str, **attributes: list[int] | int) -> bytes:
    found = b"".join(_field(1, name.encode()) for name in inputs) + _field(2, output.encode())
    found += _field(4, kind.encode())
    for name, values in attributes.items():
        if isinstance(values, int):
            numbers, kind_of_value = _number(3, values), 2
        else:
            numbers, kind_of_value = b"".join(_number(8, value) for value in values), 7
        found += _field(5, _field(1, name.encode()) + numbers + _number(20, kind_of_value))
    return found


def _tensor(name: str, values: NDArray[np.float32] | NDArray[np.int64]) -> bytes:
    kind = _INT64 if values.dtype == np.int64 else _FLOAT
    sizes = b"".join(_number(1, size) for size in values.shape)
    return sizes + _number(2, kind) + _field(8, name.encode()) + _field(9, values.tobytes())


def _value(name: str, sizes: tuple[str | int, ...], kind: int = _FLOAT) -> bytes:
    named = (_field(2, size.encode()) if isinstance(size, str) else _number(1, size) for size in sizes)
    shape = b"".join(_field(1, one) for one in named)
    return _field(1, name.encode()) + _field(2, _field(1, _number(1, kind) + _field(2, shape)))


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])
