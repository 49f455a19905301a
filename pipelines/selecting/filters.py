"""The filters: each one reason not to keep a stretch, and the rows that give it.

A filter is a decision over measured columns and holds no state. What was not measured is unknown, not bad: it is
never below or above a limit. The one exception is the licence: what nobody licensed is not licensed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from wavelode.pipelines.selecting.checks import (
    has_blocked_word,
    holds_personal_data,
    other_script,
    own_checks,
)
from wavelode.pipelines.selecting.columns import Columns, Mask
from wavelode.pipelines.selecting.limits import Limits
from wavelode.schemas.records import Heard
from wavelode.schemas.verdict import Reason

Broken = Callable[[Columns, Limits], Mask]


@dataclass(frozen=True, slots=True)
class Filter:
    """One reason, and which of N rows give it, (N,)."""

    reason: Reason
    broken: Broken


def at_least(reason: Reason, column: str, setting: str) -> Filter:
    """Breaks where a measure is below a setting; never where the setting or the measure is missing."""

    def broken(rows: Columns, limits: Limits) -> Mask:
        values = rows.numbers(column)
        return np.asarray(values < limits.of(setting, rows, values.dtype))

    return Filter(reason, broken)


def at_most(reason: Reason, column: str, setting: str) -> Filter:
    """Breaks where a measure is above a setting; never where the setting or the measure is missing."""

    def broken(rows: Columns, limits: Limits) -> Mask:
        values = rows.numbers(column)
        return np.asarray(values > limits.of(setting, rows, values.dtype))

    return Filter(reason, broken)


def _only(column: str, setting: str) -> Broken:
    """Where something is none of those wanted, if any are named."""

    def broken(rows: Columns, limits: Limits) -> Mask:
        wanted = tuple(getattr(limits.settings, setting))
        return ~rows.among(column, wanted) if wanted else np.zeros(len(rows), np.bool_)

    return broken


def _shelf_closed(name: str) -> Broken:
    return lambda rows, limits: np.full(len(rows), name not in limits.settings.shelves)


def _odd_rate(rows: Columns, limits: Limits) -> Mask:
    rate = rows.chars_per_s
    slow, fast = (limits.of(name, rows, rate.dtype) for name in ("min_chars_per_s", "max_chars_per_s"))
    return np.asarray((rate < slow) | (rate > fast))


def _edge_not_heard(rows: Columns, limits: Limits) -> Mask:
    heard = rows.flags("start_heard") & rows.flags("end_heard")
    return ~heard if limits.settings.require_edges else np.zeros(len(rows), np.bool_)


def _too_many(rank: str, setting: str) -> Broken:
    """Where this many as good or better ones are kept already."""

    def broken(rows: Columns, limits: Limits) -> Mask:
        most = getattr(limits.settings, setting)
        return np.asarray(rows.numbers(rank) >= most) if most else np.zeros(len(rows), np.bool_)

    return broken


SOUND_FILTERS = (
    Filter(Reason.OTHER_LANGUAGE, _only("language", "languages")),
    Filter(Reason.NOT_LICENSED, _only("license", "licenses")),
    at_least(Reason.NOISY, "snr_db", "min_snr_db"),
    at_least(Reason.NARROW_BAND, "bandwidth_hz", "min_bandwidth_hz"),
    at_most(Reason.CLIPPED, "clipping_ratio", "max_clipping_ratio"),
    at_most(Reason.OVERLAPPED, "overlap_ratio", "max_overlap_ratio"),
    at_most(Reason.MUSIC, "music_ratio", "max_music_ratio"),
)
"""What neither shelf may break: asked last, of both."""

CORPUS_FILTERS = (
    Filter(Reason.REMOVED, lambda rows, _: rows.flags("removed")),
    at_least(Reason.RARE_SPEAKER, "speaker_minutes", "min_speaker_minutes"),
    Filter(Reason.COPY, _too_many("copy_rank", "max_copies")),
    Filter(Reason.IN_OTHER_SET, lambda rows, _: rows.flags("copy_elsewhere")),
)
"""What only the whole corpus can tell: asked of what breaks nothing else."""

ASR_FILTERS = (
    Filter(Reason.NOT_WANTED, _shelf_closed("asr")),
    Filter(Reason.NO_TEXT, lambda rows, _: ~rows.has_text),
    Filter(Reason.NOT_FOR_SPEECH, _only("role", "roles")),
    at_least(Reason.TOO_SHORT, "duration_s", "min_duration_s"),
    at_most(Reason.TOO_LONG, "duration_s", "max_duration_s"),
    at_least(Reason.UNLIKELY, "p_correct", "min_p_correct"),
    at_least(Reason.LOW_SCORE, "alignment_score", "min_alignment_score"),
    at_least(Reason.SHORT_RUN, "longest_run", "min_run_words"),
    at_most(Reason.HIGH_CER, "cer", "max_cer"),
    Filter(Reason.EDGE_NOT_HEARD, _edge_not_heard),
    Filter(Reason.ODD_RATE, _odd_rate),
    Filter(Reason.OTHER_SCRIPT, other_script),
    Filter(Reason.BLOCKED_WORD, has_blocked_word),
    Filter(Reason.PERSONAL_DATA, holds_personal_data),
    Filter(Reason.TEXT_CHECK, own_checks),
    *SOUND_FILTERS,
    *CORPUS_FILTERS,
    Filter(Reason.SAME_TEXT, _too_many("text_rank", "max_same_text")),
    Filter(Reason.TEXT_IN_OTHER_SET, lambda rows, _: rows.flags("text_elsewhere")),
)
"""What speech with its text must not break, in the order in which reasons are given."""

SSL_FILTERS = (
    Filter(Reason.NON_SPEECH, lambda rows, _: rows.among("kind", (str(Heard.NON_SPEECH),))),
    Filter(Reason.NOT_WANTED, _shelf_closed("ssl")),
    at_least(Reason.TOO_SHORT, "duration_s", "min_ssl_duration_s"),
    at_most(Reason.TOO_LONG, "duration_s", "max_duration_s"),
    at_least(Reason.LITTLE_SPEECH, "speech_ratio", "min_ssl_speech_ratio"),
    *SOUND_FILTERS,
    *CORPUS_FILTERS,
)
"""What unlabelled speech must not break."""
