"""What is written agrees with what is there: examples, commands, links, the version."""

from __future__ import annotations

import doctest
import importlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from wavelode.infra.cli import main
from wavelode.schemas.tables import CLIP

ROOT = Path(__file__).parents[1]
PARTS = ("schemas", "alignment", "datasets", "pipelines", "infra")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])

_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
_RELEASE = re.compile(r"^## (\d+\.\d+\.\d+)", re.MULTILINE)


def _modules() -> Iterator[str]:
    for part in PARTS:
        for path in sorted((ROOT / part).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            yield ".".join(["wavelode", *(parts[:-1] if parts[-1] == "__init__" else parts)])


def _commands(group: click.Command, name: str) -> Iterator[str]:
    """The full names of all commands below one, as they are typed."""
    if isinstance(group, click.Group):
        for word, command in group.commands.items():
            yield from _commands(command, f"{name} {word}")
    else:
        yield name


@pytest.mark.parametrize("name", list(_modules()))
def test_examples_in_docstrings_are_true(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_every_command_is_documented() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    commands = list(_commands(main, "wavelode"))
    assert commands, "the command line has no commands"
    assert [command for command in commands if not re.search(rf"{command}\b", text)] == []


def test_commands_below_commands_are_found() -> None:
    group = click.Group(
        commands={"a": click.Command("a"), "b": click.Group(commands={"c": click.Command("c")})}
    )
    assert list(_commands(group, "tool")) == ["tool a", "tool b c"]


def test_every_column_of_a_shard_is_explained() -> None:
    text = (ROOT / "docs" / "shards.md").read_text(encoding="utf-8")
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    assert [name for row in rows for name in re.findall(r"`(\w+)`", row)] == CLIP.names


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    targets = _LINK.findall(page.read_text(encoding="utf-8"))
    local = [target for target in targets if not re.match(r"[a-z]+:", target)]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_every_requirement_is_pinned() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[\w.-]+==[\w.]+", pin)] == []
    pinned = {_plain(pin.partition("==")[0]) for pin in pins}
    assert {name for name in _required() if name != "wavelode"} - pinned == set()


def _required() -> set[str]:
    """The names of all that pyproject.toml may install."""
    text = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = text["project"]
    extras = [line for lines in project["optional-dependencies"].values() for line in lines]
    every = [*project["dependencies"], *extras, *text["build-system"]["requires"]]
    return {_plain(re.split(r"[\[<>=!~ ;]", line)[0]) for line in every}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_newest_release_in_the_changelog_is_this_one() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    releases = _RELEASE.findall((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    assert releases[0] == project["version"]
