"""pyannote.audio's speaker diarization, from a local folder or the hub. It hears when two speak at once."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from wavelode.pipelines.models.base import Diarized, Read
from wavelode.pipelines.models.weights import digest_of, looks_like_folder
from wavelode.schemas.errors import MissingDependency, SettingsError
from wavelode.schemas.records import Turn
from wavelode.schemas.time import WORKING_RATE_HZ, Span


@dataclass
class Pyannote:
    """A `Diarizer`. Takes the whole recording into memory: 230 MB an hour.

    Args:
        model: a pipeline's folder, or its name on the hub (which may ask for a token).
        device: ``auto``, ``cpu`` or ``cuda``.
    """

    model: str
    device: str = "auto"
    _pipeline: Any = field(default=None, repr=False)
    _digest: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """With the folder's content; of a model on the hub, its name and revision (``name@revision``) alone.

        Raises:
            SettingsError: if no model is named.
            MissingDependency: if the folder isn't there.
        """
        if not self.model:
            raise SettingsError("diarizer.model: pyannote needs a folder or a hub name")
        if not looks_like_folder(self.model.partition("@")[0]):
            return f"pyannote-1/{self.model}"
        self._digest = self._digest or digest_of(Path(self.model))
        return f"pyannote-1/{Path(self.model).name}@{self._digest}"

    def load(self) -> None:
        """Raises:
        MissingDependency: without the `diarize` extra, or if the model can't be had.
        """
        if self._pipeline is not None:
            return
        os.environ.setdefault("PYANNOTE_METRICS_ENABLED", "0")  # it would report usage to its makers
        try:
            import torch
            from pyannote.audio import Pipeline
        except ImportError as error:
            raise MissingDependency(
                "this diarizer needs pyannote.audio: pip install 'wavelode[diarize]'"
            ) from error
        try:
            pipeline = Pipeline.from_pretrained(self.model)
        except (OSError, RuntimeError, ValueError, AttributeError, KeyError) as error:
            raise self._unloadable(str(error)) from error
        if pipeline is None:
            raise self._unloadable("the hub asks for a token")
        kind = "cuda" if self.device == "auto" and torch.cuda.is_available() else self.device
        self._pipeline = pipeline.to(torch.device("cpu" if kind == "auto" else kind))

    def unload(self) -> None:
        self._pipeline = None

    def turns(self, read: Read, speech: Sequence[Span]) -> Diarized:
        if not speech:
            return Diarized((), ())
        import torch

        sound = torch.from_numpy(np.nan_to_num(read(Span(0, speech[-1].end))))[None]
        told = self._pipeline({"waveform": sound, "sample_rate": WORKING_RATE_HZ})
        voices = getattr(told, "speaker_diarization", told)  # version 3 gives the annotation itself
        names: dict[str, str] = {}
        turns = [
            Turn(_span(segment, speech[-1].end), names.setdefault(label, f"s{len(names) + 1}"))
            for segment, _, label in voices.itertracks(yield_label=True)
        ]
        overlaps = (_span(segment, speech[-1].end) for segment in voices.get_overlap())
        return Diarized(tuple(t for t in turns if t.span), tuple(s for s in overlaps if s))

    def _unloadable(self, said: str) -> MissingDependency:
        line = " ".join(said.split())
        return MissingDependency(
            f"diarizer.model={self.model!r}: can't be loaded ({line}); give a pipeline's folder, or a token"
        )


def _span(segment: Any, end: int) -> Span:
    start = min(max(0, round(segment.start * WORKING_RATE_HZ)), end)
    return Span(start, min(max(start, round(segment.end * WORKING_RATE_HZ)), end))
