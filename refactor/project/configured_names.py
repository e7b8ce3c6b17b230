"""Whether the names of tasks in a configuration are names of anything."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.errors import ConfigurationError
from refactor.project.display import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from refactor.project.config import Configuration

_MEMBER = re.compile(rb"\.[ \t]*([^\W\d]\w*)")
_WORD = re.compile(r"[^\W\d_]\w+")
_FOREIGN = frozenset({"site-packages", "node_modules", "venv", "__pycache__"})
_CLASS = re.compile(rb"^[ \t]*class[ \t]+(\w+)", re.MULTILINE)


def require_tasks(configuration: Configuration, contents: Iterable[bytes]) -> None:
    """Checks the names in a configuration against what all configured files say.

    The tasks of `exempt`, `stages` and `row-stage` are classes, a method of `writers` is mentioned somewhere, and so is
    each word of a pattern of `not-outputs`, which is compared with what the source says of a path, and the last name of
    a function of `llm-calls`.

    Args:
        configuration: what was read.
        contents: what stands in the files that can hold a task: all of those that the configuration's paths lead to.

    Raises:
        ConfigurationError: no class is called so, or no method, or a pattern can match nothing.
    """
    settings = configuration.settings
    named = {
        "exempt": sorted(settings.exempt),
        "stages": sorted(settings.stages),
        "row-stage": sorted(settings.row_stage),
    }
    contents = tuple(contents)
    if any(named.values()):
        known = sorted({name.decode() for content in contents for name in _CLASS.findall(content)})
        for key, names in named.items():
            _require_known(configuration, key, names, known, "task")
    if settings.writers:
        members = sorted({name.decode() for content in contents for name in _MEMBER.findall(content)})
        named_methods = [name.rpartition(".")[2] for name in sorted(settings.writers)]
        _require_known(configuration, "writers", named_methods, members, "method")
    for pattern in settings.not_outputs:
        words = _WORD.findall(re.sub(r"\[.*?\]", " ", pattern))
        _require_said(
            configuration, words, contents, f"not-outputs in [tool.refactor] has the pattern {pattern!r}"
        )
    for name in settings.llm_calls:
        last = name.rpartition(".")[2]
        _require_said(configuration, [last], contents, f"llm-calls in [tool.refactor] names {name}")


def _require_said(
    configuration: Configuration, words: Sequence[str], contents: Sequence[bytes], where: str
) -> None:
    """A word that the files with tasks do not say may stand in any module of the project, which is read then."""
    if configuration.source is None:
        return
    words = [word for word in words if not _says(contents, word)]
    if not words:
        return
    modules = tuple(_modules(configuration.source.parent))
    for word in words:
        if not _says(modules, word):
            known = {
                found
                for text in (*contents, *modules)
                for found in _WORD.findall(text.decode(errors="replace"))
            }
            raise ConfigurationError(
                f"{configuration.source}: {where}, and no file says {word}{did_you_mean(word, sorted(known))}"
            )


def _says(contents: Iterable[bytes], word: str) -> bool:
    return any(word.encode() in content for content in contents)


def _modules(root: Path) -> Iterator[bytes]:
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".") and name not in _FOREIGN]
        for name in names:
            if name.endswith(".py"):
                with contextlib.suppress(OSError):
                    yield Path(folder, name).read_bytes()


def _require_known(
    configuration: Configuration, key: str, names: Sequence[str], known: Sequence[str], what: str
) -> None:
    for name in names:
        if name not in known:
            where = f"{configuration.source}: " if configuration.source is not None else ""
            raise ConfigurationError(
                f"{where}{key} in [tool.refactor] names {name}, and no {what} is called that"
                f"{did_you_mean(name, known)}"
            )
