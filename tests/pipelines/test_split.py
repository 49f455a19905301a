from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.alignment.text import tokens
from wavelode.pipelines.documents.split import split_sentences

scripts = st.text(
    st.sampled_from("aAéß ßﬁK'’.,-!?।॥؟ 09१২٣%&()\u200c\u200d\u00adिक्षাংলাعـﷺ\u0301ŉ  \n።。")
    | st.characters(exclude_categories=["Cs"]),
    max_size=40,
)


def printed(text: str) -> list[str]:
    return [text[a:b] for a, b in split_sentences(text)]


@given(scripts)
def test_sentences_follow_on_each_other_and_hold_every_word(paragraph: str) -> None:
    """A word between two sentences would be in neither."""
    spans = split_sentences(paragraph)
    assert all(a < b for a, b in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert all(paragraph[a:b] == paragraph[a:b].strip() for a, b in spans)
    for token in tokens(paragraph):
        assert sum(a <= token.start and token.end <= b for a, b in spans) == 1


@pytest.mark.parametrize(
    ("paragraph", "sentences"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Dr. Rao and Mr. K. Singh came. They left.", ["Dr. Rao and Mr. K. Singh came.", "They left."]),
        ("It cost Rs. 2.5 lakh. He paid.", ["It cost Rs. 2.5 lakh.", "He paid."]),
        ("He said “Go.” She went.", ["He said “Go.”", "She went."]),
        ("The U.S. team won. Fine.", ["The U.S. team won.", "Fine."]),
        ("It was over.Then it rained.", ["It was over.", "Then it rained."]),
        ("See www.example.org for it. Bye.", ["See www.example.org for it.", "Bye."]),
        ("यह पहला है। यह दूसरा है॥ तीसरा", ["यह पहला है।", "यह दूसरा है॥", "तीसरा"]),
        ("বৃষ্টি হবে। রোদ হবে।", ["বৃষ্টি হবে।", "রোদ হবে।"]),
        ("هل أنت هنا؟ نعم. یہ اردو ہے۔ ہاں", ["هل أنت هنا؟", "نعم.", "یہ اردو ہے۔", "ہاں"]),
        ("Wait … what?!", ["Wait …", "what?!"]),
        ("डॉ. राव ने रु. 2 लाख दिए। श्री के. राव आए।", ["डॉ. राव ने रु. 2 लाख दिए।", "श्री के. राव आए।"]),
        ("वह गया है. वह आया था.", ["वह गया है.", "वह आया था."]),
        ("డా. రావు రూ. 5 లక్షలు ఇచ్చారు. ఎవరు?", ["డా. రావు రూ. 5 లక్షలు ఇచ్చారు.", "ఎవరు?"]),
        ("திரு. மு.க. ராஜன் வந்தார். அவர் போனார்.", ["திரு. மு.க. ராஜன் வந்தார்.", "அவர் போனார்."]),
        ("ሰላም ነው። እንዴት ነህ፧ ደህና ነኝ።", ["ሰላም ነው።", "እንዴት ነህ፧", "ደህና ነኝ።"]),
        ("今日は晴れです。明日は雨でしょう。", ["今日は晴れです。", "明日は雨でしょう。"]),
        ("သူသွားသည်။ သူလာသည်။", ["သူသွားသည်။", "သူလာသည်။"]),
        ("...  !!", []),
        ("", []),
    ],
)
def test_where_sentences_end(paragraph: str, sentences: list[str]) -> None:
    """A sentence cut in two is two clips without an ending; two in one are too long to keep."""
    assert printed(paragraph) == sentences
