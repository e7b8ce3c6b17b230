"""Makes one module of the runtime's sources: the definitions that it needs, as they stand there, and no others.

Nothing is imported: the sources are read as text. A definition is taken where one that is taken names it. What two
sources call the same must be the same.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from codemods.errors import RefactorError
from codemods.knowledge.vendored import SERVICE, STAGE, STEPS, signed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PACKAGE = "pipeline"

SECTIONS = (
    ("Errors", "pipeline.errors"),
    ("What an exception comes from", "pipeline.causes"),
    ("Plan ids and names of files", "pipeline.names"),
    ("Secrets of the environment", "pipeline.secret_values"),
    ("Secrets in texts", "pipeline.redaction"),
    ("Tables", "pipeline.database.models"),
    ("Engines: one per URL and process, safe across fork", "pipeline.database.engine"),
    ("A database's URL as it may be shown", "pipeline.database.shown_url"),
    ("Transactions, repeated while the database is away", "pipeline.database.retry"),
    ("Large texts", "pipeline.database.pieces"),
    ("Values of rows", "pipeline.database.values"),
    ("Counts of tokens", "pipeline.llm.token_counts"),
    ("What an answer says beside its text", "pipeline.database.answer_facts"),
    ("Values of interactions", "pipeline.database.interaction_values"),
    ("What is handed out", "pipeline.database.records"),
    ("Statements", "pipeline.database.statements"),
    ("Rows of a plan", "pipeline.database.plan_rows"),
    ("Tables that are made where there are none", "pipeline.database.own_tables"),
    ("Interactions that change", "pipeline.database.interaction_changes"),
    ("The service", "pipeline.database.plain_service"),
    ("Answers that come in parts", "pipeline.database.streamed_answers"),
    ("Streams that are recorded while they are read", "pipeline.database.step_streams"),
    ("Prompts, answers and files as they are stored", "pipeline.database.step_values"),
    ("A model call of the steps", "pipeline.database.step_calls"),
    ("The steps as a block", "pipeline.database.steps"),
)
"""The parts of the module in their order: what runs on import finds above itself what it needs."""

WANTED = (
    ("pipeline.database.plain_service", SERVICE),
    ("pipeline.database.steps", STEPS),
    ("pipeline.database.step_values", STAGE),
    ("pipeline.database.models", "SchemaCompatibility"),
)

_HEAD = '''\
# It needs SQLAlchemy, and nothing else that is not Python's. Do not edit it: `refactor init --update` writes it anew.
# fmt: off
# isort: skip_file
# ruff: noqa
# flake8: noqa
# pylint: skip-file
"""The database steps of this pipeline: what a model is asked and what a file holds is in the database first.

`DatabaseService` is what `get_database_service()` of a task opens; `DatabaseSteps` is the block that `database_steps()`
opens. The database is the one that PIPELINE_DATABASE_URL names (SQLite, or PostgreSQL by psycopg 3), else the file
pipeline.db of the working directory. The command `pipeline` (show, doctor, report, export) works on it, from an
environment of its own.
"""

from __future__ import annotations

'''

_WIDTH = 100
_NOQA = re.compile(r"[ \t]*# noqa\b.*$", re.MULTILINE)
_OUR_NAMES = re.compile(r"\bpipeline(?:\.[a-z_]+)+\.(?=[A-Za-z_])")


class AssemblyError(RefactorError):
    """The module cannot be made of these sources."""


@dataclass(frozen=True, eq=False)
class _Definition:
    """A statement of a module that binds names, or that does something on import and binds none."""

    module: str
    names: tuple[str, ...]
    text: str
    needs: frozenset[str]


@dataclass(frozen=True, eq=False)
class _Source:
    """A module of the runtime: what it defines, in order, and what it imports."""

    definitions: tuple[_Definition, ...]
    of_ours: dict[str, tuple[str, str]] = field(default_factory=dict)
    of_others: dict[str, tuple[str, str]] = field(default_factory=dict)


def assembled(root: Path, version: str) -> str:
    """The text of the module.

    Args:
        root: the directory of the package `pipeline`.
        version: of the tool, for the head.

    Raises:
        AssemblyError: two definitions of one name differ, or something is not in one of the sections.
    """
    sources = {name: _read(root, name) for _, name in SECTIONS}
    taken, imports = _reached(sources)
    seen: dict[str, str] = {}
    sections: list[tuple[str, str]] = []
    for title, name in SECTIONS:
        taken_here = [one for one in sources[name].definitions if one in taken]
        texts = [one.text for one in taken_here if not _is_known(one, seen)]
        sections.append((title, _joined(texts)))
    listed = ", ".join(f'"{name}"' for name in (SERVICE, STEPS, STAGE))
    head = f"{_HEAD}{_import_lines(imports)}\n__all__ = [{listed}]\n"
    return signed(version, head, tuple(sections))


def _is_known(definition: _Definition, seen: dict[str, str]) -> bool:
    """Whether the same stands above already. Raises AssemblyError where something else of that name does."""
    for name in definition.names:
        if seen.setdefault(name, definition.text) is not definition.text:
            if seen[name] != definition.text:
                raise AssemblyError(f"{definition.module}: {name} is something else in another section")
            return True
    return False


def _reached(
    sources: dict[str, _Source],
) -> tuple[set[_Definition], set[tuple[str, str, str]]]:
    """The definitions that are needed, and the imports of other packages."""
    by_name = {
        (module, name): definition
        for module, source in sources.items()
        for definition in source.definitions
        for name in definition.names
    }
    taken: set[_Definition] = set()
    imports: set[tuple[str, str, str]] = set()
    pending = [by_name[wanted] for wanted in WANTED]
    while pending:
        definition = pending.pop()
        if definition in taken:
            continue
        taken.add(definition)
        source = sources[definition.module]
        # What a module does on import, such as to register a function, belongs to what it defines.
        pending += [one for one in source.definitions if not one.names]
        for name in definition.needs:
            if name in source.of_others:
                imports.add((*source.of_others[name], name))
                continue
            key = source.of_ours.get(name, (definition.module, name))
            if key in by_name:
                pending.append(by_name[key])
            elif name in source.of_ours:
                raise AssemblyError(f"{definition.module}: {'.'.join(key)} is in none of the sections")
    return taken, imports


def _read(root: Path, module: str) -> _Source:
    path = root.joinpath(*module.split(".")[1:]).with_suffix(".py")
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines(keepends=True)
    tree = ast.parse(text)
    found = _Source(tuple(_definitions(module, tree, lines)))
    for statement in tree.body:
        is_for_types = isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING"
        for one in statement.body if is_for_types and isinstance(statement, ast.If) else [statement]:
            _note_import(one, found)
    return found


def _note_import(statement: ast.stmt, source: _Source) -> None:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            source.of_others[alias.asname or alias.name] = ("", alias.name)
    elif isinstance(statement, ast.ImportFrom) and statement.module != "__future__":
        module = statement.module or ""
        ours = module.partition(".")[0] == PACKAGE
        for alias in statement.names:
            (source.of_ours if ours else source.of_others)[alias.asname or alias.name] = (module, alias.name)


def _definitions(module: str, tree: ast.Module, lines: list[str]) -> Iterator[_Definition]:
    for index, statement in enumerate(tree.body):
        names = _bound(statement)
        is_effect = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
        if not (names or is_effect) or "__all__" in names:
            continue
        for node in ast.walk(statement):
            if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == PACKAGE:
                raise AssemblyError(f"{module}:{node.lineno}: an import inside of a definition")
        first = min([statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", ()))])
        while lines[first - 2].startswith("#"):
            first -= 1
        last = statement.end_lineno or statement.lineno
        described = tree.body[index + 1] if index + 1 < len(tree.body) else None
        if isinstance(described, ast.Expr) and isinstance(described.value, ast.Constant):
            last = described.end_lineno or last
        text = _OUR_NAMES.sub("", _NOQA.sub("", "".join(lines[first - 1 : last])))
        yield _Definition(module, names, text, _names_in(statement))


def _bound(statement: ast.stmt) -> tuple[str, ...]:
    if isinstance(statement, ast.ClassDef | ast.FunctionDef):
        return (statement.name,)
    if isinstance(statement, ast.Assign):
        return tuple(target.id for target in statement.targets if isinstance(target, ast.Name))
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return (statement.target.id,)
    return ()


def _names_in(statement: ast.stmt) -> frozenset[str]:
    names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}
    # `sqlalchemy.dialects` and the like are bound by their dotted name.
    return frozenset(names | {ast.unparse(n) for n in ast.walk(statement) if isinstance(n, ast.Attribute)})


def _joined(texts: list[str]) -> str:
    """Definitions one below the other, two empty lines around classes and functions."""
    parts: list[str] = []
    for text in texts:
        is_block = re.search(r"^(?:class|def|@)", text, re.MULTILINE) is not None
        was_block = bool(parts) and re.search(r"^(?:class|def|@)", parts[-1], re.MULTILINE) is not None
        is_lone = text.startswith("#") or text.rstrip().endswith('"""') or "\n" in text.rstrip()
        gap = "\n\n" if parts and (is_block or was_block) else "\n" if parts and is_lone else ""
        parts.append(gap + text)
    return "".join(parts)


def _import_lines(imports: set[tuple[str, str, str]]) -> str:
    """The import statements: those of Python's own modules, an empty line, the others."""
    plain: set[str] = set()
    by_module: dict[str, set[str]] = defaultdict(set)
    for module, name, bound in imports:
        shown = name if name == bound else f"{name} as {bound}"
        if module:
            by_module[module].add(shown)
        else:
            plain.add(shown)
    groups: list[str] = []
    for of_python in (True, False):
        lines = [f"import {name}\n" for name in sorted(plain) if _is_pythons(name) is of_python]
        lines += [
            _from_import(module, sorted(names, key=_as_isort_does))
            for module, names in sorted(by_module.items())
            if _is_pythons(module) is of_python
        ]
        groups.append("".join(lines))
    return "\n".join(group for group in groups if group)


def _from_import(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}\n"
    if len(line) <= _WIDTH:
        return line
    return f"from {module} import (\n{''.join(f'    {name},{chr(10)}' for name in names)})\n"


def _as_isort_does(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2), name


def _is_pythons(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names
