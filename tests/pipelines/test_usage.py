"""What a step uses is measured by the run itself and lands in the report's table."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from wavelode.datasets.storage import Layout
from wavelode.infra.rates import Rate, Tally, read_rates
from wavelode.pipelines.mine import Mined, Spent
from wavelode.pipelines.quality.speed import read_speed
from wavelode.pipelines.usage import used


def test_work_and_waiting_are_told_apart() -> None:
    """A step that waits for a disk or a GPU leaves the processor free."""
    with used() as waiting:
        time.sleep(0.05)
    with used() as working:
        sum(i * i for i in range(2_000_000))
    assert waiting.seconds >= 0.05 and waiting.cpu_s < 0.04
    assert working.cpu_s > 0.02


def test_a_gpu_is_asked_while_the_step_runs() -> None:
    answers = iter([0.5] * 1000)
    with used(lambda: next(answers)) as usage:
        time.sleep(0.25)
    assert usage.gpu_s == pytest.approx(0.5 * usage.seconds)
    assert next(answers) == 0.5 and sum(1 for _ in answers) < 998


def test_what_was_used_reaches_the_report_s_table(tmp_path: Path) -> None:
    """Also beside what an earlier version left, which did not write it."""
    layout = Layout(tmp_path)
    layout.rates.write_text('{"words/x": {"audio_s": 100, "work_s": 20}}')
    tally = Tally(layout.rates)
    tally.add(Mined(tmp_path, 16_000 * 100, spent=(Spent("words", "x", 30.0, 45.0, 15.0),)))
    tally.write()
    assert read_rates(layout.rates) == {"words/x": Rate(200.0, 50.0, 45.0, 15.0)}
    (step,) = read_speed(layout)
    assert (step.times_real, step.cpu_share, step.gpu_share) == (4.0, 0.9, 0.3)
