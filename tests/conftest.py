"""What several test files share; each is made once and never written to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.archive import make_archive, run_quietly, settings_for

os.environ.setdefault("OMP_NUM_THREADS", "1")
# How fast inputs are made and tests run is the machine's business: a busy one turns no right answer into a failure.
settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@pytest.fixture(scope="session")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three short recordings with their documents."""
    return make_archive(tmp_path_factory.mktemp("archive"))


@pytest.fixture(scope="session")
def finished(archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of an undisturbed run over `archive`; copy it before changing anything."""
    out = tmp_path_factory.mktemp("finished") / "out"
    if run_quietly(settings_for(archive, out)):
        raise RuntimeError("the plain run failed")
    return out
