"""Attributes that a method fills once and reads from then on: `self.path = self.path or self.find_path()`.

So does a class method with the one object that all share: `if cls.shared is None: cls.shared = cls()`.

Such an assignment lasts, and still nothing is another one when the method runs a second time right away: the second
run finds what the first one kept, which is what the second run would have made.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from codemods.python.call_facts import class_parameter
from codemods.python.classes import ClassRef, Function
from codemods.python.scopes import Scope
from codemods.python.trees import walk


def filled_with(
    target: ast.expr, value: ast.expr, scope: Scope, classes: Iterable[ClassRef]
) -> ast.expr | None:
    """What an assignment puts into an attribute of `self` or `cls` where it is empty yet, and only there.

    None where it may also be assigned when it is not empty.

    Args:
        target: what is assigned to.
        value: what is assigned, as written.
        scope: the method that assigns.
        classes: the class of the object, its bases and its heirs: none of them may use the attribute otherwise.
    """
    function = scope.function
    if not isinstance(target, ast.Attribute) or not isinstance(target.value, ast.Name):
        return None
    if (
        not isinstance(function, ast.FunctionDef)
        or target.value.id not in {scope.self_name, class_parameter(scope)}
        or scope.parent is not None
    ):
        return None
    made = _made(value, target, function)
    if made is None:
        if not _is_behind_guard(target, function):
            return None
        made = value
    if _mentions(target.attr, [made]):
        return None
    return None if any(_is_used_elsewhere(target.attr, ref.node, function) for ref in classes) else made


def _made(value: ast.expr, target: ast.Attribute, function: Function) -> ast.expr | None:
    """What an empty attribute gets, where the value itself asks whether it is empty; None where it does not."""
    if isinstance(value, ast.Name):
        bound = [n for n in walk(function) if isinstance(n, ast.Name) and n.id == value.id and _is_stored(n)]
        holders = [
            s for s in walk(function) if isinstance(s, ast.Assign) and len(bound) == 1 and s.targets == bound
        ]
        if len(holders) != 1:
            return None
        value = holders[0].value
    if isinstance(value, ast.BoolOp) and isinstance(value.op, ast.Or) and len(value.values) == 2:
        kept, made = value.values
        return made if _is_same(kept, target) else None
    if isinstance(value, ast.IfExp):
        empty = _empty_where(value.test, target)
        kept, made = (value.orelse, value.body) if empty else (value.body, value.orelse)
        return made if empty is not None and _is_same(kept, target) else None
    return None


def _is_behind_guard(target: ast.Attribute, function: Function) -> bool:
    """Whether an `if` lets the assignment be reached only while the attribute is empty."""
    return any(target in list(_targets(part)) for part in _guarded(function.body, target))


def _guarded(body: list[ast.stmt], target: ast.Attribute) -> Iterator[ast.stmt]:
    """The statements of a suite, at any depth, that run only while the attribute is empty."""
    behind = False
    for statement in body:
        if behind:
            yield statement
            continue
        empty = _empty_where(statement.test, target) if isinstance(statement, ast.If) else None
        if isinstance(statement, ast.If) and empty is not None:
            yield from statement.body if empty else statement.orelse
            left = statement.orelse if empty else statement.body
            behind = bool(left) and isinstance(left[-1], ast.Return | ast.Raise)
        elif isinstance(statement, ast.If):
            yield from _guarded(statement.body, target)
            yield from _guarded(statement.orelse, target)
        elif isinstance(statement, ast.With):
            yield from _guarded(statement.body, target)


def _targets(statement: ast.stmt) -> Iterator[ast.expr]:
    """What a statement that is no loop assigns: a loop could assign it again."""
    if isinstance(statement, ast.Assign):
        yield from statement.targets
    elif isinstance(statement, ast.AnnAssign):
        yield statement.target
    elif isinstance(statement, ast.If | ast.With):
        for inner in (*statement.body, *getattr(statement, "orelse", ())):
            yield from _targets(inner)


def _empty_where(test: ast.expr, target: ast.Attribute) -> bool | None:
    """Whether a test is true where the attribute is empty (False: where it is not), None for any other test."""
    if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        inner = _empty_where(test.operand, target)
        return None if inner is None else not inner
    if _is_same(test, target):
        return False
    if isinstance(test, ast.Compare) and len(test.ops) == 1 and _is_same(test.left, target):
        other = test.comparators[0]
        if (
            isinstance(other, ast.Constant)
            and other.value is None
            and isinstance(test.ops[0], ast.Is | ast.IsNot)
        ):
            return isinstance(test.ops[0], ast.Is)
        return None
    if isinstance(test, ast.Call) and isinstance(test.func, ast.Name) and test.func.id == "hasattr":
        named = test.args[1] if len(test.args) == 2 and not test.keywords else None
        is_own = named is not None and ast.dump(test.args[0]) == ast.dump(target.value)
        return False if is_own and isinstance(named, ast.Constant) and named.value == target.attr else None
    return None


def _is_used_elsewhere(attribute: str, node: ast.ClassDef, function: Function) -> bool:
    """Whether a class does anything with the attribute, outside of the method, but set it to a constant."""
    own = {id(n) for n in walk(function)}
    constants = {id(t) for t in _set_to_constants(node)}
    return any(
        id(n) not in own | constants
        for n in walk(node)
        if (isinstance(n, ast.Attribute) and n.attr == attribute)
        or (isinstance(n, ast.Constant) and n.value == attribute)
        or (isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef) and n.name == attribute)
        or (isinstance(n, ast.Name) and n.id == attribute and _is_stored(n))
    )


def is_emptied(attribute: str, classes: Iterable[ClassRef]) -> bool:
    """Whether one of the classes gives the attribute a constant: it is theirs then, not that of a base out of sight."""
    return any(
        isinstance(target, ast.Name | ast.Attribute)
        and attribute == (target.id if isinstance(target, ast.Name) else target.attr)
        for ref in classes
        for target in _set_to_constants(ref.node)
    )


def _set_to_constants(node: ast.ClassDef) -> Iterator[ast.expr]:
    for statement in walk(node):
        if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(
            statement.value, ast.Constant | None
        ):
            yield from statement.targets if isinstance(statement, ast.Assign) else [statement.target]


def _mentions(attribute: str, expressions: Iterable[ast.expr]) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr == attribute for e in expressions for n in walk(e))


def _is_same(node: ast.expr, target: ast.Attribute) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == target.attr
        and ast.dump(node.value) == ast.dump(target.value)
    )


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)
