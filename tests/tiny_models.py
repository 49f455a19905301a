"""Tiny models with random weights, written by the real converters' own classes: they load as the big ones do."""

from __future__ import annotations

import json
from pathlib import Path

from wavelode.infra.bench.random_whisper import TINY, Weights, random_whisper

_WIDTH, _HEADS, _INNER = 32, 2, 48


def tiny_whisper(folder: Path, seed: int = 0) -> Path:
    """A multilingual Whisper of one layer that says random bytes, as faster-whisper wants to find it."""
    return random_whisper(folder, TINY, seed)


def tiny_wav2vec2(folder: Path, letters: str = "abcdefgh", seed: int = 0) -> Path:
    """A wav2vec 2.0 CTC model of one layer on CTranslate2, with its vocab.json."""
    from ctranslate2.specs import Wav2Vec2Spec

    vocabulary = ["<pad>", "<s>", "</s>", "<unk>", "|", *letters]
    spec = Wav2Vec2Spec(7, 1, _HEADS, len(vocabulary), False)
    weights, encoder = Weights(_WIDTH, _INNER, seed), spec.encoder
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
