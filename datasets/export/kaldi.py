"""Kaldi's and ESPnet's data directories: one per set, each line a clip, sorted as Kaldi sorts.

``wav.scp``, ``text``, ``utt2spk``, ``spk2utt``, ``utt2dur`` and for ESPnet ``utt2num_samples``, ``feats_type`` and
``audio_format``. Kaldi gets wav files, ESPnet FLAC. Where nobody knows the speaker, the recording stands for them.
"""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import soundfile

from wavelode.datasets.export.sets import ClipSet, ending_of, file_key, one_line, speaker_of
from wavelode.datasets.storage import whole, write_text
from wavelode.datasets.views.clips import Clip
from wavelode.schemas.time import WORKING_RATE_HZ


def export(sets: Sequence[ClipSet], folder: Path) -> None:
    """Writes each set as a Kaldi directory of its name."""
    for one in sets:
        _directory(one, folder / one.name, "wav", wav_bytes)


def export_espnet(sets: Sequence[ClipSet], folder: Path) -> None:
    """Writes each set as a directory of an ESPnet ``dump/raw``."""
    for one in sets:
        place = folder / one.name
        ending = next((ending_of(clip) for clip in one.clips()), "flac")
        _directory(one, place, ending, lambda clip: clip.flac)
        write_text("raw\n", place / "feats_type")
        write_text(f"{ending}\n", place / "audio_format")


def wav_bytes(clip: Clip) -> bytes:
    """A clip as a 16-bit wav file; the samples are the same."""
    buffer = io.BytesIO()
    samples = np.rint(clip.samples * 32768).astype(np.int16)
    soundfile.write(buffer, samples, clip.rate, format="WAV", subtype="PCM_16")
    return buffer.getvalue()


def utterance(clip: Clip) -> tuple[str, str]:
    """A clip's name and its speaker's, without spaces; the one begins with the other, as Kaldi's sorting wants."""
    speaker, key = (name.replace(" ", "_") for name in (speaker_of(clip), file_key(clip)))
    return (key if key.startswith(speaker) else f"{speaker}-{key}"), speaker


def _directory(one: ClipSet, place: Path, ending: str, sound: Callable[[Clip], bytes]) -> None:
    tables: dict[str, dict[str, str]] = defaultdict(dict)
    speakers: dict[str, list[str]] = defaultdict(list)
    for clip in one.clips():
        name, speaker = utterance(clip)
        path = place / "audio" / f"{file_key(clip)}.{ending}"
        with whole(path) as part:
            part.write_bytes(sound(clip))
        samples = round(clip["duration_s"] * WORKING_RATE_HZ)
        tables["wav.scp"][name] = str(path.resolve())
        tables["text"][name] = one_line(clip.text)
        tables["utt2spk"][name] = speaker
        tables["utt2dur"][name] = f"{samples / WORKING_RATE_HZ:g}"
        tables["utt2num_samples"][name] = str(samples)
        speakers[speaker].append(name)
    tables["spk2utt"] = {speaker: " ".join(_sorted(names)) for speaker, names in speakers.items()}
    for table, rows in tables.items():
        lines = (f"{name} {rows[name]}\n" for name in _sorted(rows))
        write_text("".join(lines), place / table)


def _sorted(names: Iterable[str]) -> list[str]:
    """By bytes, as ``LC_ALL=C sort`` does."""
    return sorted(names, key=lambda name: name.encode())
