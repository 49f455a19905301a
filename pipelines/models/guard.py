"""What a sequence-to-sequence listener makes up: loops, texts for silence, words beyond the sound.

The thresholds on no-speech and log-probability are those of Radford et al. 2022 (section 4.5). Their third one, on
gzip's ratio over UTF-8, takes ordinary Devanagari for a loop, because each of its letters costs three bytes that
begin alike; here every distinct character costs one byte, whatever the script.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Decoded:
    """What a model wrote for one segment, and how sure it was.

    Attributes:
        avg_logprob: mean log-probability per token, in nats.
        no_speech: probability that nobody speaks, 0 to 1.
    """

    words: tuple[str, ...]
    avg_logprob: float
    no_speech: float


@dataclass(frozen=True, slots=True)
class Guard:
    """Tells what was heard from what was made up.

    Args:
        max_compression: characters per compressed byte; loops lie above.
        min_avg_logprob, max_no_speech: text that is less likely, where silence is likelier, was not said.
        max_repeats: how often a phrase may follow itself.
        max_words_per_s: nobody speaks faster.
    """

    max_compression: float = 2.4
    min_avg_logprob: float = -1.0
    max_no_speech: float = 0.6
    max_repeats: int = 4
    max_words_per_s: float = 10.0

    def doubt(self, decoded: Decoded, seconds: float) -> str | None:
        """Why a segment of this length does not hold these words; None where it may."""
        if decoded.no_speech > self.max_no_speech and decoded.avg_logprob < self.min_avg_logprob:
            return "no speech"
        if len(decoded.words) > self.max_words_per_s * seconds + 2:
            return "too fast"
        if compression(" ".join(decoded.words)) > self.max_compression:
            return "repeats itself"
        if len(unlooped(decoded.words, self.max_repeats)) < len(decoded.words):
            return "loops"
        return None


def compression(text: str) -> float:
    """Characters per byte of `text` once compressed, after the compressor's fixed cost; 0 for nothing.

    >>> round(compression("no no no no " * 20)), compression("")
    (17, 0.0)
    """
    if not text:
        return 0.0
    code = {letter: at % 256 for at, letter in enumerate(sorted(set(text)))}
    packed = zlib.compress(bytes(code[letter] for letter in text))
    return len(text) / len(packed)


def unlooped(words: Sequence[str], most: int, longest: int = 8) -> list[int]:
    """The places of the words that are left when each phrase said over `most` times in a row is said once.

    Args:
        longest: words in a phrase.

    >>> unlooped("a b x b x b x c".split(), most=2)
    [0, 1, 2, 7]
    """
    kept: list[int] = []
    at = 0
    while at < len(words):
        size = next((n for n in range(1, longest + 1) if _times(words, at, n) > most), 0)
        kept += range(at, at + max(1, size))
        at += size * _times(words, at, size) if size else 1
    return kept


def _times(words: Sequence[str], at: int, size: int) -> int:
    """How often the phrase of `size` words at `at` is said in a row."""
    phrase, times = list(words[at : at + size]), 1
    while list(words[at + times * size : at + (times + 1) * size]) == phrase:
        times += 1
    return times
