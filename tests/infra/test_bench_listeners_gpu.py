"""The harness that times a GPU runs on any device; without a GPU it says so and claims nothing."""

from __future__ import annotations

import pytest

from wavelode.infra.bench.listeners_gpu import Rate, gpu_rates, gpu_table, no_gpu, together
from wavelode.infra.bench.random_whisper import TINY


def test_every_step_is_timed_at_every_batch_on_a_small_model() -> None:
    """The decoded length is checked inside: random weights that end early would look fast."""
    rates = gpu_rates(TINY, "cpu", batches=(1, 2))
    assert [rate.step.split()[0].strip(":") for rate in rates[:2]] == ["speech", "voices"]
    assert [rate.step for rate in rates[2:]] == ["Whisper, batch 1", "Whisper, batch 2"]
    assert all(rate.audio_per_s > 0 for rate in (rates[0], *rates[2:]))
    assert gpu_table(rates).row_count == 5
    assert together(rates) <= min(rate.audio_per_s for rate in rates[:2])


def test_what_is_left_out_is_not_claimed() -> None:
    """Without voices the three together have no figure."""
    rates = [Rate("voices: left out", 0.0, None), Rate("Whisper, batch 1", 500.0, None)]
    assert together(rates) == 0.0


def test_steps_one_after_the_other_share_the_hour() -> None:
    rates = [
        Rate("speech", 300.0, None),
        Rate("Whisper, batch 1", 50.0, 9.0),
        Rate("Whisper, batch 8", 150.0, 99.0),
    ]
    assert together(rates) == pytest.approx(100.0)
    assert together(rates[:1]) == 0.0


def test_without_a_gpu_it_says_so() -> None:
    import ctranslate2

    said = no_gpu()
    assert (said is None) == (ctranslate2.get_cuda_device_count() > 0)
    assert said is None or "no figure is claimed" in said
