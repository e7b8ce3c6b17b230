"""Which variables a statement binds, and which one an expression reads."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.python.names import dotted_name


def variable(node: ast.expr | None) -> str | None:
    """The variable that an expression reads: `x` for `x` and `x.id`, `self.x` for `self.x`; else None."""
    if isinstance(node, ast.Attribute) and node.attr == "id":
        node = node.value
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant) and node.slice.value == "id":
        node = node.value
    return dotted_name(node) if isinstance(node, ast.Name | ast.Attribute) else None


def targets_of(statement: ast.stmt) -> set[str]:
    """The variables that an assignment gives its whole value to."""
    if isinstance(statement, ast.Assign):
        return {name for t in statement.targets if (name := dotted_name(t)) is not None}
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        name = dotted_name(statement.target)
        return {name} if name is not None else set()
    return set()


def bindings_of(statement: ast.AST) -> Iterator[tuple[set[str], ast.expr]]:
    """The variables that an assignment binds, with the value of each; element by element in `a, b = x, y`."""
    if not isinstance(statement, ast.Assign | ast.AnnAssign):
        return
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
        if (
            isinstance(target, ast.Tuple | ast.List)
            and isinstance(value, ast.Tuple | ast.List)
            and len(target.elts) == len(value.elts)
            and not any(isinstance(element, ast.Starred) for element in (*target.elts, *value.elts))
        ):
            for one, its_value in zip(target.elts, value.elts, strict=True):
                if (name := dotted_name(one)) is not None:
                    yield {name}, its_value
            return
    if statement.value is not None:
        yield targets_of(statement), statement.value
