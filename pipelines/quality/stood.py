"""Which files of `mined` count: those that the last run stands on."""

from __future__ import annotations

import json
from pathlib import Path

from wavelode.datasets.storage import Layout
from wavelode.schemas.errors import StorageError


def standing(layout: Layout, what: str, folder: Path) -> list[Path]:
    """The files that the last `mine` stands on, or where it left no word of that, the newest."""
    try:
        told = json.loads(layout.run.read_text(encoding="utf-8"))[what]
    except FileNotFoundError:
        return _newest(folder)
    except (OSError, ValueError, KeyError) as error:
        raise StorageError(f"{layout.run}: can't read it ({error}); run `wavelode mine` again") from error
    return [layout.out / path for path in told]


def _newest(folder: Path) -> list[Path]:
    """The last file of each id, by name: files of earlier settings may still lie beside it."""
    newest: dict[str, Path] = {}
    for path in sorted(folder.glob("[!.]*.parquet"), key=lambda path: (path.stat().st_mtime_ns, path.name)):
        newest[path.stem.rpartition("-")[0]] = path
    return [newest[name] for name in sorted(newest)]
