"""What a run would do, and what it would take: ``wavelode status`` and ``--dry-run``. Nothing is worked on."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from wavelode.datasets.audio import declared_seconds
from wavelode.datasets.manifest import read_manifest
from wavelode.datasets.shards import BYTES_PER_SAMPLE
from wavelode.datasets.storage import Layout
from wavelode.infra.engines.base import usable_cores
from wavelode.infra.progress import table
from wavelode.infra.rates import Rates, read_rates
from wavelode.pipelines.documents.read import SUFFIXES
from wavelode.pipelines.mine import DECODE, MineDocument, MineRecording, content_mark
from wavelode.pipelines.pairing import find_archive
from wavelode.pipelines.standing import Standing, State, Survey, believed, seconds_of
from wavelode.schemas.errors import StorageError
from wavelode.schemas.settings import Settings, read_yaml
from wavelode.schemas.time import WORKING_RATE_HZ

_DECODED_BYTES = 2
_RECENT_S = 3600.0
_HOUR_S = 3600.0
_PLACES = frozenset(["out", "engine", "workers", "gpus_per_worker", "ray_address", "beam_options"])
"""Settings that say where a run works, not what comes of it."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """How everything stands that the settings name.

    Attributes:
        seconds: length of each recording, as mined or as its header says.
    """

    settings: Settings
    task: MineRecording
    documents: tuple[Standing, ...]
    recordings: tuple[Standing, ...]
    seconds: Mapping[str, float]

    @property
    def layout(self) -> Layout:
        return self.task.layout

    def hours(self, *states: State) -> float:
        return sum(self.seconds[r.name] for r in self.recordings if r.state in states) / _HOUR_S

    def repeated_s(self, step: str) -> float:
        """Seconds of sound that a run would take through a step."""
        return sum(self.seconds[r.name] for r in self.recordings if step in r.repeat)


def look(settings: Settings, *, exact: bool) -> Outlook:
    """How it stands.

    Args:
        exact: reads every recording to tell whether it has changed; else what is older than its result hasn't.

    Raises:
        WavelodeError: as a run with these settings would before it begins.
    """
    archive = find_archive(settings, SUFFIXES)
    layout = Layout(settings.out)
    task = MineRecording(layout, settings)
    survey = Survey(MineDocument(layout, settings), task, _hashed if exact else believed)
    documents = tuple(survey.of_documents(archive.documents))
    of_name = {one.name: one for one in documents}
    recordings = tuple(survey.of_recordings(archive.sources, of_name))
    sounds = {source.recording_id: task.sound_of(source) for source in archive.sources}
    seconds = {r.name: seconds_of(r) or declared_seconds(sounds[r.name]) for r in recordings}
    return Outlook(settings, task, documents, recordings, seconds)


def _hashed(sound: Path, _: Path | None) -> str:
    return content_mark(sound)


def print_status(console: Console, seen: Outlook) -> int:
    """Prints it; 0 where nothing is left to do and nothing failed."""
    _print_states(console, seen)
    failed = [r for r in seen.recordings if r.state is State.FAILED]
    for one in failed[:20]:
        _say(console, f"failed: {one.name} (--retry-failed tries it again)")
    open_s = _HOUR_S * seen.hours(State.LEFT, State.STALE)
    if open_s:
        _say(console, _eta(seen, open_s))
    return 1 if open_s or failed else 0


def print_plan(console: Console, seen: Outlook) -> None:
    """Prints what a run would do, what it would not, and what that takes."""
    _print_states(console, seen)
    for line in changes(seen.settings):
        _say(console, line)
    console.print(table("mine", ("step", "hours to do", "kept", "worker-hours", "GPU-hours"), _steps(seen)))
    _say(console, "select: decides again over all of it, without any model; seconds")
    _say(console, "pack: writes the shards whose clips change, keeps the others")
    for line in _storage(seen):
        _say(console, line)


def changes(settings: Settings) -> Iterator[str]:
    """What is set otherwise than in the last run into this folder."""
    noted = Layout(settings.out).settings
    if not noted.is_file():
        return
    now = settings.model_dump(mode="json")
    before = Settings.model_validate({**read_yaml(noted), "out": settings.out}).model_dump(mode="json")
    for name, (old, new) in sorted(_differences(before, now).items()):
        if name not in _PLACES and not _same_place(old, new):
            yield f"changed since the last run: {name} {old!r} -> {new!r}"


def _differences(before: Any, now: Any, name: str = "") -> dict[str, tuple[Any, Any]]:
    if not (isinstance(before, dict) and isinstance(now, dict)):
        return {name: (before, now)} if before != now else {}
    found: dict[str, tuple[Any, Any]] = {}
    for key in now:
        found |= _differences(before.get(key), now[key], f"{name}.{key}" if name else key)
    return found


def _same_place(old: Any, new: Any) -> bool:
    """Whether two values name one file, one of them from where the command runs."""
    return isinstance(old, str) and isinstance(new, str) and old != "" and Path(new).resolve() == Path(old)


def _print_states(console: Console, seen: Outlook) -> None:
    documents = Counter(one.state for one in seen.documents)
    recordings = Counter(one.state for one in seen.recordings)
    rows = [
        (state.value, str(recordings[state]), f"{seen.hours(state):.2f}", str(documents[state]))
        for state in State
    ]
    console.print(table("As it stands", ("", "recordings", "hours", "documents"), rows))


def _steps(seen: Outlook) -> Iterator[tuple[str, ...]]:
    rates = read_rates(seen.layout.rates)
    labels = seen.task.labels
    all_s = sum(seen.seconds.values())
    total, is_known = 0.0, True
    for step in (DECODE, *(stage.name for stage in seen.task.stages)):
        audio_s = seen.repeated_s(step)
        work_s = worker_seconds(rates, step, labels[step], audio_s)
        total, is_known = total + (work_s or 0.0), is_known and work_s is not None
        yield step, f"{audio_s / _HOUR_S:.2f}", f"{(all_s - audio_s) / _HOUR_S:.2f}", *_priced(seen, work_s)
    yield "together", "", "", *_priced(seen, total if is_known else None)


def worker_seconds(rates: Rates, step: str, label: str, audio_s: float) -> float | None:
    """What a step takes, by what it took here with this model, else with another; None where nobody knows."""
    if not audio_s:
        return 0.0
    exact = rates.get(f"{step}/{label}")
    others = [rate for key, rate in rates.items() if key.startswith(f"{step}/") and rate.audio_s]
    rate = exact or (max(others, key=lambda rate: rate.audio_s) if others else None)
    return rate.per_audio * audio_s if rate else None


def _priced(seen: Outlook, work_s: float | None) -> tuple[str, str]:
    """Worker-hours and GPU-hours: a worker holds its share of a GPU from the first step to the last."""
    if work_s is None:
        return "not measured yet", "not measured yet"
    on_gpu = seen.settings.gpus_per_worker or float(seen.settings.listener.device == "cuda")
    return f"{work_s / _HOUR_S:.2f}", f"{on_gpu * work_s / _HOUR_S:.2f}"


def _storage(seen: Outlook) -> Iterator[str]:
    """What is there and what comes to it, in proportion to the hours that were mined or packed."""
    layout, all_h = seen.layout, sum(seen.seconds.values()) / _HOUR_S
    mined_h = seen.hours(State.DONE, State.STALE)
    held = sum(path.stat().st_size for path in layout.mined.rglob("*.parquet"))
    more = f"about {_mb(held / mined_h * seen.repeated_s(DECODE) / _HOUR_S)} more" if mined_h else ""
    yield f"storage: mined/ {_mb(held)}, {more or 'not measured yet; one finished recording tells'}"
    try:
        manifest = read_manifest(layout.manifest)
        packed = sum(shard.bytes for shard in manifest.shards)
        packed_h = manifest.total.in_samples / WORKING_RATE_HZ / _HOUR_S
        yield f"storage: shards {_mb(packed)}, about {_mb(packed / packed_h * all_h if packed_h else 0)} in all"
    except StorageError:
        most = all_h * _HOUR_S * WORKING_RATE_HZ * BYTES_PER_SAMPLE
        yield f"storage: shards {_mb(most)} at most, where everything is kept"
    workers = seen.settings.workers or usable_cores()
    scratch = max(seen.seconds.values(), default=0.0) * WORKING_RATE_HZ * _DECODED_BYTES * workers
    yield f"storage: scratch {_mb(scratch)} at most while {workers} workers decode"


def _mb(size: float) -> str:
    return f"{size / 1e6:.1f} MB" if size < 1e10 else f"{size / 1e9:.1f} GB"


def _eta(seen: Outlook, open_s: float) -> str:
    """How long it takes at the pace of the last hour in which recordings ended."""
    ended = sorted(
        (r.place.stat().st_mtime, seen.seconds[r.name])
        for r in seen.recordings
        if r.place and r.state in (State.DONE, State.FAILED)
    )
    recent = [(at, seconds) for at, seconds in ended if at > ended[-1][0] - _RECENT_S]
    took_s = recent[-1][0] - recent[0][0] if len(recent) > 1 else 0.0
    if not took_s:
        return f"{open_s / _HOUR_S:.2f} h left; how long that takes shows when two recordings have ended"
    pace = sum(seconds for _, seconds in recent[1:]) / took_s
    ago_s = time.time() - recent[-1][0]
    return (
        f"{open_s / _HOUR_S:.2f} h left: {open_s / pace / _HOUR_S:.2f} h of time at the last pace, {pace:.1f} times "
        f"real time (the last recording ended {ago_s / 60:.0f} min ago)"
    )


def _say(console: Console, text: str) -> None:
    console.print(text, highlight=False, markup=False, soft_wrap=True)
