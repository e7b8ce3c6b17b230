"""What single statements look like: the questions that the recognition of steps asks."""

from __future__ import annotations

import ast
import io
import tokenize
from collections.abc import Mapping, Sequence

from codemods.python.call_facts import is_logging_call
from codemods.python.classes import Function
from codemods.python.frame_nodes import names_bound_by
from codemods.python.trees import children, walk
from codemods.steps.step_names import identifiers

_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def target(statement: ast.stmt) -> str | None:
    """The only name that an assignment binds."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return target.id if isinstance(target, ast.Name) else None
    return None


def is_constant(value: ast.expr, kind: type) -> bool:
    """A constant of a type."""
    return isinstance(value, ast.Constant) and isinstance(value.value, kind)


def is_bound_to(statement: ast.stmt, name: str, value: object) -> bool:
    """`name = value`, for None, True and False."""
    return (
        isinstance(statement, ast.Assign)
        and target(statement) == name
        and isinstance(statement.value, ast.Constant)
        and statement.value.value is value
    )


def is_none(value: ast.expr) -> bool:
    """The constant None."""
    return isinstance(value, ast.Constant) and value.value is None


def comments_of(lines: Sequence[str], method: Function) -> Mapping[int, str]:
    """The comments inside of a method, by the number of their line."""
    first = method.lineno
    text = "".join(lines[first - 1 : method.end_lineno])
    tokens = tokenize.generate_tokens(io.StringIO(f"class _:\n{text}").readline)
    return {t.start[0] + first - 2: t.string for t in tokens if t.type == tokenize.COMMENT}


def is_name(node: ast.expr, name: str) -> bool:
    """The variable of that name."""
    return isinstance(node, ast.Name) and node.id == name


def is_method_call(value: object, name: str) -> bool:
    """`anything.name()`, without arguments that could be somebody's."""
    if not isinstance(value, ast.Call) or value.args or value.keywords:
        return False
    return isinstance(value.func, ast.Attribute) and value.func.attr == name


def is_read_of(statement: ast.stmt, buffer: str) -> bool:
    """`content = buffer.getvalue()`."""
    value = getattr(statement, "value", None)
    return (
        target(statement) is not None
        and is_method_call(value, "getvalue")
        and isinstance(value, ast.Call)
        and isinstance(value.func, ast.Attribute)
        and is_name(value.func.value, buffer)
    )


def compares(test: ast.expr, name: str, kind: type[ast.cmpop]) -> bool:
    """`name is not None`."""
    return (
        bool(name)
        and isinstance(test, ast.Compare)
        and is_name(test.left, name)
        and isinstance(test.ops[0], kind)
        and isinstance(test.comparators[0], ast.Constant)
    )


def bound(statement: ast.AST) -> set[str]:
    """The names that a statement binds in its own frame: those of a comprehension or a lambda are not."""
    found: set[str] = set()
    stack = [statement]
    while stack:
        node = stack.pop()
        if isinstance(node, _COMPREHENSIONS | ast.Lambda):
            found.update(n.target.id for n in walk(node) if isinstance(n, ast.NamedExpr))
            continue
        found.update(names_bound_by(node))
        stack.extend(children(node))
    return found


def stored(statement: ast.AST) -> set[str]:
    """The names that a statement binds in any frame."""
    return {name for node in walk(statement) for name in names_bound_by(node)}


def may_hold_statements(node: ast.AST) -> bool:
    """Whether a node is a statement, or a part of one that has a suite."""
    return isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case)


def last_line(statement: ast.stmt) -> int:
    """The number of the last line of a statement's own text: of a compound one, that of its header."""
    body = getattr(statement, "body", None)
    if isinstance(body, list) and body:
        first: int = body[0].lineno
        return max(statement.lineno, first - 1)
    return statement.end_lineno or statement.lineno


def header_names(node: ast.AST) -> set[str]:
    """The names of a statement, without those of the statements below it."""
    found: set[str] = set(names_bound_by(node))
    if isinstance(node, ast.Nonlocal | ast.Global):
        found.update(node.names)
    for child in children(node):
        if isinstance(child, ast.match_case):
            found |= identifiers(child.pattern) | (identifiers(child.guard) if child.guard else set())
        elif not may_hold_statements(child):
            found |= identifiers(child)
    return found


def without_logs(suite: Sequence[ast.stmt], gone: set[int]) -> list[ast.stmt]:
    """The statements that a replay has a copy of; the same as what `apply` leaves out."""
    kept = [
        s for s in suite if id(s) not in gone and not (isinstance(s, ast.Expr) and is_logging_call(s.value))
    ]
    return kept or [ast.Pass()]
