"""The acoustic model moves to what was heard, and to nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pocketsphinx import Decoder, get_model_path

from wavelode.pipelines.models.script_biased.adapt import Labelled, drawn, features_of, mapped, together
from wavelode.pipelines.models.script_biased.gaussians import Gaussians, write_means
from wavelode.schemas.errors import MissingDependency

MODEL = Path(get_model_path("en-us/en-us"))


@pytest.fixture(scope="module")
def small() -> Gaussians:
    """Two phones of many Gaussians, far apart."""
    rng = np.random.default_rng(0)
    means = rng.normal(0, 10, (2, 3, 32, 13))
    return Gaussians(("A", "B"), means, np.ones_like(means))


def heard(gaussians: Gaussians, frames: int, seed: int = 1) -> Labelled:
    """Frames drawn from the Gaussians themselves, all sure."""
    rng = np.random.default_rng(seed)
    books = rng.integers(0, len(gaussians.phones), frames)
    chosen = rng.integers(0, gaussians.means.shape[2], (frames, 3))
    features = gaussians.means[books[:, None], np.arange(3), chosen] + rng.normal(0, 1, (frames, 3, 13))
    return Labelled(features, books, np.ones(frames))


def adapted(gaussians: Gaussians, parts: list[Labelled]) -> Gaussians | None:
    """As the listener moves them; None where too little was heard."""
    surely = together(parts)
    return None if surely is None else drawn(mapped(gaussians, surely), surely)


def test_the_model_s_own_sounds_leave_it_where_it_is(small: Gaussians) -> None:
    found = adapted(small, [heard(small, 30_000)])
    assert found is not None
    assert np.abs(found.means - small.means).max() < 0.3


def test_another_channel_moves_all_means_along(small: Gaussians) -> None:
    """A line that boosts some frequencies adds the same to every cepstrum, those of unheard phones too."""
    said = heard(small, 8000)
    only_a = said.codebooks == 0
    shifted = Labelled(said.features[only_a] + 1.5, said.codebooks[only_a], said.weights[only_a])
    found = adapted(small, [shifted])
    assert found is not None
    assert found.means[1] - small.means[1] == pytest.approx(np.full((3, 32, 13), 1.5), abs=0.7)


def test_a_phone_that_sounds_otherwise_moves_alone(small: Gaussians) -> None:
    said = heard(small, 20_000)
    other = said.features + np.where(said.codebooks == 0, 2.0, 0.0)[:, None, None] * np.eye(13)[0]
    found = adapted(small, [Labelled(other, said.codebooks, said.weights)])
    assert found is not None
    moved = (found.means - small.means)[:, :, :, 0].mean(axis=(1, 2))
    assert moved[0] == pytest.approx(2.0, abs=0.3)
    assert moved[1] == pytest.approx(0.0, abs=0.3)


def test_what_is_not_sure_teaches_nothing(small: Gaussians) -> None:
    said = heard(small, 8000)
    wrong = Labelled(said.features + 5, said.codebooks, np.zeros(8000))
    unknown = Labelled(said.features + 5, np.full(8000, -1), np.ones(8000))
    assert adapted(small, [wrong, unknown]) is None
    sure, with_them = (adapted(small, parts) for parts in ([said], [said, wrong, unknown]))
    assert sure is not None and with_them is not None
    assert sure.means == pytest.approx(with_them.means)


def test_means_written_are_those_pocketsphinx_reads(tmp_path: Path) -> None:
    """Its own means, written by us, give the same file but for how its header is spelled; others are accepted."""
    gaussians = Gaussians.read(MODEL)
    assert gaussians.phones[2] == "AA" and gaussians.means.shape == (42, 3, 128, 13)
    write_means(gaussians.means, tmp_path / "means")
    assert (tmp_path / "means").read_bytes() == (MODEL / "means").read_bytes()
    write_means(gaussians.means + 0.5, tmp_path / "means")
    Decoder(hmm=str(MODEL), mean=str(tmp_path / "means"), lm=None, loglevel="FATAL")


def test_another_kind_of_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "means").write_bytes(b"s3\nendhdr\n" + bytes(40))
    with pytest.raises(MissingDependency, match="can be adapted"):
        Gaussians.read(tmp_path)


def test_features_are_levels_and_their_differences() -> None:
    """A constant shift of the channel is taken off, a rise of one per frame has differences of four and none beyond."""
    rise = np.repeat(np.arange(40.0)[:, None], 13, axis=1)
    features = features_of(rise + 7)
    assert features[:, 0].mean() == pytest.approx(0)
    assert features[10:-10, 1] == pytest.approx(4.0)
    assert features[10:-10, 2] == pytest.approx(0.0)
