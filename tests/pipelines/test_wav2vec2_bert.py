"""What is computed of Wav2Vec2-BERT is what transformers computes; where that and torch are installed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wavelode.pipelines.models.ctc.backends import load_backend, log_posteriors, padded_length
from wavelode.pipelines.models.ctc.features import filter_banks

torch = pytest.importorskip(
    "torch", reason="torch and transformers are large: pip install torch transformers"
)
transformers = pytest.importorskip("transformers", reason="pip install transformers, beside torch")


@pytest.fixture(scope="module")
def sounds() -> list[np.ndarray]:
    """Of one padded length."""
    generator = np.random.default_rng(0)
    return [generator.normal(0, 0.1, count).astype(np.float32) for count in (24_000, 20_500)]


@pytest.fixture(scope="module")
def extractor() -> Any:
    return transformers.SeamlessM4TFeatureExtractor(feature_size=80, num_mel_bins=80, padding_value=0.0)


@pytest.fixture(scope="module")
def model() -> Any:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    sizes = dict.fromkeys(["hidden_size", "output_hidden_size"], 64)
    config = transformers.Wav2Vec2BertConfig(
        vocab_size=13,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=96,
        add_adapter=True,
        **sizes,
    )
    config._attn_implementation = "eager"
    made = transformers.Wav2Vec2BertForCTC(config).eval()
    with torch.no_grad():
        for weights in made.parameters():
            weights.add_(0.05 * torch.randn_like(weights))
    return made


def test_filter_banks_are_those_of_its_own_extractor(sounds: list[np.ndarray], extractor: Any) -> None:
    for sound in sounds:
        wanted = extractor(sound, sampling_rate=16_000, return_tensors="np")["input_features"][0]
        found, own = filter_banks(sound, padded_length(len(sound)))
        np.testing.assert_allclose(found[: own - 1], wanted[: own - 1], atol=2e-3)


@pytest.mark.filterwarnings("ignore")
def test_a_batch_is_heard_as_torch_hears_it(
    sounds: list[np.ndarray], extractor: Any, model: Any, tmp_path: Path
) -> None:
    """One of the two is padded, and told to be by the mask."""
    given = extractor(sounds, sampling_rate=16_000, return_tensors="pt")
    given = {name: given[name] for name in ("input_features", "attention_mask")}
    axes = {**{key: {0: "B", 1: "N"} for key in given}, "logits": {0: "B", 1: "F"}}
    file = str(tmp_path / "model.onnx")
    names = {"input_names": list(given), "output_names": ["logits"]}
    torch.onnx.export(model, (given,), file, dynamo=False, dynamic_axes=axes, **names)
    with torch.no_grad():
        wanted = model(**given).logits.log_softmax(-1).numpy()
    for found, theirs in zip(
        log_posteriors(load_backend(tmp_path, "cpu", "default"), sounds), wanted, strict=True
    ):
        np.testing.assert_allclose(found, theirs[: len(found)], atol=1e-3)
