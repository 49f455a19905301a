"""Prints the requirements of the `dev` extra, one a line, so that pip adds them without building Wavelode again.

Usage: python infra/setup/dev_requirements.py pyproject.toml
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path


def main() -> None:
    project = tomllib.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["project"]
    print("\n".join(project["optional-dependencies"]["dev"]))


if __name__ == "__main__":
    main()
