"""The values that travel: what was printed, what was heard, and how the two lie on time.

Arrow columns for each stand in `wavelode.schemas.tables`; the two are converted into each other there.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wavelode.schemas.time import Span
from wavelode.schemas.verdict import Failed


@dataclass(frozen=True, slots=True)
class Word:
    """One word on time: as heard by a listener, or as printed once it is aligned."""

    text: str
    span: Span
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """One of the likeliest readings of a segment of speech.

    Attributes:
        span: the segment's.
        text: the words heard, with a space between.
        behind_nats: how much less likely than the likeliest, in nats, 0 or more.
    """

    span: Span
    text: str
    behind_nats: float = 0.0


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in PDF points from the top left."""

    x0: float
    y0: float
    x1: float
    y1: float

    def __or__(self, other: Box) -> Box:
        return Box(
            min(self.x0, other.x0), min(self.y0, other.y0), max(self.x1, other.x1), max(self.y1, other.y1)
        )

    @property
    def area(self) -> float:
        return (self.x1 - self.x0) * (self.y1 - self.y0)

    def shared_area(self, other: Box) -> float:
        """Of what both cover; 0 where they lie apart."""
        across = min(self.x1, other.x1) - max(self.x0, other.x0)
        down = min(self.y1, other.y1) - max(self.y0, other.y0)
        return max(0.0, across) * max(0.0, down)


class Role(StrEnum):
    """What something printed is there for. Only what is to be spoken becomes training text, unless settings say so."""

    SPOKEN = "spoken"
    HEADER = "header"
    FOOTER = "footer"
    PAGE_NUMBER = "page_number"
    SEPARATOR = "separator"
    STATION = "station"
    DATE = "date"
    SLUG = "slug"
    CUE = "cue"
    DATELINE = "dateline"
    SIGN_OFF = "sign_off"
    UNREADABLE = "unreadable"

    @property
    def may_be_heard(self) -> bool:
        """What belongs to the page alone is said by nobody; all else is looked for in the recording."""
        of_the_page = {Role.HEADER, Role.FOOTER, Role.PAGE_NUMBER, Role.SEPARATOR, Role.UNREADABLE}
        return self not in of_the_page


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence as it is printed, and where.

    Attributes:
        index: its place in its document, from 0.
        page: from 1; None for formats without pages.
        text_source: how the text was read: ``text_layer``, ``ocr``, ``plain`` …
        role: what it is printed for: to be spoken, or a slug line, a page number …
        confidence: probability that the text is what is printed, 0 to 1; None where nothing tells.
    """

    document_id: str
    index: int
    text: str
    page: int | None = None
    box: Box | None = None
    text_source: str = "plain"
    role: Role = Role.SPOKEN
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One document that was read."""

    document_id: str
    source_uri: str
    source_sha256: str
    language: str
    sentences: tuple[Sentence, ...] = ()
    failed: Failed | None = None


class Heard(StrEnum):
    """What a stretch of a recording is."""

    MATCHED = "matched"
    UNTRANSCRIBED = "untranscribed"
    NON_SPEECH = "non_speech"


@dataclass(frozen=True, slots=True)
class Match:
    """One reading of one printed sentence, and how sure that is.

    Attributes:
        sentence: the printed sentence.
        occurrence: 0 for its first reading in the recording, 1 for the second …
        words: the printed words with their times; a word that nobody heard is where its sounds or letters fit, or takes
            what its neighbours leave.
        alignment_score: 0 to 1, the share of the sentence's symbols that lie in runs of agreeing words.
        cer: character error rate of what was heard against what is printed, in the normal form; letters that this
            listener is known to take for others, always, are no errors.
        start_heard, end_heard: whether the sentence's first and last words were heard, or as much in their place
            with a pause beyond, or the clock, or their sounds or letters, tell where it begins and ends.
        longest_miss: the most printed words in a row that were not heard.
        longest_run: the most words in a row that were heard as printed, counted beyond the sentence's ends.
        likeness: log-odds of this reading over those of one heard without an error, up to 1.
        other_word: how much likelier what was heard is if another word was said than one that is printed, in nats.
        edge_missing: printed letters at the start or the end in whose place nothing was heard.
        borders: how many of its two ends lie at a pause or at a reading of the sentence printed next to it.
        unheard: its printed words that were not heard as they are printed.
        in_order: how many of the readings before and after it are of the sentences printed next to this one.
        p_correct: probability that text and sound belong together; None where nothing calibrates it.
    """

    sentence: Sentence
    occurrence: int
    words: tuple[Word, ...]
    text_normalized: str
    alignment_score: float
    cer: float
    start_heard: bool
    end_heard: bool
    longest_miss: int
    longest_run: int
    likeness: float = 1.0
    other_word: float = 0.0
    edge_missing: int = 0
    borders: int = 2
    in_order: int = 2
    unheard: tuple[str, ...] = ()
    p_correct: float | None = None


class Unread(StrEnum):
    """Why a printed sentence was not found in a recording."""

    OF_THE_PAGE = "of_the_page"
    NO_WORDS = "no_words"
    NOTHING_HEARD = "nothing_heard"
    PASSED_OVER = "passed_over"
    OTHER_WORDS = "other_words"
    OUT_OF_PLACE = "out_of_place"
    OTHER_DOCUMENT = "other_document"


@dataclass(frozen=True, slots=True)
class NotRead:
    """A printed sentence that was not found, the stable reason, and what a person should know of it."""

    sentence: Sentence
    why: Unread
    message: str


@dataclass(frozen=True, slots=True)
class Refused:
    """A document that is not what is read in a recording, and how one can tell; no document where none is."""

    document_id: str | None
    message: str


@dataclass(frozen=True, slots=True)
class Measures:
    """What was measured of a stretch's sound; None where that can't be told.

    Attributes:
        snr_db: speech over what is left in the pauses around it, -20 to 80 dB.
        wada_snr_db: the same by the shape of the amplitudes, -12 to 60 dB.
        loudness_lufs: integrated loudness (ITU-R BS.1770-4), -70 to 0 LUFS.
        clipping_ratio: share of samples in flat runs at the peak, 0 to 1.
        bandwidth_hz: up to where there is sound, at most half the working rate.
        pitch_low_hz, pitch_high_hz: 5th and 95th percentile of the voice's pitch, 60 to 400 Hz.
        reverberation_s: time in which sound dies by 60 dB, 0.1 to 3 s.
        syllables_per_s: peaks of loudness per second, pauses included, 0 to about 10.
        spectral_holes_ratio: share of the spectrum of loud speech that a codec dropped, 0 to 1.
        mos: mean opinion score as a model predicts it, 1 to 5.
        disagreement: share of letters that two recognisers write differently, 0 to 1.
    """

    snr_db: float | None = None
    wada_snr_db: float | None = None
    loudness_lufs: float | None = None
    clipping_ratio: float | None = None
    bandwidth_hz: float | None = None
    pitch_low_hz: float | None = None
    pitch_high_hz: float | None = None
    reverberation_s: float | None = None
    syllables_per_s: float | None = None
    spectral_holes_ratio: float | None = None
    mos: float | None = None
    disagreement: float | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """One part of a recording; the stretches of a recording follow on each other without gap or overlap."""

    span: Span
    kind: Heard
    heard_text: str = ""
    speech_ratio: float = 0.0
    match: Match | None = None
    measures: Measures | None = None
    pcm_sha256: str | None = None
    """of its decoded samples, as 16-bit little-endian integers"""


@dataclass(frozen=True, slots=True)
class Source:
    """What is to be mined: one recording, what is known of it, and the documents that may belong to it."""

    recording_id: str
    audio_uri: str
    language: str
    document_ids: tuple[str, ...] = ()
    station: str | None = None
    programme_id: str | None = None
    aired_at: str | None = None
    license: str | None = None


@dataclass(frozen=True, slots=True)
class SoundFile:
    """What decoding found: truth is the decoded samples, never the header."""

    sha256: str
    native_sample_rate_hz: int
    channels: int
    num_samples: int
    """at the working rate"""
    streams: tuple[str, ...] = ()
    """every stream of the file in a line"""
    damaged_packets: int = 0
    skipped_s: float = 0.0
    """by how much time stamps leap over sound that is not there"""


@dataclass(frozen=True, slots=True)
class Emission:
    """What an acoustic model takes each frame of a segment for; `wavelode.alignment.emissions` packs and reads it.

    Attributes:
        span: the segment, which its frames share evenly.
        counts: how many labels are likely on each frame, uint16.
        labels: which they are, frame after frame, uint16.
        nats: minus the logarithm of how likely each is, in 32nds, uint8.
    """

    span: Span
    counts: bytes
    labels: bytes
    nats: bytes


@dataclass(frozen=True, slots=True)
class Alphabet:
    """What an acoustic model's labels write, or sound like.

    Attributes:
        writes: of each label: its letters, "" for the one that says nothing, " " for silence between words, None for
            marks and noises; in models of sounds their names.
        lexicon: words and the labels that say them; None where labels are letters.
    """

    writes: tuple[str | None, ...]
    lexicon: tuple[tuple[str, tuple[int, ...]], ...] | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Somebody speaks; `speaker` is a name within the recording: ``s1``, ``s2`` …"""

    span: Span
    speaker: str


@dataclass(frozen=True, slots=True)
class Voice:
    """What a speaker sounds like.

    Attributes:
        speaker: their name within the recording.
        vector: of length one; those of one diarizer can be compared.
        cluster: their name across recordings, once they have been compared.
    """

    speaker: str
    vector: tuple[float, ...]
    cluster: str | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """Which language a segment of speech is in, as BCP-47, and how likely; None where nobody can tell."""

    span: Span
    language: str | None
    probability: float


class Sound(StrEnum):
    """What kind of sound a part of a recording is."""

    SPEECH = "speech"
    SPEECH_OVER_MUSIC = "speech_over_music"
    TELEPHONE = "telephone"
    """speech of no more than a telephone line's band"""
    MUSIC = "music"
    JINGLE = "jingle"
    """music without speech, shorter than a song"""
    NOISE = "noise"
    """anything else that can be heard"""
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Event:
    """A part of a recording and what kind of sound it is; the events of a recording follow on each other."""

    span: Span
    kind: Sound


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything known about one recording; gains fields as it goes through `mine`."""

    source: Source
    fingerprint: str = ""
    sound: SoundFile | None = None
    speech: tuple[Span, ...] | None = None
    turns: tuple[Turn, ...] | None = None
    overlaps: tuple[Span, ...] | None = None
    voices: tuple[Voice, ...] | None = None
    events: tuple[Event, ...] | None = None
    words: tuple[Word, ...] | None = None
    readings: tuple[Reading, ...] | None = None
    """of each segment the likeliest ones, its words as they stand in `words` first; None where nobody asked"""
    emissions: tuple[Emission, ...] | None = None
    """of each segment, from a listener that spells; kept with its words alone, not in the recording's own file"""
    alphabet: Alphabet | None = None
    """of the emissions' labels"""
    second_words: tuple[Word, ...] | None = None
    languages: tuple[Spoken, ...] | None = None
    stretches: tuple[Stretch, ...] | None = None
    not_read: tuple[NotRead, ...] | None = None
    refused: tuple[Refused, ...] | None = None
    peaks: bytes | None = None
    """spectral peaks, 4 bytes each; see `wavelode.pipelines.measures.peaks`"""
    listener: str | None = None
    second_listener: str | None = None
    diarizer: str | None = None
    failed: Failed | None = None
