"""A running order on the air: one track of sound, and the truth about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from wavelode.infra.demo import sound
from wavelode.infra.demo.running_order import Bulletin, Item, Line
from wavelode.infra.demo.sound import Wave
from wavelode.infra.demo.truth import Music, Spoken, Truth
from wavelode.infra.demo.voices import Utterance

RATE_HZ = 44_100
_BETWEEN_LINES_S = (0.22, 0.75)
_BETWEEN_ITEMS_S = (0.6, 1.5)
_MUSIC_LEAD_S = 0.8
_HISS_DB = -58.0


def utterances(bulletin: Bulletin) -> list[Utterance]:
    """All that has to be spoken for a bulletin."""
    return [_utterance(bulletin, item, line) for item in bulletin.running_order for line in item.on_air]


def _utterance(bulletin: Bulletin, item: Item, line: Line) -> Utterance:
    said = bulletin.spoken_forms.get(line.printed, line.said)
    return Utterance(bulletin.voices[item.by], said, bulletin.pace)


@dataclass(slots=True)
class _Air:
    """The track as it grows; times are samples at `RATE_HZ`."""

    bulletin: Bulletin
    waves: Mapping[Utterance, Wave]
    rng: np.random.Generator
    at: int = RATE_HZ // 2
    parts: list[tuple[int, Wave]] = field(default_factory=list)
    spoken: list[Spoken] = field(default_factory=list)
    music: list[Music] = field(default_factory=list)

    def put(self, item: Item) -> None:
        """Lays one item on the track."""
        if item.kind == "jingle":
            self._play(sound.jingle(item.duration_s, RATE_HZ, self.rng), "jingle", self.at)
            self.at += round(item.duration_s * RATE_HZ)
        elif item.on_air:
            self._speak_item(item)
        else:
            return
        self._wait(_BETWEEN_ITEMS_S)

    def mixed(self) -> Wave:
        """All parts and the hiss under them, (T,)."""
        track = sound.hiss(self.at, RATE_HZ, self.rng) * np.float32(sound.gain(_HISS_DB))
        for start, wave in self.parts:
            track[start : start + len(wave)] += wave[: len(track) - start]
        clipped: Wave = np.clip(track, np.float32(-0.99), np.float32(0.99))
        return clipped

    def _speak_item(self, item: Item) -> None:
        start, first = self.at, len(self.parts)
        if item.music_db is not None:
            self.at += round(_MUSIC_LEAD_S * RATE_HZ)
        for index, line in enumerate(item.on_air):
            if index:
                self._wait(_BETWEEN_LINES_S)
            self._speak(item, line)
        if item.music_db is not None:
            speech = np.concatenate([wave for _, wave in self.parts[first:]])
            self.at += round(_MUSIC_LEAD_S * RATE_HZ)
            music = sound.bed((self.at - start) / RATE_HZ, RATE_HZ, self.rng)
            level = sound.rms(speech) * sound.gain(item.music_db)
            self._play(music * np.float32(level), "bed", start)

    def _speak(self, item: Item, line: Line) -> None:
        utterance = _utterance(self.bulletin, item, line)
        wave = self.waves[utterance]
        if item.telephone:
            wave = sound.telephone(wave, RATE_HZ)
        self.parts.append((self.at, wave))
        end = self.at + len(wave)
        printed = line.printed in self.bulletin.spoken_forms
        self.spoken.append(
            Spoken(
                text=line.printed if printed else utterance.text,
                said=utterance.text,
                start_s=_seconds(self.at),
                end_s=_seconds(end),
                printed=printed,
                voice=utterance.voice,
            )
        )
        self.at = end

    def _play(self, wave: Wave, kind: str, start: int) -> None:
        self.parts.append((start, wave))
        span = {"start_s": _seconds(start), "end_s": _seconds(start + len(wave))}
        self.music.append(Music.model_validate({"kind": kind, **span}))

    def _wait(self, range_s: tuple[float, float]) -> None:
        self.at += round(self.rng.uniform(*range_s) * RATE_HZ)


def broadcast(bulletin: Bulletin, waves: Mapping[Utterance, Wave]) -> tuple[Wave, Truth]:
    """The bulletin as it is heard, (T,) at `RATE_HZ`, and what is where in it."""
    air = _Air(bulletin, waves, np.random.default_rng(bulletin.seed))
    for item in bulletin.running_order:
        air.put(item)
    heard = {spoken.text for spoken in air.spoken}
    truth = Truth(
        recording_id=bulletin.name,
        audio=f"{bulletin.name}.mp3",
        document=f"{bulletin.name}.pdf",
        language="en",
        duration_s=_seconds(air.at),
        spoken=tuple(air.spoken),
        not_read=tuple(text for text in bulletin.spoken_forms if text not in heard),
        cues=tuple(
            line.printed for item in bulletin.running_order if item.kind == "cue" for line in item.lines
        ),
        music=tuple(air.music),
    )
    return air.mixed(), truth


def _seconds(samples: int) -> float:
    return round(samples / RATE_HZ, 4)
