"""The order of an epoch, planned whole before it begins.

An epoch need not be streamed to be put in order: a plan is a pure function of the clips' lengths and a few settings.
It cuts the clips into *micro-batches*, each from one duration bucket and of at most so many padded seconds, and
shuffles these. Rank ``r`` of ``W`` takes every ``W``-th micro-batch, so the global order is the same for any number
of ranks and workers, and where an epoch stands is one number.

::

    plan = plan_epoch(durations_s, OrderSettings(seconds=120, seed=7), epoch=3)
    plan.rows(0)                 # the clips of the first micro-batch
    plan.mine(rank=1, world=4)   # which micro-batches rank 1 of 4 takes
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

_SAMPLE, _SHUFFLE, _BATCHES = 1, 2, 3
"""Each use of chance has a stream of its own."""


@dataclass(frozen=True, slots=True)
class OrderSettings:
    """How an epoch is cut and shuffled.

    Attributes:
        seconds: most seconds of sound in a micro-batch, padding included.
        buckets: micro-batches hold clips of one of so many ranges of duration.
        per_step: micro-batches of one optimiser step, over all ranks; an epoch is a whole number of steps.
        seed: another seed is another order.
        temperature: 1 takes every clip once an epoch; above it, small groups are taken more often and large ones
            less: group g of n_g clips has a share of n_g ** (1 / temperature), the epoch keeps its length.
    """

    seconds: float = 120.0
    buckets: int = 30
    per_step: int = 1
    seed: int = 0
    temperature: float = 1.0

    def __post_init__(self) -> None:
        for name, least in (("buckets", 1), ("per_step", 1), ("temperature", 1)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} is {getattr(self, name)}, expected {least} or more")
        if not self.seconds > 0:
            raise ValueError(f"seconds is {self.seconds}, expected more than 0")


@dataclass(frozen=True, slots=True)
class Plan:
    """One epoch.

    Attributes:
        clips: numbers of clips, (N,), micro-batch after micro-batch.
        starts: where each micro-batch starts in `clips`, and the end, (M + 1,).
        per_step: micro-batches of one optimiser step; M is a multiple of it.
        quotas: how many clips each group gives, (G,).
    """

    clips: Ints
    starts: Ints
    per_step: int
    quotas: Ints

    def __len__(self) -> int:
        """Micro-batches."""
        return len(self.starts) - 1

    @property
    def num_steps(self) -> int:
        return len(self) // self.per_step

    def rows(self, batch: int) -> Ints:
        """The clips of a micro-batch."""
        return self.clips[self.starts[batch] : self.starts[batch + 1]]

    def mine(self, rank: int, world: int, first: int = 0) -> range:
        """The micro-batches of one rank, from the `first` on that was not done."""
        return range(first + (rank - first) % world, len(self), world)

    def sha256(self) -> str:
        """Of the whole order."""
        digest = hashlib.sha256(self.clips.astype("<i8").tobytes())
        digest.update(self.starts.astype("<i8").tobytes())
        return digest.hexdigest()

    def padding(self, durations_s: Floats) -> float:
        """The share of all padded seconds that is padding."""
        lengths, sizes = durations_s[self.clips], np.diff(self.starts)
        padded = np.maximum.reduceat(lengths, self.starts[:-1][sizes > 0]) * sizes[sizes > 0]
        return 1.0 - float(lengths.sum() / padded.sum())


def plan_epoch(
    durations_s: Floats,
    settings: OrderSettings,
    epoch: int,
    groups: Ints | None = None,
    curriculum: Floats | None = None,
) -> Plan:
    """A whole epoch; the same arguments always give the same plan, on any machine.

    Args:
        durations_s: of each clip, (N,).
        groups: what each clip belongs to (a language, a station, a tier), 0 to G - 1, (N,); only needed for a
            temperature above 1.
        curriculum: if given, (N,), low values come first: micro-batches hold clips that are next to each other in it
            and come in the order of their mean; what is no number comes last.

    Raises:
        ValueError: if a clip is longer than a micro-batch may be, or there are too few clips for one step.
    """
    _check(durations_s, settings)
    streams = _Streams(settings.seed, epoch)
    groups = np.zeros(len(durations_s), np.int64) if groups is None else groups
    quotas = _quotas(np.bincount(groups), settings.temperature)
    clips = _chosen(groups, quotas, streams) if settings.temperature != 1 else np.arange(len(durations_s))
    ranks = None if curriculum is None else _ranks(curriculum)
    clips, starts = _cut(clips, durations_s, settings, streams, None if ranks is None else ranks[clips])
    starts = _whole_steps(starts, settings.per_step)
    means = _means(ranks, clips, starts) if ranks is not None else None
    keys = streams.keys(_BATCHES, np.arange(len(starts) - 1))
    order = np.argsort(keys, kind="stable") if means is None else np.lexsort((keys, means))
    return Plan(*_reordered(clips, starts, order), settings.per_step, quotas)


def _check(durations_s: Floats, settings: OrderSettings) -> None:
    if len(durations_s) < settings.per_step:
        raise ValueError(
            f"{len(durations_s)} clips are too few for {settings.per_step} micro-batches a step; lower per_step"
        )
    longest = float(durations_s.max())
    if longest > settings.seconds or not float(durations_s.min()) > 0:
        raise ValueError(
            f"clips last {durations_s.min():g} to {longest:g} s, micro-batches hold {settings.seconds:g} s; "
            "raise seconds or leave those clips out"
        )


class _Streams:
    """Chance that depends on nothing but the seed, the epoch, the use and the thing; numpy's own may change."""

    def __init__(self, seed: int, epoch: int) -> None:
        text = f"{seed}/{epoch}".encode()
        self._start = int.from_bytes(hashlib.sha256(text).digest()[:8], "little")

    def keys(self, use: int, things: Ints) -> Keys:
        """A 64-bit key per thing (splitmix64; Steele, Lea and Flood 2014)."""
        with np.errstate(over="ignore"):
            mixed = _mixed(np.array([self._start ^ (use * 0x9E37_79B9_7F4A_7C15) % 2**64], np.uint64))
            keys: Keys = _mixed(things.astype(np.uint64) * np.uint64(0x9E37_79B9_7F4A_7C15) + mixed)
        return keys


def _mixed(x: Keys) -> Keys:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58_476D_1CE4_E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D0_49BB_1331_11EB)
    keys: Keys = x ^ (x >> np.uint64(31))
    return keys


def _quotas(sizes: Ints, temperature: float) -> Ints:
    """How many clips each group gives: its share, rounded so that the sum is exact (largest remainder)."""
    if temperature == 1:
        return sizes.astype(np.int64)
    weights = np.where(sizes > 0, sizes.astype(float) ** (1 / temperature), 0.0)
    exact = weights / weights.sum() * sizes.sum()
    quotas: Ints = np.floor(exact).astype(np.int64)
    lacking = int(sizes.sum() - quotas.sum())
    quotas[np.argsort(quotas - exact, kind="stable")[:lacking]] += 1
    return quotas


def _chosen(groups: Ints, quotas: Ints, streams: _Streams) -> Ints:
    """The clips of the epoch: every one of a group as often as any other, or once more."""
    keys = streams.keys(_SAMPLE, np.arange(len(groups)))
    order = np.lexsort((keys, groups))
    sizes = np.bincount(groups, minlength=len(quotas))
    starts = np.cumsum(sizes) - sizes
    taken = np.arange(quotas.sum()) - np.repeat(np.cumsum(quotas) - quotas, quotas)
    of_group = np.repeat(np.arange(len(quotas)), quotas)
    chosen: Ints = order[starts[of_group] + taken % sizes[of_group]]
    return np.sort(chosen)


def _cut(
    clips: Ints, durations_s: Floats, settings: OrderSettings, streams: _Streams, ranks: Floats | None
) -> tuple[Ints, Ints]:
    """Clips shuffled within their buckets, or there by `ranks`, and where each micro-batch starts."""
    lengths = durations_s[clips]
    bucket = np.searchsorted(_edges(lengths, settings.buckets), lengths, side="left")
    # A clip that is there twice has two places, and so two keys.
    keys = streams.keys(_SHUFFLE, np.arange(len(clips)))
    order = _by_bucket(bucket, keys, settings.buckets) if ranks is None else np.lexsort((keys, ranks, bucket))
    sizes = np.bincount(bucket, minlength=settings.buckets)
    starts = []
    first = 0
    for size, longest in zip(sizes, _longest(lengths, bucket, settings.buckets), strict=True):
        if size:
            at_once = max(1, int(settings.seconds / longest + 1e-9))
            starts.append(np.arange(first, first + size, at_once))
            first += size
    return clips[order], np.concatenate([*starts, [len(clips)]])


def _by_bucket(bucket: Ints, keys: Keys, buckets: int) -> Ints:
    """The order by bucket, then by key.

    One number holds bucket, key and place, because sorting numbers is many times quicker than sorting places by two
    columns; of a key only the bits that are left take part (33 with fifty million clips in thirty buckets).
    """
    of_place, of_bucket = max(1, len(keys) - 1).bit_length(), (buckets - 1).bit_length()
    whole = keys >> np.uint64(of_place + of_bucket) << np.uint64(of_place)
    whole |= bucket.astype(np.uint64) << np.uint64(64 - of_bucket) if of_bucket else np.uint64(0)
    whole |= np.arange(len(keys), dtype=np.uint64)
    whole.sort()
    whole &= np.uint64((1 << of_place) - 1)
    return whole.astype(np.int64)


def _ranks(values: Floats) -> Floats:
    """The place of each value among all different ones, from 0; the last where it is no number."""
    ranks: Floats = np.unique(values, return_inverse=True)[1].astype(float)
    return ranks


def _edges(lengths: Floats, buckets: int) -> Floats:
    """Upper ends of all buckets but the last, each with as many seconds of sound as the others."""
    ordered = np.sort(lengths)
    seconds = np.cumsum(ordered)
    places = np.searchsorted(seconds, seconds[-1] * np.arange(1, buckets) / buckets)
    edges: Floats = ordered[np.minimum(places, len(ordered) - 1)]
    return edges


def _longest(lengths: Floats, bucket: Ints, buckets: int) -> Floats:
    longest = np.zeros(buckets)
    np.maximum.at(longest, bucket, lengths)
    return longest


def _whole_steps(starts: Ints, per_step: int) -> Ints:
    """Halves the largest micro-batches until their number is a multiple of `per_step`.

    Where all hold one clip and that is not enough, micro-batches without clips fill the last step.
    """
    while lacking := -(len(starts) - 1) % per_step:
        sizes = np.diff(starts)
        largest = np.argsort(-sizes, kind="stable")[:lacking]
        largest = largest[sizes[largest] > 1]
        if not largest.size:
            return np.concatenate([starts, np.full(lacking, starts[-1])])
        starts = np.sort(np.concatenate([starts, starts[largest] + sizes[largest] // 2]))
    return starts


def _means(values: Floats, clips: Ints, starts: Ints) -> Floats:
    sizes = np.diff(starts)
    means = np.full(len(sizes), np.inf)
    means[sizes > 0] = np.add.reduceat(values[clips], starts[:-1][sizes > 0]) / sizes[sizes > 0]
    return means


def _reordered(clips: Ints, starts: Ints, order: Ints) -> tuple[Ints, Ints]:
    """The micro-batches in another order."""
    sizes = np.diff(starts)[order]
    ends = np.cumsum(sizes)
    within = np.arange(len(clips)) - np.repeat(ends - sizes, sizes)
    return clips[np.repeat(starts[:-1][order], sizes) + within], np.concatenate([[0], ends])
