from __future__ import annotations

import errno
import pickle
from pathlib import Path

import pytest

from wavelode.datasets.far import FarPath, at_hand, patiently, reach


class Flaky:
    """Fails so many times with an error, and then not."""

    def __init__(self, error: OSError, times: int) -> None:
        self.error, self.left, self.asked = error, times, 0

    def __call__(self) -> str:
        self.asked += 1
        if self.left:
            self.left -= 1
            raise self.error
        return "there"


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wavelode.datasets.far._FIRST_WAIT_S", 0.0)


@pytest.mark.parametrize("number", [errno.ESTALE, errno.EIO, errno.ETIMEDOUT])
def test_what_passes_is_waited_for(number: int) -> None:
    """A server of files that restarts must not cost a recording."""
    flaky = Flaky(OSError(number, "x"), 3)
    assert patiently(flaky, Path("here")) == "there"
    assert flaky.asked == 4


@pytest.mark.parametrize("number", [errno.ENOENT, errno.EACCES, errno.ENOSPC, errno.EISDIR])
def test_what_does_not_pass_is_told_at_once(number: int) -> None:
    flaky = Flaky(OSError(number, "x"), 99)
    with pytest.raises(OSError, match="x"):
        patiently(flaky, Path("here"))
    assert flaky.asked == 1


def test_patience_ends() -> None:
    flaky = Flaky(OSError(errno.EIO, "x"), 99)
    with pytest.raises(OSError, match="x"):
        patiently(flaky, Path("here"))
    assert flaky.asked == 6


def test_errors_of_stores_carry_no_number() -> None:
    """Arrow tells them in words only."""
    far = reach(Path("s3://bucket/a"))
    assert patiently(Flaky(OSError("AWS Error SLOW_DOWN during GetObject"), 2), far) == "there"
    with pytest.raises(OSError, match="ACCESS_DENIED"):
        patiently(Flaky(OSError("AWS Error ACCESS_DENIED during GetObject"), 2), far)


def test_paths_stay_what_they_are() -> None:
    """Whatever is made of one leads into the same store; one of a disk is left alone."""
    far = reach(Path("s3://bucket/a"))
    made = [
        far / "b",
        (far / "b").parent,
        far.with_name("c"),
        reach(far),
        pickle.loads(pickle.dumps(far / "b")),
    ]
    assert all(isinstance(path, FarPath) for path in made)
    assert [str(path) for path in made[:3]] == ["s3://bucket/a/b", "s3://bucket/a", "s3://bucket/c"]
    assert str((far / "b" / "c").relative_to(far)) == "b/c"
    here = Path("here")
    assert reach(here) is here
    with at_hand(here) as path:
        assert path is here
