"""The method by which a task opens its block: `database_steps()`, whosever database service it stands on."""

from __future__ import annotations

from pathlib import Path

from codemods.errors import InitialisationError
from codemods.knowledge.vendored import STAGE, STEPS
from codemods.python.classes import ClassRef, ClassResolver
from codemods.python.modules import Module, ModuleFinder
from codemods.python.names import NameResolver
from codemods.python.scopes import Sources
from codemods.rewriting.providers import DATABASE_SERVICE, VENDORED, Provider
from codemods.source import SourceFile
from codemods.steps.model_columns import TOKENS, interaction_class
from codemods.tasks.locations import LocationEvaluator
from codemods.tasks.own_packages import hiding_package
from codemods.tasks.places import WORKING
from codemods.tasks.run_directory import run_directory
from codemods.tasks.service_class import opens_ours, vendored_import
from codemods.tasks.step_blocks import OPEN_BLOCK, RUNTIME_MODULES

_KEPT = (
    "error_type",
    *TOKENS,
    "cached_input_tokens",
    "reasoning_tokens",
    "finish_reason",
    "response_id",
    "first_chunk_seconds",
    "parameters",
)
"""Columns that a service may have beside those of the steps."""

_LONGEST = 80


def block_method(
    source: SourceFile, name: str, finder: ModuleFinder, provider: Provider | None = None
) -> str:
    """The method for a class that has the other two.

    Args:
        source: the class's file, those methods in it.
        name: the class.
        finder: finds the modules that the file imports.
        provider: what the method that opens the service was given with it; None where the class had one before.

    Raises:
        InitialisationError: a package of the target hides the one that the block is imported from.
    """
    module = Module(source)
    node = next(s for s in source.tree.body if getattr(s, "name", "") == name)
    names = NameResolver(finder)
    classes = ClassResolver(names)
    ref = ClassRef(module, node)  # type: ignore[arg-type]
    sources = Sources(names, classes)
    given = []
    if classes.member(ref, "llm_models") is not None:
        given.append('model=str(self.llm_models[0]) if self.llm_models else "unknown"')
    directory = run_directory(ref, sources, LocationEvaluator(sources, ref))
    if directory != WORKING:
        given.append(f"run_directory={directory}")
    opened = classes.method(ref, DATABASE_SERVICE)
    vendored = vendored_import(opened, sources) if opened is not None else None
    if provider is not None and provider.kind == VENDORED:
        # It may be that nobody has written it yet.
        vendored = provider.module
    if vendored is None:
        require_runtime(source.path)
    ours = vendored is not None or opens_ours(ref, sources)
    row = None if ours else interaction_class(ref, classes)
    columns = [c for c in _KEPT if ours or (row is not None and classes.has_member(row, c))]
    return method_text(given, columns, is_ours=ours, module=vendored or "")


def method_text(given: list[str], columns: list[str], *, is_ours: bool, module: str = "") -> str:
    """The text of the method.

    Args:
        given: further arguments of the block.
        columns: what the service takes beside the columns of the steps.
        is_ours: whether the service is this distribution's own, which computes sizes and times.
        module: the vendored module that the block is in; empty for this distribution's own.
    """
    if columns:
        listed = ", ".join(f'"{column}"' for column in columns)
        on_one_line = f"columns=({listed}{',' if len(columns) == 1 else ''})"
        below = "".join(f'            "{column}",\n' for column in columns)
        given = [
            *given,
            on_one_line if len(on_one_line) < _LONGEST else f"columns=(\n{below}        )",
        ]
    arguments = [
        "self.get_database_service",
        "self.get_plan_id()",
        "stage or stage_of(type(self).__name__)",
        *given,
        *(["is_complete=True"] if is_ours else []),
    ]
    imports = [f"from {module} import {STEPS}, {STAGE}"]
    if not module:
        imports = [
            f"from {RUNTIME_MODULES[0]} import {STAGE}",
            f"from {RUNTIME_MODULES[1]} import {STEPS}",
        ]
    # Inside of the method, so that what imports the tasks needs no database.
    return (
        f"def {OPEN_BLOCK}(self, *, stage=None):\n"
        '    """Return the block that records calls and files: `with self.database_steps() as steps:`."""\n'
        + "".join(f"    {line}\n" for line in imports)
        + f"\n    return {STEPS}(\n"
        + "".join(f"        {argument},\n" for argument in arguments)
        + "    )\n"
    )


def require_runtime(path: Path) -> None:
    """Raises InitialisationError where a package of the target has the name of the one that the block is in."""
    hiding = hiding_package(path)
    if hiding is not None:
        raise InitialisationError(
            f"{hiding} has the name of this distribution's package pipeline, which the block of the steps is imported "
            "from: one would hide the other; let init write it as a module of this project (--service vendored), or "
            'keep style = "inline" here'
        )
