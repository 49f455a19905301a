"""Silero VAD on onnxruntime; the model file is carried by faster-whisper, so nothing is downloaded."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.models.base import FRAME_SAMPLES
from wavelode.schemas.errors import MissingDependency


class SileroDetector:
    """A `SpeechDetector`."""

    name = "silero-v6"

    def __init__(self) -> None:
        self._model: Any = None

    def load(self) -> None:
        """Raises:
        MissingDependency: without the `listen` extra.
        """
        if self._model is not None:
            return
        try:
            from faster_whisper.vad import get_vad_model
        except ImportError as error:
            raise MissingDependency(
                "finding speech needs the Silero model of faster-whisper: pip install 'wavelode[listen]'"
            ) from error
        self._model = get_vad_model()

    def probabilities(self, samples: NDArray[np.float32]) -> NDArray[np.float32]:
        if samples.size == 0:
            return np.zeros(0, np.float32)
        padded = np.pad(np.nan_to_num(samples), (0, -samples.size % FRAME_SAMPLES))
        found: NDArray[np.float32] = np.asarray(self._model(padded), np.float32).reshape(-1)
        return found

    def unload(self) -> None:
        self._model = None
