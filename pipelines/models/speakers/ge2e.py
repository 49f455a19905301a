"""The GE2E voice encoder (Wan et al. 2018) in numpy, with the weights the `resemblyzer` package carries.

Three LSTM layers over 40 mel powers per 10 ms, the last state through a linear layer, rectified, to length one.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.models.speakers.torch_file import read_state
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.time import WORKING_RATE_HZ

Array = NDArray[np.float32]

WINDOW_SAMPLES = 160 * 160
"""What one vector is of: 160 frames of 10 ms, as the encoder was trained."""
DIMENSIONS = 256
_FFT, _HOP, _MELS, _HIDDEN, _LAYERS = 400, 160, 40, 256, 3
_LOUDNESS_DBFS = -30.0
_BATCH = 64


def carried_weights() -> Path:
    """The weights in the installed `resemblyzer`, found without importing it (it would import torch).

    Raises:
        MissingDependency: if it isn't installed.
    """
    spec = find_spec("resemblyzer")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(folder, "pretrained.pt")).is_file():
            return path
    raise MissingDependency(
        "telling voices apart needs the weights in resemblyzer: pip install --no-deps resemblyzer==0.1.4 "
        "(torch is not needed), or give a file with --diarizer-model"
    )


class VoiceEncoder:
    """Windows of sound to vectors.

    Args:
        weights: a file as Resemblyzer's ``pretrained.pt``.

    Raises:
        MissingDependency: if it can't be read.
    """

    def __init__(self, weights: Path) -> None:
        from faster_whisper.feature_extractor import FeatureExtractor

        try:
            self._state = read_state(weights, "model_state")
            _check(self._state)
        except (OSError, ValueError) as error:
            raise MissingDependency(
                f"{weights}: can't be loaded ({error}); give Resemblyzer's file"
            ) from error
        self._mels: Array = FeatureExtractor.get_mel_filters(WORKING_RATE_HZ, _FFT, _MELS).astype(np.float32)

    def embed(self, windows: Array) -> Array:
        """Sound (N, WINDOW_SAMPLES) to vectors (N, DIMENSIONS) of length one."""
        parts = [self._embedded(windows[at : at + _BATCH]) for at in range(0, len(windows), _BATCH)]
        return np.concatenate([np.zeros((0, DIMENSIONS), np.float32), *parts])

    def _embedded(self, windows: Array) -> Array:
        series = self._mel_powers(_no_softer(windows))
        for layer in range(_LAYERS):
            series = self._lstm(series, layer)
        raw = series[:, -1] @ self._state["linear.weight"].T + self._state["linear.bias"]
        positive = np.maximum(raw, 0)
        vectors: Array = positive / np.maximum(np.linalg.norm(positive, axis=1, keepdims=True), 1e-6)
        return vectors

    def _mel_powers(self, windows: Array) -> Array:
        """(N, T) to (N, F, 40): powers, not their logarithms."""
        padded = np.pad(windows, ((0, 0), (_FFT // 2, _FFT // 2)))
        frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT, axis=1)[:, ::_HOP][:, :160]
        hann = np.hanning(_FFT + 1)[:-1].astype(np.float32)
        spectrum = np.fft.rfft(frames * hann, axis=2)
        powers: Array = np.square(np.abs(spectrum)).astype(np.float32) @ self._mels.T
        return powers

    def _lstm(self, series: Array, layer: int) -> Array:
        """(N, F, D) to the layer's states (N, F, 256); gates stand in torch's order: in, forget, cell, out."""
        into, around = self._state[f"lstm.weight_ih_l{layer}"].T, self._state[f"lstm.weight_hh_l{layer}"].T
        bias = self._state[f"lstm.bias_ih_l{layer}"] + self._state[f"lstm.bias_hh_l{layer}"]
        driven = series @ into + bias
        state = memory = np.zeros((len(series), _HIDDEN), np.float32)
        states = np.empty((*series.shape[:2], _HIDDEN), np.float32)
        for frame in range(series.shape[1]):
            gates = driven[:, frame] + state @ around
            entry, forget, cell, leave = np.split(gates, 4, axis=1)
            memory = _sigmoid(forget) * memory + _sigmoid(entry) * np.tanh(cell)
            state = _sigmoid(leave) * np.tanh(memory)
            states[:, frame] = state
        return states


def _sigmoid(x: Array) -> Array:
    opened: Array = 0.5 * (1 + np.tanh(0.5 * x))
    return opened


def _no_softer(windows: Array) -> Array:
    """Each window raised to -30 dBFS, never lowered."""
    loudness = np.sqrt(np.square(windows).mean(axis=1, keepdims=True)) + 1e-9
    raised: Array = windows * np.maximum(1, np.float32(10 ** (_LOUDNESS_DBFS / 20)) / loudness)
    return raised


def _check(state: dict[str, Array]) -> None:
    """Raises:
    ValueError: if an array is absent or has another shape.
    """
    wanted = {"linear.weight": (DIMENSIONS, _HIDDEN), "linear.bias": (DIMENSIONS,)}
    for layer in range(_LAYERS):
        for name, size in (("ih", _HIDDEN if layer else _MELS), ("hh", _HIDDEN)):
            wanted[f"lstm.weight_{name}_l{layer}"] = (4 * _HIDDEN, size)
            wanted[f"lstm.bias_{name}_l{layer}"] = (4 * _HIDDEN,)
    wrong = [name for name, shape in wanted.items() if name not in state or state[name].shape != shape]
    if wrong:
        raise ValueError(f"no array {wrong[0]} of shape {wanted[wrong[0]]}")
