"""An ONNX file as a function of arrays, on one thread; onnxruntime's own errors become Python's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.errors import MissingDependency

_TYPES: dict[str, type[np.generic]] = {
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(float16)": np.float16,
}


class OnnxModel:
    """A model whose first output is what is asked for.

    Attributes:
        shapes: of each input; sizes that may be any are names.

    Args:
        device: ``auto``, ``cpu`` or ``cuda``.

    Raises:
        MissingDependency: if onnxruntime is absent, or the file is, or it is no model.
    """

    def __init__(self, file: Path, device: str) -> None:
        try:
            import onnxruntime
        except ImportError as error:
            raise MissingDependency("ONNX models need onnxruntime: pip install 'wavelode[listen]'") from error
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        wanted = {"cpu": ["CPUExecutionProvider"], "cuda": ["CUDAExecutionProvider"]}
        providers = wanted.get(device, onnxruntime.get_available_providers())
        self._errors = _errors(onnxruntime)
        try:
            self._session = onnxruntime.InferenceSession(str(file), options, providers=providers)
        except self._errors as error:
            raise MissingDependency(
                f"{file}: can't be loaded ({_one_line(error)}); give a working ONNX file"
            ) from error
        self._inputs = self._session.get_inputs()
        self.shapes: list[list[int | str]] = [one.shape for one in self._inputs]

    def __call__(self, *arrays: NDArray[Any]) -> NDArray[np.float32]:
        """The inputs in the file's order; each becomes of the type that the file wants.

        Raises:
            RuntimeError: where the device refuses, e.g. for lack of memory.
        """
        given = {
            one.name: array.astype(_TYPES.get(one.type, np.float32), copy=False)
            for one, array in zip(self._inputs, arrays, strict=False)
        }
        try:
            found: NDArray[np.float32] = np.asarray(self._session.run(None, given)[0], np.float32)
        except self._errors as error:
            raise RuntimeError(_one_line(error)) from error
        return found


def _errors(onnxruntime: Any) -> tuple[type[Exception], ...]:
    """onnxruntime's errors, which share no base but `Exception`."""
    found = vars(onnxruntime.capi.onnxruntime_pybind11_state).values()
    return tuple(kind for kind in found if isinstance(kind, type) and issubclass(kind, Exception))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
