"""Runs a CTC model's file: sound in, log-posteriors out.

A folder holds ``model.bin``, which CTranslate2 made of Wav2Vec2ForCTC or Wav2Vec2BertForCTC, or ``model.onnx``: from
samples (B, T) or filter banks (B, N, 160) to scores (B, F, V). A second input of an ONNX file is the mask of what is
no padding.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from wavelode.alignment.emissions import Posteriors
from wavelode.pipelines.models.ctc.features import BANK_WIDTH, Form, filter_banks_at_hand, samples
from wavelode.pipelines.models.onnx import OnnxModel
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.time import WORKING_RATE_HZ

Floats = NDArray[np.float32]
_STEP_SAMPLES = WORKING_RATE_HZ // 2
_BERT = "Wav2Vec2BertSpec"


class Backend(Protocol):
    @property
    def form(self) -> Form:
        """What it wants to hear of a sound."""
        ...

    def logits(self, batch: Floats, own: Sequence[int]) -> Floats:
        """What is heard of sounds of one length, (B, T) or (B, N, D), to scores (B, F, V).

        Args:
            own: how many of the T or N are no padding, of each sound.
        """
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
            "this listener needs ctranslate2, onnxruntime and kaldi-native-fbank: pip install 'wavelode[listen]'"
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

        hears_bands = _written_as(folder / "model.bin") == _BERT
        models = ctranslate2.models
        self.form: Form = filter_banks_at_hand() if hears_bands else samples
        self._view = ctranslate2.StorageView
        kind = models.Wav2Vec2Bert if hears_bands else models.Wav2Vec2
        self._model = kind(str(folder), device=device, compute_type=compute_type)

    def logits(self, batch: Floats, own: Sequence[int]) -> Floats:
        shaped = batch[:, None, :] if batch.ndim == 2 else batch
        found = self._model.encode(
            self._view.from_array(np.ascontiguousarray(shaped, np.float32)), to_cpu=True
        )
        return np.array(found, np.float32).reshape(len(batch), -1, found.shape[-1])


def _written_as(file: Path) -> str:
    """The specification that CTranslate2 wrote a file by: it stands after four bytes of version and two of length.

    Raises:
        ValueError: if the file is too short to say it.
    """
    with file.open("rb") as opened:
        head = opened.read(6)
        if len(head) < 6:
            raise ValueError("it breaks off at once")
        (length,) = struct.unpack("<4xH", head)
        return opened.read(length).rstrip(b"\0").decode("ascii", "replace")


class _Onnx:
    def __init__(self, file: Path, device: str) -> None:
        self._model = OnnxModel(file, device)
        self.form: Form = _form_of(self._model.shapes[0])

    def logits(self, batch: Floats, own: Sequence[int]) -> Floats:
        if len(self._model.shapes) == 1:
            return self._model(batch)
        return self._model(batch, np.arange(batch.shape[1]) < np.array(own)[:, None])


def _form_of(shape: Sequence[int | str]) -> Form:
    """By the shape of a model's first input.

    Raises:
        ImportError: if what computes filter banks is absent.
        ValueError: if it is the shape of neither form.
    """
    if len(shape) == 2:
        return samples
    if len(shape) == 3 and (isinstance(shape[2], str) or shape[2] == BANK_WIDTH):
        return filter_banks_at_hand()
    raise ValueError(f"it hears {list(shape)}, neither samples (B, T) nor filter banks (B, N, {BANK_WIDTH})")


def padded_length(samples: int) -> int:
    """The length a sound is run at: the next whole half second, whatever else is in its batch."""
    return -(-samples // _STEP_SAMPLES) * _STEP_SAMPLES


def log_posteriors(backend: Backend, sounds: Sequence[Floats]) -> list[Posteriors]:
    """Log-posteriors (F, V) of each sound, run as one batch and cut to the frames its own samples cover.

    Most models see no mask, so what a sound is padded by changes what is heard: all sounds of a batch must share one
    `padded_length`.
    """
    whole = padded_length(max(map(len, sounds)))
    heard, own = zip(*(backend.form(sound, whole) for sound in sounds), strict=True)
    batch = np.stack(heard)
    scores = backend.logits(batch, own)
    frames = [max(1, round(scores.shape[1] * count / batch.shape[1])) for count in own]
    return [_log_softmax(of_one[:count]) for of_one, count in zip(scores, frames, strict=True)]


def _log_softmax(scores: NDArray[np.float32]) -> Posteriors:
    shifted = scores - scores.max(axis=-1, keepdims=True)
    found: Posteriors = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
    return found
