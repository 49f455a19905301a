from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests import strategies
from tests.corpus import TEXT, recording, stretches
from wavelode.datasets.rows import (
    Row,
    document_of,
    document_row,
    recording_of,
    recording_row,
    stage_row,
    with_stage,
)
from wavelode.schemas.records import Alphabet, Document, Emission, Recording
from wavelode.schemas.tables import DOCUMENT, MINED, stage_table

quick = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example],
)


def through_arrow(row: Row, schema: pa.Schema) -> Row:
    """The row as Parquet gives it back; the disk adds nothing to that."""
    back: Row = pa.Table.from_pylist([row], schema=schema).to_pylist()[0]
    return back


@quick
@given(strategies.recordings)
def test_a_recording_comes_back_as_it_was(one: Recording) -> None:
    """A field forgotten in one direction is lost when a run goes on from what is on disk."""
    assert recording_of(through_arrow(recording_row(one), MINED)) == one


@quick
@given(strategies.documents)
def test_a_document_comes_back_as_it_was(one: Document) -> None:
    """Sentences are aligned from the file, not from memory."""
    row = through_arrow(document_row(one, "f"), DOCUMENT)
    assert document_of(row) == one
    assert row["fingerprint"] == "f"


@pytest.mark.parametrize("columns", [("speech",), ("words", "listener"), ("words", "listener", "readings")])
@quick
@given(one=strategies.recordings)
def test_a_stage_s_columns_go_back_into_the_row(columns: tuple[str, ...], one: Recording) -> None:
    """What an expensive stage left must be what it would find again."""
    row = through_arrow(stage_row(one, columns), stage_table(columns))
    gone: dict[str, Any] = dict.fromkeys(columns)
    bare = replace(one, **gone)
    assert with_stage(bare, row, columns) == one


_lexica = st.lists(st.tuples(strategies.texts, st.lists(st.integers(0, 2**16)).map(tuple))).map(tuple)
alphabets = st.builds(Alphabet, st.lists(st.none() | strategies.texts).map(tuple), st.none() | _lexica)
emissions = st.builds(Emission, strategies.spans, st.binary(), st.binary(), st.binary())


@quick
@given(strategies.recordings, st.lists(emissions, max_size=3), st.none() | alphabets)
def test_what_rests_with_its_stage_alone_goes_back_into_the_row(
    one: Recording, kept: list[Emission], alphabet: Alphabet | None
) -> None:
    columns = ("words", "emissions", "alphabet")
    whole = replace(one, emissions=tuple(kept), alphabet=alphabet)
    row = through_arrow(stage_row(whole, columns), stage_table(columns))
    assert with_stage(replace(one, words=None), row, columns) == whole
    assert not {"emissions", "alphabet"} & {*recording_row(whole)}


def test_every_field_of_a_recording_has_a_column() -> None:
    """A new field without a column would be dropped without a word."""
    told = {*MINED.names, "source", "sound", *stage_table(("emissions", "alphabet")).names}
    assert {field.name for field in fields(Recording)} <= told


def test_scores_are_stored_as_32_bit_numbers() -> None:
    """Thresholds must be compared with what the table holds, not with what was computed."""
    one = recording("a", stretches((TEXT, 2.0, "some words")))
    found = (one.stretches or ())[0]
    if found.match is None:
        raise ValueError("the stretch is a match")
    scored = replace(one, stretches=(replace(found, match=replace(found.match, alignment_score=0.7)),))
    back = recording_of(through_arrow(recording_row(scored), MINED)).stretches or ()
    assert back[0].match is not None
    assert back[0].match.alignment_score == float(np.float32(0.7)) != 0.7
