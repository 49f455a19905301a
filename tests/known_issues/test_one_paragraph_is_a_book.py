"""Looking back to a paragraph's start at every stop took hours for a text without empty lines."""

from __future__ import annotations

import time

from wavelode.pipelines.documents.split import split_sentences


def test_a_very_long_paragraph_is_split_in_the_time_it_takes_to_read_it() -> None:
    """A text file without empty lines is one paragraph; looking back to its start at each stop takes hours."""
    text = "The council met on Tuesday and spoke of water. " * 8_000
    begun = time.process_time()
    found = split_sentences(text)
    assert len(found) == 8_000
    assert time.process_time() - begun < 8
