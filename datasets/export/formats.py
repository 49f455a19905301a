"""The formats by name."""

from __future__ import annotations

from wavelode.datasets.export import fairseq, hugging_face, kaldi, lhotse, nemo, webdataset
from wavelode.datasets.export.sets import Export

FORMATS: dict[str, Export] = {
    "espnet": kaldi.export_espnet,
    "fairseq": fairseq.export,
    "hugging-face": hugging_face.export,
    "kaldi": kaldi.export,
    "lhotse": lhotse.export,
    "nemo": nemo.export,
    "webdataset": webdataset.export,
}
