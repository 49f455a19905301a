"""The rooms, the arrows between them and the size of things, held by reading the source."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

MAY_IMPORT = {
    "schemas": {"schemas"},
    "alignment": {"alignment", "schemas"},
    "datasets": {"datasets", "schemas"},
    "pipelines": {"pipelines", "schemas", "alignment", "datasets"},
    "infra": {"infra", "schemas", "alignment", "datasets", "pipelines"},
}
ONLY_THIRD_PARTIES = {"schemas": {"pyarrow", "pydantic", "yaml"}}
NEVER = {"pipelines": {"ray", "apache_beam"}}
LAZY = {
    *("torch", "ray", "apache_beam"),
    *("av", "soxr", "faster_whisper", "ctranslate2", "onnxruntime", "pocketsphinx", "uroman", "num2words"),
    *("pymupdf", "jinja2", "plotly", "pandas"),
    *("duckdb", "great_expectations", "nltk", "starlette", "uvicorn"),
}
"""What importing any of our modules must not load: it is an extra, or slow, or both."""
ADAPTERS = {"wavelode.infra.engines.beam_phase", "wavelode.infra.serve.app"}
"""Modules whose classes are those of such a package; nothing may import one before the package is wanted."""
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60


@dataclass(frozen=True)
class Source:
    """One file, by its path from the root of the repository."""

    path: Path
    text: str

    @property
    def part(self) -> str:
        return self.path.parts[0]

    @property
    def nodes(self) -> Iterator[ast.AST]:
        return ast.walk(ast.parse(self.text))


def _sources(*folders: str) -> list[Source]:
    paths = sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return [Source(path.relative_to(ROOT), path.read_text(encoding="utf-8")) for path in paths]


def imported(source: Source) -> Iterator[str]:
    """The dotted names that a file imports; a relative one is resolved, or "" where it leaves the tree."""
    for node in source.nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level:
            package = ("wavelode", *source.path.parts[:-1])
            inside = node.level < len(package)
            base = package[: len(package) - node.level + 1]
            yield ".".join([*base, node.module or ""]).rstrip(".") if inside else ""
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def wrong_imports(source: Source) -> list[str]:
    """What a file imports though its room may not."""
    return [
        f"{source.path} imports {name or 'from outside its room'}"
        for name in imported(source)
        if _is_wrong(source.part, name)
    ]


def _is_wrong(part: str, name: str) -> bool:
    top, *rest = name.split(".")
    if top in {"", *MAY_IMPORT}:
        return True
    if top == "wavelode":
        return not rest or rest[0] not in MAY_IMPORT[part]
    allowed = ONLY_THIRD_PARTIES.get(part, {top}) | sys.stdlib_module_names
    return top not in allowed or top in NEVER.get(part, set())


def oversized(source: Source) -> list[str]:
    """Files and functions that nobody reads in one sitting."""
    lines = source.text.count("\n")
    found = [f"{source.path} has {lines} lines"] if lines >= MAX_FILE_LINES else []
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                found.append(f"{source.path}: {node.name} has {length} lines")
    return found


def careless(source: Source) -> list[str]:
    """Assertions, which -O removes, and handlers that catch everything."""
    found = []
    for node in source.nodes:
        if isinstance(node, ast.Assert):
            found.append(f"{source.path}:{node.lineno} asserts")
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            found.append(f"{source.path}:{node.lineno} catches everything")
    return found


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_a_room_imports_only_what_it_may(part: str) -> None:
    sources = _sources(part)
    assert sources, f"{part} holds no Python: is the test looking in the right place?"
    assert [line for source in sources for line in wrong_imports(source)] == []


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_a_top_level_folder_is_no_package_of_its_own(part: str) -> None:
    assert not (ROOT / part / "__init__.py").exists(), "it would shadow other people's package of that name"


def test_files_and_functions_are_short() -> None:
    assert [line for source in _sources(*MAY_IMPORT, "tests") for line in oversized(source)] == []


def test_nothing_asserts_or_catches_everything() -> None:
    assert [line for source in _sources(*MAY_IMPORT) for line in careless(source)] == []


@pytest.mark.parametrize("part", MAY_IMPORT)
def test_importing_every_module_of_a_room_loads_nothing_heavy(part: str) -> None:
    names = [name for source in _sources(part) if (name := _module(source.path)) not in ADAPTERS]
    assert _loaded_by(names).isdisjoint(LAZY)


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(["wavelode", *(parts[:-1] if parts[-1] == "__init__" else parts)])


def _loaded_by(names: list[str]) -> set[str]:
    """The modules that a fresh Python holds once it has imported `names`."""
    code = (
        "import importlib, sys\nfor name in sys.argv[1:]: importlib.import_module(name)\nprint(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, *names], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("schemas/time.py", "import numpy"),
        ("schemas/time.py", "from wavelode.alignment.path import Path"),
        ("alignment/align.py", "from wavelode.datasets import storage"),
        ("datasets/audio.py", "import wavelode.alignment.align"),
        ("pipelines/mine.py", "import ray.data"),
        ("pipelines/mine.py", "def late():\n    from apache_beam import Map"),
        ("pipelines/mine.py", "from wavelode.infra.cli import main"),
        ("pipelines/mine.py", "from wavelode import pipelines"),
        ("pipelines/mine.py", "import wavelode"),
        ("pipelines/stages/speech.py", "from ...infra import cli"),
        ("pipelines/stages/speech.py", "from .... import schemas"),
        ("infra/cli.py", "import pipelines.mine"),
    ],
)
def test_a_planted_import_is_found(path: str, text: str) -> None:
    assert wrong_imports(Source(Path(path), text))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("schemas/time.py", "import json, yaml\nfrom pyarrow import parquet"),
        ("pipelines/stages/speech.py", "from ..stage import Stage\nfrom . import other"),
        ("infra/cli.py", "import ray\nfrom wavelode.pipelines.mine import mine"),
    ],
)
def test_an_allowed_import_is_not(path: str, text: str) -> None:
    assert wrong_imports(Source(Path(path), text)) == []


def test_a_planted_giant_is_found() -> None:
    body = "    x = 1\n" * MAX_FUNCTION_LINES
    assert oversized(Source(Path("infra/a.py"), f"def giant():\n{body}"))
    assert not oversized(Source(Path("infra/a.py"), f"def tall():\n{body[:-10]}"))
    assert oversized(Source(Path("infra/a.py"), "x = 1\n" * MAX_FILE_LINES))


def test_planted_carelessness_is_found() -> None:
    text = "try:\n    assert True\nexcept:\n    pass\n"
    assert len(careless(Source(Path("infra/a.py"), text))) == 2


def test_a_planted_heavy_import_is_found() -> None:
    assert "sqlite3" in _loaded_by(["sqlite3"])
