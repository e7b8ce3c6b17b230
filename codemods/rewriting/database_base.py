"""The class that is put in front of a library's task class: the two methods that the steps call, and nothing else."""

from __future__ import annotations

import ast
import textwrap

from codemods.python.modules import Module, ModuleFinder
from codemods.rewriting.plan_ids import PlanId
from codemods.source import SourceFile
from codemods.steps.step_names import IMPORT_MARK
from codemods.tasks.step_blocks import OPEN_BLOCK

METHODS = ("get_plan_id", "get_database_service")
_DOCSTRING = '"""What the database steps ask of every task: the plan that it belongs to, and the database."""'


def database_base_text(name: str, plan_id: PlanId, module: str, opened: str, block: str = "") -> str:
    """The text of the module with the class.

    Args:
        name: the class's name.
        plan_id: what its `get_plan_id()` returns.
        module: the module that what opens the service is imported from.
        opened: the function or class of it that is called without arguments.
        block: the text of a third method, which opens the block of the steps; empty for none.
    """
    # Inside of the method: a service of the target's own may import the modules of the tasks.
    imports = "".join(f"import {wanted}\n" for wanted in plan_id.modules)
    return (
        f"{_DOCSTRING}\n\n{imports}{chr(10) if imports else ''}\n"
        f"class {name}:\n"
        '    """Stands in front of the base class of each task."""\n\n'
        f"    def {METHODS[0]}(self):\n"
        '        """Return the id that the database knows the plan of this task by."""\n'
        f"        return {plan_id.expression}\n\n"
        f"    def {METHODS[1]}(self):\n"
        '        """Open the database service of this task; the caller closes it."""\n'
        f"        from {module} import {opened}\n\n"
        f"        return {opened}()\n" + (f"\n{textwrap.indent(block, '    ')}" if block else "")
    )


def database_base_in(tree: ast.Module) -> str:
    """The name of the class in a module that holds such a class and nothing but imports beside it; else empty."""
    rest = [s for s in tree.body if not isinstance(s, ast.Import | ast.ImportFrom) and not _is_text(s)]
    if len(rest) != 1 or not isinstance(rest[0], ast.ClassDef):
        return ""
    node = rest[0]
    members = [s for s in node.body if not _is_text(s)]
    plain = not (node.bases or node.keywords or node.decorator_list)
    names = tuple(s.name for s in members if isinstance(s, ast.FunctionDef) and not s.decorator_list)
    is_one = names in (METHODS, (*METHODS, OPEN_BLOCK)) and len(members) == len(names)
    return node.name if plain and is_one else ""


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def without_database_bases(source: SourceFile, finder: ModuleFinder) -> SourceFile:
    """The file without those bases that a marked import brings from a module with such a class; imports stay.

    Takes `Name, ` out of a class header only where another base follows on the same line.
    """
    names = database_base_imports(source, finder)
    if not names:
        return source
    lines = list(source.lines)
    cuts = [
        (first.lineno, first.col_offset, second.col_offset)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ClassDef)
        for first, second in zip(node.bases, node.bases[1:], strict=False)
        if isinstance(first, ast.Name) and first.id in names and first.lineno == second.lineno
    ]
    for line, start, end in sorted(cuts, reverse=True):
        data = lines[line - 1].encode()
        if data[start:end].decode().partition(",")[2].strip() == "":
            lines[line - 1] = (data[:start] + data[end:]).decode()
    return source.with_text("".join(lines))


def without_new_bases(before: SourceFile, after: SourceFile) -> SourceFile:
    """The changed file without such bases where the original has none of them."""
    if IMPORT_MARK not in after.text:
        return after
    finder = ModuleFinder()
    new = database_base_imports(after, finder).keys() - database_base_imports(before, finder).keys()
    return without_database_bases(after, finder) if new else after


def database_base_imports(source: SourceFile, finder: ModuleFinder) -> dict[str, ast.ImportFrom]:
    """The names that marked imports bind to such classes, with the imports."""
    if IMPORT_MARK not in source.text:
        return {}
    module = Module(source)
    found: dict[str, ast.ImportFrom] = {}
    for statement in source.tree.body:
        if (
            isinstance(statement, ast.ImportFrom)
            and len(statement.names) == 1
            and source.lines[statement.lineno - 1].rstrip().endswith(IMPORT_MARK)
        ):
            alias = statement.names[0]
            binding = module.bindings.get(alias.asname or alias.name)
            target = finder.find(binding, module) if not isinstance(binding, ast.AST) and binding else None
            if target is not None and database_base_in(target.tree) == alias.name:
                found[alias.asname or alias.name] = statement
    return found
