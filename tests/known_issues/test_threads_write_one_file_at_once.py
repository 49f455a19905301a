"""Two threads that wrote one file shared a temporary name: the second found it gone, and a run stopped for that."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from wavelode.datasets.storage import whole


def test_threads_that_write_one_file_at_once_all_succeed(tmp_path: Path) -> None:
    path, together = tmp_path / "stopped", Barrier(4, timeout=10)

    def write(text: str) -> None:
        with whole(path) as scratch:
            scratch.write_text(text)
            together.wait()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(write, "abcd"))
    assert path.read_text() in "abcd"
    assert [file.name for file in tmp_path.iterdir()] == ["stopped"]
