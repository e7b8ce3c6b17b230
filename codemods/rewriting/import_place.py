"""Where imports are added to a module: below all that must stand at its head."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence

from codemods.source import SourceFile


def import_line(source: SourceFile) -> int:
    """How many lines stand before the added imports.

    Those are: the shebang, the coding cookie and the comments that the file begins with, the docstring, imports from
    `__future__`, and the first group of standard library imports.
    """
    at = 0
    body = source.tree.body
    for index, statement in enumerate(body):
        if (
            (index == 0 and _is_docstring(statement))
            or (isinstance(statement, ast.ImportFrom) and statement.module == "__future__")
            or (isinstance(statement, ast.Import | ast.ImportFrom) and _is_standard(statement))
        ):
            at = statement.end_lineno or at
        else:
            break
    return line_behind(source, at) if at else _behind_head(source)


def line_behind(source: SourceFile, at: int) -> int:
    """The first place at or below a line where a statement of its own can stand.

    A statement that begins on the line may end on a later one, and a backslash continues the line.
    """
    for statement in source.tree.body:
        if _first_line(statement) <= at < (statement.end_lineno or 0):
            at = statement.end_lineno or at
    tail = _behind_statements(source, at)
    while tail.strip(" \t\f;") == "\\" and at < len(source.lines):
        tail = source.lines[at].rstrip("\r\n")
        at += 1
    return at


def _behind_statements(source: SourceFile, at: int) -> str:
    """What stands on a line behind the last statement that ends there."""
    ends = [s.end_col_offset or 0 for s in source.tree.body if s.end_lineno == at]
    return source.lines[at - 1].rstrip("\r\n").encode()[max(ends) :].decode() if ends else ""


def _behind_head(source: SourceFile) -> int:
    """In front of the first statement and the comments that belong to it, but never of the file's first comments."""
    lines = source.lines
    body = source.tree.body
    at = _first_line(body[0]) - 1 if body else len(lines)
    above = at
    while above and _is_comment(lines[above - 1]):
        above -= 1
    return at if all(_is_blank(line) for line in lines[:above]) else above


def _first_line(statement: ast.stmt) -> int:
    decorators: Sequence[ast.expr] = getattr(statement, "decorator_list", ())
    return min([statement.lineno, *(d.lineno for d in decorators)])


def _is_comment(line: str) -> bool:
    return line.lstrip(" \t\f").startswith("#")


def _is_blank(line: str) -> bool:
    return not line.strip(" \t\f\r\n")


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_standard(statement: ast.Import | ast.ImportFrom) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return not statement.level and (statement.module or "").partition(".")[0] in sys.stdlib_module_names
    return all(alias.name.partition(".")[0] in sys.stdlib_module_names for alias in statement.names)
