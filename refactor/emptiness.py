"""Whether there is any task at all where a project was looked at: where there is none, nothing was proven."""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import TYPE_CHECKING

from codemods.errors import SourceError
from codemods.python.classes import ClassResolver, base_expressions
from codemods.python.modules import Module, ModuleFinder, statements_at_module_level
from codemods.python.names import NameResolver
from codemods.python.scopes import Sources
from codemods.source import decode
from codemods.tasks import discovery
from refactor.project.display import display
from refactor.project.files import find_files, read_bytes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from codemods.settings import Settings

_SHOWN = 5


def no_tasks(paths: Sequence[Path], settings: Settings) -> str:
    """What to say where a project holds no task; empty where it holds one, or where only files were named.

    Files alone, as editors and commit hooks hand them over, may hold none.

    Args:
        paths: what was looked at.
        settings: the configuration.
    """
    if not any(path.is_dir() for path in paths):
        return ""
    finder = ModuleFinder()
    names = NameResolver(finder)
    sources = Sources(names, ClassResolver(names))
    likely: list[str] = []
    idle: list[str] = []
    for path in (candidate.path for candidate in find_files(paths, [])):
        with suppress(SourceError, RecursionError):
            data = read_bytes(path)
            if b"class " not in data:
                continue
            module = finder.adopt(decode(data, path))
            for ref in discovery.task_classes(module, sources, settings):
                if discovery.entry_of(ref, settings) or discovery.inherited_entry(ref, sources, settings):
                    return ""
                idle.append(f"{ref.name} ({display(path)}:{ref.node.lineno})")
            likely += _luigi_classes(module, sources)
    wanted = " or ".join(settings.base_classes)
    if idle:
        methods = " or ".join(settings.entry_methods)
        said = f"no task was found: what inherits from {wanted} has no {methods}: {_named(idle)}"
    else:
        said = f"no task was found: no class here inherits from {wanted} (base-classes in [tool.refactor])"
    if likely:
        said += f"; these inherit from Luigi's: {_named(likely)}"
    return f"{said}; --allow-empty where that is meant"


def _named(classes: Sequence[str]) -> str:
    more = f" and {len(classes) - _SHOWN} more" if len(classes) > _SHOWN else ""
    return f"{', '.join(classes[:_SHOWN])}{more}"


def _luigi_classes(module: Module, sources: Sources) -> Iterator[str]:
    """The classes of a module whose base is one of Luigi's, with their place."""
    for statement in statements_at_module_level(module.tree.body):
        if isinstance(statement, ast.ClassDef) and any(
            (origin := sources.names.origin(base, module) or "").startswith("luigi.")
            and origin.endswith("Task")
            for base in base_expressions(statement)
        ):
            yield f"{statement.name} ({display(module.path)}:{statement.lineno})"
