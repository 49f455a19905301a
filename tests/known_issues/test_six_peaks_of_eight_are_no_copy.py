"""Two seconds of a bulletin in Telugu and one in English were told to be the same sound: six of eight peaks agreed.

Among sixty thousand pairs of unrelated clips some agree so far by chance; what is called a leak must be one.
"""

from __future__ import annotations

from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.pipelines.duplicates.confirm import least_agreeing, overlap
from wavelode.pipelines.measures.peaks import pack

FRAMES = np.arange(0, 400, 40)
PITCHES = np.array([60, 200, 90, 250, 30, 180, 120, 280, 150, 220])


def agreed(peaks: int, agreeing: int) -> float:
    """Likeness of two clips of so many peaks, all at the same times, of which so many have the same pitch."""
    pitches = PITCHES[:peaks].copy()
    pitches[1 : 1 + peaks - agreeing] += 50
    return overlap(pack(FRAMES[:peaks], PITCHES[:peaks]), pack(FRAMES[:peaks], pitches), 0)[1]


def test_six_of_eight_may_be_chance_and_all_of_eight_are_none() -> None:
    assert agreed(8, 6) == 0.0
    assert agreed(8, 8) == 1.0
    assert agreed(10, 8) == pytest.approx(0.8)


@given(st.integers(0, 150))
def test_what_is_asked_for_is_rarer_than_once_in_a_hundred_million_and_no_more_than_that(peaks: int) -> None:
    def tail(fewest: int) -> float:
        return sum(comb(peaks, n) * 0.06**n * 0.94 ** (peaks - n) for n in range(fewest, peaks + 1))

    fewest = least_agreeing(peaks)
    assert tail(fewest) <= 1e-8 < tail(fewest - 1)


def test_minutes_of_sound_have_more_peaks_than_fit_into_a_product() -> None:
    """Clips that somebody else packed may be long: the choices of 500 of 5,000 are no float."""
    assert 0.06 * 5000 < least_agreeing(5000) < 0.1 * 5000
