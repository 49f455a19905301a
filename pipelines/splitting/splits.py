"""Train, dev and test sets that share nothing, and stay what they are as the corpus grows.

Recordings that share a programme, a document, a speaker, a broadcast day in one language, or the very same file go
together: the connected parts of that graph are never torn. Recordings that share single copies go together too, but
where that would tie two sets, the copies in one of them are left out instead. A part once assigned keeps its set for
good; only new parts are placed. A new recording that would tie two sets together belongs to neither and is left out,
for a reason. Sets are filled so that language, station, voice and noise have the shares that they have in all.
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
from wavelode.pipelines.splitting.units import Stratum, Unit
from wavelode.schemas.settings import SplitSettings
from wavelode.schemas.verdict import Reason

TRAIN, DEV, TEST = "train", "dev", "test"

Hours = dict[Stratum, float]


@dataclass(frozen=True, slots=True)
class Splits:
    """The set of each recording; those in `torn` would tie two sets together and are in none."""

    of: Mapping[str, str]
    torn: frozenset[str] = frozenset()


def split(parts: Sequence[Sequence[Unit]], settings: SplitSettings, kept: Mapping[str, str]) -> Splits:
    """Every recording's set; the same parts, settings and past give the same.

    Args:
        parts: recordings that go together, loose ties among what ties them (`ties.parts_of`).
        kept: sets that were assigned before and stand, by recording.
    """
    sets: dict[str, str] = {}
    fresh: list[Sequence[Unit]] = []
    torn: set[str] = set()
    for part in parts:
        there = {kept[unit.recording_id] for unit in part if unit.recording_id in kept}
        if len(there) > 1:
            forest = _Forest(part, kept)
            sets |= forest.sets()
            fresh += forest.fresh()
            torn |= forest.torn
        elif there:
            sets |= dict.fromkeys((unit.recording_id for unit in part), *there)
        else:
            fresh.append(part)
    units = [unit for part in parts for unit in part]
    return Splits({**sets, **_placed(units, sets, fresh, settings)}, frozenset(torn))


class _Forest:
    """A part that holds more than one set, taken apart: each tree has one at most (disjoint sets, Tarjan 1975).

    Attributes:
        torn: recordings that would tie two sets together.
    """

    def __init__(self, part: Iterable[Unit], kept: Mapping[str, str]) -> None:
        self.units: list[Unit] = []
        self.torn: set[str] = set()
        self._own: dict[str, str] = {}
        self._above: dict[str, str] = {}
        self._set: dict[str, str] = {}
        # Those that have a set come first: where a new one would tie two of them together, it is the one to go.
        for unit in sorted(part, key=lambda unit: (unit.recording_id not in kept, unit.recording_id)):
            if not self._add(unit, kept.get(unit.recording_id)):
                self.torn.add(unit.recording_id)

    def sets(self) -> dict[str, str]:
        """The set of each recording that has one, its own or its tree's."""
        return {unit.recording_id: name for unit in self.units if (name := self._set_of(unit))}

    def fresh(self) -> list[list[Unit]]:
        """The trees that have no set; their units by name, the trees by the name of their first."""
        trees: dict[str, list[Unit]] = defaultdict(list)
        for unit in sorted(self.units, key=lambda unit: unit.recording_id):
            if self._set_of(unit) is None:
                trees[self._root(f"recording:{unit.recording_id}")].append(unit)
        return list(trees.values())

    def _add(self, unit: Unit, own: str | None) -> bool:
        """Grows the tree of its ties; false, and nothing done, where they have different sets and it has none.

        Loose ties are let go where only they make the difference.
        """
        node = f"recording:{unit.recording_id}"
        roots = self._roots((node, *unit.ties, *unit.loose_ties))
        sets = self._sets(roots, own)
        if len(sets) > 1:
            roots = self._roots((node, *unit.ties))
            sets = self._sets(roots, own)
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

    def _roots(self, names: Iterable[str]) -> set[str]:
        return {self._root(name) for name in names}

    def _sets(self, roots: Iterable[str], own: str | None) -> set[str]:
        return {self._set[root] for root in roots if root in self._set} | ({own} if own else set())

    def _set_of(self, unit: Unit) -> str | None:
        return self._own.get(unit.recording_id) or self._set.get(self._root(f"recording:{unit.recording_id}"))

    def _root(self, name: str) -> str:
        above = self._above
        while (up := above.setdefault(name, name)) != name:
            above[name] = above[up]
            name = up
        return name


def _placed(
    units: Sequence[Unit], sets: Mapping[str, str], fresh: Iterable[Sequence[Unit]], settings: SplitSettings
) -> dict[str, str]:
    """Sets for the groups that have none: first what test lacks, then what dev lacks, the rest is for training."""
    order = sorted(fresh, key=lambda group: _draw(group[0].recording_id, settings.seed))
    placed: dict[str, str] = {}
    for name, most_hours in ((TEST, settings.test_hours), (DEV, settings.dev_hours)):
        wanted = _wanted(units, most_hours, settings.max_share)
        for unit in units:
            if sets.get(unit.recording_id) == name:
                for stratum in unit.strata:
                    wanted[stratum] -= unit.hours
        taken = _chosen(order, wanted)
        placed.update((unit.recording_id, name) for group in taken for unit in group)
        order = [group for group in order if group[0].recording_id not in placed]
    placed.update((unit.recording_id, TRAIN) for group in order for unit in group)
    return placed


def _chosen(order: Sequence[Sequence[Unit]], wanted: Hours) -> list[Sequence[Unit]]:
    """Groups for a set: first those that serve every trait, then what fills its hours."""
    first = [group for group in order if _take(group, wanted, strictly=True)]
    there = {group[0].recording_id for group in first}
    rest = (group for group in order if group[0].recording_id not in there)
    return [*first, *(group for group in rest if _take(group, wanted, strictly=False))]


def _wanted(units: Iterable[Unit], most_hours: float, max_share: float) -> Hours:
    """Hours per stratum: of each language so many, or a share where it has little; its traits in proportion."""
    there: Hours = defaultdict(float)
    for unit in units:
        for stratum in unit.strata:
            there[stratum] += unit.hours
    wanted: Hours = {}
    for (language, trait), hours in there.items():
        whole = there[language, ""]
        share = min(max_share, most_hours / whole) if whole else 0.0
        wanted[language, trait] = share * hours
    return wanted


def _take(group: Sequence[Unit], wanted: Hours, *, strictly: bool) -> bool:
    """Takes a group out of what is wanted, if that brings what is lacking and too much down.

    Args:
        strictly: for the traits too, not only for the language, whose hours else count more than all traits.
    """
    hours: Hours = defaultdict(float)
    for unit in group:
        for stratum in unit.strata:
            hours[stratum] += unit.hours
    change = {stratum: abs(wanted[stratum] - more) - abs(wanted[stratum]) for stratum, more in hours.items()}
    of_language = sum(more for stratum, more in change.items() if not stratum[1])
    of_traits = sum(change.values()) - of_language
    if max(of_language, of_traits) >= 0 if strictly else 4 * of_language + of_traits >= 0:
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
    why = str(Reason.TIES_SETS)
    for name, value in (("reason", why), ("reasons", [why]), ("shelf", None)):
        field = rows.schema.field(name)
        at = rows.schema.get_field_index(name)
        stays = zip(torn.to_pylist(), rows[name].to_pylist(), strict=True)
        filled = [value if is_torn else old for is_torn, old in stays]
        rows = rows.set_column(at, field, pa.array(filled, field.type))
    return rows
