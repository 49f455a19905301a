"""What is on the air and no speech, made from sine waves and seeded noise; samples are (T,) float32."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Wave = NDArray[np.float32]

_A4_HZ, _A4_KEY = 440.0, 69
_CHORDS = ((57, 60, 64, 69), (53, 57, 60, 65), (48, 55, 60, 64), (55, 59, 62, 67))
"""A minor, F, C, G as MIDI keys."""
_TELEPHONE_HZ = (300.0, 3400.0)
_HISS_SAMPLES = 1 << 19
"""The noise repeats after this many samples, some seconds: nobody hears it, and it is quick to make."""


def jingle(duration_s: float, rate_hz: int, rng: np.random.Generator) -> Wave:
    """A quick arpeggio over the chords, ending on a held one, about -16 dBFS."""
    wave = np.zeros(round(duration_s * rate_hz), np.float32)
    shift = int(rng.integers(-3, 4))
    step_s = 0.14
    last_note_s = duration_s - 1.6
    for index in range(int(last_note_s / step_s)):
        chord = _CHORDS[index // 8 % len(_CHORDS)]
        _add(wave, _note(chord[index % 4] + 12 + shift, 0.5, 7.0, rate_hz), round(index * step_s * rate_hz))
    for key in _CHORDS[2]:
        _add(wave, _note(key + 12 + shift, 1.6, 2.0, rate_hz), round(last_note_s * rate_hz))
    return loud_as(fade(wave, 0.02, 0.3, rate_hz), 0.15)


def bed(duration_s: float, rate_hz: int, rng: np.random.Generator) -> Wave:
    """Slow held chords to speak over, root mean square 1."""
    wave = np.zeros(round(duration_s * rate_hz), np.float32)
    chord_s, shift = 2.0, int(rng.integers(-3, 4))
    for index in range(int(duration_s / chord_s) + 1):
        for key in _CHORDS[index % len(_CHORDS)]:
            _add(wave, _note(key + shift, chord_s + 0.5, 0.6, rate_hz), round(index * chord_s * rate_hz))
    return fade(loud_as(wave, 1.0), 0.3, 0.5, rate_hz)


def hiss(samples: int, rate_hz: int, rng: np.random.Generator) -> Wave:
    """Noise that falls by 3 dB an octave, root mean square 1: a studio and a receiver."""
    spectrum = np.fft.rfft(rng.standard_normal(_HISS_SAMPLES))
    hz = np.fft.rfftfreq(_HISS_SAMPLES, 1 / rate_hz)
    loop = np.fft.irfft(spectrum / np.sqrt(np.maximum(hz, 50.0))).astype(np.float32)
    return loud_as(np.resize(loop, samples), 1.0)


def telephone(wave: Wave, rate_hz: int) -> Wave:
    """What is left of a voice at the other end of a line, as loud as before."""
    size = 1 << (len(wave) - 1).bit_length()
    spectrum = np.fft.rfft(wave, size)
    hz = np.fft.rfftfreq(size, 1 / rate_hz)
    low, high = _TELEPHONE_HZ
    slopes = 1 / (1 + (low / np.maximum(hz, 1.0)) ** 8) / (1 + (hz / high) ** 16)
    return loud_as(np.fft.irfft(spectrum * slopes)[: len(wave)].astype(np.float32), rms(wave))


def rms(wave: Wave) -> float:
    """The root mean square of samples of which at least one is not 0."""
    return float(np.sqrt(np.mean(wave.astype(np.float64) ** 2)))


def loud_as(wave: Wave, level: float) -> Wave:
    """The same sound with `level` as its root mean square."""
    return wave * np.float32(level / rms(wave))


def gain(decibels: float) -> float:
    """The factor on samples that is `decibels`.

    >>> gain(-20.0)
    0.1
    """
    return float(10 ** (decibels / 20))


def fade(wave: Wave, in_s: float, out_s: float, rate_hz: int) -> Wave:
    """The same sound, rising for `in_s` and dying away for `out_s` seconds."""
    rising = np.linspace(0, 1, min(len(wave), round(in_s * rate_hz)), dtype=np.float32)
    falling = np.linspace(1, 0, min(len(wave), round(out_s * rate_hz)), dtype=np.float32)
    shaped = wave.copy()
    shaped[: len(rising)] *= rising
    shaped[len(wave) - len(falling) :] *= falling
    return shaped


def _note(key: int, duration_s: float, decay_per_s: float, rate_hz: int) -> Wave:
    t = np.arange(round(duration_s * rate_hz)) / rate_hz
    base_hz = _A4_HZ * 2 ** ((key - _A4_KEY) / 12)
    tone = sum(np.sin(2 * np.pi * base_hz * k * t) / k**2 for k in (1, 2, 3, 4))
    return fade((tone * np.exp(-decay_per_s * t)).astype(np.float32), 0.01, 0.05, rate_hz)


def _add(wave: Wave, part: Wave, at: int) -> None:
    """Mixes `part` into `wave` from sample `at`; what would stand beyond its end is lost."""
    end = min(len(wave), at + len(part))
    wave[at:end] += part[: end - at]
