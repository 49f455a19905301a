"""The demo pack: recordings, their scripts, and the truth about both.

::

    DIR/pack/english_<station>_<date>_<time>.mp3   what went on air
    DIR/pack/english_<station>_<date>_<time>.pdf   what was printed
    DIR/truth.json                                 beside the pack, so that no run can read it by accident
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from wavelode.infra.demo.broadcast import RATE_HZ, broadcast, utterances
from wavelode.infra.demo.encode import write_mp3
from wavelode.infra.demo.running_order import Bulletin, read_bulletins
from wavelode.infra.demo.truth import Truth, write_truth
from wavelode.infra.demo.typeset import write_pdf
from wavelode.infra.demo.voices import Utterance, Wave, speak


def make_pack(folder: Path) -> list[Truth]:
    """Writes the pack below `folder` and returns its truth; the same installation gives the same bytes.

    Raises:
        MissingDependency: where flite is not installed.
    """
    bulletins = read_bulletins()
    waves = speak([each for bulletin in bulletins for each in utterances(bulletin)], RATE_HZ)
    pack = folder / "pack"
    pack.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor() as pool:
        truths = list(pool.map(lambda bulletin: _publish(bulletin, waves, pack), bulletins))
    write_truth(truths, folder / "truth.json")
    return truths


def _publish(bulletin: Bulletin, waves: Mapping[Utterance, Wave], pack: Path) -> Truth:
    wave, truth = broadcast(bulletin, waves)
    write_mp3(wave, RATE_HZ, pack / truth.audio)
    write_pdf(bulletin, pack / truth.document)
    return truth
