"""Tiny models with random weights, written by the real converters' own classes: they load as the big ones do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from wavelode.infra.bench.random_whisper import TINY, Weights, random_whisper

_WIDTH, _HEADS, _INNER = 32, 2, 48
_BERT_WIDTH, _BERT_HEADS = 1024, 16
"""CTranslate2 knows this one width of Wav2Vec2-BERT."""


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


def tiny_wav2vec2_bert(folder: Path, letters: str = "abcdefgh", seed: int = 0) -> Path:
    """A Wav2Vec2-BERT CTC model of one layer and one adapter on CTranslate2, with its vocab.json."""
    from ctranslate2.specs import Wav2Vec2BertSpec

    vocabulary = ["<pad>", "<s>", "</s>", "<unk>", "|", *letters]
    spec = Wav2Vec2BertSpec(1, 1, len(vocabulary), False)
    bands, encoder = Weights(160, 160, seed), spec.encoder
    bands.norm(encoder.fp_layer_norm)
    bands.linear(encoder.fp_projection, _BERT_WIDTH, 160)
    weights = Weights(_BERT_WIDTH, _INNER, seed + 1)
    _bert_layer(weights, encoder.encoder_layers[0])
    _bert_adapter(weights, encoder.adapter_layers[0])
    weights.linear(encoder.lm_head, len(vocabulary), _BERT_WIDTH)
    spec.register_vocabulary(vocabulary)
    spec.validate()
    spec.optimize("int8")
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))
    write_vocabulary(folder, vocabulary)
    return folder


def _bert_layer(weights: Weights, layer: Any) -> None:
    for name in ("ffn1", "attn", "conv", "conv_depthwise", "ffn2", "final"):
        weights.norm(getattr(layer, f"enc_{name}_layer_norm"))
    _bert_feed_forward(weights, layer.enc_ffn1)
    _bert_feed_forward(weights, layer.enc_ffn2)
    _bert_attention(weights, layer.enc_attn)
    layer.enc_attn.relative_asymmetric_position_keys = weights(64 + 8 + 1, _BERT_WIDTH // _BERT_HEADS)
    layer.enc_attn.relative_left_max_position = np.int32(64)
    layer.enc_attn.relative_right_max_position = np.int32(8)
    layer.enc_conv_pointwise_conv1.weight = weights(2 * _BERT_WIDTH, _BERT_WIDTH, 1)
    layer.enc_conv_depthwise_conv.weight = weights(_BERT_WIDTH, 1, 31)
    layer.enc_conv_pointwise_conv2.weight = weights(_BERT_WIDTH, _BERT_WIDTH, 1)


def _bert_adapter(weights: Weights, adapter: Any) -> None:
    for name in ("residual", "attn", "ffn"):
        weights.norm(getattr(adapter, f"adpt_{name}_layer_norm"))
    for conv in (adapter.adpt_residual_conv, adapter.adpt_attn_conv):
        weights.linear(conv, 2 * _BERT_WIDTH, _BERT_WIDTH, 3)
    _bert_attention(weights, adapter.adpt_attn_layer)
    _bert_feed_forward(weights, adapter.adpt_ffn)


def _bert_attention(weights: Weights, part: Any) -> None:
    for linear, size in zip(part.linear, (3 * _BERT_WIDTH, _BERT_WIDTH), strict=True):
        weights.linear(linear, size, _BERT_WIDTH)


def _bert_feed_forward(weights: Weights, part: Any) -> None:
    weights.linear(part.linear_0, _INNER, _BERT_WIDTH)
    weights.linear(part.linear_1, _BERT_WIDTH, _INNER)


def write_vocabulary(folder: Path, vocabulary: list[str]) -> None:
    """vocab.json as Hugging Face keeps it: token to number."""
    numbered = {token: at for at, token in enumerate(vocabulary)}
    (folder / "vocab.json").write_text(json.dumps(numbered), encoding="utf-8")
