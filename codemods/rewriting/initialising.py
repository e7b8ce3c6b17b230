"""Gives a pipeline's base class what the steps stand on: `get_plan_id()` and `get_database_service()`.

Inserts methods and imports only; no line of the base class changes.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from codemods.errors import InitialisationError
from codemods.python.classes import ClassRef, ClassResolver, Function
from codemods.python.compiling import compile_error
from codemods.python.modules import ModuleFinder
from codemods.python.names import NameResolver
from codemods.python.scopes import Sources
from codemods.rewriting.block_method import block_method
from codemods.rewriting.database_base import database_base_in
from codemods.rewriting.import_place import import_line, line_behind
from codemods.rewriting.import_roots import shown_path
from codemods.rewriting.missing_base import explain_missing_base
from codemods.rewriting.plan_ids import PlanId, directories_used, given_plan_id, name_of_directory
from codemods.rewriting.providers import (
    AUTO,
    DATABASE_SERVICE,
    INSTALLED,
    OWN,
    VENDORED,
    Provider,
    Providers,
)
from codemods.rewriting.transform import merged
from codemods.settings import STEPS, Settings
from codemods.source import SourceFile
from codemods.steps.step_names import IMPORT_MARK, InsertedNames
from codemods.tasks.insert_only import InsertOnly, insert_only_service_of
from codemods.tasks.service_class import opens_installed, vendored_import
from codemods.tasks.step_blocks import OPEN_BLOCK

PLAN_ID = "get_plan_id"


@dataclass(frozen=True)
class Initialisation:
    """What became of one base class.

    Attributes:
        name: the class.
        before: its file as read.
        after: its file as it would be written.
        line: 1-based line of the class.
        added: the methods that were added; empty where it had both.
        provider: what opens the service, None where the class had its own.
        insert_only: the service that the class opens now, where it inserts and never replaces.
    """

    name: str
    before: SourceFile
    after: SourceFile
    line: int
    added: tuple[str, ...]
    provider: Provider | None
    insert_only: InsertOnly | None = None


def initialise(
    sources: Sequence[SourceFile],
    settings: Settings,
    plan_id: str | None = None,
    service: str = AUTO,
    into: Path | None = None,
) -> tuple[Initialisation, ...]:
    """Completes the configured base classes that the sources define.

    Args:
        sources: the files of the tree.
        settings: names the base classes, and the style: `steps` needs `database_steps()` as well.
        plan_id: the plan's id as an expression of `self`; None to take it from a parameter of the class.
        service: whose service is opened, one of `SERVICES`.
        into: the file of a vendored service that is not there yet; None for one beside the base class.

    Raises:
        InitialisationError: no source defines one, its run directory cannot be told, the service that is wanted cannot
            be had, or the class opens another one.
        PlanIdError: the expression is none, or reads what the class is not known to have.
        SourceError: a source does not parse.
    """
    finder = ModuleFinder(tuple(sources))
    classes = ClassResolver(NameResolver(finder))
    providers = Providers(sources, finder, service, into)
    found = [
        _complete(source, statement, providers, finder, classes, plan_id, settings.style, service)
        for source, statement in configured_classes(sources, settings)
        or _database_bases(sources, finder, classes)
    ]
    if not found:
        raise InitialisationError(explain_missing_base(sources, settings, finder, classes))
    return tuple(found)


def configured_classes(
    sources: Sequence[SourceFile], settings: Settings, *, with_database_bases: bool = True
) -> tuple[tuple[SourceFile, ast.ClassDef], ...]:
    """The classes of the sources that are called as a configured base class is.

    Args:
        sources: the files of the tree.
        settings: names the base classes.
        with_database_bases: whether those that `init --rebase` has written are among them.
    """
    wanted = {name.rpartition(".")[2] for name in settings.base_classes}
    return tuple(
        (source, statement)
        for source in sources
        for statement in source.tree.body
        if isinstance(statement, ast.ClassDef)
        and statement.name in wanted
        and (with_database_bases or database_base_in(source.tree) != statement.name)
    )


def _database_bases(
    sources: Sequence[SourceFile], finder: ModuleFinder, classes: ClassResolver
) -> tuple[tuple[SourceFile, ast.ClassDef], ...]:
    """The classes that `init --rebase` has put in front of those here, where the configured one is a library's."""
    found = {}
    for module in filter(None, (finder.module_at(source.path) for source in sources)):
        for statement in module.tree.body:
            for item in (
                classes.line(ClassRef(module, statement)) if isinstance(statement, ast.ClassDef) else ()
            ):
                if database_base_in(item.module.tree) == item.name:
                    path = item.module.path.resolve()
                    found[path] = (replace(item.module.source, path=shown_path(path)), item.node)
    return tuple(found.values())


def _complete(
    source: SourceFile,
    node: ast.ClassDef,
    providers: Providers,
    finder: ModuleFinder,
    classes: ClassResolver,
    plan_id: str | None,
    style: str,
    service: str,
) -> Initialisation:
    module = finder.module_at(source.path)
    if module is None:
        raise InitialisationError(f"{source.path} cannot be read")
    ref = ClassRef(module, node)
    wanted = (PLAN_ID, DATABASE_SERVICE, *([OPEN_BLOCK] if style == STEPS else []))
    missing = [name for name in wanted if classes.member(ref, name) is None]
    if DATABASE_SERVICE not in missing:
        _require_kind(ref, classes, service)
    if not missing:
        return Initialisation(
            node.name, source, source, node.lineno, (), None, insert_only_service_of(source, node.name)
        )
    if node.body[0].lineno == node.lineno:
        raise InitialisationError(
            f"{source.path}:{node.lineno}: the body of {node.name} is on the line of its header; "
            "give it a line of its own"
        )
    provider = providers.of(source.path) if DATABASE_SERVICE in missing else None
    names = InsertedNames(node, module, set())
    methods: list[str] = []
    if PLAN_ID in missing:
        given = given_plan_id(plan_id, [ref], classes) if plan_id else None
        methods.append(_plan_id_method(ref, node, names, given))
    if provider is not None:
        methods.append(_service_method(provider, names))
    after = _inserted(source, node, methods, names.imports_of(methods)) if methods else source
    if OPEN_BLOCK in missing:
        # What it is made of is read from the other two, where they stand by now.
        there = next(s for s in after.tree.body if isinstance(s, ast.ClassDef) and s.name == node.name)
        after = _inserted(after, there, [block_method(after, node.name, finder, provider)], ())
    problem = compile_error(after)
    if problem is not None:
        raise InitialisationError(
            f"{source.path}: with the methods in it the file would not compile: {problem}"
        )
    return Initialisation(
        node.name,
        source,
        after,
        node.lineno,
        tuple(missing),
        provider,
        insert_only_service_of(after, node.name),
    )


def _require_kind(ref: ClassRef, classes: ClassResolver, wanted: str) -> None:
    """Raises InitialisationError where a class opens a service already that is not the wanted one."""
    opened = classes.method(ref, DATABASE_SERVICE)
    if wanted == AUTO or opened is None:
        return
    kind = OWN
    if vendored_import(opened, Sources(classes.names, classes)) is not None:
        kind = VENDORED
    elif opens_installed(opened):
        kind = INSTALLED
    if kind != wanted:
        line = opened.method.lineno if opened.method is not None else opened.owner.node.lineno
        raise InitialisationError(
            f"{opened.owner.module.path}:{line}: {opened.owner.name} has {DATABASE_SERVICE}() already, whose "
            f"service is not the wanted one ({wanted}): take that method out, and init writes it anew"
        )


def _plan_id_method(ref: ClassRef, node: ast.ClassDef, names: InsertedNames, given: PlanId | None) -> str:
    if given is not None:
        missing = [name for name in given.modules if names.module(name) != name]
        if missing:
            raise InitialisationError(
                f"{ref.module.path}: {missing[0]} means something else here than the module of that name, "
                "which --plan-id names"
            )
        return (
            f"def {PLAN_ID}(self) -> {names.builtin('str')}:\n"
            '    """Return the id that the database knows this plan by."""\n'
            f"    return {given.expression}\n"
        )
    expression, described = _plan_id(ref, node, names)
    return (
        f"def {PLAN_ID}(self) -> {names.builtin('str')}:\n"
        f'    """Return the id that the database knows this plan by: {described}."""\n'
        f"    return {expression}\n"
    )


def _plan_id(ref: ClassRef, node: ast.ClassDef, names: InsertedNames) -> tuple[str, str]:
    string = names.builtin("str")
    attributes = [
        target.id
        for statement in node.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name)
    ]
    attributes += [
        s.target.id for s in node.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
    ]
    if "plan_id" in attributes:
        return f"{string}(self.plan_id)", "its `plan_id`"
    for name in (
        *directories_used(node),
        *(a for a in attributes if a.endswith(("_dir", "_directory", "_path"))),
    ):
        if name in attributes:
            paths = f"{names.module('os')}.path"
            return name_of_directory(name, paths, string), f"the name of `{name}`"
    for name in ("run_id", "run_name", "project_id"):
        if name in attributes:
            return f"{string}(self.{name})", f"its `{name}`"
    raise InitialisationError(
        f"{ref.module.path}:{node.lineno}: {ref.name} has no parameter that names a plan or its run directory; "
        'say what does, as an expression of self: refactor init --plan-id "self.date.isoformat()", or write '
        f"{PLAN_ID}() by hand and run init again for the rest"
    )


def _service_method(provider: Provider, names: InsertedNames) -> str:
    opened = names.module(provider.module, provider.name)
    returns = f" -> {names.module(provider.module, provider.service)}" if provider.service else ""
    return (
        f"def {DATABASE_SERVICE}(self){returns}:\n"
        '    """Open the database service of this task; the caller closes it."""\n'
        f"    return {opened}()\n"
    )


def _inserted(
    source: SourceFile, node: ast.ClassDef, methods: Sequence[str], imports: Sequence[str]
) -> SourceFile:
    at, before_member = _insertion_line(source, node)
    first = source.lines[node.body[0].lineno - 1]
    unit = first[: len(first) - len(first.lstrip())] or "    "
    step = "\t" if unit.startswith("\t") else "    "
    added: list[str] = []
    for method in methods:
        code = [
            f"{unit}{step * ((len(line) - len(line.lstrip())) // 4)}{line.lstrip()}{source.newline}"
            if line.strip()
            else source.newline
            for line in method.splitlines()
        ]
        added.extend([*code, source.newline] if before_member else [source.newline, *code])
    lines = list(source.lines)
    if lines and not lines[at - 1].endswith(("\n", "\r")):
        lines[at - 1] += source.newline
    lines[at:at] = added
    head = import_line(source) if not _needs_package_imports(imports) else _last_import_line(source)
    lines[head:head] = [f"{statement}  {IMPORT_MARK}{source.newline}" for statement in merged(imports)]
    return source.with_text("".join(lines))


def _needs_package_imports(imports: Sequence[str]) -> bool:
    return any(statement.startswith("from ") for statement in imports)


def _last_import_line(source: SourceFile) -> int:
    """Behind the module's first run of imports, where a project's own imports stand."""
    at = import_line(source)
    for statement in source.tree.body:
        if (statement.end_lineno or 0) <= at:
            continue
        if not isinstance(statement, ast.Import | ast.ImportFrom):
            break
        at = statement.end_lineno or at
    return line_behind(source, at)


def _insertion_line(source: SourceFile, node: ast.ClassDef) -> tuple[int, bool]:
    """Before the first method that runs the task, else behind the class's last line."""
    for member in node.body:
        if isinstance(member, Function) and member.name in {
            "create_llm_executor",
            "run",
            "run_inner",
            "run_with_llm",
        }:
            line = min([member.lineno, *(d.lineno for d in member.decorator_list)]) - 1
            while line > 0 and source.lines[line - 1].lstrip().startswith("#"):
                line -= 1
            return line, True
    return node.end_lineno or node.lineno, False
