"""Which language is spoken, by Whisper's own guess from the sound of up to half a minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from wavelode.pipelines.models.base import Guess, Segment
from wavelode.pipelines.models.faster_whisper import FasterWhisper

_BCP47 = {"jw": "jv", "no": "nb", "tl": "fil"}
"""Whisper's codes that are not the language's own."""


@dataclass
class WhisperLanguage:
    """A `LanguageGuesser`.

    Args:
        model: a folder with a CTranslate2 Whisper model, or its name on the hub; a multilingual one.
        device: ``auto``, ``cpu`` or ``cuda``.
    """

    model: str
    device: str = "auto"
    _whisper: FasterWhisper = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._whisper = FasterWhisper(self.model, self.device)

    @property
    def name(self) -> str:
        """Raises:
        SettingsError: if no model is named.
        MissingDependency: if it isn't there.
        """
        return f"whisper-language-1/{self._whisper.name}"

    def load(self) -> None:
        """Raises:
        SettingsError: if no model is named.
        MissingDependency: if the package or the model is absent.
        """
        self._whisper.load()

    def guess(self, segments: Sequence[Segment]) -> list[Guess | None]:
        return [self._guess(segment) if segment.is_audible else None for segment in segments]

    def unload(self) -> None:
        self._whisper.unload()

    def _guess(self, segment: Segment) -> Guess:
        code, probability = self._whisper.likeliest_language(np.nan_to_num(segment.samples))
        return _BCP47.get(code, code), probability
