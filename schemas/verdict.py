"""What becomes of one input: kept, dropped for a reason, or failed with an error. Never silence."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wavelode.schemas.errors import ErrorCode


class Shelf(StrEnum):
    """Where a kept clip goes."""

    ASR = "asr"
    SSL = "ssl"


class Reason(StrEnum):
    """Why a stretch of audio did not become a clip, or its text was not believed."""

    NON_SPEECH = "non_speech"
    LITTLE_SPEECH = "little_speech"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    UNLIKELY = "unlikely"
    LOW_SCORE = "low_score"
    SHORT_RUN = "short_run"
    HIGH_CER = "high_cer"
    EDGE_NOT_HEARD = "edge_not_heard"
    ODD_RATE = "odd_rate"
    NO_TEXT = "no_text"
    NOT_FOR_SPEECH = "not_for_speech"
    OTHER_SCRIPT = "other_script"
    OTHER_LANGUAGE = "other_language"
    NOT_LICENSED = "not_licensed"
    NOT_WANTED = "not_wanted"
    NOISY = "noisy"
    NARROW_BAND = "narrow_band"
    CLIPPED = "clipped"
    OVERLAPPED = "overlapped"
    MUSIC = "music"
    BLOCKED_WORD = "blocked_word"
    PERSONAL_DATA = "personal_data"
    TEXT_CHECK = "text_check"
    RARE_SPEAKER = "rare_speaker"
    COPY = "copy"
    SAME_TEXT = "same_text"
    IN_OTHER_SET = "in_other_set"
    TEXT_IN_OTHER_SET = "text_in_other_set"
    REMOVED = "removed"
    TIES_SETS = "ties_sets"


@dataclass(frozen=True, slots=True)
class Keep:
    shelf: Shelf


@dataclass(frozen=True, slots=True)
class Drop:
    reason: Reason


@dataclass(frozen=True, slots=True)
class Failed:
    """One recording or document that could not be used: where it broke, the stable code, one sentence."""

    stage: str
    code: ErrorCode
    message: str


Verdict = Keep | Drop | Failed
