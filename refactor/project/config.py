"""`[tool.refactor]` of a TOML file, checked key by key, as `codemods.settings.Settings` and paths."""

from __future__ import annotations

import os
import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from codemods.errors import ConfigurationError
from codemods.settings import STYLES, DeclaredModelCall, DeclaredWriter, Settings
from refactor.project.display import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KEYS = (
    "paths",
    "base-classes",
    "exempt",
    "entry-methods",
    "llm-arguments",
    "llm-calls",
    "stages",
    "row-stage",
    "row-after-file",
    "llm-only",
    "not-outputs",
    "writers",
    "style",
)
_METHOD = re.compile(r"self\.(output\(\)\.)?[^\W\d]\w*")
_PATH = re.compile(r"[^\W\d]\w*(\(\))?")
_WRITER_KEYS = ("target", "path", "content", "form")
_FULL_NAME = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_CALL_KEYS = ("prompt", "model", "response")
_RESPONSES = ("text", "json")
_FORMS = ("text", "json", "csv", "bytes", "pickle", "parquet")
NEVER_EMPTY = ("paths", "base-classes", "entry-methods", "llm-arguments")


@dataclass(frozen=True)
class Configuration:
    """What one configuration file says.

    Attributes:
        settings: what the codemods need to know.
        paths: files and directories to look at when the command line names none.
        source: the file it was read from, None for the defaults.
    """

    settings: Settings = field(default_factory=Settings)
    paths: tuple[Path, ...] = (Path(),)
    source: Path | None = None


def load(explicit: Path | None, paths: Sequence[Path]) -> Configuration:
    """Reads the configuration for a run.

    Takes the file that `--config` names, or else the nearest `pyproject.toml` with a `[tool.refactor]` table,
    from the common parent of `paths` (the working directory where there are none) upwards. Gives the defaults
    where there is no such file.

    Raises:
        ConfigurationError: the file cannot be read, is no TOML, or holds something this tool does not know.
    """
    if explicit is not None:
        table = _table(explicit)
        if table is None:
            raise ConfigurationError(f"{explicit}: has no [tool.refactor] table")
        return _configuration(table, explicit)
    start = Path(os.path.commonpath([path.absolute() for path in paths])) if paths else Path.cwd()
    for folder in (start, *start.parents):
        candidate = folder / "pyproject.toml"
        if candidate.is_file() and (table := _table(candidate)) is not None:
            return _configuration(table, candidate)
    return Configuration()


def _table(file: Path) -> dict[str, Any] | None:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ConfigurationError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: is not UTF-8, which TOML must be") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{file}: is not valid TOML: {error}") from error
    tool = document.get("tool", {})
    table = tool.get("refactor") if isinstance(tool, dict) else None
    if table is not None and not isinstance(table, dict):
        raise ConfigurationError(f"{file}: tool.refactor must be a table, found {_kind(table)}")
    return table


def _configuration(table: dict[str, Any], file: Path) -> Configuration:
    for key in table:
        if key not in KEYS:
            hint = did_you_mean(key, KEYS) or f"; known keys: {', '.join(KEYS)}"
            raise ConfigurationError(f"{file}: unknown key {key!r} in [tool.refactor]{hint}")
    defaults = Settings()
    settings = Settings(
        base_classes=_strings(table, "base-classes", file) or defaults.base_classes,
        exempt=frozenset(_strings(table, "exempt", file)),
        entry_methods=_strings(table, "entry-methods", file) or defaults.entry_methods,
        llm_arguments=_strings(table, "llm-arguments", file) or defaults.llm_arguments,
        llm_calls=_llm_calls(table, file),
        stages=_stages(table, file),
        row_stage=_row_stage(table, file),
        not_outputs=_strings(table, "not-outputs", file),
        writers=_writers(table, file),
        style=_style(table, file, defaults.style),
        row_after_file=_switch(table, "row-after-file", file, defaults.row_after_file),
        llm_only=_switch(table, "llm-only", file, defaults.llm_only),
    )
    paths = tuple(_from_here(file.parent / entry) for entry in _strings(table, "paths", file))
    return Configuration(settings, paths or Configuration().paths, file)


def _strings(table: Mapping[str, Any], key: str, file: Path) -> tuple[str, ...]:
    value = table.get(key)
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ConfigurationError(
            f'{file}: {key} must be a list of strings, as in ["…"]; found {_kind(value)}'
        )
    for position, entry in enumerate(value, 1):
        if not isinstance(entry, str) or not entry.strip():
            found = "an empty string" if isinstance(entry, str) else _kind(entry)
            raise ConfigurationError(f"{file}: {key} must be a list of strings; entry {position} is {found}")
    if not value and key in NEVER_EMPTY:
        raise ConfigurationError(f"{file}: {key} is empty; leave the key out to have the default")
    return tuple(value)


def _switch(table: Mapping[str, Any], key: str, file: Path, default: bool) -> bool:
    value = table.get(key, default)
    if not isinstance(value, bool):
        raise ConfigurationError(f"{file}: {key} must be true or false; found {_kind(value)}")
    return value


def _style(table: Mapping[str, Any], file: Path, default: str) -> str:
    value = table.get("style", default)
    if value not in STYLES:
        found = repr(value) if isinstance(value, str) else _kind(value)
        raise ConfigurationError(f"{file}: style must be {' or '.join(map(repr, STYLES))}; found {found}")
    return str(value)


def _stages(table: Mapping[str, Any], file: Path) -> Mapping[str, str]:
    """Turns group → tasks, which is pleasant to write, into task → group, which is needed."""
    groups = _subtable(table, "stages", file)
    by_task: dict[str, str] = {}
    for group in groups:
        for task in _strings({f"stages.{group}": groups[group]}, f"stages.{group}", file):
            if by_task.setdefault(task, group) != group:
                raise ConfigurationError(f"{file}: {task} is in two stages, {by_task[task]} and {group}")
    return MappingProxyType(by_task)


def _row_stage(table: Mapping[str, Any], file: Path) -> Mapping[str, str]:
    names = _subtable(table, "row-stage", file)
    for task, name in names.items():
        if not isinstance(name, str) or not name.strip():
            found = "an empty string" if isinstance(name, str) else _kind(name)
            raise ConfigurationError(f"{file}: row-stage.{task} must be a string, found {found}")
    return MappingProxyType(names)


def _writers(table: Mapping[str, Any], file: Path) -> Mapping[str, DeclaredWriter]:
    """Methods that write the outputs: `"self.dump" = { target = "output" }`."""
    found: dict[str, DeclaredWriter] = {}
    for name, entry in _subtable(table, "writers", file).items():
        place = f"{file}: writers.{name!r}"
        if not _METHOD.fullmatch(name):
            raise ConfigurationError(
                f'{place} must be a method of the tasks or of their outputs, as in "self.dump" or "self.output().dump"'
            )
        if not isinstance(entry, dict):
            raise ConfigurationError(f'{place} must be a table, as in {{ target = "output" }}')
        _require_keys(entry, _WRITER_KEYS, place)
        if entry.get("target") != "output":
            raise ConfigurationError(f'{place} must have target = "output": it writes the files of output()')
        path, content = entry.get("path", "path"), entry.get("content")
        if not isinstance(path, str) or not _PATH.fullmatch(path):
            raise ConfigurationError(f'{place}: path must be an attribute or a method, "path" or "path()"')
        if isinstance(content, bool) or not isinstance(content, int | str | None):
            raise ConfigurationError(f"{place}: content must be a position, from 0, or a keyword")
        form = entry.get("form", "")
        if "form" in entry and form not in _FORMS:
            hint = did_you_mean(str(form), _FORMS) or f"; known forms: {', '.join(_FORMS)}"
            raise ConfigurationError(f"{place}: unknown form {form!r}{hint}")
        found[name] = DeclaredWriter(path, content, form)
    return MappingProxyType(found)


def _llm_calls(table: Mapping[str, Any], file: Path) -> Mapping[str, DeclaredModelCall]:
    """Functions that ask a model: `"app.utils.ask" = { prompt = "question" }`."""
    found: dict[str, DeclaredModelCall] = {}
    for name, entry in _subtable(table, "llm-calls", file).items():
        place = f"{file}: llm-calls.{name!r}"
        if not _FULL_NAME.fullmatch(name):
            raise ConfigurationError(
                f'{place} must be the full name of a function, as in "app.utils.ask", or a method of the tasks, as in '
                '"self.ask"'
            )
        if not isinstance(entry, dict):
            raise ConfigurationError(f'{place} must be a table, as in {{ prompt = "question" }}')
        _require_keys(entry, _CALL_KEYS, place)
        prompt = entry.get("prompt")
        asked = tuple(prompt) if isinstance(prompt, list) else (prompt,)
        if not asked or not all(_is_argument(one) for one in asked):
            raise ConfigurationError(
                f"{place}: prompt must name the argument that is asked, by position, from 0, or by name, or several"
            )
        model = entry.get("model")
        if model is not None and not _is_argument(model):
            raise ConfigurationError(
                f"{place}: model must be the position, from 0, or the name of an argument"
            )
        response = entry.get("response", "")
        if "response" in entry and response not in _RESPONSES:
            hint = did_you_mean(str(response), _RESPONSES) or f"; known: {', '.join(_RESPONSES)}"
            raise ConfigurationError(f"{place}: unknown response {response!r}{hint}")
        found[name] = DeclaredModelCall(asked, model, response)
    return MappingProxyType(found)


def _is_argument(value: object) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return value >= 0
    return isinstance(value, str) and value.isidentifier()


def _require_keys(entry: Mapping[str, Any], known: Sequence[str], place: str) -> None:
    for key in entry:
        if key not in known:
            hint = did_you_mean(key, known) or f"; known keys: {', '.join(known)}"
            raise ConfigurationError(f"{place}: unknown key {key!r}{hint}")


def _subtable(table: Mapping[str, Any], key: str, file: Path) -> dict[str, Any]:
    value = table.get(key, {})
    if not isinstance(value, dict):
        raise ConfigurationError(
            f"{file}: {key} must be a table, [tool.refactor.{key}]; found {_kind(value)}"
        )
    return value


def _from_here(path: Path) -> Path:
    """The configuration names paths beside itself; people read them from where they stand."""
    return Path(os.path.relpath(path))


def _kind(value: object) -> str:
    """What a TOML author would call a value."""
    kinds: dict[type, str] = {bool: "a boolean", int: "an integer", float: "a float", str: "a string"}
    kinds |= {list: "a list", dict: "a table"}
    return kinds.get(type(value), "a date or time")
