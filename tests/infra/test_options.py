from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from wavelode.infra.options import settings_from, settings_options
from wavelode.schemas.errors import SettingsError
from wavelode.schemas.settings import Settings

SECTIONS = ("decode", "document", "speech", "listener", "align", "select", "pack")


def parsed(*words: str) -> Settings:
    """The settings that a command with all options is given."""
    taken: list[Settings] = []

    @click.command()
    @settings_options(SECTIONS)
    def command(config: Path | None, **options: Any) -> None:
        taken.append(settings_from(config, options))

    CliRunner().invoke(command, words, catch_exceptions=False, standalone_mode=False)
    return taken[0]


def test_options_reach_the_settings_of_the_same_name() -> None:
    """An option that sets nothing is worse than none."""
    words = "--out o --select-max-cer 0.1 --listener-kind fake --decode-accept-truncated --no-select-require-edges"
    made = parsed(*words.split(), "--workers", "3")
    assert made.out == Path("o")
    assert (made.select.max_cer, made.select.require_edges) == (0.1, False)
    assert (made.listener.kind, made.decode.accept_truncated, made.workers) == ("fake", True, 3)


def test_without_options_all_is_default() -> None:
    """An option's own default would hide what a file says."""
    assert parsed("--out", "o") == Settings(out=Path("o"))


def test_options_win_over_the_file_and_leave_the_rest_of_it(tmp_path: Path) -> None:
    """A file is for the archive, an option for the one run."""
    file = tmp_path / "a.yaml"
    file.write_text(
        "out: a\nselect:\n  max_cer: 0.2\n  min_duration_s: 2\ndecode:\n  accept_truncated: true\n"
    )
    made = parsed(
        "--config", str(file), "--out", "b", "--select-max-cer", "0.1", "--no-decode-accept-truncated"
    )
    assert (made.out, made.select.max_cer, made.select.min_duration_s) == (Path("b"), 0.1, 2.0)
    assert made.decode.accept_truncated is False


def test_a_wrong_option_is_not_blamed_on_the_file(tmp_path: Path) -> None:
    """A person would look for the mistake at a line that is right."""
    file = tmp_path / "a.yaml"
    file.write_text("out: a\nworkers: 2\n")
    with pytest.raises(SettingsError, match=r"^the options: 'workers'"):
        parsed("--config", str(file), "--workers", "-1")


def test_a_wrong_line_of_the_file_is_named_with_options_given_too(tmp_path: Path) -> None:
    """Options say nothing about what is wrong elsewhere."""
    file = tmp_path / "a.yaml"
    file.write_text("out: a\nselect:\n  max_cer: -1\n")
    with pytest.raises(SettingsError, match=r"a\.yaml, line 3: 'select\.max_cer'"):
        parsed("--config", str(file), "--workers", "1")
