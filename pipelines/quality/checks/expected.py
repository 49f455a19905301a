"""What is expected of every table, derived from the columns' names, the settings of the run and the languages in it.

Plain values that know nothing of Great Expectations; `suites` makes its expectations of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from wavelode.schemas.choosing import LIMITS, SelectSettings
from wavelode.schemas.tables import SELECTED
from wavelode.schemas.verdict import Reason, Shelf

SPLITS = ("train", "dev", "test")
MOST_FOREIGN_LETTERS = 0.5
"""A sentence of which more is written in another script is hardly one of its language."""
MOST_DRIFT = 6.0
"""Usual spreads that a station's newest recordings may lie off its earlier ones."""
_ROUNDING = 1e-6
"""Half a sample is 3e-5 s; ratios are stored as float32."""


@dataclass(frozen=True, slots=True)
class Expected:
    """One expectation of one column.

    Attributes:
        kind: the class of Great Expectations, without its ``Expect``.
        says: why, for the pages.
    """

    kind: str
    column: str
    says: str
    least: float | None = None
    most: float | None = None
    among: tuple[Any, ...] = ()
    other: str = ""
    pattern: str = ""


RANGES: tuple[tuple[str, float | None, float | None, str], ...] = (
    ("_sample", 0, None, "samples count from 0"),
    ("_s", 0, 30 * 3600, "seconds, and no recording is longer than 30 h"),
    ("_ratio", 0, 1, "a ratio lies between 0 and 1"),
    ("snr_db", -20, 80, "decibels, -20 to 80"),
    ("_lufs", -70, 5, "LUFS, -70 to 5"),
    ("_rate_hz", 4000, 400_000, "hertz, as files are sampled"),
    ("bandwidth_hz", 100, 8000, "hertz, up to half the working rate"),
    ("pitch_low_hz", 40, 500, "hertz, as voices are pitched"),
    ("pitch_high_hz", 40, 500, "hertz, as voices are pitched"),
    ("p_correct", 0, 1, "a probability"),
    ("alignment_score", 0, 1, "a share of symbols"),
    ("cer", 0, 100, "errors per letter"),
    ("disagreement", 0, 1, "a share of letters"),
    ("mos", 0, 6, "a mean opinion score"),
    ("channels", 1, 64, "as many as files have"),
    ("page", 1, 1_000_000, "pages count from 1"),
)
"""By the end of a column's name: least, most, and what that says; the first that fits counts."""


def ranges(columns: Iterable[str] = SELECTED.names) -> list[Expected]:
    """What the names of columns promise of their values; null is always allowed here."""
    found = []
    for column in columns:
        for end, least, most, says in RANGES:
            if column.endswith(end):
                found.append(between(column, least, most, says))
                break
    return found


def between(column: str, least: float | None, most: float | None, says: str) -> Expected:
    low = None if least is None else least - _ROUNDING
    return Expected("ColumnValuesToBeBetween", column, says, low, None if most is None else most + _ROUNDING)


def there(column: str, says: str) -> Expected:
    return Expected("ColumnValuesToNotBeNull", column, says)


def among(column: str, values: Iterable[Any], says: str) -> Expected:
    return Expected("ColumnValuesToBeInSet", column, says, among=tuple(values))


def of_stretches() -> list[Expected]:
    """Of every row of the decision table."""
    return [
        *(there(name, f"every stretch has its {name}") for name in ("clip_id", "recording_id", "kind")),
        *(there(name, "every stretch has a place") for name in ("start_sample", "end_sample")),
        between("samples", 1, None, "a stretch ends after it begins"),
        among("gap_samples", [0], "stretches of a recording follow on each other without gap or overlap"),
        between("duration_error_s", 0, 0, "duration_s is end_sample less start_sample, in seconds"),
        between("start_error_s", 0, 0, "start_s is start_sample, in seconds"),
        among(
            "fates", [1], "a stretch is kept on one shelf or left out for a reason, never both, never neither"
        ),
        among("kind", ("matched", "untranscribed", "non_speech"), "a stretch is one of three things"),
        among("shelf", tuple(Shelf), "there are two shelves"),
        among("reason", tuple(Reason), "every reason is a known one"),
        among("asr_reason", tuple(Reason), "every reason is a known one"),
        *ranges(),
    ]


def of_asr(limits: SelectSettings) -> list[Expected]:
    """Of the clips with text, by the profile and the thresholds they were selected with."""
    at = loosest(limits)
    return [
        there("text", "a clip with text has its text"),
        there("text_normalized", "a clip with text has what was compared"),
        there("document_id", "a text comes from a document"),
        there("split", "a clip with text lies in a set"),
        among("split", SPLITS, "there are three sets"),
        Expected("ColumnValuesToMatchRegex", "text", "a text has letters or digits", pattern=r"\w"),
        Expected(
            "ColumnValuesToNotMatchRegex",
            "text",
            "no control, private-use or replacement characters",
            pattern="[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ue000-\uf8ff\ufffd]",
        ),
        between("foreign_letters", 0, MOST_FOREIGN_LETTERS, "a text is written in its language's script"),
        between("num_words", 1, None, "a text has words on time"),
        between("length_s", at["min_duration_s"], at["max_duration_s"], "select's limits of length"),
        between("p_correct", at["min_p_correct"], 1, "select.min_p_correct"),
        between("alignment_score", at["min_alignment_score"], 1, "select.min_alignment_score"),
        between("cer", 0, at["max_cer"], "select.max_cer"),
        between("letters_per_s", at["min_chars_per_s"], at["max_chars_per_s"], "as fast as people read"),
        *_of_sound(at),
    ]


def of_ssl(limits: SelectSettings) -> list[Expected]:
    """Of the clips without text."""
    at = loosest(limits)
    return [
        between("length_s", at["min_ssl_duration_s"], at["max_duration_s"], "select's limits of length"),
        between("speech_ratio", at["min_ssl_speech_ratio"], 1, "select.min_ssl_speech_ratio"),
        *_of_sound(at),
    ]


def loosest(limits: SelectSettings) -> dict[str, float | None]:
    """Each limit as every language keeps it; None where it isn't set, or follows the data."""
    at: dict[str, float | None] = {name: getattr(limits, name) for name in LIMITS}
    for line in limits.for_language:
        name, _, number = line.rpartition(":")[2].partition("=")
        common = at[name]
        loose = max if name.startswith("max_") else min
        at[name] = None if common is None else loose(common, float(number))
    return at | {line.partition("=")[0]: None for line in limits.from_data}


_SOUND = (
    ("snr_db", "min_snr_db", None),
    ("bandwidth_hz", "min_bandwidth_hz", None),
    ("clipping_ratio", None, "max_clipping_ratio"),
    ("overlap_ratio", None, "max_overlap_ratio"),
    ("music_ratio", None, "max_music_ratio"),
)
"""Measures of sound, and the settings that bound them on either shelf."""


def _of_sound(at: dict[str, float | None]) -> list[Expected]:
    """Bounds of those that are set; what wasn't measured stays out of it."""
    return [
        between(column, at[least] if least else None, at[most] if most else None, f"select.{least or most}")
        for column, least, most in _SOUND
        if at[least or most or ""] is not None
    ]


WHOLE: dict[str, list[Expected]] = {
    "columns": [
        Expected(
            "ColumnPairValuesToBeEqual",
            "told",
            "every column is there with the type that schemas/tables.py gives it",
            other="there",
        )
    ],
    "ids": [among("times", [1], "an id names one clip")],
    "recordings": [
        among("mined", [True], "every clip's recording was mined"),
        among("missing_samples", [0], "the stretches of a recording add up to its length"),
    ],
    "shelves": [
        Expected(
            "ColumnPairValuesToBeEqual", "clips_selected", "every kept clip is packed", other="clips_packed"
        ),
        Expected(
            "ColumnPairValuesToBeEqual",
            "samples_selected",
            "every kept second is in a shard, every other one in the table of rejects",
            other="samples_found",
        ),
    ],
    "sets": [among("sets", [1], "what belongs together lies in one set")],
    "stations": [between("drift", 0, MOST_DRIFT, "a station's newest recordings are like its earlier ones")],
}
"""Of the tables that are made of the whole corpus; see `whole`."""
