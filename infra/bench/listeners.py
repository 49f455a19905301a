"""``wavelode bench listeners``: what each model and measure says of recordings whose every second is known.

Recordings are joined from utterances (see `known_answer`), conversations are ``*.rttm`` beside a ``.wav`` of the same
name; both lie in ``$WAVELODE_TEST_DATA``. Listeners with models of their own join in where ``$WAVELODE_LISTENERS``
names them: ``faster_whisper=FOLDER,ctc=FOLDER``.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, TypeVar

import numpy as np
from rich.console import Console
from rich.table import Table

from wavelode.alignment.text import tokens
from wavelode.infra.bench.known_answer.cases import Case, Wanted, build
from wavelode.infra.bench.known_answer.sound import broadcast, length_of_clip
from wavelode.infra.bench.known_answer.utterances import DATA_VARIABLE, Pool, data_folder, read_pools
from wavelode.infra.bench.listeners_events import BY_TELEPHONE, events_table
from wavelode.infra.bench.listeners_gpu import GOAL as GPU_GOAL
from wavelode.infra.bench.listeners_gpu import gpu_rates, gpu_table, no_gpu, together
from wavelode.infra.bench.listeners_measures import Plant, codec_table, dry_table, measures_table
from wavelode.infra.bench.listeners_memory import GOAL_MB, memory_table
from wavelode.infra.bench.listeners_voices import voices_table
from wavelode.pipelines.models.base import Expected, Listener, RankingListener, Segment
from wavelode.pipelines.models.events.rules import SteadyPartials
from wavelode.pipelines.models.registry import make_listener
from wavelode.pipelines.models.script_biased.listener import ScriptBiased
from wavelode.pipelines.models.silero import SileroDetector
from wavelode.pipelines.stages.speech import segments
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.records import Reading, Word
from wavelode.schemas.settings import ListenerSettings, SpeechSettings
from wavelode.schemas.time import WORKING_RATE_HZ, Span

STOPPED = 2
LISTENERS_VARIABLE = "WAVELODE_LISTENERS"
_QUICK_MIN, _FULL_MIN = 1.0, 5.0
_QUICK_H, _FULL_H = 0.1, 2.0
_QUICK_TALKS, _TALKS = 0, 10
_CALLS_FOUND = 0.9
"""Of the half seconds of speech by telephone; the rest may be its pauses."""
_T = TypeVar("_T")


def main(quick: bool) -> int:
    """Prints the tables; 0 where all goals hold, 1 where one does not, 2 where there is nothing to hear.

    Args:
        quick: a minute of the first language only, and six minutes instead of two hours.
    """
    console = Console(width=150)
    pools = read_pools(data_folder())
    if len(pools) < 2:
        console.print(
            f"{data_folder()}: fewer than two folders with an utterances.json; set ${DATA_VARIABLE}",
            highlight=False,
        )
        return STOPPED
    chosen_pools = pools[:1] if quick else pools
    trials = [Trial.of(pool, pools, _QUICK_MIN if quick else _FULL_MIN) for pool in chosen_pools]
    listeners = [make_listener(settings) for settings in chosen(os.environ.get(LISTENERS_VARIABLE, ""))]
    console.print(speech_table(trials))
    console.print(words_table(trials, listeners, () if quick else pools))
    if not quick:  # it hears everything again
        console.print(readings_table(trials, listeners, (10, 100)))
    goals = [goal for pool in chosen_pools for goal in _print_sounds(console, pool, quick)]
    rooms, planted = dry_table()
    console.print(rooms)
    goals += _claims(planted, "dry voices")
    console.print(voices_table(_QUICK_TALKS if quick else _TALKS), highlight=False)
    goals += _print_machine(console, pools[0], _QUICK_H if quick else _FULL_H)
    missed = [name for name, holds in goals if not holds]
    said = f"; missed: {', '.join(missed)}" if missed else ""
    console.print(f"{len(goals) - len(missed)} of {len(goals)} goals hold{said}", highlight=False)
    return 1 if missed else 0


Goal = tuple[str, bool]


def _print_sounds(console: Console, pool: Pool, quick: bool) -> list[Goal]:
    """Events in mixtures and planted values; each planted value is a goal, and that calls are found."""
    table, rights = events_table(pool, SteadyPartials(), SileroDetector(), 1 if quick else 4)
    console.print(table)
    right = sum(rights.values()) / len(rights)
    console.print(f"{pool.name}: {right:.0%} of the half seconds called rightly, each kind counting the same")
    measures, planted = measures_table(pool)
    console.print(measures)
    console.print(codec_table(pool, (16, 64) if quick else (16, 24, 32, 64, 128)))
    return [
        *_claims(planted, pool.name),
        (f"telephone speech ({pool.name})", rights[BY_TELEPHONE] >= _CALLS_FOUND),
    ]


def _claims(planted: Sequence[Plant], where: str) -> list[Goal]:
    """Of those of which anything is claimed."""
    judged = ((plant, plant.holds) for plant in planted)
    return [(f"{p.measure} {p.planted:.4g} ({where})", holds) for p, holds in judged if holds is not None]


def _print_machine(console: Console, pool: Pool, hours: float) -> list[Goal]:
    """Memory over a long recording, and the GPU where there is one."""
    table, peak = memory_table(pool, hours)
    console.print(table)
    goals = [(f"{hours:g} h within {GOAL_MB:.0f} MB", peak <= GOAL_MB)]
    why = no_gpu()
    if why:
        console.print(why, highlight=False)
        return goals
    rates = gpu_rates()
    console.print(gpu_table(rates))
    return [*goals, (f"{GPU_GOAL:g} audio-hours per GPU-hour", together(rates) >= GPU_GOAL)]


def chosen(told: str) -> list[ListenerSettings]:
    """The embedded listener, and those told of as ``kind=folder,kind=folder``.

    >>> [settings.kind for settings in chosen("ctc=models/mms")]
    ['script_biased', 'ctc']

    Raises:
        SettingsError: if one is not of that form.
    """
    found = [ListenerSettings()]
    for part in filter(None, told.split(",")):
        kind, _, model = part.partition("=")
        try:
            found.append(ListenerSettings.model_validate({"kind": kind, "model": model}))
        except ValueError as error:
            raise SettingsError(
                f"${LISTENERS_VARIABLE}: {part!r} is no kind=folder, e.g. faster_whisper=models/large-v3"
            ) from error
    return found


@dataclass(frozen=True, slots=True)
class Trial:
    """A recording with known answers, and where a detector found speech in it."""

    case: Case
    wave: Any
    speech: tuple[Span, ...]
    detector_s: float

    @classmethod
    def of(cls, pool: Pool, pools: Sequence[Pool], minutes: float) -> Trial:
        other = next(p for p in pools if p is not pool)
        wanted = Wanted(pool, other, minutes, with_sound=True)
        case = build(wanted, length_of_clip)
        wave = broadcast(case, wanted.rng("sound"))
        detector = SileroDetector()
        detector.load()
        found, seconds = _timed(lambda: segments(detector.probabilities(wave), len(wave), SpeechSettings()))
        return cls(case, wave, tuple(found), seconds)


def _timed(work: Callable[[], _T]) -> tuple[_T, float]:
    """What `work` gives, and the seconds of processor it took."""
    begun = time.process_time()
    return work(), time.process_time() - begun


def speech_table(trials: Sequence[Trial]) -> Table:
    """How much of what is spoken a detector misses, and how much of the rest it takes for speech."""
    table = Table(
        "recording", "missed", "false alarm", "x real time, one core", title="Where somebody speaks"
    )
    for trial in trials:
        size = len(trial.wave)
        true, found = _mask((s.span for s in trial.case.spoken), size), _mask(trial.speech, size)
        missed = (true & ~found).sum() / max(1, true.sum())
        false = (~true & found).sum() / max(1, (~true).sum())
        speed = size / WORKING_RATE_HZ / trial.detector_s
        table.add_row(trial.case.name, f"{missed:.1%}", f"{false:.1%}", f"{speed:.0f}")
    return table


def _mask(spans: Iterable[Span], size: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    mask = np.zeros(size, np.bool_)
    for span in spans:
        mask[span.start : span.end] = True
    return mask


def words_table(trials: Sequence[Trial], listeners: Sequence[Listener], pools: Sequence[Pool]) -> Table:
    """Of the words spoken, which were heard in their sentence's time; of those heard, which were spoken.

    Where there are `pools`, the embedded listener also hears once only, without espeak-ng, and, as the controls, with a
    script that belongs to another recording.
    """
    columns = ("recording", "listener", "spoken", "heard", "heard of them", "of those heard, spoken")
    table = Table(
        *columns, "confidence tells right from wrong", "x real time, one core", title="What is said"
    )
    for trial in trials:
        script = tuple(s.text for s in trial.case.sentences)
        for listener in listeners:
            table.add_row(*_heard(trial, listener, script))
        if pools:
            table.add_row(*_heard(trial, ScriptBiased(adapts=False), script, ", heard once"))
            romanising = ScriptBiased(speaks=False)
            wrong = wrong_script(trial.case, pools)
            table.add_row(*_heard(trial, ScriptBiased(), wrong, ", wrong script"))
            by_table = ScriptBiased(speaks=False, learns_letters=False)
            table.add_row(*_heard(trial, by_table, script, ", no espeak-ng"))
            table.add_row(*_heard(trial, romanising, script, ", no espeak-ng"))
            table.add_row(*_heard(trial, romanising, wrong, ", no espeak-ng, wrong script"))
    return table


def wrong_script(case: Case, pools: Sequence[Pool]) -> tuple[str, ...]:
    """As many sentences of the same language that are not spoken in it."""
    spoken = {spoken.utterance.text for spoken in case.spoken} | {s.text for s in case.sentences}
    texts = [u.text for pool in pools if pool.language == case.language for u in pool.utterances]
    return tuple(text for text in dict.fromkeys(texts) if text not in spoken)[: len(case.sentences)]


def _heard(trial: Trial, listener: Listener, script: tuple[str, ...], how: str = "") -> list[str]:
    case = trial.case
    listener.load()
    parts = [Segment(trial.wave[span.start : span.end], span) for span in trial.speech]
    found, seconds = _timed(lambda: listener.listen(parts, Expected(case.language, script)))
    words = [word for part in found for word in part]
    right = rightly_heard(case, words)
    spoken = sum(len(tokens(s.utterance.text)) for s in case.spoken if s.utterance.language == case.language)
    area = separation([w.confidence or 0.0 for w in words], right)
    return [
        case.name,
        listener.name.partition("@")[0] + how,
        str(spoken),
        str(len(words)),
        f"{sum(right) / max(1, spoken):.1%}",
        f"{sum(right) / max(1, len(words)):.1%}",
        "" if area is None else f"{area:.2f}",
        f"{len(trial.wave) / WORKING_RATE_HZ / seconds:.1f}",
    ]


def readings_table(trials: Sequence[Trial], listeners: Sequence[Listener], sizes: Sequence[int]) -> Table:
    """Of the words spoken, how many are in what was heard, and in the best reading of each segment by the answers.

    Too kind where segments are pieces of sentences: which of a sentence's words are in which piece is not known.
    """
    columns = ("recording", "listener", "in the first", *(f"in the best of {size}" for size in sizes))
    table = Table(*columns, "x real time, one core", title="What else may have been said")
    for trial in trials:
        for listener in listeners:
            if isinstance(listener, RankingListener):
                table.add_row(*_read(trial, listener, sizes))
    return table


def _read(trial: Trial, listener: RankingListener, sizes: Sequence[int]) -> list[str]:
    case = trial.case
    listener.load()
    parts = [Segment(trial.wave[span.start : span.end], span) for span in trial.speech]
    expected = Expected(case.language, tuple(s.text for s in case.sentences))
    hearings, seconds = _timed(lambda: listener.hear(parts, expected, max(sizes)))
    own = (s for s in case.spoken if s.utterance.language == case.language)
    spoken = sum(len(tokens(s.utterance.text)) for s in own)
    rights = [_right_words(case, hearing.readings) for hearing in hearings]
    shares = (sum(max(right[:size], default=0) for right in rights) / max(1, spoken) for size in (1, *sizes))
    return [
        case.name,
        listener.name.partition("@")[0],
        *(f"{share:.1%}" for share in shares),
        f"{len(trial.wave) / WORKING_RATE_HZ / seconds:.1f}",
    ]


def _right_words(case: Case, readings: Sequence[Reading]) -> list[int]:
    """How many words of each reading are, in order, those of the sentences spoken in its segment."""
    found = []
    for reading in readings:
        said = [
            token.text
            for spoken in case.spoken
            if spoken.span & reading.span
            for token in tokens(spoken.utterance.text)
        ]
        blocks = SequenceMatcher(None, said, reading.text.split(), autojunk=False).get_matching_blocks()
        found.append(sum(block.size for block in blocks))
    return found


def rightly_heard(case: Case, words: Sequence[Word]) -> list[bool]:
    """For each word whether it is one of those of the sentence spoken then, each of these counted once."""
    right = []
    left = [Counter(t.text for t in tokens(spoken.utterance.text)) for spoken in case.spoken]
    for word in words:
        middle = (word.span.start + word.span.end) // 2
        at = next((i for i, s in enumerate(case.spoken) if s.span.start <= middle < s.span.end), None)
        heard = "".join(token.text for token in tokens(word.text))
        right.append(at is not None and left[at][heard] > 0)
        if at is not None and right[-1]:
            left[at][heard] -= 1
    return right


def separation(scores: Sequence[float], right: Sequence[bool]) -> float | None:
    """The chance that a right word has a higher score than a wrong one (ROC area); None without both.

    >>> separation([0.9, 0.2, 0.2], [True, False, True])
    0.75
    """
    good = np.array([s for s, r in zip(scores, right, strict=True) if r])
    bad = np.array([s for s, r in zip(scores, right, strict=True) if not r])
    if not good.size or not bad.size:
        return None
    higher = (good[:, None] > bad).mean() + (good[:, None] == bad).mean() / 2
    return float(higher)
