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


def with_imports(source: SourceFile, lines: list[str], imports: Sequence[str], mark: str) -> None:
    """Adds imports of the standard library to the lines of a file.

    Where its first group of such imports is in isort's order, they keep it; else they stand behind the group.

    Args:
        source: the file; `lines` are its lines, unchanged down to the end of its first imports.
        lines: is changed.
        imports: the statements.
        mark: what ends each added line.
    """
    at = import_line(source)
    group = _sorted_group(source, at)
    behind = [statement for statement in imports if _next_in(group, statement) is None]
    if behind:
        if at and at <= len(source.lines) and not source.lines[at - 1].endswith(("\n", "\r")):
            lines[at - 1] += source.newline
        lines[at:at] = [f"{statement}{mark}{source.newline}" for statement in behind]
    for line in sorted({line for _, line in group}, reverse=True):
        before = [statement for statement in imports if _next_in(group, statement) == line]
        lines[line - 1 : line - 1] = [f"{statement}{mark}{source.newline}" for statement in before]


_Key = tuple[bool, str]


def _key(statement: ast.Import | ast.ImportFrom) -> _Key:
    """How isort and ruff order the statements of a section: `import x` first, then by name."""
    if isinstance(statement, ast.ImportFrom):
        return True, (statement.module or "").lower()
    return False, statement.names[0].name.lower()


def _sorted_group(source: SourceFile, end: int) -> list[tuple[_Key, int]]:
    """The key and the line of each import of the group that ends on a line; empty where it is in no order.

    An import with a comment above it stays below that: the first one, which alone can have one, is left out then.
    """
    group = [
        s
        for s in source.tree.body
        if isinstance(s, ast.Import | ast.ImportFrom)
        and (s.end_lineno or 0) <= end
        and getattr(s, "module", None) != "__future__"
    ]
    keys = [_key(s) for s in group]
    alone = all(
        s.lineno == s.end_lineno and (isinstance(s, ast.ImportFrom) or len(s.names) == 1) for s in group
    )
    first = end - len(group) + 1
    together = [s.lineno for s in group] == list(range(first, end + 1))
    # In front of the line of an import there must be no other statement: a docstring, or `from __future__`.
    others = any(
        s not in group and s.lineno <= end and (s.end_lineno or 0) >= first for s in source.tree.body
    )
    if not alone or not together or others or keys != sorted(keys):
        return []
    commented = first > 1 and _is_comment(source.lines[first - 2])
    return list(zip(keys, range(first, end + 1), strict=True))[int(commented) :]


def _next_in(group: Sequence[tuple[_Key, int]], statement: str) -> int | None:
    """The line of the first import that comes behind a statement; None where it comes last."""
    node = ast.parse(statement).body[0]
    if not isinstance(node, ast.Import | ast.ImportFrom):
        return None
    return next((line for key, line in group if key > _key(node)), None)


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
