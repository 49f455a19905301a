"""How good a listener would call the sound: a model that predicts mean opinion scores, as an ONNX file."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wavelode.datasets.storage import file_sha256
from wavelode.pipelines.models.onnx import OnnxModel
from wavelode.schemas.errors import MissingDependency, SettingsError
from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]
Form = Literal["dnsmos", "utmos"]

WORST, BEST = 1.0, 5.0
_DNSMOS_SAMPLES = round(9.01 * WORKING_RATE_HZ)
"""DNSMOS hears windows of this length; what is shorter is repeated, as its authors do."""
_DNSMOS_HOP = WORKING_RATE_HZ
_DNSMOS_OVERALL = 2
"""Of its three outputs (speech, background, overall)."""
_DNSMOS_FIT = (-0.06766283, 1.11546468, 0.04602535)
"""From its raw overall score to that of listeners, as published (Reddy, Gopal & Cutler 2022, DNSMOS P.835)."""


class OnnxQuality:
    """A `QualityModel`.

    Args:
        form: ``dnsmos`` takes windows of 9.01 s (B, 144160) and gives three raw scores (B, 3), of which the overall one
            is used; ``utmos`` takes whole clips (1, T) and gives one score.
        model: the ONNX file.
        device: ``auto``, ``cpu`` or ``cuda``.
    """

    def __init__(self, form: Form, model: str, device: str = "auto") -> None:
        self._form: Form = form
        self._file = model
        self._device = device
        self._model: OnnxModel | None = None

    @property
    def name(self) -> str:
        """Raises:
        SettingsError: if no file is named.
        MissingDependency: if it can't be read.
        """
        if not self._file:
            raise SettingsError(f"quality.model: {self._form} needs an ONNX file")
        try:
            digest = file_sha256(Path(self._file))[:12]
        except OSError as error:
            raise MissingDependency(
                f"quality.model={self._file!r}: can't be read ({error.strerror}); check the path"
            ) from error
        return f"{self._form}-1/{Path(self._file).name}@{digest}"

    def load(self) -> None:
        """Raises:
        MissingDependency: if the file is no model, or onnxruntime is absent.
        """
        if self._model is None:
            self._model = OnnxModel(Path(self._file), self._device)

    def mos(self, samples: Floats) -> float | None:
        if self._model is None:
            raise RuntimeError("load() the model before using it")
        clean = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
        if len(clean) < WORKING_RATE_HZ or not clean.any():
            return None
        if self._form == "utmos":
            score = float(self._model(clean[None]).reshape(-1)[0])
        else:
            raw = self._model(_windows(clean))[:, _DNSMOS_OVERALL].astype(np.float64)
            score = float(np.polyval(_DNSMOS_FIT, raw).mean())
        return float(np.clip(score, WORST, BEST))

    def unload(self) -> None:
        self._model = None


def _windows(samples: Floats) -> Floats:
    """Windows of DNSMOS's length a second apart, (B, T)."""
    times = -(-_DNSMOS_SAMPLES // len(samples))
    long = np.tile(samples, times) if times > 1 else samples
    return np.stack(
        [long[at : at + _DNSMOS_SAMPLES] for at in range(0, len(long) - _DNSMOS_SAMPLES + 1, _DNSMOS_HOP)]
    )
