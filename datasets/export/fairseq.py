"""fairseq's wav2vec manifests, as Shrutilipi ships: per set a ``.tsv``, ``.wrd`` and ``.ltr``, and ``dict.ltr.txt``.

The first line of a tsv is the folder of the sound; each other is a file and its number of samples. Words are the text
as it was compared: one case, no punctuation, numbers in words. Letters are its characters, ``|`` ends each word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from wavelode.datasets.export.sets import ClipSet, file_name, one_line
from wavelode.datasets.storage import whole, write_text
from wavelode.schemas.time import WORKING_RATE_HZ


def export(sets: Sequence[ClipSet], folder: Path) -> None:
    """Writes each language as a folder: its sets' manifests, its letters, and its sound."""
    letters: dict[str, Counter[str]] = {}
    for one in sets:
        place = folder / f"{one.shelf}-{one.language}"
        files, words, spelt = [str(place.resolve())], [], []
        for clip in one.clips():
            path = place / one.split / file_name(clip)
            with whole(path) as part:
                part.write_bytes(clip.flac)
            said = one_line(clip["text_normalized"])
            files.append(f"{one.split}/{path.name}\t{round(clip['duration_s'] * WORKING_RATE_HZ)}")
            words.append(said)
            spelt.append(spell(said))
            letters.setdefault(place.name, Counter()).update(spelt[-1].split())
        for ending, lines in (("tsv", files), ("wrd", words), ("ltr", spelt)):
            write_text("".join(f"{line}\n" for line in lines), place / f"{one.split}.{ending}")
    for name, counted in letters.items():
        most = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
        write_text("".join(f"{letter} {count}\n" for letter, count in most), folder / name / "dict.ltr.txt")


def spell(words: str) -> str:
    """The characters of words with spaces between.

    >>> spell("to the")
    't o | t h e |'
    """
    return " ".join(" ".join((*word, "|")) for word in words.split())
