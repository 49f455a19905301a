"""An ONNX file as a function of one array, on one thread; onnxruntime's own errors become Python's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavelode.schemas.errors import MissingDependency


class OnnxModel:
    """A model with one input and, first of all, one output.

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
        self._input = self._session.get_inputs()[0].name

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Raises:
        RuntimeError: where the device refuses, e.g. for lack of memory.
        """
        try:
            found: NDArray[np.float32] = np.asarray(
                self._session.run(None, {self._input: batch})[0], np.float32
            )
        except self._errors as error:
            raise RuntimeError(_one_line(error)) from error
        return found


def _errors(onnxruntime: Any) -> tuple[type[Exception], ...]:
    """onnxruntime's errors, which share no base but `Exception`."""
    found = vars(onnxruntime.capi.onnxruntime_pybind11_state).values()
    return tuple(kind for kind in found if isinstance(kind, type) and issubclass(kind, Exception))


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
