"""The dataset card: what is in a corpus, where it comes from, under which licences, and what it can't promise."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from wavelode.datasets.export.plots import histogram
from wavelode.datasets.export.sets import ClipSet
from wavelode.datasets.storage import write_text
from wavelode.schemas.tables import SCHEMA_VERSION

Configs = Mapping[str, Mapping[str, Sequence[str]]]
"""The files of each split of each configuration."""

_READS = (
    *("recording_id", "language", "station", "license", "source_uri", "source_sha256", "aired_at"),
    *("speaker_cluster", "duration_s", "text_normalized"),
    *("p_correct", "cer", "snr_db", "bandwidth_hz", "loudness_lufs"),
)
_PLOTS = {
    "duration_s": ("Length of a clip", "s"),
    "p_correct": ("Probability that text and sound belong together", ""),
    "cer": ("What was heard against what is printed: character error rate", ""),
    "snr_db": ("Speech over noise", "dB"),
    "bandwidth_hz": ("Up to where there is sound", "Hz"),
}
_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LIMITS = """\
- Text is what was printed, not what was said: a reader's slips and additions stand in the sound alone. Clips where
  the two differ too much were left out, by the scores in each row; some remain, and `p_correct` says how likely each
  is right.
- Times of words come from aligning a recogniser's words with print; a word that nobody heard takes what its
  neighbours leave.
- Speakers are known within a recording, if at all. Where `speaker_cluster` is null, one voice may be in several sets.
- Sets share no recording, day, programme, document or copy that was found; `wavelode leaks` looks again.
- A column that is null was not measured. Nothing here was filled in by guessing.
- Readers of broadcasts speak clearly, mostly in studios: what is trained on this knows little of other speech.
"""


def write_card(sets: Sequence[ClipSet], configs: Configs, folder: Path) -> None:
    """Writes ``README.md`` and its pictures.

    Args:
        configs: where the files lie, from `folder`.
    """
    tables = {one.name: _told(one) for one in sets}
    whole = pa.concat_tables(tables.values())
    pictures = list(_pictures(whole, folder / "plots"))
    parts = [
        f"---\n{yaml.safe_dump(_front(whole, configs), sort_keys=False, allow_unicode=True)}---",
        f"# {_title(whole)}",
        "Speech cut from broadcasts with the text that was read, made with Wavelode from recordings and their scripts.",
        _table(("set", "clips", "hours", "recordings", "stations", "words"), map(_set_row, tables.items())),
        "## Quality",
        _table(("measure", "known for", "5th percentile", "median", "95th percentile"), _quality(whole)),
        "\n".join(f"![{title}](plots/{name})" for name, title in pictures),
        "## Licences",
        _table(("licence", "clips", "hours"), _by(whole, "license", "unknown")),
        "Each row says its licence and its source; what a licence asks for has to be kept for each clip.",
        "## Where it comes from",
        _table(("station", "clips", "hours"), _by(whole, "station", "unknown")),
        _provenance(whole),
        "## Known limits",
        _LIMITS.rstrip(),
    ]
    write_text("\n\n".join(part for part in parts if part) + "\n", folder / "README.md")


def _told(one: ClipSet) -> pa.Table:
    tables = [pq.read_table(shard, columns=list(_READS)) for shard in one.shards]
    return pa.concat_tables(table.replace_schema_metadata(None) for table in tables)


def _title(whole: pa.Table) -> str:
    languages = sorted(set(whole["language"].to_pylist()) - {None})
    return f"Broadcast speech: {', '.join(languages)}"


def _front(whole: pa.Table, configs: Configs) -> dict[str, object]:
    """The YAML that the hub reads."""
    licenses = sorted({(name or "unknown").lower() for name in whole["license"].to_pylist()})
    size = next((name for most, name in _SIZES if len(whole) < most), "n>1M")
    return {
        "language": sorted({(name or "und").split("-")[0] for name in whole["language"].to_pylist()}),
        "license": licenses[0] if len(licenses) == 1 else "other",
        "task_categories": ["automatic-speech-recognition", "text-to-speech"],
        "size_categories": [size],
        "pretty_name": _title(whole),
        "tags": ["audio", "speech", "broadcast"],
        "configs": [
            {
                "config_name": name,
                "data_files": [{"split": split, "path": list(paths)} for split, paths in splits.items()],
            }
            for name, splits in configs.items()
        ],
    }


def _hours(table: pa.Table) -> float:
    return float(np.sum(table["duration_s"].to_numpy())) / 3600


def _set_row(item: tuple[str, pa.Table]) -> tuple[object, ...]:
    name, table = item
    many = (len(set(table[column].to_pylist()) - {None}) for column in ("recording_id", "station"))
    words = sum(len((text or "").split()) for text in table["text_normalized"].to_pylist())
    return (f"`{name}`", len(table), f"{_hours(table):.2f}", *many, words)


def _quality(whole: pa.Table) -> Iterator[tuple[object, ...]]:
    for name, (title, unit) in _PLOTS.items():
        values = _numbers(whole, name)
        known = values[np.isfinite(values)]
        cuts = [f"{cut:.3g}" for cut in np.quantile(known, [0.05, 0.5, 0.95])] if len(known) else ["-"] * 3
        yield (f"{title}{f', {unit}' if unit else ''}", f"{len(known)} of {len(values)}", *cuts)


def _numbers(table: pa.Table, name: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([np.nan if value is None else value for value in table[name].to_pylist()], np.float64)


def _by(whole: pa.Table, column: str, unknown: str) -> Iterator[tuple[object, ...]]:
    sums = whole.group_by(column).aggregate([("duration_s", "sum"), ("duration_s", "count")]).to_pylist()
    for row in sorted(sums, key=lambda row: (-row["duration_s_sum"], row[column] or "")):
        yield (row[column] or unknown, row["duration_s_count"], f"{row['duration_s_sum'] / 3600:.2f}")


def _pictures(whole: pa.Table, folder: Path) -> Iterator[tuple[str, str]]:
    for name, (title, unit) in _PLOTS.items():
        drawn = histogram(_numbers(whole, name), title, unit)
        if drawn:
            write_text(drawn, folder / f"{name}.svg")
            yield f"{name}.svg", title


def _provenance(whole: pa.Table) -> str:
    days = sorted({day[:10] for day in whole["aired_at"].to_pylist() if day})
    aired = f", aired {days[0]} to {days[-1]}" if days else ""
    files = len(set(whole["source_sha256"].to_pylist()))
    return (
        f"Cut from {files} recordings{aired}; `source_uri`, `source_sha256`, `start_sample` and `end_sample` say "
        f"from where each clip is, to the sample. Made by Wavelode {version('wavelode')}, schema {SCHEMA_VERSION}."
    )


def _table(head: Sequence[str], rows: Iterator[tuple[object, ...]] | map[tuple[object, ...]]) -> str:
    lines = [f"| {' | '.join(head)} |", f"|{'---|' * len(head)}"]
    lines += [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    return "\n".join(lines)


def _cell(value: object) -> str:
    """A value as Markdown shows it: what strangers wrote is text, not markup."""
    said = str(value)
    return (
        said if said.startswith("`") else said.replace("&", "&amp;").replace("<", "&lt;").replace("|", "\\|")
    )
