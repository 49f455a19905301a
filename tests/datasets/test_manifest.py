from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.datasets.manifest import Manifest, Shard, read_manifest, write_manifest
from wavelode.schemas.errors import StorageError
from wavelode.schemas.stats import Yield

ASR = Shard("asr/en/train/00000-aa.parquet", "asr", "en", "train", 3, 48_001, 999, "ab" * 32)
SSL = Shard("ssl/en/00000-bb.parquet", "ssl", "en", "", 1, 16_000, 5, "cd" * 32)
TOTAL = Yield(80_001, {"asr": 48_001, "ssl": 16_000}, {"too_short": 16_000}, 0, {"kept:asr": 3})


def test_it_comes_back_as_it_went(tmp_path: Path) -> None:
    write_manifest(Manifest((SSL, ASR), TOTAL), tmp_path / "manifest.json")
    assert read_manifest(tmp_path / "manifest.json") == Manifest((ASR, SSL), TOTAL)


@given(st.integers(0, 10**13))
def test_samples_survive_being_seconds(samples: int) -> None:
    from wavelode.datasets.manifest import _samples, _seconds

    assert _samples(_seconds(samples)) == samples


def test_it_speaks_in_seconds(tmp_path: Path) -> None:
    write_manifest(Manifest((ASR, SSL), TOTAL), tmp_path / "manifest.json")
    values = json.loads((tmp_path / "manifest.json").read_text())
    assert values["yield_s"]["dropped_by_reason"] == {"too_short": 1.0}
    assert values["totals"]["ssl"] == {"shards": 1, "rows": 1, "seconds": 1.0, "bytes": 5}
    assert values["yield_s"]["in"] == sum(values["yield_s"][part] for part in ("kept", "dropped", "failed"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is no manifest"),
        ('{"schema_version": "0"}', "has schema version 0"),
        ('{"schema_version": "1"}', "is no manifest"),
        ("[]", "is no manifest"),
    ],
)
def test_a_damaged_one_says_so(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(StorageError, match=said):
        read_manifest(tmp_path / "manifest.json")


def test_none_says_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="run `wavelode pack` first"):
        read_manifest(tmp_path / "manifest.json")
