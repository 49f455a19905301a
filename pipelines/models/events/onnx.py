"""A model of sound events as an ONNX file: PANNs, AST, BEATs … trained on AudioSet's labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.models.base import CELL_SAMPLES
from wavelode.pipelines.models.onnx import OnnxModel
from wavelode.pipelines.models.weights import digest_of
from wavelode.schemas.errors import MissingDependency, SettingsError
from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]

_WINDOW_CELLS = 4
"""Two seconds around each cell are heard together."""
_BATCH = 16
_LABEL = "music"


class OnnxEvents:
    """A `MusicDetector`.

    Args:
        model: a folder with ``model.onnx``, which takes samples (B, T) and gives a probability per label (B, L), and
            ``labels.txt`` with a label per line, one of them ``Music``. ``sample_rate.txt`` holds the rate in Hz
            where it is not 16000.
        device: ``auto``, ``cpu`` or ``cuda``.
    """

    def __init__(self, model: str, device: str = "auto") -> None:
        self._folder = Path(model)
        self._given = bool(model)
        self._device = device
        self._model: OnnxModel | None = None
        self._music = -1
        self._rate_hz = WORKING_RATE_HZ

    @property
    def name(self) -> str:
        """Raises:
        SettingsError: if no folder is named.
        MissingDependency: if it can't be read.
        """
        if not self._given:
            raise SettingsError("events.model: onnx needs a folder with model.onnx and labels.txt")
        return f"onnx-events-1/{self._folder.name}@{digest_of(self._folder)}"

    def load(self) -> None:
        """Raises:
        MissingDependency: if a file is absent or of another form, or onnxruntime is.
        """
        if self._model is not None:
            return
        try:
            labels = [line.strip().lower() for line in _lines(self._folder / "labels.txt")]
            self._music = labels.index(_LABEL)
            rate = self._folder / "sample_rate.txt"
            self._rate_hz = int(_lines(rate)[0]) if rate.exists() else WORKING_RATE_HZ
        except (OSError, ValueError, IndexError) as error:
            raise MissingDependency(
                f"{self._folder}: no model of events ({error}); it needs model.onnx and labels.txt with a line Music"
            ) from error
        self._model = OnnxModel(self._folder / "model.onnx", self._device)

    def music(self, samples: Floats) -> Floats:
        if self._model is None:
            raise RuntimeError("load() the model before using it")
        windows = self._windows(np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0))
        found = [self._model(windows[at : at + _BATCH]) for at in range(0, len(windows), _BATCH)]
        if not found:
            return np.zeros(0, np.float32)
        likely: Floats = np.clip(np.concatenate(found)[:, self._music], 0, 1)
        return likely

    def unload(self) -> None:
        self._model = None

    def _windows(self, samples: Floats) -> Floats:
        """The two seconds around each cell at the model's rate, (cells, T)."""
        cells = -(-len(samples) // CELL_SAMPLES)
        before = (_WINDOW_CELLS - 1) // 2 * CELL_SAMPLES
        padded = np.pad(samples, (before, _WINDOW_CELLS * CELL_SAMPLES))
        if not cells:
            return np.zeros((0, 0), np.float32)
        view: Any = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW_CELLS * CELL_SAMPLES)
        windows = view[::CELL_SAMPLES][:cells]
        return np.stack([_resampled(window, self._rate_hz) for window in windows])


def _resampled(samples: Floats, rate_hz: int) -> Floats:
    if rate_hz == WORKING_RATE_HZ:
        return samples
    import soxr

    found: Floats = soxr.resample(samples, WORKING_RATE_HZ, rate_hz)
    return found


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines()
