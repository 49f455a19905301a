"""Tables of ``bench listeners`` on what kind of sound it is: speech and music in mixtures whose every cell is known."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from wavelode.datasets.audio import Waveform
from wavelode.infra.bench.known_answer.sound import read_clip
from wavelode.infra.bench.known_answer.utterances import Pool, Rng
from wavelode.infra.demo.sound import bed, gain, jingle, rms, telephone
from wavelode.pipelines.models.base import CELL_SAMPLES, MusicDetector, SpeechDetector
from wavelode.pipelines.stage import Scene
from wavelode.pipelines.stages.events import NameSounds
from wavelode.pipelines.stages.speech import FindSpeech
from wavelode.schemas.records import Event, Recording, Sound, Source
from wavelode.schemas.settings import SpeechSettings
from wavelode.schemas.time import WORKING_RATE_HZ

Wave = NDArray[np.float32]

_SEED = 6
_ROUNDS = 4
_PIECE_S = 12
BY_TELEPHONE = "speech by telephone"
COUNTED = (
    Sound.SPEECH,
    Sound.SPEECH_OVER_MUSIC,
    Sound.TELEPHONE,
    Sound.MUSIC,
    Sound.JINGLE,
    Sound.NOISE,
    Sound.SILENCE,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a mixture and what it is."""

    name: str
    kinds: tuple[Sound, ...]
    wave: Wave


def pieces(pool: Pool, rng: Rng, rounds: int = _ROUNDS) -> list[Piece]:
    """Speech alone, by telephone and over music at +10 and 0 dB, music, noise and silence, in turn."""
    music = (Sound.MUSIC, Sound.JINGLE)
    over = (Sound.SPEECH_OVER_MUSIC,)
    found = []
    for _ in range(rounds):
        found += [
            Piece("speech", (Sound.SPEECH,), _speech(pool, rng)),
            Piece("music", music, jingle(_PIECE_S, WORKING_RATE_HZ, rng)),
            Piece("speech, music 10 dB below", over, _over_music(_speech(pool, rng), 10, rng)),
            Piece("music bed", music, 0.1 * bed(_PIECE_S, WORKING_RATE_HZ, rng)),
            Piece("speech, music as loud", over, _over_music(_speech(pool, rng), 0, rng)),
            Piece("noise", (Sound.NOISE,), _noise(0.03, rng)),
            Piece(BY_TELEPHONE, (Sound.TELEPHONE,), telephone(_speech(pool, rng), WORKING_RATE_HZ)),
            Piece("silence", (Sound.SILENCE,), _noise(1e-4, rng)),
        ]
    return found


def _speech(pool: Pool, rng: Rng) -> Wave:
    """Utterances one after the other, without the pauses between them."""
    clips: list[Wave] = []
    while sum(map(len, clips)) < _PIECE_S * WORKING_RATE_HZ:
        clips.append(read_clip(pool.utterances[int(rng.integers(len(pool.utterances)))]))
    return np.concatenate(clips)[: _PIECE_S * WORKING_RATE_HZ]


def _noise(level: float, rng: Rng) -> Wave:
    white: Wave = rng.normal(0, level, _PIECE_S * WORKING_RATE_HZ).astype(np.float32)
    return white


def _over_music(speech: Wave, above_db: float, rng: Rng) -> Wave:
    music = bed(len(speech) / WORKING_RATE_HZ + 1, WORKING_RATE_HZ, rng)[: len(speech)]
    mixed: Wave = speech + music * (rms(speech) / rms(music) * gain(-above_db))
    return mixed


def events_table(
    pool: Pool, music: MusicDetector, detector: SpeechDetector, rounds: int = _ROUNDS
) -> tuple[Table, dict[str, float]]:
    """What each kind of piece was taken for, in shares of its half seconds, and of each the share taken rightly."""
    mixture = pieces(pool, np.random.default_rng(_SEED), rounds)
    events = _named(mixture, music, detector)
    table = Table(
        "half seconds of", *COUNTED, "right", title=f"What kind of sound ({pool.name}, {music.name})"
    )
    counts: dict[str, Counter[Sound]] = {piece.name: Counter() for piece in mixture}
    at = 0
    for piece in mixture:
        end = at + len(piece.wave)
        # A cell at a border holds two kinds and proves nothing.
        inside = range(at // CELL_SAMPLES + 2, end // CELL_SAMPLES - 2)
        counts[piece.name].update(kind_at(events, cell * CELL_SAMPLES) for cell in inside)
        at = end
    rights: dict[str, float] = {}
    for name, kinds in {piece.name: piece.kinds for piece in mixture}.items():
        found = counts[name]
        share = {kind: found[kind] / found.total() for kind in COUNTED}
        rights[name] = sum(share[kind] for kind in kinds)
        table.add_row(
            name, *(f"{share[kind]:.0%}" if share[kind] else "" for kind in COUNTED), f"{rights[name]:.0%}"
        )
    return table, rights


def _named(mixture: Sequence[Piece], music: MusicDetector, detector: SpeechDetector) -> tuple[Event, ...]:
    whole = np.clip(np.concatenate([piece.wave for piece in mixture]), -1, 1)
    detector.load()
    music.load()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "samples")
        np.round(whole * 32767).astype(np.int16).tofile(path)
        scene = Scene(Recording(Source("mixture", "mixture.wav", "und")), Waveform(path, len(whole)))
        heard = FindSpeech(detector, SpeechSettings())([scene])[0]
        named = NameSounds(music)([Scene(heard, scene.waveform)])[0]
    return named.events or ()


def kind_at(events: Sequence[Event], sample: int) -> Sound:
    """What the event at a sample is."""
    return next(event.kind for event in events if sample < event.span.end)
