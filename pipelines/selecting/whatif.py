"""What another limit would give, without writing anything: the yield curve over the last selection's table."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from wavelode.datasets.shards import row_groups
from wavelode.datasets.storage import Layout
from wavelode.pipelines.selecting.choose import Asked, Extra, nothing_known
from wavelode.pipelines.selecting.corpus import Told, speaker_minutes
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.settings import LIMITS, SelectSettings
from wavelode.schemas.verdict import Reason

STEPS = 10


@dataclass(frozen=True, slots=True)
class Point:
    """What is kept under one value of a limit.

    Attributes:
        sure: mean probability that text and sound belong together; NaN where nobody knows it.
    """

    value: float
    asr_clips: int
    asr_hours: float
    ssl_hours: float
    sure: float


def parse(text: str) -> tuple[str, list[float]]:
    """A limit's name and the values to try, of ``min_p_correct=0.9..0.99`` or ``max_cer=0.1,0.2,0.3``.

    Raises:
        SettingsError: if it is neither.
    """
    name, _, told = text.partition("=")
    try:
        if ".." in told:
            low, high = map(float, told.split(".."))
            values = np.linspace(low, high, STEPS).round(6).tolist()
        else:
            values = [float(value) for value in told.split(",")]
    except ValueError:
        values = []
    if name not in LIMITS or not values:
        raise SettingsError(
            f"--what-if {text!r}: write LIMIT=LOW..HIGH or LIMIT=A,B,C; limits are {', '.join(LIMITS)}"
        )
    return name, values


def curve(layout: Layout, settings: SelectSettings, name: str, values: list[float]) -> Iterator[Point]:
    """The yield at each value of a limit, all else as it is set.

    Reads the last selection's table; copies are the ones that it found, the sets those that it made.

    Raises:
        StorageError: if there is no selection.
        SettingsError: if a value is impossible.
    """
    told = Told(layout.selected)
    extra = _known(layout, len(told.durations_s))
    sure = np.concatenate([np.zeros(0), *_sure(layout)])
    for value in values:
        tried = _with(settings, name, value)
        asked = Asked.of(layout.selected, tried, len(sure), extra)
        if tried.min_speaker_minutes is not None:
            asked.know(speaker_minutes=speaker_minutes(told, asked.fates))
        asr, ssl = asked.fates.in_asr, asked.fates.in_ssl
        known = sure[asr & ~np.isnan(sure)]
        hours = told.durations_s / 3600
        yield Point(
            value,
            int(asr.sum()),
            float(hours[asr].sum()),
            float(hours[ssl].sum()),
            float(known.mean()) if len(known) else float("nan"),
        )


def _with(settings: SelectSettings, name: str, value: float) -> SelectSettings:
    try:
        whole = SelectSettings.model_fields[name].annotation is int
        return SelectSettings.model_validate(
            {**settings.model_dump(), name: round(value) if whole else value}
        )
    except ValueError as error:
        raise SettingsError(f"--what-if {name}={value:g}: {' '.join(str(error).split())}") from None


def _sure(layout: Layout) -> Iterator[np.ndarray]:
    for group in row_groups(layout.selected, ["p_correct"]):
        yield group["p_correct"].to_numpy().astype(np.float64)


def _known(layout: Layout, rows: int) -> Extra:
    """What the last selection found of copies: places in clusters, and what was left to another set."""
    extra = nothing_known(rows)
    ranks: dict[str, dict[str, int]] = {"sound": {}, "text": {}}
    for group in row_groups(layout.clusters, ["kind", "clip_id", "rank"]):
        for row in group.to_pylist():
            ranks["text" if row["kind"] == "text" else "sound"][row["clip_id"]] = row["rank"]
    names = [n for group in row_groups(layout.selected, ["clip_id"]) for n in group["clip_id"].to_pylist()]
    extra["copy_rank"] = np.array([ranks["sound"].get(name, 0) for name in names], np.float64)
    extra["text_rank"] = np.array([ranks["text"].get(name, 0) for name in names], np.float64)
    why = [
        {*(row["reasons"] or ()), *(row["asr_reasons"] or ())}
        for group in row_groups(layout.selected, ["reasons", "asr_reasons"])
        for row in group.to_pylist()
    ]
    extra["copy_elsewhere"] = np.array([Reason.IN_OTHER_SET in told for told in why], np.bool_)
    extra["text_elsewhere"] = np.array([Reason.TEXT_IN_OTHER_SET in told for told in why], np.bool_)
    return extra
