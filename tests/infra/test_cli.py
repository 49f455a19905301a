from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wavelode.infra.cli import main
from wavelode.infra.commands.show import BENCHES


def called(*words: str | Path) -> Result:
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.mark.parametrize("name", ["", *main.commands])
def test_every_command_explains_itself(name: str) -> None:
    """A command without a sentence of help is one nobody finds."""
    result = called(*filter(None, [name]), "--help")
    assert result.exit_code == 0
    lines = result.output.splitlines()
    assert lines[0].startswith("Usage:")
    assert len(lines[2].strip()) > 20


def test_every_bench_is_named() -> None:
    said = called("bench", "--help").output
    assert [name for name in BENCHES if name not in said] == []


@pytest.mark.parametrize("name", ["run", "mine", "select", "pack"])
def test_every_option_explains_itself(name: str) -> None:
    """Options are made from the settings; a field without words makes an option without."""
    bare = {
        option.opts[0]
        for option in main.commands[name].params
        if option.param_type_name == "option" and not getattr(option, "help", "")
    }
    assert all(option.startswith("--align-") for option in bare)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["run"], "'out'"),
        (["run", "--out", "o"], "--audio"),
        (["run", "--out", "o", "--audio", "none", "--language", "en"], "there is no such folder"),
        (["run", "--out", "o", "--audio", ".", "--language", "nonsense"], "there is no such language"),
        (["run", "--out", "o", "--audio", ".", "--workers", "-1"], "'workers'"),
        (["run", "--out", "o", "--manifest", "none.csv", "--language", "en"], "can't be read as a manifest"),
        (["run", "--out", "o", "--audio", ".", "--language", "en"], "no recordings found"),
        (["run", "--config", "wrong.yaml"], "line 2: 'lisener'"),
        (["select", "--out", "o"], "nothing is mined here yet"),
        (["pack", "--out", "o"], "can't read it"),
        (["report", "."], ""),
    ],
)
def test_what_is_wrong_is_one_sentence_on_stderr(
    words: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A traceback tells a programmer where; a person needs to know what."""
    monkeypatch.chdir(tmp_path)
    Path("wrong.yaml").write_text("out: o\nlisener: {}\n")
    result = called(*words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith("wavelode: ") and said in result.stderr
    assert result.stderr.count("\n") == 1
    assert "Traceback" not in result.output


@pytest.mark.parametrize("words", [["sing"], ["run", "--volume", "11"], ["run", "--listener-kind", "x"]])
def test_a_mistyped_option_is_refused(words: list[str]) -> None:
    """One letter off must not mean "ignored"."""
    result = called(*words)
    assert result.exit_code == 2
    assert "Traceback" not in result.output


def test_the_version_is_told() -> None:
    """Bug reports begin with it."""
    assert called("--version").output.startswith("wavelode, version ")
