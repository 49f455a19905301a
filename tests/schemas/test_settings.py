from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from wavelode.schemas.errors import SettingsError
from wavelode.schemas.settings import Settings, parse_settings, read_yaml

GOOD = """\
out: made   # where to
speech:
  onset: 0.6

select:
  max_cer: 0.2
"""


def parsed(text: str, folder: Path) -> Settings:
    path = folder / "run.yaml"
    path.write_text(text, encoding="utf-8")
    return parse_settings(read_yaml(path), where=path.name, source=path)


def fields(model: type[BaseModel] = Settings) -> Iterator[tuple[str, FieldInfo]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from fields(field.annotation)
        else:
            yield name, field


def test_a_file_is_read_and_the_rest_are_defaults(tmp_path: Path) -> None:
    """What a file says must hold, and what it doesn't say must be the default."""
    settings = parsed(GOOD, tmp_path)
    assert (settings.out, settings.speech.onset, settings.select.max_cer) == (Path("made"), 0.6, 0.2)
    assert settings.speech.offset == Settings(out=Path()).speech.offset


@pytest.mark.parametrize(
    ("wrong", "line", "key"),
    [
        ("outt: x", 7, "outt"),
        ("  max_crr: 1", 7, "select.max_crr"),
        ("workers: -1", 7, "workers"),
        ("workers: many", 7, "workers"),
        ("listener: {kind: telepathy}", 7, "listener.kind"),
        ("decode:\n  max_duration_h: 0", 8, "decode.max_duration_h"),
        ("pack: 3", 7, "pack"),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_line(wrong: str, line: int, key: str, tmp_path: Path) -> None:
    """A misspelt key that is eaten leaves a run with settings nobody chose."""
    with pytest.raises(SettingsError, match=rf"run\.yaml, line {line}: '{key}': ") as told:
        parsed(GOOD + wrong + "\n", tmp_path)
    assert "\n" not in str(told.value)


def test_an_unknown_key_is_called_one() -> None:
    """pydantic's own words for it mean nothing to a person."""
    with pytest.raises(SettingsError, match=r"the options: 'speech\.volume': is not a setting"):
        parse_settings({"out": "x", "speech": {"volume": 1}})


def test_hysteresis_turned_over_is_refused() -> None:
    """An end above the beginning would end every segment at its first frame."""
    with pytest.raises(SettingsError, match="offset must not be above onset"):
        parse_settings({"out": "x", "speech": {"onset": 0.3, "offset": 0.4}})


@pytest.mark.parametrize(
    "impossible",
    [
        {"select": {"min_duration_s": 31.0}},
        {"select": {"min_chars_per_s": 36.0}},
        {"select": {"min_ssl_duration_s": 31.0}},
        {"speech": {"pad_s": 15.0}},
    ],
)
def test_values_that_exclude_each_other_are_refused_before_any_work(impossible: dict[str, Any]) -> None:
    """Found late, each of these spoils a whole run: nothing is kept, or every recording fails."""
    with pytest.raises(SettingsError):
        parse_settings({"out": "x", **impossible})


def test_settings_can_not_be_changed_later() -> None:
    """A fingerprint taken from settings that change afterwards would lie."""
    with pytest.raises(ValidationError):
        Settings(out=Path()).workers = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "said"),
    [("a: [1", "not valid YAML"), ("- 1\n- 2", "holds a list"), ("just words", "holds a str")],
)
def test_a_file_that_holds_no_settings_says_so(text: str, said: str, tmp_path: Path) -> None:
    """One sentence, no traceback of a parser."""
    with pytest.raises(SettingsError, match=said) as told:
        parsed(text, tmp_path)
    assert "\n" not in str(told.value)


def test_an_empty_file_sets_nothing(tmp_path: Path) -> None:
    """A file of comments only is no mistake."""
    (tmp_path / "a.yaml").write_text("# nothing yet\n")
    assert read_yaml(tmp_path / "a.yaml") == {}


def test_a_file_that_is_not_there_or_no_text_says_so(tmp_path: Path) -> None:
    """The path is what a person got wrong, so the message must hold it."""
    with pytest.raises(SettingsError, match=r"none\.yaml: can't read"):
        read_yaml(tmp_path / "none.yaml")
    (tmp_path / "latin.yaml").write_bytes(b"license: caf\xe9\n")
    with pytest.raises(SettingsError, match=r"latin\.yaml: "):
        read_yaml(tmp_path / "latin.yaml")


def test_every_setting_but_the_plain_scores_is_described() -> None:
    """The description is the option's help; without one a person has to guess."""
    bare = {name for name, field in fields() if not field.description}
    assert bare <= {"match", "mismatch", "gap_open", "gap_extend", "long_gap_open", "long_gap_extend"}
