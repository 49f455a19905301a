"""The engine that settings name."""

from __future__ import annotations

from wavelode.datasets.storage import Layout
from wavelode.infra.engines.base import Engine
from wavelode.infra.engines.beam import BeamEngine
from wavelode.infra.engines.local import LocalEngine
from wavelode.infra.engines.ray import RayEngine
from wavelode.schemas.settings import Settings


def engine_for(settings: Settings) -> Engine:
    """An engine; nothing is started before it is given work."""
    match settings.engine:
        case "ray":
            return RayEngine(settings.workers, settings.ray_address)
        case "beam":
            return BeamEngine(Layout(settings.out).scratch / "beam", settings.workers, settings.beam_options)
        case _:
            return LocalEngine(settings.workers)
