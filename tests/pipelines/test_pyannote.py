"""The pyannote adapter on a tiny pipeline with random weights, offline; needs the `diarize` extra."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tests.sounds import Floats, bursts
from wavelode.pipelines.models.base import Diarized
from wavelode.pipelines.models.speakers.pyannote import Pyannote
from wavelode.schemas.errors import MissingDependency
from wavelode.schemas.time import Span

pytest.importorskip("pyannote.audio", reason="needs the `diarize` extra", exc_type=ImportError)
_DIMENSIONS, _REDUCED = 256, 128


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline as `speaker-diarization-community-1` is laid out."""
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import XVectorSincNet
    from pyannote.audio.models.segmentation import PyanNet

    root = tmp_path_factory.mktemp("pyannote")
    small = {"hidden_size": 16, "num_layers": 1}
    segmentation = PyanNet(sincnet={"stride": 10}, lstm=small | {"bidirectional": True}, linear=small)
    segmentation.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=10.0,
        classes=["one", "two", "three"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    embedding = XVectorSincNet(dimension=_DIMENSIONS)
    embedding.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=5.0
    )
    for name, model in (("segmentation", segmentation), ("embedding", embedding)):
        _save(model, root / name)
    _save_plda(root / "plda")
    (root / "config.yaml").write_text(yaml.safe_dump(_config()))
    return root


def _save(model: Any, folder: Path) -> None:
    import pytorch_lightning
    import torch

    model.setup()
    saved = {"state_dict": model.state_dict(), "hyper_parameters": dict(model.hparams), "epoch": 0}
    saved |= {"pytorch-lightning_version": pytorch_lightning.__version__, "global_step": 0}
    model.on_save_checkpoint(saved)
    folder.mkdir()
    torch.save(saved, folder / "pytorch_model.bin")


def _save_plda(folder: Path) -> None:
    folder.mkdir()
    turned = np.linalg.qr(np.random.default_rng(0).normal(size=(_DIMENSIONS, _REDUCED)))[0]
    np.savez(folder / "xvec_transform.npz", mean1=np.zeros(_DIMENSIONS), mean2=np.zeros(_REDUCED), lda=turned)
    np.savez(
        folder / "plda.npz", mu=np.zeros(_REDUCED), tr=np.eye(_REDUCED), psi=np.linspace(2, 0.1, _REDUCED)
    )


def _config() -> dict[str, Any]:
    names = {name: f"$model/{name}" for name in ("segmentation", "embedding", "plda")}
    params = {"clustering": "VBxClustering", "embedding_exclude_overlap": True, **names}
    return {
        "dependencies": {"pyannote.audio": "4.0.0"},
        "pipeline": {"name": "pyannote.audio.pipelines.SpeakerDiarization", "params": params},
        "params": {
            "clustering": {"threshold": 0.6, "Fa": 0.07, "Fb": 0.8},
            "segmentation": {"min_duration_off": 0.0},
        },
    }


def test_a_pipeline_in_a_folder_is_loaded_and_heard(folder: Path) -> None:
    """What it says is noise; that it lies within the sound, in order, twice the same, is ours."""
    diarizer = Pyannote(str(folder), "cpu")
    diarizer.load()
    sound = bursts(12.0, 1)

    def read(span: Span) -> Floats:
        return sound[span.start : span.end]

    speech = [Span(8_000, 100_000), Span(120_000, len(sound))]
    found = diarizer.turns(read, speech)
    assert found == diarizer.turns(read, speech)
    assert all(turn.span and turn.span.end <= len(sound) for turn in found.turns)
    assert all(a.span.start <= b.span.start for a, b in pairwise(found.turns))
    assert found.overlaps is not None
    assert diarizer.turns(read, []) == Diarized((), ())


def test_a_folder_that_holds_no_pipeline_says_so(tmp_path: Path) -> None:
    (tmp_path / "config.yaml").write_text("nothing: here")
    with pytest.raises(MissingDependency, match=r"diarizer\.model=.* can't be loaded"):
        Pyannote(str(tmp_path), "cpu").load()
