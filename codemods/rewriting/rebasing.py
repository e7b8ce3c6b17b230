"""Puts a class with the two methods of the steps in front of the library's class that tasks derive from.

One line of each class changes, by insertion, and one import is added; the class stands in a module of its own.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from codemods.errors import RefactorError, SourceError
from codemods.knowledge.task_classes import WITH_WORK, WITHOUT_WORK
from codemods.model import FileRewrite
from codemods.python.classes import ClassRef, ClassResolver, Function
from codemods.python.compiling import compile_error
from codemods.python.modules import Module, ModuleFinder, statements_at_module_level
from codemods.python.names import NameResolver, dotted_name
from codemods.rewriting.block_method import method_text, require_runtime
from codemods.rewriting.database_base import (
    METHODS,
    database_base_imports,
    database_base_in,
    database_base_text,
    without_database_bases,
)
from codemods.rewriting.import_place import line_behind
from codemods.rewriting.import_roots import ImportRoots, above_packages, shown_path
from codemods.rewriting.plan_ids import common_plan_id, given_plan_id
from codemods.rewriting.providers import AUTO, OWN, VENDORED, Provider, Providers
from codemods.settings import STEPS, Settings
from codemods.source import SourceFile
from codemods.steps.step_names import IMPORT_MARK, InsertedNames

DEFAULT_NAME = "PlanTask"
_FILE = "plan_task"


class RebasingError(RefactorError):
    """The classes cannot get the base without guessing."""


@dataclass(frozen=True)
class Rebasing:
    """What becomes of a tree.

    Attributes:
        name: the class that is put in front.
        rewrites: the files whose classes change.
        modules: the modules to be written that are not there yet, each with an empty text before.
        classes: the classes that change, by file and name.
        plan_id: the expression that names a plan.
        left: files with such classes of which it cannot be told from which directory their imports start.
        providers: what opens the service in each of the modules.
    """

    name: str
    rewrites: tuple[FileRewrite, ...]
    modules: tuple[FileRewrite, ...]
    classes: tuple[tuple[Path, str], ...]
    plan_id: str
    left: tuple[Path, ...]
    providers: tuple[Provider, ...] = ()


def classes_to_rebase(
    sources: Sequence[SourceFile], settings: Settings
) -> tuple[tuple[ClassRef, ast.expr], ...]:
    """The classes that derive straight from a library's task class and lack a method, each with that base.

    A class whose other bases lead to one of them has the methods from there.
    """
    finder = ModuleFinder(tuple(sources))
    names = NameResolver(finder)
    classes = ClassResolver(names)
    own = frozenset(source.path.resolve() for source in sources)
    found: list[tuple[ClassRef, ast.expr]] = []
    for source in sources:
        module = finder.module_at(source.path)
        for statement in statements_at_module_level(module.tree.body) if module is not None else ():
            if module is None or not isinstance(statement, ast.ClassDef):
                continue
            ref = ClassRef(module, statement)
            base = next(
                (b for b in statement.bases if _is_library_task(b, ref, own, classes, settings)), None
            )
            if base is not None and any(classes.member(ref, name) is None for name in METHODS):
                found.append((ref, base))
    chosen = {id(ref.node) for ref, _ in found}
    return tuple(
        (ref, base)
        for ref, base in found
        if not any(id(above.node) in chosen for above in classes.line(ref)[1:])
    )


def _is_library_task(
    base: ast.expr, ref: ClassRef, own: frozenset[Path], classes: ClassResolver, settings: Settings
) -> bool:
    plain = base.value if isinstance(base, ast.Subscript) else base
    origin = classes.names.origin(plain, ref.module) or dotted_name(plain) or ""
    in_sight = classes.resolve(plain, ref.module)
    # A library whose source lies beside what is looked at, as in a repository of its own, stays a library.
    if in_sight is not None and (
        in_sight.module.path.resolve() in own or origin not in WITH_WORK | WITHOUT_WORK
    ):
        return False
    if origin in WITHOUT_WORK:
        return any(isinstance(s, Function) and s.name in settings.entry_methods for s in ref.node.body)
    configured = set(settings.base_classes) - {DEFAULT_NAME}
    return origin in WITH_WORK or origin in configured or origin.rpartition(".")[2] in configured


def rebase(
    sources: Sequence[SourceFile],
    settings: Settings,
    plan_id: str | None = None,
    into: Path | None = None,
    service: str = AUTO,
) -> Rebasing:
    """Plans the change of all classes that derive straight from a library's task class, and proves it.

    Args:
        sources: the files of the tree.
        settings: the configuration.
        plan_id: the plan's id as an expression of `self`; None to take a parameter that all tasks have.
        into: the file for the class; None to choose one beside the tasks.
        service: whose service is opened, one of `SERVICES`; a vendored one lies beside the class.

    Raises:
        RebasingError: no class is found, or of no file it can be told how the class is to be imported.
        PlanIdError: the plan's id cannot be told.
        InitialisationError: a package of the target hides the one that the service is imported from.
    """
    found = classes_to_rebase(sources, settings)
    if not found:
        raise RebasingError("no class derives straight from luigi.Task or a known library's task class")
    finder = ModuleFinder(tuple(sources))
    classes = ClassResolver(NameResolver(finder))
    tasks = [ref for ref, _ in found]
    wanted = given_plan_id(plan_id, tasks, classes) if plan_id else common_plan_id(tasks, classes)
    providers = Providers(sources, finder, service)
    name = _class_name(sources, settings)
    by_file: dict[Path, list[tuple[ClassRef, ast.expr]]] = defaultdict(list)
    for ref, base in found:
        by_file[ref.module.path].append((ref, base))
    places = _places(by_file, sources, finder, into)
    modules: dict[Path, FileRewrite] = {}
    opened: list[Provider] = []
    if not places:
        raise RebasingError(
            f"{tasks[0].module.path}: it cannot be told from which directory this file's imports start; "
            "name the new module, beside or above the tasks, with --into FILE"
        )
    rewrites = []
    for path, group in by_file.items():
        if path not in places:
            continue
        folder, dotted = places[path]
        file, module_name = _free_file(folder, dotted, name)
        if file not in modules and not file.exists():
            provider = providers.of(path, beside=file)
            opened.append(provider)
            block = ""
            if settings.style == STEPS:
                vendored = provider.module if provider.kind == VENDORED else ""
                if not vendored:
                    require_runtime(path)
                block = method_text([], [], is_ours=provider.kind != OWN, module=vendored)
            text = database_base_text(name, wanted, provider.module, provider.name, block)
            empty = SourceFile(file, "")
            modules[file] = FileRewrite(empty, empty.with_text(text), ())
        rewrites.append(_rewritten(group, module_name, name))
    return Rebasing(
        name,
        tuple(rewrites),
        tuple(modules.values()),
        tuple((ref.module.path, ref.name) for ref, _ in found if ref.module.path in places),
        wanted.expression,
        tuple(path for path in by_file if path not in places),
        tuple(opened),
    )


def _class_name(sources: Sequence[SourceFile], settings: Settings) -> str:
    """A configured name that nothing in the tree has yet, so that the configuration finds the tasks; else PlanTask."""
    text = "\n".join(source.text for source in sources)
    free = [name for name in settings.base_classes if name.isidentifier() and name not in text]
    return free[0] if free else DEFAULT_NAME


def _places(
    files: dict[Path, list[tuple[ClassRef, ast.expr]]],
    sources: Sequence[SourceFile],
    finder: ModuleFinder,
    into: Path | None,
) -> dict[Path, tuple[Path, str]]:
    if into is not None:
        if into.suffix != ".py" or not into.stem.isidentifier():
            raise RebasingError(f"--into {into} is no file name of a Python module")
        real = into.resolve()
        top = above_packages(real)
        dotted = ".".join(real.relative_to(top).with_suffix("").parts)
        return dict.fromkeys(files, (real, dotted))
    modules = [m for s in sources if (m := finder.module_at(s.path)) is not None]
    roots = ImportRoots(modules, finder)
    by_root: dict[Path, list[Path]] = defaultdict(list)
    for path in files:
        root = roots.of(path)
        if root is not None:
            by_root[root].append(path)
    found: dict[Path, tuple[Path, str]] = {}
    for root, paths in by_root.items():
        heads = {p.resolve().relative_to(root).parts[0] for p in paths}
        head = heads.pop() if len(heads) == 1 else ""
        package = head if head and (root / head).is_dir() and head.isidentifier() else ""
        folder = root / package if package else root
        dotted = f"{package}.{_FILE}" if package else _FILE
        found |= dict.fromkeys(paths, (folder / f"{_FILE}.py", dotted))
    return found


def _free_file(wanted: Path, dotted: str, name: str) -> tuple[Path, str]:
    """The file, or one with a number behind its name where another module is there."""
    number = 1
    while True:
        suffix = "" if number == 1 else f"_{number}"
        file = wanted.with_name(f"{wanted.stem}{suffix}.py")
        taken = file.with_suffix("").is_dir()
        if not taken and (not file.exists() or _holds(file, name)):
            return shown_path(file), dotted + suffix
        number += 1


def _holds(file: Path, name: str) -> bool:
    try:
        return database_base_in(ast.parse(file.read_bytes())) == name
    except (SyntaxError, ValueError, OSError):
        return False


def _rewritten(group: Sequence[tuple[ClassRef, ast.expr]], dotted: str, name: str) -> FileRewrite:
    module = group[0][0].module
    source = module.source
    bound = InsertedNames(module.tree, module, set())
    alias = bound.module(dotted, name)
    lines = list(source.lines)
    for _, base in sorted(group, key=lambda g: (g[1].lineno, g[1].col_offset), reverse=True):
        data = lines[base.lineno - 1].encode()
        at = base.col_offset
        lines[base.lineno - 1] = (data[:at] + f"{alias}, ".encode() + data[at:]).decode()
    first = min(ref.node.lineno for ref, _ in group)
    head = _behind_imports(source, first)
    if head and not lines[head - 1].endswith(("\n", "\r")):
        lines[head - 1] += source.newline
    lines[head:head] = [f"{line}  {IMPORT_MARK}{source.newline}" for line in bound.imports]
    after = source.with_text("".join(lines))
    _prove(source, after, alias, len(group))
    return FileRewrite(source, after, ())


def _behind_imports(source: SourceFile, first_class: int) -> int:
    """Behind the last import in front of the first class: what sets up Python's path for imports stands above it."""
    at = 0
    for index, statement in enumerate(source.tree.body):
        if statement.lineno >= first_class:
            break
        is_docstring = index == 0 and isinstance(statement, ast.Expr)
        inner = statements_at_module_level([statement])
        if is_docstring or any(isinstance(s, ast.Import | ast.ImportFrom) for s in inner):
            at = statement.end_lineno or at
    return line_behind(source, at) if at else 0


def _prove(before: SourceFile, after: SourceFile, alias: str, count: int) -> None:
    """Raises unless the two differ in one marked import and in one base more in each of `count` headers."""
    where = f"{before.path}: the classes cannot be changed by one base alone"
    problem = compile_error(after)
    if problem is not None:
        raise RebasingError(f"{where}: {problem}")
    try:
        tree = ast.parse(after.text)
    except SyntaxError as error:
        raise RebasingError(f"{where}: {error.msg}") from error
    removed = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            own = [b for b in node.bases if isinstance(b, ast.Name) and b.id == alias]
            removed += len(own)
            node.bases = [b for b in node.bases if b not in own]
    lines = after.text.splitlines()
    new = [
        s
        for s in tree.body
        if isinstance(s, ast.ImportFrom)
        and lines[s.lineno - 1].endswith(IMPORT_MARK)
        and [a.asname or a.name for a in s.names] == [alias]
    ]
    tree.body = [s for s in tree.body if s not in new]
    if removed != count or len(new) > 1 or ast.dump(tree) != ast.dump(before.tree):
        raise RebasingError(where)


def taken_back(sources: Sequence[SourceFile]) -> tuple[tuple[FileRewrite, ...], tuple[Path, ...]]:
    """The files without the bases and their imports, and the modules with such a class that nothing needs then."""
    finder = ModuleFinder(tuple(sources))
    rewrites: list[FileRewrite] = []
    modules: set[Path] = set()
    for source in sources:
        imports = database_base_imports(source, finder)
        if not imports:
            continue
        bare = without_database_bases(source, finder)
        still = {n.id for n in ast.walk(bare.tree) if isinstance(n, ast.Name)}
        gone = {
            line
            for alias, statement in imports.items()
            if alias not in still
            for line in range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
        }
        after = bare.with_text("".join(x for i, x in enumerate(bare.lines, 1) if i not in gone))
        if compile_error(after) is not None:
            raise SourceError(source.path, "would not compile without the base class; left as it is")
        rewrites.append(FileRewrite(source, after, ()))
        modules |= set(_modules_of(imports, Module(source), finder))
    return tuple(rewrites), tuple(sorted(shown_path(path.resolve()) for path in modules))


def _modules_of(imports: dict[str, ast.ImportFrom], module: Module, finder: ModuleFinder) -> Iterator[Path]:
    for alias in imports:
        binding = module.bindings.get(alias)
        target = finder.find(binding, module) if binding and not isinstance(binding, ast.AST) else None
        if target is not None:
            yield target.path
