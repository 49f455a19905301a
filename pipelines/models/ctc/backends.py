"""Runs a CTC model's file: sound in, log-posteriors out.

A folder holds ``model.bin`` (Wav2Vec2ForCTC converted by CTranslate2) or ``model.onnx`` (input (B, T) float32 samples,
output (B, F, V) scores). Both hear raw sound; models that want filter banks, such as Wav2Vec2-BERT, are not served.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wavelode.pipelines.models.ctc.viterbi import Posteriors
from wavelode.pipelines.models.onnx import OnnxModel
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.time import WORKING_RATE_HZ

Sound = NDArray[np.float32]
_STEP_SAMPLES = WORKING_RATE_HZ // 2


class Backend(Protocol):
    def logits(self, batch: Sound) -> NDArray[np.float32]:
        """Samples (B, T), one length for all, to scores (B, F, V)."""
        ...


def load_backend(folder: Path, device: str, compute_type: str) -> Backend:
    """The backend for the file the folder holds.

    Raises:
        MissingDependency: if it holds none, or one that can't be loaded.
    """
    try:
        if (folder / "model.bin").is_file():
            return _CTranslate2(folder, device, compute_type)
        if (folder / "model.onnx").is_file():
            return _Onnx(folder / "model.onnx", device)
    except ImportError as error:
        raise MissingDependency(
            "this listener needs ctranslate2 and onnxruntime: pip install 'wavelode[listen]'"
        ) from error
    except (OSError, RuntimeError, ValueError) as error:
        said = " ".join(str(error).split())
        raise MissingDependency(f"{folder}: can't be loaded ({said}); convert the model again") from error
    raise MissingDependency(
        f"{folder}: can't be loaded (no model.bin, no model.onnx); give a CTC model's folder"
    )


class _CTranslate2:
    def __init__(self, folder: Path, device: str, compute_type: str) -> None:
        import ctranslate2

        self._view = ctranslate2.StorageView
        self._model = ctranslate2.models.Wav2Vec2(str(folder), device=device, compute_type=compute_type)

    def logits(self, batch: Sound) -> NDArray[np.float32]:
        shaped = np.ascontiguousarray(batch[:, None, :], np.float32)
        found = self._model.encode(self._view.from_array(shaped), to_cpu=True)
        return np.array(found, np.float32).reshape(len(batch), -1, found.shape[-1])


class _Onnx:
    def __init__(self, file: Path, device: str) -> None:
        self._model = OnnxModel(file, device)

    def logits(self, batch: Sound) -> NDArray[np.float32]:
        return self._model(batch)


def padded_length(samples: int) -> int:
    """The length a sound is run at: the next whole half second, whatever else is in its batch."""
    return -(-samples // _STEP_SAMPLES) * _STEP_SAMPLES


def log_posteriors(backend: Backend, sounds: Sequence[Sound]) -> list[Posteriors]:
    """Log-posteriors (F, V) of each sound, run as one batch and cut to the frames its own samples cover.

    The models see no mask, so what a sound is padded by changes what is heard: all sounds of a batch must share one
    `padded_length`. Each is scaled to zero mean and unit variance by itself, as the models were trained with.
    """
    whole = padded_length(max(map(len, sounds)))
    batch = np.stack([np.pad(_scaled(sound), (0, whole - len(sound))) for sound in sounds])
    scores = backend.logits(batch)
    frames = [max(1, round(scores.shape[1] * len(sound) / whole)) for sound in sounds]
    return [_log_softmax(own[:count]) for own, count in zip(scores, frames, strict=True)]


def _scaled(sound: Sound) -> Sound:
    scaled: Sound = ((sound - sound.mean()) / np.sqrt(sound.var() + 1e-7)).astype(np.float32)
    return scaled


def _log_softmax(scores: NDArray[np.float32]) -> Posteriors:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    found: Posteriors = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return found
