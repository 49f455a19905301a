"""Which phone each frame may be, by Gaussians whose truth is planted, and print laid onto a real listener's phones."""

from __future__ import annotations

import numpy as np
import pytest

from wavelode.alignment.emissions import Labels, dense
from wavelode.pipelines.models.script_biased.gaussians import Gaussians
from wavelode.pipelines.models.script_biased.sounding import Sounding
from wavelode.schemas.time import Span

PHONES = ("AA", "B", "SIL")


def gaussians(seed: int = 0, size: int = 4) -> Gaussians:
    generator = np.random.default_rng(seed)
    means = generator.normal(0, 3, (len(PHONES), 3, size, 13))
    return Gaussians(PHONES, means, generator.uniform(0.5, 2, means.shape))


def slowly(of: Gaussians, features: np.ndarray) -> np.ndarray:
    """The likeliest Gaussian of each phone, stream and frame by its density, but for what they have in common."""
    found = np.zeros((len(features), len(PHONES)))
    for frame, phone, stream in np.ndindex(len(features), len(PHONES), 3):
        away = features[frame, stream] - of.means[phone, stream]
        variances = of.variances[phone, stream]
        densities = np.exp(-0.5 * (away**2 / variances).sum(axis=1)) / np.sqrt(variances.prod(axis=1))
        found[frame, phone] += np.log(densities.max())
    return found


@pytest.mark.parametrize("frames", [0, 1, 7, 1203])
def test_likelihoods_are_those_of_the_gaussians(frames: int) -> None:
    of = gaussians()
    generator = np.random.default_rng(1)
    books = generator.integers(0, len(PHONES), frames)
    features = of.means[books, :, 0] + generator.normal(0, 1, (frames, 3, 13))
    found = Sounding.of(of).log_likelihoods(features)
    assert found.shape == (frames, len(PHONES))
    some = slice(0, 40)
    np.testing.assert_allclose(found[some], slowly(of, features[some]), rtol=1e-3, atol=1e-2)
    assert (found.argmax(axis=1) == books).all()


@pytest.mark.parametrize(("frames", "pairs"), [(0, 0), (1, 0), (2, 1), (9, 4)])
def test_an_emission_lies_where_its_frames_are(frames: int, pairs: int) -> None:
    """Two frames of 10 ms each; what is left over belongs to none, lest all later ones be drawn out."""
    found = Sounding.of(gaussians()).emission(np.zeros((frames, 3, 13)), 1_600)
    assert found.span == Span(1_600, 1_600 + pairs * 320)
    log_p = dense(found, len(PHONES))
    assert log_p.shape == (pairs, len(PHONES))
    assert np.exp(log_p).sum(axis=1) == pytest.approx(1.0, abs=0.02)


def test_the_second_of_two_frames_tells() -> None:
    of = gaussians()
    found = Sounding.of(of).emission(of.means[[0, 1, 1, 2, 0], :, 0], 0)
    assert dense(found, len(PHONES)).argmax(axis=1).tolist() == [1, 2]


def test_phones_of_the_listener_are_labels() -> None:
    """Silence is a gap, noises are nothing that a word is made of, and there is no blank."""
    from wavelode.pipelines.models.script_biased.listener import _alphabet

    labels = Labels.of(_alphabet({"ab": ("AA", "B")}))
    names = labels.alphabet.writes
    assert labels.blank is None
    assert [names[label] for label in labels.silent] == [" "]
    assert [names[label] for label in labels.spelled("ab") or []] == ["AA", "B"]
    assert labels.spelled("never") is None
    assert names.count(None) >= 1
