"""Tiny models with random weights, written by the real converters' own classes: they load as the big ones do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_WIDTH, _HEADS, _INNER, _MELS = 32, 2, 48, 80
_PLACES_IN, _PLACES_OUT = 1500, 448


def tiny_whisper(folder: Path, seed: int = 0) -> Path:
    """A multilingual Whisper of one layer that says random bytes, as faster-whisper wants to find it."""
    from ctranslate2.specs import WhisperSpec

    tokens = _whisper_tokens()
    spec = WhisperSpec(1, _HEADS, 1, _HEADS)
    weights = _Weights(seed)
    encoder, decoder = spec.encoder, spec.decoder
    weights.linear(encoder.conv1, _WIDTH, _MELS, 3)
    weights.linear(encoder.conv2, _WIDTH, _WIDTH, 3)
    encoder.position_encodings.encodings = weights(_PLACES_IN, _WIDTH)
    decoder.position_encodings.encodings = weights(_PLACES_OUT, _WIDTH)
    decoder.embeddings.weight = weights(len(tokens), _WIDTH)
    weights.linear(decoder.projection, len(tokens), _WIDTH)
    for part in (encoder, decoder):
        weights.norm(part.layer_norm)
        weights.layer(part.layer[0])
    weights.attention(decoder.layer[0].attention, (_WIDTH, 2 * _WIDTH, _WIDTH))
    spec.register_vocabulary(tokens)
    spec.config.suppress_ids, spec.config.suppress_ids_begin = [], []
    spec.config.alignment_heads = [(0, 0), (0, 1)]
    spec.config.lang_ids = [tokens.index(f"<|{code}|>") for code in _languages()]
    spec.validate()
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    _tokenizer(tokens).save(str(folder / "tokenizer.json"))
    return folder


def tiny_wav2vec2(folder: Path, letters: str = "abcdefgh", seed: int = 0) -> Path:
    """A wav2vec 2.0 CTC model of one layer on CTranslate2, with its vocab.json."""
    from ctranslate2.specs import Wav2Vec2Spec

    vocabulary = ["<pad>", "<s>", "</s>", "<unk>", "|", *letters]
    spec = Wav2Vec2Spec(7, 1, _HEADS, len(vocabulary), False)
    weights, encoder = _Weights(seed), spec.encoder
    convolutions = [encoder.feat_layer0, *encoder.feat_layer]
    for nth, (layer, width) in enumerate(zip(convolutions, (10, 3, 3, 3, 3, 2, 2), strict=True)):
        weights.linear(layer.conv, _WIDTH, _WIDTH if nth else 1, width)
        weights.norm(layer.layer_norm)
    weights.norm(encoder.fp_layer_norm)
    weights.linear(encoder.fp_projection, _WIDTH, _WIDTH)
    weights.linear(encoder.pos_conv_embed.conv, _WIDTH, _WIDTH // 16, 128)
    weights.norm(encoder.layer_norm)
    weights.layer(encoder.layer[0])
    weights.linear(encoder.lm_head, len(vocabulary), _WIDTH)
    spec.register_vocabulary(vocabulary)
    spec.validate()
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    write_vocabulary(folder, vocabulary)
    return folder


def write_vocabulary(folder: Path, vocabulary: list[str]) -> None:
    """vocab.json as Hugging Face keeps it: token to number."""
    numbered = {token: at for at, token in enumerate(vocabulary)}
    (folder / "vocab.json").write_text(json.dumps(numbered), encoding="utf-8")


class _Weights:
    """Random numbers into the places of a CTranslate2 specification."""

    def __init__(self, seed: int) -> None:
        self._generator = np.random.default_rng(seed)

    def __call__(self, *shape: int) -> NDArray[np.float32]:
        return self._generator.normal(0, 0.3, shape).astype(np.float32)

    def linear(self, part: Any, *shape: int) -> None:
        part.weight, part.bias = self(*shape), np.zeros(shape[0], np.float32)

    def norm(self, part: Any) -> None:
        part.gamma, part.beta = np.ones(_WIDTH, np.float32), np.zeros(_WIDTH, np.float32)

    def attention(self, part: Any, sizes: tuple[int, ...]) -> None:
        self.norm(part.layer_norm)
        for linear, size in zip(part.linear, sizes, strict=True):
            self.linear(linear, size, _WIDTH)

    def layer(self, part: Any) -> None:
        self.attention(part.self_attention, (3 * _WIDTH, _WIDTH))
        self.norm(part.ffn.layer_norm)
        self.linear(part.ffn.linear_0, _INNER, _WIDTH)
        self.linear(part.ffn.linear_1, _WIDTH, _INNER)


def _whisper_tokens() -> list[str]:
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
