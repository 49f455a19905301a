"""A listener that writes another script than the print still aligns."""

from __future__ import annotations

from itertools import pairwise

import pytest

from wavelode.alignment.sentences import find_readings
from wavelode.pipelines.models.script_biased.phones import espeak_voices
from wavelode.pipelines.stages.spelling import main_script, speller
from wavelode.schemas.records import Match, Sentence, Word
from wavelode.schemas.settings import AlignSettings, MatchIn
from wavelode.schemas.time import Span

PRINT = (
    "आज सुबह से शहर में तेज़ बारिश हो रही है",
    "किसानों को इस साल अच्छी फसल की उम्मीद है",
    "बाज़ार में सब्ज़ियों के दाम फिर बढ़ गए",
    "बच्चों के लिए नया स्कूल अगले महीने खुलेगा",
)
LATIN = (
    "aaj subah se shahar mein tez baarish ho rahi hai",
    "kisaanon ko is saal achchhi fasal ki ummeed hai",
    "bazaar mein sabziyon ke daam phir badh gaye",
    "bachchon ke liye naya school agle mahine khulega",
)
URDU = (
    "آج صبح سے شہر میں تیز بارش ہو رہی ہے",
    "کسانوں کو اس سال اچھی فصل کی امید ہے",
    "بازار میں سبزیوں کے دام پھر بڑھ گئے",
    "بچوں کے لیے نیا سکول اگلے مہینے کھلے گا",
)
WORD, PAUSE = 6_400, 8_000


def heard(sentences: tuple[str, ...]) -> tuple[list[Word], list[Span]]:
    """Every word as long as any other, with a pause after each sentence."""
    words: list[Word] = []
    spans = []
    for sentence in sentences:
        start = words[-1].span.end + PAUSE if words else 0
        for at, text in enumerate(sentence.split()):
            words.append(Word(text, Span(start + at * WORD, start + (at + 1) * WORD)))
        spans.append(Span(start, words[-1].span.end))
    return words, spans


def found(written: tuple[str, ...], match_in: MatchIn = "auto") -> tuple[list[Match], list[Span]]:
    words, spans = heard(written)
    spell = speller(match_in, "hi", PRINT, written)
    sentences = [Sentence("paper", i, text) for i, text in enumerate(PRINT)]
    return find_readings(sentences, words, "hi", AlignSettings(), spell), spans


@pytest.mark.parametrize("written", [LATIN, URDU], ids=["Latin", "Urdu"])
def test_hindi_print_is_found_in_speech_written_in_another_script(written: tuple[str, ...]) -> None:
    """Recognisers write spoken Hindi in Urdu or Latin letters, too."""
    pytest.importorskip("uroman")
    matches, spans = found(written)
    assert [m.sentence.index for m in matches] == [0, 1, 2, 3]
    for match, span in zip(matches, spans, strict=True):
        assert (match.words[0].span | match.words[-1].span) == span
        assert " ".join(word.text for word in match.words) == PRINT[match.sentence.index]


@pytest.mark.parametrize("written", [LATIN, URDU], ids=["Latin", "Urdu"])
def test_other_letters_are_not_compared_as_they_are(written: tuple[str, ...]) -> None:
    """What graphemes alone would find is nothing: the form is what finds it."""
    assert found(written, "graphemes")[0] == []


def test_print_and_hearing_can_be_compared_as_phones() -> None:
    """Where a language is not written as it sounds, sounds compare better."""
    if "hi" not in espeak_voices():
        pytest.importorskip("uroman")
    matches, spans = found(PRINT, "phones")
    assert [m.words[0].span | m.words[-1].span for m in matches] == spans
    assert all(m.cer == 0 for m in matches)


def test_one_script_on_both_sides_needs_no_other() -> None:
    """Nobody pays for romanising what can be compared as it is."""
    spell = speller("auto", "hi", PRINT, PRINT[:1])
    assert spell(["क़लम"]) == ["कलम"]
    assert [main_script(texts) for texts in (PRINT, LATIN, URDU, ["12 !"])] == [
        *("DEVANAGARI", "LATIN", "ARABIC"),
        None,
    ]
    assert all(a.span.end <= b.span.start for a, b in pairwise(heard(PRINT)[0]))
