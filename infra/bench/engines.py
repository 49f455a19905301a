"""What an engine costs beside the work it places: ``wavelode bench engines``.

A fake model of fixed cost stands for a model: it sleeps, so that the engine's own work is all that is seen. Recordings
are ten minutes long, the model takes three seconds for one, as a large one does on a fast GPU: on anything slower the
engine's share is smaller. Starting the workers is done once a run and told apart.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from wavelode.infra.bench.engine_cases import SYSTEMS, Measured, measure
from wavelode.infra.bench.made_up import make_archive
from wavelode.infra.engines.base import Work
from wavelode.infra.progress import table
from wavelode.pipelines.mine import MineDocument, MineRecording

_MOST_OVERHEAD = 0.02
