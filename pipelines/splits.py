"""Train, dev and test sets that share nothing, and stay what they are as the corpus grows.

Recordings that share a programme, a document, a broadcast day in one language, or the very same file go together:
the connected parts of that graph are never torn. A part once assigned keeps its set for good; only new parts are
placed. A new recording that would tie two sets together belongs to neither and is left out, for a reason.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from wavelode.datasets.shards import row_groups
from wavelode.schemas.records import Recording
from wavelode.schemas.settings import SplitSettings
from wavelode.schemas.time import WORKING_RATE_HZ
from wavelode.schemas.verdict import Reason

TRAIN, DEV, TEST = "train", "dev", "test"

Stratum = tuple[str, str]
"""Language and station."""
Hours = dict[Stratum, float]


@dataclass(frozen=True, slots=True)
class Unit:
    """What splitting knows of one recording.

    Attributes:
        samples: of speech with its text, at the working rate.
        ties: names of what must not lie in two sets.
    """

    recording_id: str
    stratum: Stratum
    samples: int
    ties: tuple[str, ...]

    @property
    def hours(self) -> float:
        return self.samples / WORKING_RATE_HZ / 3600


@dataclass(frozen=True, slots=True)
class Splits:
    """The set of each recording; those in `torn` would tie two sets together and are in none."""

    of: Mapping[str, str]
    torn: frozenset[str] = frozenset()


def unit_of(recording: Recording, samples: int, settings: SplitSettings) -> Unit:
    """What splitting needs of a recording of which so many samples are speech with text."""
    source = recording.source
    day = (source.aired_at or "")[:10]
    ties = {
        "programme": [source.programme_id] if source.programme_id else [],
        "day": [f"{source.language}/{day}"] if day else [],
        "document": list(source.document_ids),
    }
    found = [f"{kind}:{name}" for kind in settings.together for name in ties[kind]]
    if recording.sound:
        found.append(f"file:{recording.sound.sha256}")
    return Unit(source.recording_id, (source.language, source.station or ""), samples, tuple(found))


def split(units: Sequence[Unit], settings: SplitSettings, kept: Mapping[str, str]) -> Splits:
    """Every recording's set; the same units, settings and past give the same.

    Args:
        units: one per recording, in any order.
        kept: sets that were assigned before and stand, by recording.
    """
    forest, torn = _Forest(), set()
    # Those that have a set come first: where a new one would tie two of them together, it is the one to go.
    units = sorted(units, key=lambda u: (u.recording_id not in kept, u.recording_id))
    for unit in units:
        if not forest.add(unit, kept.get(unit.recording_id)):
            torn.add(unit.recording_id)
    sets = {u.recording_id: name for u in forest.units if (name := forest.set_of(u))}
    fresh = [group for group in forest.groups() if group[0].recording_id not in sets]
    return Splits({**sets, **_placed(units, sets, fresh, settings)}, frozenset(torn))


class _Forest:
    """Units and what they are tied to; each tree has one set at most (disjoint sets, Tarjan 1975)."""

    def __init__(self) -> None:
        self.units: list[Unit] = []
        self._own: dict[str, str] = {}
        self._above: dict[str, str] = {}
        self._set: dict[str, str] = {}

    def add(self, unit: Unit, own: str | None) -> bool:
        """Grows the tree of its ties; false, and nothing done, where they have different sets and it has none."""
        node = f"recording:{unit.recording_id}"
        roots = {self._root(name) for name in (node, *unit.ties)}
        sets = {self._set[root] for root in roots if root in self._set} | ({own} if own else set())
        if len(sets) > 1 and own is None:
            return False
        for root in roots:
            self._above[root] = node
        self._above[node] = node
        if own:
            self._own[unit.recording_id] = own
        if sets:
            self._set[node] = own or sets.pop()
        self.units.append(unit)
        return True

    def set_of(self, unit: Unit) -> str | None:
        return self._own.get(unit.recording_id) or self._set.get(self._root(f"recording:{unit.recording_id}"))

    def groups(self) -> list[list[Unit]]:
        """The units of each tree by name, the trees by the name of their first."""
        trees: dict[str, list[Unit]] = defaultdict(list)
        for unit in sorted(self.units, key=lambda u: u.recording_id):
            trees[self._root(f"recording:{unit.recording_id}")].append(unit)
        return sorted(trees.values(), key=lambda group: group[0].recording_id)

    def _root(self, name: str) -> str:
        above = self._above
        while (up := above.setdefault(name, name)) != name:
            above[name] = above[up]
            name = up
        return name


def _placed(
    units: Sequence[Unit], sets: Mapping[str, str], fresh: list[list[Unit]], settings: SplitSettings
) -> dict[str, str]:
    """Sets for the groups that have none: first what test lacks, then what dev lacks, the rest is for training."""
    order = sorted(fresh, key=lambda group: _draw(group[0].recording_id, settings.seed))
    placed: dict[str, str] = {}
    for name, most_hours in ((TEST, settings.test_hours), (DEV, settings.dev_hours)):
        wanted = _wanted(units, most_hours, settings.max_share)
        for unit in units:
            if sets.get(unit.recording_id) == name:
                wanted[unit.stratum] -= unit.hours
        taken = [group for group in order if _take(group, wanted)]
        placed.update((unit.recording_id, name) for group in taken for unit in group)
        order = [group for group in order if group[0].recording_id not in placed]
    placed.update((unit.recording_id, TRAIN) for group in order for unit in group)
    return placed


def _wanted(units: Iterable[Unit], most_hours: float, max_share: float) -> Hours:
    """Hours per stratum: of each language so many, or a share where it has little, stations in proportion."""
    there: Hours = defaultdict(float)
    of_language: dict[str, float] = defaultdict(float)
    for unit in units:
        there[unit.stratum] += unit.hours
        of_language[unit.stratum[0]] += unit.hours
    wanted: Hours = {}
    for (language, station), hours in there.items():
        whole = of_language[language]
        share = min(max_share, most_hours / whole) if whole else 0.0
        wanted[language, station] = share * hours
    return wanted


def _take(group: list[Unit], wanted: Hours) -> bool:
    """Takes a group out of what is wanted, if that brings the sum of what is lacking and too much down."""
    hours: Hours = defaultdict(float)
    for unit in group:
        hours[unit.stratum] += unit.hours
    change = sum(abs(wanted[s] - h) - abs(wanted[s]) for s, h in hours.items())
    if change >= 0:
        return False
    for stratum, more in hours.items():
        wanted[stratum] -= more
    return True


def _draw(name: str, seed: int) -> str:
    """A lot that depends on the name alone."""
    return hashlib.sha256(f"{seed}:{name}".encode("utf-8", "surrogatepass")).hexdigest()


# The decision table


def read_splits(selected: Path) -> dict[str, str]:
    """The set of each recording in an earlier decision table; empty where there is none.

    Raises:
        StorageError: if it can't be read.
    """
    if not selected.exists():
        return {}
    sets: dict[str, str] = {}
    for group in row_groups(selected, ["recording_id", "split"]):
        pairs = group.group_by(["recording_id", "split"]).aggregate([]).to_pylist()
        sets.update((row["recording_id"], row["split"]) for row in pairs if row["split"])
    return sets


def with_splits(rows: pa.Table, splits: Splits) -> pa.Table:
    """Rows of the decision table with the set of each; what would tie two sets together is on no shelf."""
    names = rows["recording_id"].to_pylist()
    column = pa.array([splits.of.get(name) for name in names], pa.string())
    rows = rows.set_column(rows.schema.get_field_index("split"), rows.schema.field("split"), column)
    torn = pc.and_(pc.is_null(column), pc.is_valid(rows["shelf"]))
    if not pc.any(torn).as_py():
        return rows
    nothing, why = pa.scalar(None, pa.string()), pa.scalar(str(Reason.TIES_SETS))
    for name, value in (("reason", why), ("shelf", nothing)):
        at = rows.schema.get_field_index(name)
        rows = rows.set_column(at, rows.schema.field(name), pc.if_else(torn, value, rows[name]))
    return rows
