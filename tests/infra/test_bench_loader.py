"""The bench of the loader: its clips, its counting, and that it notices what is lost or comes twice."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from wavelode.datasets.audio import decode_flac
from wavelode.datasets.corpus import Corpus
from wavelode.infra.bench.loader.contender import Filled, fill, in_batches, missing
from wavelode.infra.bench.loader.corpus import Made, make
from wavelode.infra.bench.loader.exact import killed_jobs, same_order, two_jobs
from wavelode.infra.bench.loader.ours import BareDecoding, Wavelode
from wavelode.infra.bench.loader.peers import PEERS
from wavelode.infra.bench.loader.race import Kept, killed
from wavelode.infra.bench.loader.run import Goal, _say


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    folder = tmp_path_factory.mktemp("clips")
    first = make(folder, 60)
    assert make(folder, 60).lengths == first.lengths, "made once"
    return first


def test_the_clips_cost_as_much_as_speech(made: Made) -> None:
    assert 1.1 < made.bytes_per_sample < 1.4
    assert {name: len(decode_flac(data)[0]) for name, data in made.flacs} == made.lengths


def test_nobody_loses_a_clip_and_padding_is_counted(made: Made) -> None:
    for contender in (Wavelode(), BareDecoding()):
        batches = [batch for rank in range(2) for batch in contender.open(made, rank, 2)]
        assert sorted(name for batch in batches for name in batch.ids) == sorted(made.lengths)
        assert sum(batch.useful for batch in batches) == sum(made.lengths.values())
    one = fill([("a", np.ones(3, np.float32)), ("b", np.ones(5, np.float32))])
    assert one == Filled(("a", "b"), 8, 10)
    assert [len(batch.ids) for batch in in_batches(iter([("a", np.ones(1))] * 35))] == [16, 16, 3]


def test_two_jobs_that_begin_at_once_see_one_order(made: Made) -> None:
    (one, clips), other = two_jobs(made)
    assert other == (one, clips) and clips == len(made.lengths)


class Forgets:
    """Starts over whatever it is told."""

    name, needs = "forgets", ("no_such_package",)

    def prepare(self, made: Made) -> None: ...

    def open(self, made: Made, rank: int, world: int) -> Forgets:
        self.names = sorted(made.lengths)
        return self

    def __iter__(self) -> Iterator[Filled]:
        return (Filled(tuple(self.names[at : at + 16]), 1, 1) for at in range(0, 48, 16))

    def save(self) -> Any:
        return 1

    def load(self, state: Any) -> None: ...

    def skim(self) -> None: ...


def test_what_is_lost_or_doubled_is_seen(made: Made) -> None:
    assert killed(Wavelode(), made, 3) == Kept(0, 0)
    left = killed(Forgets(), made, 3)
    assert left.lost == 12 and left.doubled >= 48
    assert missing(Forgets()) == ["no_such_package"]


def test_one_order_and_killed_jobs(made: Made) -> None:
    corpus = Corpus.open(made.shards)
    assert len(set().union(*same_order(corpus, with_torch=False).values())) == 1
    left = killed_jobs(corpus, 2)
    assert (left.lost, left.doubled) == (0, 0) and left.epochs >= 1 and len(left.worlds) > 1


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_peers_give_all_clips(made: Made, peer: Any) -> None:
    if absent := missing(peer):
        pytest.skip(f"not installed: {', '.join(absent)}")
    peer.prepare(made)
    assert sorted(n for batch in peer.open(made, 0, 1) for n in batch.ids) == sorted(made.lengths)


def test_only_all_goals_are_enough() -> None:
    quiet = Console(quiet=True)
    assert _say(quiet, [Goal("a", "1", True)]) == 0
    assert _say(quiet, [Goal("a", "1", True), Goal("b", "2", False)]) == 1
