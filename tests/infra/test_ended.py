from __future__ import annotations

import json
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from wavelode.infra.bench.listing import measure_listing
from wavelode.infra.ended import Ended
from wavelode.pipelines.mine import Mined
from wavelode.schemas.errors import ErrorCode
from wavelode.schemas.verdict import Failed

LOST = Failed("document", ErrorCode.ENCRYPTED, "asks for a password")
NAMES = st.lists(st.text("aZé-_", min_size=1, max_size=4), unique=True, max_size=5)


@given(NAMES, NAMES, st.integers(0, 3))
def test_word_of_a_run_is_the_json_that_a_list_in_memory_gives(
    recordings: list[str], documents: list[str], other: int
) -> None:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as name:
        out = Path(name)
        ended = Ended(out)
        for one in recordings:
            ended.recording(one, Mined(out / "mined" / one, was_done=one.startswith("a")))
        for one in documents:
            ended.document(one, Mined(out / "mined/documents" / one))
        ended.write(out / "run.json", other)
        held = {
            "recordings": sorted(f"mined/{one}" for one in recordings),
            "documents": sorted(f"mined/documents/{one}" for one in documents),
            "other_language": other,
        }
        assert (out / "run.json").read_text() == json.dumps(held, indent=1) + "\n"
        assert (ended.count(), ended.count("was_done")) == (
            len(recordings),
            sum(one.startswith("a") for one in recordings),
        )


def test_documents_that_could_not_be_read_are_nobody_s() -> None:
    ended = Ended(Path("out"))
    ended.document("b", Mined(Path("out/b")))
    ended.document("a", Mined(Path("out/a")))
    ended.document("lost", Mined(Path("out/lost"), failed=LOST))
    assert ended.readable(["b", "lost", "nobody", "a"]) == (Path("out/b"), Path("out/a"))
    assert list(ended.all_readable()) == [Path("out/a"), Path("out/b")]


def test_a_long_listing_takes_no_more_memory_than_a_short_one() -> None:
    """Ten times the recordings, and a few megabytes more, which are SQLite's own cache filling up."""
    short, long = measure_listing(2_000), measure_listing(20_000)
    assert long.rows == 20_000
    assert long.most_mb - long.before_mb < short.most_mb - short.before_mb + 40
