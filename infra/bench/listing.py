"""How much memory a command takes that lists an archive of millions, and how long.

A made-up manifest is listed, every recording is drawn as an engine would, and what became of each is noted, all in a
process of its own. Run as ``python -m wavelode.infra.bench.listing ROWS``; prints one line of JSON.
"""

from __future__ import annotations

import csv
import json
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from wavelode.infra.ended import Ended
from wavelode.pipelines.documents.read import SUFFIXES
from wavelode.pipelines.mine import Job, Mined
from wavelode.pipelines.pairing import list_archive
from wavelode.schemas.errors import WavelodeError
from wavelode.schemas.settings import Settings

_COLUMNS = ("audio", "documents", "language", "station", "date", "time")


@dataclass(frozen=True, slots=True)
class Listed:
    """Figures of one listing.

    Attributes:
        list_s: from the manifest to recordings and documents with their ids.
        draw_s: until every recording was drawn with its document's file, and its end was noted.
        write_s: until word of all results was left.
        before_mb, most_mb: of resident memory, before the listing and at its peak.
    """

    rows: int
    list_s: float
    draw_s: float
    write_s: float
    before_mb: float
    most_mb: float


def measure_listing(rows: int) -> Listed:
    """Lists a made-up archive in a process of its own.

    Raises:
        WavelodeError: if that doesn't come to its end.
    """
    words = [sys.executable, "-P", "-m", __name__, str(rows)]
    ended = subprocess.run(words, capture_output=True, text=True, check=False)
    if ended.returncode:
        raise WavelodeError(f"listing failed: {' '.join(ended.stderr.split())[-300:]}")
    return Listed(**json.loads(ended.stdout.splitlines()[-1]))


def _made_up(rows: int) -> Iterator[tuple[str, ...]]:
    """A day of forty stations after the other, a bulletin every half hour, each with its script."""
    for row in range(rows):
        at, station = divmod(row, 40)
        day, half_hour = divmod(at, 48)
        date = f"{2000 + day // 360}-{1 + day // 30 % 12:02}-{1 + day % 30:02}"
        hour = f"{half_hour // 2:02}{30 * (half_hour % 2):02}"
        name = f"station{station:02}/hindi_station{station:02}_{date}_{hour}"
        yield f"{name}.mp3", f"{name}.pdf", "Hindi", f"station{station:02}", date, hour


def _here(rows: int) -> Listed:
    with TemporaryDirectory() as folder:
        manifest, out = Path(folder, "manifest.csv"), Path(folder, "out")
        with manifest.open("w", encoding="utf-8", newline="") as file:
            table = csv.writer(file)
            table.writerow(_COLUMNS)
            table.writerows(_made_up(rows))
        before_mb, begun = _peak_mb(), time.monotonic()
        listing = list_archive(Settings(manifest=manifest, out=out), SUFFIXES)
        listed = time.monotonic()
        ended = Ended(out)
        for printed in listing.documents():
            place = out / f"mined/documents/{printed.document_id}-0123456789abcdef.parquet"
            ended.document(printed.document_id, Mined(place))
        for source in listing.sources():
            job = Job(source, ended.readable(source.document_ids))
            if len(job.documents) != 1:
                raise WavelodeError(f"{source.recording_id} has lost its document")
            place = out / f"mined/{source.recording_id}-0123456789abcdef.parquet"
            ended.recording(source.recording_id, Mined(place))
        drawn = time.monotonic()
        ended.write(out / "run.json", listing.other_language)
        if ended.count() != rows:
            raise WavelodeError(f"{ended.count()} recordings of {rows}")
        written = time.monotonic()
        return Listed(rows, listed - begun, drawn - listed, written - drawn, before_mb, _peak_mb())


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    print(json.dumps(asdict(_here(int(sys.argv[1])))), flush=True)
