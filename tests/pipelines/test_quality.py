"""Models of opinion scores keep one contract: a score from 1 to 5, or none; the same again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.sounds import Floats, bursts, tone
from tests.tiny_onnx import write_score_model
from wavelode.pipelines.models.base import QualityModel
from wavelode.pipelines.models.fake import FakeQuality
from wavelode.pipelines.models.quality import OnnxQuality
from wavelode.schemas.errors import MissingDependency, SettingsError

MODELS: dict[str, Callable[[Path], QualityModel]] = {
    "fake": lambda _: FakeQuality(),
    "dnsmos": lambda path: OnnxQuality("dnsmos", str(write_score_model(path, 3)), "cpu"),
    "utmos": lambda path: OnnxQuality("utmos", str(write_score_model(path, 1)), "cpu"),
}
SOUNDS: dict[str, Floats] = {
    "one sample": np.ones(1, np.float32),
    "two seconds": bursts(2.0, 1),
    "twenty seconds": bursts(20.0, 2),
    "full scale": np.sign(tone(3.0)),
}


@pytest.fixture(scope="module", params=MODELS)
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> QualityModel:
    made = MODELS[request.param](tmp_path_factory.mktemp("quality") / "model.onnx")
    made.load()
    return made


@pytest.mark.parametrize("name", SOUNDS)
def test_a_score_lies_between_one_and_five(name: str, model: QualityModel) -> None:
    found = model.mos(SOUNDS[name])
    assert found is None or 1 <= found <= 5
    assert model.mos(SOUNDS[name]) == found
    assert model.name


@pytest.mark.parametrize("nothing", [np.zeros(0), np.zeros(32_000), np.full(32_000, np.nan)])
def test_silence_has_no_score(nothing: Floats, model: QualityModel) -> None:
    assert model.mos(nothing.astype(np.float32)) is None


def test_the_louder_the_higher_in_these_models(model: QualityModel) -> None:
    """So a score comes from the sound, not from what the batch was filled up with."""
    soft, loud = (model.mos(tone(3.0, level=level)) or 0 for level in (0.05, 0.9))
    assert soft < loud


def test_a_model_must_be_named_and_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"quality\.model"):
        _ = OnnxQuality("dnsmos", "").name
    with pytest.raises(MissingDependency, match="check the path"):
        _ = OnnxQuality("utmos", str(tmp_path / "none.onnx")).name
