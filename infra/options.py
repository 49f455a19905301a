"""Command-line options made from the settings, so that the two can't drift apart.

A top-level field ``name_pattern`` becomes ``--name-pattern``, a nested one ``select.max_cer`` becomes
``--select-max-cer``. A YAML file given with ``--config`` is read first, options override it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

import click
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from wavelode.datasets.storage import Layout
from wavelode.schemas.settings import Settings, parse_settings, read_yaml

Command = TypeVar("Command", bound=Callable[..., Any])


def _fields(
    model: type[BaseModel] = Settings, prefix: tuple[str, ...] = ()
) -> Iterator[tuple[tuple[str, ...], FieldInfo]]:
    for name, field in model.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            yield from _fields(kind, (*prefix, name))
        else:
            yield (*prefix, name), field


def settings_options(sections: tuple[str, ...]) -> Callable[[Command], Command]:
    """Adds ``--config``, the top-level options and those of `sections` to a command."""

    def add(command: Command) -> Command:
        wanted = [(path, f) for path, f in _fields() if len(path) == 1 or path[0] in sections]
        for path, field in reversed(wanted):
            command = _option(path, field)(command)
        file = click.Path(exists=True, dir_okay=False, path_type=Path)
        return click.option("--config", type=file, help="settings as YAML; options override it")(command)

    return add


def _option(path: tuple[str, ...], field: FieldInfo) -> Callable[[Any], Any]:
    name = "--" + "-".join(path).replace("_", "-")
    kind = _click_type(field.annotation)
    shown = f"{field.description or ''}{_default(field)}"
    if kind is bool:
        return click.option(f"{name}/--no-{name[2:]}", _variable(path), default=None, help=shown)
    return click.option(name, _variable(path), type=kind, default=None, help=shown)


def _default(field: FieldInfo) -> str:
    default = field.get_default()
    if isinstance(default, tuple):
        default = ",".join(str(value) for value in default)
    return "" if field.is_required() or default in (None, "", False) else f"  [default: {default}]"


def _variable(path: tuple[str, ...]) -> str:
    return "__".join(path)


class _Listed(click.ParamType[tuple[str, ...]]):
    """Several values with commas between them."""

    name = "a,b,…"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        return tuple(part.strip() for part in value.split(","))


def _click_type(kind: Any) -> Any:
    choices = get_args(kind)
    if get_origin(kind) is tuple:
        return _Listed()
    if get_origin(kind) is not None and choices and all(isinstance(c, str) for c in choices):
        return click.Choice(choices)
    plain = next((c for c in choices if c is not type(None)), kind)
    return {bool: bool, int: int, float: float, Path: click.Path(path_type=Path)}.get(plain, str)


def settings_of_run(config: Path | None, options: dict[str, Any]) -> Settings:
    """As `settings_from`, on top of what an earlier command noted in the output folder."""
    noted = Layout(options["out"]).settings if options.get("out") else None
    return settings_from(config or (noted if noted and noted.is_file() else None), options)


def settings_from(config: Path | None, options: dict[str, Any]) -> Settings:
    """The settings a command was given.

    Raises:
        SettingsError: naming what is wrong and where.
    """
    given = {key: value for key, value in options.items() if value is not None}
    values = read_yaml(config) if config else {}
    if config:
        out = {"out": given.get("out", "")} | values
        parse_settings(out, where=str(config), source=config)  # what is wrong there is not the options' fault
    for key, value in given.items():
        _put(values, key.split("__"), value)
    return parse_settings(values)


def _put(values: dict[str, Any], path: list[str], value: Any) -> None:
    for part in path[:-1]:
        inner = values.get(part)
        values[part] = dict(inner) if isinstance(inner, dict) else {}
        values = values[part]
    values[path[-1]] = value
