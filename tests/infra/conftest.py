"""What tests of the local server share: a packed corpus with a sample drawn, and a server of it, anew for each file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.serving import Serving, corpus, serving
from wavelode.datasets.storage import Layout
from wavelode.pipelines.quality.audit.sample import draw, write_sample


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    made = corpus(tmp_path_factory.mktemp("served"))
    write_sample(made, draw(made, 200))
    return made


@pytest.fixture(scope="module")
def server(layout: Layout) -> Iterator[Serving]:
    with serving(layout.out) as running:
        yield running
