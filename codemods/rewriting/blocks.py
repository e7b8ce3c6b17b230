"""The block around a method's statements: `with self.database_steps() as steps:`."""

from __future__ import annotations

import ast
from typing import TypeGuard

from codemods.tasks.step_blocks import OPEN_BLOCK


def is_block(statement: ast.stmt) -> TypeGuard[ast.With]:
    """Whether a statement opens such a block and nothing else, and names it."""
    if not isinstance(statement, ast.With) or len(statement.items) != 1:
        return False
    opened = statement.items[0].context_expr
    return (
        isinstance(opened, ast.Call)
        and isinstance(opened.func, ast.Attribute)
        and opened.func.attr == OPEN_BLOCK
        and isinstance(opened.func.value, ast.Name)
        and not opened.args
        and {keyword.arg for keyword in opened.keywords} <= {"stage"}
        and isinstance(statement.items[0].optional_vars, ast.Name)
    )


def names_bound_by_block(statement: ast.With) -> set[str]:
    """The variable of a block."""
    return {v.id for item in statement.items if isinstance(v := item.optional_vars, ast.Name)}
