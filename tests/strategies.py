"""Hypothesis strategies for the values that travel, any of them, sensible or not."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from wavelode.schemas.errors import ErrorCode
from wavelode.schemas.records import (
    Box,
    Document,
    Heard,
    Match,
    NotRead,
    Reading,
    Recording,
    Refused,
    Role,
    Sentence,
    SoundFile,
    Source,
    Stretch,
    Unread,
    Word,
)
from wavelode.schemas.time import Span
from wavelode.schemas.verdict import Failed

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
maybe_texts = st.none() | texts
singles = st.floats(0, 1, width=32)
"""What a 32-bit column gives back as it was; other numbers come back rounded."""
spans = st.tuples(st.integers(0, 2**40), st.integers(0, 2**40)).map(lambda ends: Span(min(ends), max(ends)))
failures = st.builds(Failed, texts, st.sampled_from(ErrorCode), texts)
words = st.builds(Word, texts, spans, st.none() | singles)
_coordinates = st.floats(-1e6, 1e6, width=32)
boxes = st.builds(Box, _coordinates, _coordinates, _coordinates, _coordinates)
_pages = st.none() | st.integers(1, 2**31 - 1)
sentences = st.builds(
    Sentence,
    texts,
    st.integers(0, 2**40),
    texts,
    _pages,
    st.none() | boxes,
    texts,
    st.sampled_from(Role),
    st.none() | singles,
)
_counts = st.integers(0, 2**31 - 1)
_word_tuples = st.lists(words, max_size=3).map(tuple)
matches = st.builds(
    Match,
    sentence=sentences,
    occurrence=_counts,
    words=_word_tuples,
    text_normalized=texts,
    alignment_score=singles,
    cer=st.floats(0, float(np.float32(1e6)), width=32),
    start_heard=st.booleans(),
    end_heard=st.booleans(),
    longest_miss=_counts,
    longest_run=_counts,
    likeness=singles,
    other_word=singles,
    edge_missing=_counts,
    borders=st.integers(0, 2),
    in_order=st.integers(0, 2),
    unheard=st.lists(texts, max_size=2).map(tuple),
    p_correct=st.none() | singles,
)
stretches = st.builds(Stretch, spans, st.sampled_from(Heard), texts, singles, st.none() | matches)
documents = st.builds(
    Document, texts, texts, texts, texts, st.lists(sentences, max_size=3).map(tuple), st.none() | failures
)
sources = st.builds(Source, texts, texts, texts, st.lists(texts, max_size=2).map(tuple), *4 * [maybe_texts])
sounds = st.builds(SoundFile, texts, _counts, _counts, st.integers(0, 2**40))
unread = st.builds(NotRead, sentences, st.sampled_from(Unread), texts)
recordings = st.builds(
    Recording,
    source=sources,
    fingerprint=texts,
    sound=st.none() | sounds,
    speech=st.none() | st.lists(spans, max_size=3).map(tuple),
    words=st.none() | _word_tuples,
    readings=st.none() | st.lists(st.builds(Reading, spans, texts, singles), max_size=2).map(tuple),
    stretches=st.none() | st.lists(stretches, max_size=2).map(tuple),
    not_read=st.none() | st.lists(unread, max_size=2).map(tuple),
    refused=st.none() | st.lists(st.builds(Refused, maybe_texts, texts), max_size=2).map(tuple),
    listener=maybe_texts,
    failed=st.none() | failures,
)
