from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wavelode.datasets.storage import (
    Layout,
    file_sha256,
    fingerprint,
    read_rows,
    whole,
    write_rows,
    write_table,
    write_text,
)
from wavelode.schemas.errors import StorageError

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)

DIES_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from wavelode.datasets.storage import whole
with whole(Path(sys.argv[1])) as scratch:
    scratch.write_text("half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_appears_when_all_of_it_is_written(tmp_path: Path) -> None:
    """A reader that lists the folder meanwhile must not find half a shard under its name."""
    path = tmp_path / "deep" / "a.txt"
    with whole(path) as scratch:
        scratch.write_text("all")
        assert not path.exists()
        assert scratch.parent == path.parent
    assert path.read_text() == "all"
    assert names(path.parent) == ["a.txt"]


@pytest.mark.parametrize("error", [ValueError("broken"), KeyboardInterrupt(), StorageError("x")])
def test_nothing_is_left_where_the_writing_breaks(error: BaseException, tmp_path: Path) -> None:
    """A file under its final name is taken for done by the next run."""
    (tmp_path / "a.txt").write_text("before")

    def break_off() -> None:
        with whole(tmp_path / "a.txt") as scratch:
            scratch.write_text("half")
            raise error

    with pytest.raises(type(error)):
        break_off()
    assert (tmp_path / "a.txt").read_text() == "before"
    assert names(tmp_path) == ["a.txt"]


def test_a_process_killed_while_writing_leaves_no_file_under_its_name(tmp_path: Path) -> None:
    """SIGKILL runs no clean-up: only the renaming protects the reader."""
    path = tmp_path / "a.parquet"
    done = subprocess.run([sys.executable, "-P", "-c", DIES_WHILE_WRITING, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert not path.exists()
    assert list(tmp_path.glob("*.parquet")) == []
    write_text("again", path)
    assert path.read_text() == "again"


def test_a_disk_that_refuses_stops_the_run_with_a_sentence(tmp_path: Path) -> None:
    """No space, no right, a file in the way: a person must read which path it was."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match=r"file/a\.txt: can't write it \(.+\);"):
        write_text("x", tmp_path / "file" / "a.txt")


def test_a_table_gives_the_same_bytes_every_time(tmp_path: Path) -> None:
    """Runs are compared byte for byte."""
    rows = pa.table({"text": ["ঢাকা", None, ""], "at": [1, 2, 3]})
    write_table(rows, tmp_path / "a")
    write_table(rows, tmp_path / "b")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_rows_that_do_not_fit_their_schema_are_refused(tmp_path: Path) -> None:
    """A schema inferred from the first row is another schema tomorrow."""
    with pytest.raises((pa.ArrowException, TypeError, ValueError)):
        write_rows([{"at": "noon"}], pa.schema([("at", pa.int64())]), tmp_path / "a")
    assert names(tmp_path) == []


@pytest.mark.parametrize("content", [None, b"", b"PAR1", b"PAR1" + b"\0" * 99 + b"PAR1"])
def test_a_file_that_is_no_table_says_what_to_do(content: bytes | None, tmp_path: Path) -> None:
    """A damaged file would stop every later run too, until somebody deletes it."""
    if content is not None:
        (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises(StorageError, match=r"a\.parquet: can't read it .* delete it and run again"):
        read_rows(tmp_path / "a.parquet")


@given(json_values, json_values)
def test_fingerprints_are_equal_exactly_where_the_parts_are(a: object, b: object) -> None:
    """Equal for different settings means old results; different for equal ones means work done twice."""
    # Not ==, to which False is 0 and 1 is 1.0: in a settings file they are not the same.
    assert (fingerprint(a) == fingerprint(b)) == (_told(a) == _told(b))


def _told(value: object) -> str:
    """A value with its types, keys in order."""
    if isinstance(value, dict):
        return "{" + repr(sorted((key, _told(inner)) for key, inner in value.items()))
    if isinstance(value, list):
        return repr([_told(inner) for inner in value])
    return repr(value)


def test_fingerprints_do_not_change_from_run_to_run() -> None:
    """Another one after an upgrade would mine the whole archive again."""
    assert fingerprint("recording", {"b": 1, "a": [None, "é"]}) == fingerprint(
        "recording", {"a": [None, "é"], "b": 1}
    )
    assert fingerprint("a", "b") != fingerprint("ab") != fingerprint(["a", "b"])
    assert fingerprint("recording", {"a": [None, "é"], "b": 1}) == "f23c1f5df1d5452e"
    assert fingerprint("\udce9") != fingerprint("é")


def test_a_file_s_hash_is_sha256_over_all_of_it(tmp_path: Path) -> None:
    """Files are larger than the piece that is read at once."""
    data = os.urandom((1 << 20) + 17)
    (tmp_path / "a").write_bytes(data)
    assert file_sha256(tmp_path / "a") == hashlib.sha256(data).hexdigest()


def test_naming_a_place_makes_none(tmp_path: Path) -> None:
    """A report over a wrong folder must not create it."""
    layout = Layout(tmp_path / "none")
    assert layout.selected.is_relative_to(layout.out)
    assert layout.stage("words").parent == layout.mined
    assert not layout.out.exists()


def test_a_file_may_be_named_by_what_it_holds(tmp_path: Path) -> None:
    with whole(tmp_path / "unnamed", lambda part: tmp_path / part.read_text(encoding="utf-8")) as part:
        part.write_text("by its content", encoding="utf-8")
    assert [path.name for path in tmp_path.iterdir()] == ["by its content"]
