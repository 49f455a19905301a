"""What can be set of choosing: which clips stay, which set they go to, how shards are written.

A profile is a set of values for `SelectSettings`; whatever is set beside it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_serializer, model_validator

from wavelode.schemas.records import Role
from wavelode.schemas.strict import Strict

ShelfName = Literal["asr", "ssl"]

PROFILES: dict[str, dict[str, Any]] = {
    "asr": {},
    "asr-strict": {
        "min_p_correct": 0.9,
        "min_alignment_score": 0.5,
        "max_cer": 0.4,
        "max_clipping_ratio": 0.01,
        "max_overlap_ratio": 0.1,
        "max_music_ratio": 0.3,
        "personal_data": "drop",
        "max_same_text": 3,
    },
    "tts": {
        "shelves": ("asr",),
        "min_p_correct": 0.95,
        "min_alignment_score": 0.7,
        "max_cer": 0.3,
        "min_duration_s": 1.5,
        "max_duration_s": 20.0,
        "min_snr_db": 25.0,
        "min_bandwidth_hz": 7000.0,
        "max_clipping_ratio": 0.001,
        "max_overlap_ratio": 0.0,
        "max_music_ratio": 0.0,
        "min_speaker_minutes": 20.0,
        "personal_data": "drop",
        "max_same_text": 2,
    },
    "ssl": {"shelves": ("ssl",), "max_music_ratio": 0.5, "max_clipping_ratio": 0.05},
}
"""What each profile sets; what it leaves out keeps its default."""


class SelectSettings(Strict):
    profile: Literal["asr", "asr-strict", "tts", "ssl"] = Field(
        "asr", description="a set of values for what the clips are for; what is set beside it stands"
    )
    shelves: tuple[ShelfName, ...] = Field(
        ("asr", "ssl"), description="what is kept: asr, speech with text; ssl, speech without"
    )
    roles: tuple[Role, ...] = Field(
        (Role.SPOKEN,),
        description="what print is for that may become training text: spoken, cue, slug, sign_off …",
    )
    link_speakers: bool = Field(
        False,
        description="find the same voices in other recordings of their station; needs --diarizer-kind voices",
    )
    languages: tuple[str, ...] = Field((), description="keep these languages only, as BCP-47")
    licenses: tuple[str, ...] = Field(
        (), description="keep clips under these licences only; one without a licence is none of them"
    )
    scripts: tuple[str, ...] = Field(
        (),
        description="writing systems that a text may use, by their names in Unicode: Devanagari, Latin …",
    )
    max_other_script: float = Field(
        0.0, ge=0, le=1, description="share of a text's letters that may be in others, where scripts is set"
    )
    min_p_correct: float = Field(
        0.4, ge=0, le=1, description="probability that text and sound belong together, where there is one"
    )
    min_alignment_score: float = Field(
        0.0, ge=0, le=1, description="share of a sentence in runs of agreeing words"
    )
    min_run_words: int = Field(
        3, ge=1, description="words in a row, over sentence ends, that were heard as printed"
    )
    max_cer: float = Field(
        0.6, ge=0, description="character error rate of what was heard against what is printed"
    )
    require_edges: bool = Field(
        True,
        description="a sentence's first and last word must have been heard, or its edge told by sounds or the clock",
    )
    min_duration_s: float = Field(0.8, ge=0, description="shorter clips are dropped, in seconds")
    max_duration_s: float = Field(30.0, gt=0, description="longer clips are dropped, in seconds")
    min_chars_per_s: float = Field(4.0, ge=0, description="slower is no reading of this text")
    max_chars_per_s: float = Field(35.0, gt=0, description="faster is no reading of this text")
    min_ssl_duration_s: float = Field(
        2.0, ge=0, description="shorter unlabelled speech is dropped, in seconds"
    )
    min_ssl_speech_ratio: float = Field(0.5, ge=0, le=1, description="share of a clip that is speech")
    min_snr_db: float | None = Field(None, description="speech over noise, in dB")
    min_bandwidth_hz: float | None = Field(None, ge=0, description="up to where there is sound, in Hz")
    max_clipping_ratio: float | None = Field(None, ge=0, le=1, description="share of clipped samples")
    max_overlap_ratio: float | None = Field(None, ge=0, le=1, description="share in which two speak")
    max_music_ratio: float | None = Field(None, ge=0, le=1, description="share with music in it")
    min_speaker_minutes: float | None = Field(
        None, ge=0, description="speakers of whom less is kept are dropped, in minutes"
    )
    blocked_words: Path | None = Field(
        None, description="file of words, one a line; a text with one of them is not kept"
    )
    personal_data: Literal["keep", "drop"] = Field(
        "keep", description="drop texts that hold addresses or long numbers, such as of telephones"
    )
    text_checks: tuple[str, ...] = Field(
        (), description="your own: module:function of (text, language), true where it may not be kept"
    )
    max_copies: int = Field(1, ge=0, description="how many copies of the same sound are kept; 0 keeps all")
    max_same_text: int = Field(
        10, ge=0, description="how many clips with nearly the same text are kept; 0 keeps all"
    )
    from_data: tuple[str, ...] = Field(
        (),
        description="limits found per language: 'max_chars_per_s=0.99' cuts at that quantile of what else is kept",
    )
    for_language: tuple[str, ...] = Field(
        (), description="limits of one language: 'hi:max_cer=0.4'; they stand over all others"
    )

    @model_validator(mode="before")
    @classmethod
    def _with_profile(cls, values: Any) -> Any:
        """What the profile says, where nothing else is said."""
        if not isinstance(values, dict):
            return values
        return {**PROFILES.get(str(values.get("profile", "asr")), {}), **values}

    @model_serializer(mode="wrap")
    def _without_profile(self, handler: Callable[[SelectSettings], dict[str, Any]]) -> dict[str, Any]:
        """Without what the profile says anyway, so that another profile can be put in its place."""
        said = SelectSettings.model_fields
        kept = {name: PROFILES[self.profile].get(name, said[name].default) for name in said}
        return {
            name: v
            for name, v in handler(self).items()
            if getattr(self, name) != kept[name] or name == "profile"
        }

    @field_validator("from_data", "for_language")
    @classmethod
    def _are_limits(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            name, _, number = value.rpartition(":")[2].partition("=")
            if name not in LIMITS:
                raise ValueError(f"{name!r} is no limit; there are {', '.join(LIMITS)}")
            try:
                float(number)
            except ValueError:
                raise ValueError(f"{value!r} holds no number; write {name}=NUMBER") from None
        return values

    @model_validator(mode="after")
    def _something_can_be_kept(self) -> SelectSettings:
        if max(self.min_duration_s, self.min_ssl_duration_s) > self.max_duration_s:
            raise ValueError("min_duration_s and min_ssl_duration_s must not be above max_duration_s")
        if self.min_chars_per_s > self.max_chars_per_s:
            raise ValueError("min_chars_per_s must not be above max_chars_per_s")
        return self


LIMITS = tuple(
    name
    for name in SelectSettings.model_fields
    if name.startswith(("min_", "max_")) and name not in {"max_copies", "max_same_text", "max_other_script"}
)
"""The settings that are a bound on one measure, and so may differ by language or follow the data."""


class SplitSettings(Strict):
    """Train, dev and test: what goes together, how large, and what stays as it was."""

    test_hours: float = Field(5.0, ge=0, description="of each language, this much is for testing, in hours")
    dev_hours: float = Field(
        5.0, ge=0, description="of each language, this much is for development, in hours"
    )
    max_share: float = Field(
        0.1, ge=0, le=0.5, description="but no more than this share of a language for each of the two"
    )
    together: tuple[Literal["programme", "day", "document", "speaker", "copies"], ...] = Field(
        ("programme", "day", "document", "speaker", "copies"),
        description="recordings that share one of these lie in one set",
    )
    most_tied: int = Field(
        5,
        ge=1,
        description="copies that are in more recordings, such as jingles, tie none; those of one set are kept",
    )
    seed: int = Field(0, description="draws another split")
    afresh: bool = Field(False, description="forget which set a recording was in before; tests may change")
    keep: Path | None = Field(
        None, description="an earlier selected/clips.parquet whose sets stand; by default the one in --out"
    )


class PackSettings(Strict):
    shard_mb: float = Field(256.0, gt=0, description="target size of a shard, in megabytes")
    codec: Literal["flac", "opus"] = Field(
        "flac", description="flac keeps every sample; opus takes a fifth of the room, at about 24 kbit/s"
    )
    rows_per_group: int = Field(8, ge=1, le=1024, description="clips per Parquet row group")
