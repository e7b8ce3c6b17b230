"""Whether code is other code with names replaced."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from codemods.python.call_facts import is_logging_call


def is_renamed(original: Sequence[ast.stmt], copy: Sequence[ast.stmt], names: set[str]) -> bool:
    """Whether statements are a copy of others in which some names have been replaced, one name by one name.

    Log calls of the original may be missing from the copy.

    Args:
        original: the statements.
        copy: what may be their copy.
        names: the names that a copy has in place of others.
    """
    return _same(list(original), list(copy), names, {}, {})


def _same(left: object, right: object, names: set[str], there: dict[str, str], back: dict[str, str]) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        if left and isinstance(left[0], ast.stmt):
            left = [s for s in left if not _only_logs(s)] or [ast.Pass()]
        return len(left) == len(right) and all(
            _same(a, b, names, there, back) for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, ast.Name) and isinstance(right, ast.Name):
        if right.id not in names:
            return left.id == right.id and left.id not in there
        return (
            there.setdefault(left.id, right.id) == right.id and back.setdefault(right.id, left.id) == left.id
        )
    if isinstance(left, ast.AST) and isinstance(right, ast.AST):
        return type(left) is type(right) and all(
            _same(getattr(left, name, None), getattr(right, name, None), names, there, back)
            for name in left._fields
            if name not in {"ctx", "type_comment"}
        )
    return left == right and type(left) is type(right)


def _only_logs(statement: object) -> bool:
    return isinstance(statement, ast.Expr) and is_logging_call(statement.value)
