"""Where a model's files lie, and which model they are: by their content, for a folder's name promises nothing."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

from wavelode.datasets.storage import file_sha256
from wavelode.schemas.errors import MissingDependency

_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")


def looks_like_folder(model: str) -> bool:
    """Whether `model` can only be a place on this machine, or is one."""
    return Path(model).is_dir() or not _HUB_NAME.fullmatch(model) or model.startswith((".", os.sep))


def digest_of(folder: Path) -> str:
    """Twelve hex digits that change when a file of the folder is added, renamed, removed or changed.

    Hidden files are no part of a model. Reads every byte: two to three seconds for a large model.

    Raises:
        MissingDependency: if the folder can't be read or holds nothing.
    """
    try:
        found = sorted(p for p in folder.rglob("*") if p.is_file() and not _hidden(p, folder))
        lines = [f"{path.relative_to(folder).as_posix()} {file_sha256(path)}" for path in found]
    except OSError as error:
        raise MissingDependency(
            f"{folder}: can't read the model ({error.strerror}); check the path"
        ) from error
    if not lines:
        raise MissingDependency(
            f"{folder}: can't be loaded (holds no files); give a folder with a model in it"
        )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:12]


def _hidden(path: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(folder).parts)
