"""Whether there is any task at all where a project was looked at, and what to say and to do where there is none."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.errors import SourceError
from codemods.python.classes import ClassResolver
from codemods.python.modules import ModuleFinder
from codemods.python.names import NameResolver
from codemods.python.scopes import Sources
from codemods.source import decode
from codemods.tasks import discovery
from refactor.project.display import display
from refactor.project.files import SKIPPED, find_files, read_all, read_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from codemods.settings import Settings

_SHOWN = 5
_MOST_LOOKED_AT = 20_000


@dataclass(frozen=True)
class Emptiness:
    """What there is in place of tasks.

    Attributes:
        seen: what was looked at and looked for, one sentence.
        ways: what is there instead, and what it takes, one sentence each.
        command: what goes on, with the paths that were given; empty where no command does.
    """

    seen: str
    ways: tuple[str, ...] = ()
    command: str = ""

    def __str__(self) -> str:
        command = [f"next: {self.command}"] if self.command else []
        return "\n".join((f"no tasks found: {self.seen}", *self.ways, *command))

    @property
    def reasons(self) -> tuple[str, ...]:
        """The sentences as a page has them."""
        return tuple(f"{one[0].upper()}{one[1:]}." for one in (self.seen, *self.ways))


def has_tasks(paths: Sequence[Path], settings: Settings) -> bool:
    """Whether a project holds a task, or only files were named.

    Files alone, as editors and commit hooks hand them over, may hold none.

    Args:
        paths: what was looked at.
        settings: the configuration.
    """
    if not any(path.is_dir() for path in paths):
        return True
    return _idle_instead_of_tasks(paths, settings) is None


def instead_of_tasks(paths: Sequence[Path], settings: Settings, arguments: str) -> Emptiness:
    """What to say where no task was found.

    Args:
        paths: what was looked at.
        settings: the configuration.
        arguments: what a further command needs to mean the same files: ` PATHS`.
    """
    from codemods.rewriting.missing_base import way_in

    files = find_files(paths, [])
    wanted = " or ".join(settings.base_classes)
    if not files:
        return Emptiness(f"there is no Python file in {_named_paths(paths)}{_notebooks(paths)}")
    if idle := _idle_instead_of_tasks(paths, settings):
        methods = " or ".join(settings.entry_methods)
        return Emptiness(
            f"what inherits from {wanted} has no {methods} (entry-methods in [tool.refactor]): "
            f"{_listed(idle)}"
        )
    sources, _ = read_all(paths)
    if not sources:
        return Emptiness(f"none of what is in {_named_paths(paths)} could be read as Python")
    looked_at = f"{len(sources)} Python files" if len(sources) > 1 else display(sources[0].path)
    found = way_in(sources, settings)
    return Emptiness(
        f"no class in {looked_at} inherits from {wanted} (base-classes in [tool.refactor])",
        found.said,
        f"refactor {found.command}{arguments}" if found.command else "",
    )


def _idle_instead_of_tasks(paths: Sequence[Path], settings: Settings) -> list[str] | None:
    """None as soon as there is a task; else the heirs of the base classes that have no method with work."""
    finder = ModuleFinder()
    names = NameResolver(finder)
    resolved = Sources(names, ClassResolver(names))
    idle: list[str] = []
    for path in (candidate.path for candidate in find_files(paths, [])):
        with suppress(SourceError, RecursionError):
            data = read_bytes(path)
            if b"class " not in data:
                continue
            module = finder.adopt(decode(data, path))
            for ref in discovery.task_classes(module, resolved, settings):
                if discovery.entry_of(ref, settings) or discovery.inherited_entry(ref, resolved, settings):
                    return None
                idle.append(f"{ref.name} ({display(path)}:{ref.node.lineno})")
    return idle


def _listed(classes: Sequence[str]) -> str:
    more = f" and {len(classes) - _SHOWN} more" if len(classes) > _SHOWN else ""
    return f"{', '.join(classes[:_SHOWN])}{more}"


def _named_paths(paths: Sequence[Path]) -> str:
    return ", ".join("this directory" if str(path) == "." else display(path) for path in paths)


def _notebooks(paths: Sequence[Path]) -> str:
    """`; 3 notebooks are not read`, where they are what is there."""
    count = looked_at = 0
    for path in paths:
        for _, folders, names in os.walk(path):
            folders[:] = [one for one in folders if one not in SKIPPED]
            count += sum(name.endswith(".ipynb") for name in names)
            looked_at += len(names)
            if looked_at > _MOST_LOOKED_AT:
                break
    return f"; {count} notebook{'s are' if count > 1 else ' is'} not read (.ipynb)" if count else ""
