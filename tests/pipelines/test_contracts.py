"""Whatever kind of model the settings offer is held to its protocol's contract by one of the tests beside this file."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, get_args

import pytest

from tests.pipelines.test_events import DETECTORS
from tests.pipelines.test_languages import GUESSERS
from tests.pipelines.test_models import LISTENERS
from tests.pipelines.test_quality import MODELS
from tests.pipelines.test_speakers import DIARIZERS
from wavelode.schemas.settings import (
    DiarizerSettings,
    EventsSettings,
    LanguageSettings,
    ListenerSettings,
    QualitySettings,
    SecondSettings,
)

ELSEWHERE = {"none": "is no model", "pyannote": "runs where pyannote.audio is installed: test_pyannote.py"}


@pytest.mark.parametrize(
    ("settings", "held"),
    [
        (ListenerSettings, LISTENERS),
        (SecondSettings, LISTENERS),
        (EventsSettings, DETECTORS),
        (LanguageSettings, GUESSERS),
        (QualitySettings, MODELS),
        (DiarizerSettings, DIARIZERS),
    ],
)
def test_every_kind_is_held_to_its_contract(settings: Any, held: Collection[str]) -> None:
    """A new adapter is easily forgotten there."""
    offered = set(get_args(settings.model_fields["kind"].annotation))
    assert offered - ELSEWHERE.keys() <= set(held)
