"""Whisper models of any size with random weights, written by CTranslate2's own classes: they load as real ones do.

Speed does not depend on the numbers, so that a model as large as large-v3 can be timed where no weights are to be had.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_PLACES_IN, _PLACES_OUT = 1500, 448


@dataclass(frozen=True, slots=True)
class Sizes:
    """Of a Whisper model; the two of interest are `TINY` and `LARGE_V3`."""

    width: int
    heads: int
    layers: int
    mels: int

    @property
    def inner(self) -> int:
        return 4 * self.width


TINY = Sizes(32, 2, 1, 80)
LARGE_V3 = Sizes(1280, 20, 32, 128)


def random_whisper(folder: Path, sizes: Sizes = TINY, seed: int = 0) -> Path:
    """A multilingual Whisper that says random bytes, as faster-whisper wants to find it."""
    from ctranslate2.specs import WhisperSpec

    tokens = whisper_tokens()
    spec = WhisperSpec(sizes.layers, sizes.heads, sizes.layers, sizes.heads)
    weights = Weights(sizes.width, sizes.inner, seed)
    encoder, decoder = spec.encoder, spec.decoder
    weights.linear(encoder.conv1, sizes.width, sizes.mels, 3)
    weights.linear(encoder.conv2, sizes.width, sizes.width, 3)
    encoder.position_encodings.encodings = weights(_PLACES_IN, sizes.width)
    decoder.position_encodings.encodings = weights(_PLACES_OUT, sizes.width)
    decoder.embeddings.weight = weights(len(tokens), sizes.width)
    weights.linear(decoder.projection, len(tokens), sizes.width)
    for part in (encoder, decoder):
        weights.norm(part.layer_norm)
        for layer in part.layer:
            weights.layer(layer)
    for layer in decoder.layer:
        weights.attention(layer.attention, (sizes.width, 2 * sizes.width, sizes.width))
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.alignment_heads = [(0, 0), (0, 1)]
    spec.config.lang_ids = [tokens.index(f"<|{code}|>") for code in _languages()]
    spec.validate()
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    _tokenizer(tokens).save(str(folder / "tokenizer.json"))
    return folder


class Weights:
    """Random numbers into the places of a CTranslate2 specification."""

    def __init__(self, width: int, inner: int, seed: int = 0) -> None:
        self._width, self._inner = width, inner
        self._generator = np.random.default_rng(seed)

    def __call__(self, *shape: int) -> NDArray[np.float32]:
        drawn: NDArray[np.float32] = 0.3 * self._generator.standard_normal(shape, np.float32)
        return drawn

    def linear(self, part: Any, *shape: int) -> None:
        part.weight, part.bias = self(*shape), np.zeros(shape[0], np.float32)

    def norm(self, part: Any) -> None:
        part.gamma, part.beta = np.ones(self._width, np.float32), np.zeros(self._width, np.float32)

    def attention(self, part: Any, sizes: tuple[int, ...]) -> None:
        self.norm(part.layer_norm)
        for linear, size in zip(part.linear, sizes, strict=True):
            self.linear(linear, size, self._width)

    def layer(self, part: Any) -> None:
        self.attention(part.self_attention, (3 * self._width, self._width))
        self.norm(part.ffn.layer_norm)
        self.linear(part.ffn.linear_0, self._inner, self._width)
        self.linear(part.ffn.linear_1, self._width, self._inner)


def whisper_tokens() -> list[str]:
    """Every byte, then the marks in Whisper's own order, with the empty token that stands for "multilingual"."""
    from tokenizers import pre_tokenizers

    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    languages = [f"<|{code}|>" for code in _languages()]
    marks = ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"]
    stamps = [f"<|{at * 0.02:.2f}|>" for at in range(1501)]
    begin = ["", "<|endoftext|>", "<|startoftranscript|>"]
    return [*letters, *begin, *languages, *(f"<|{mark}|>" for mark in marks), *stamps]


def _languages() -> list[str]:
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    return [code for code in _LANGUAGE_CODES if code != "yue"]


def _tokenizer(tokens: list[str]) -> Any:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    first_mark = tokens.index("<|endoftext|>")
    plain = {token: at for at, token in enumerate(tokens[:first_mark])}
    tokenizer = Tokenizer(models.BPE(vocab=plain, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(t, normalized=False) for t in tokens[first_mark:-1501]])
    tokenizer.add_tokens([AddedToken(t, normalized=False) for t in tokens[-1501:]])
    return tokenizer
