"""A recording whose document has the same name was said to be still there after it had been removed."""

import json
from pathlib import Path

from tests.corpus import bulletins, leave_mined, on_disk
from wavelode.datasets.shards import Sources
from wavelode.datasets.storage import Layout
from wavelode.pipelines.pack import run_pack
from wavelode.pipelines.remove import remove
from wavelode.pipelines.select import run_select
from wavelode.pipelines.taken import Taken
from wavelode.schemas.settings import DecodeSettings, PackSettings, SelectSettings


def test_its_document_may_stay(tmp_path: Path) -> None:
    layout, audio = Layout(tmp_path / "out"), tmp_path / "audio"
    leave_mined(layout, [on_disk(one, audio, seed) for seed, one in enumerate(bulletins(2))], [])
    run_select(layout, layout.mined.glob("*.parquet"), [], SelectSettings(max_same_text=0))
    run_pack(layout, PackSettings(), Sources(audio, DecodeSettings()))
    mined = sorted(path.relative_to(layout.out).as_posix() for path in layout.mined.glob("*.parquet"))
    stood = {"recordings": mined, "documents": ["mined/documents/bulletin01-0123456789abcdef.parquet"]}
    layout.run.write_text(json.dumps(stood), encoding="utf-8")
    assert remove(layout, Taken(recordings=frozenset({"bulletin01"}))).still_there == ()
    assert json.loads(layout.run.read_text(encoding="utf-8"))["documents"] == stood["documents"]
