"""Sound made worse on purpose, as it is on air, on telephones and in codecs; each clip's share of it is logged.

::

    from wavelode.datasets.stress import Stress, published, radio
    view = View(change=Stress([*published(CorpusVoices(corpus)), *radio()], share=0.5))

Every corruption is a small value whose text says what it does: ``str(Echo(0.1, 0.3))`` is ``echo 0.1 s 0.3``. It
leaves the length of a clip and the place of every word as they are; only `TimeStretch` does not.
Needs the ``stress`` extra.
"""

from __future__ import annotations

from wavelode.datasets.stress.apply import Stress, published, radio
from wavelode.datasets.stress.codecs import Aac, Mp3, Opus
from wavelode.datasets.stress.filters import Echo, HighPass, LowPass, Quantise, Smooth
from wavelode.datasets.stress.noise import Babble, CorpusVoices, GaussianNoise, Voices
from wavelode.datasets.stress.speed import Pitch, TimeStretch
from wavelode.datasets.stress.studio import ClippedAgc, PacketLoss, Reverberation

__all__ = [
    "Aac",
    "Babble",
    "ClippedAgc",
    "CorpusVoices",
    "Echo",
    "GaussianNoise",
    "HighPass",
    "LowPass",
    "Mp3",
    "Opus",
    "PacketLoss",
    "Pitch",
    "Quantise",
    "Reverberation",
    "Smooth",
    "Stress",
    "TimeStretch",
    "Voices",
    "published",
    "radio",
]
