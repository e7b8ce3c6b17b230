"""Statements and calls that put something into a container."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

_LAST_PUTS = frozenset({"insert", "setdefault", "__setitem__"})
_ALL_PUTS = frozenset("append add appendleft put put_nowait extend extendleft update".split())
_REPLACING = frozenset({"replace", "_replace", "__replace__", "evolve", "copy_with", "model_copy"})
READING = frozenset(
    "len str repr sorted list tuple set dict sum max min any all enumerate zip print isinstance join dumps dump write "
    "deepcopy copy reversed bool map filter iter format info debug warning error".split()
)
"""The last part of the names of calls that put nothing into a container which they are given."""


def put_by(node: ast.AST) -> tuple[ast.expr, list[ast.expr]] | None:
    """The container that a node changes, and what is put into it."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            if isinstance(target, ast.Subscript):
                return target.value, [node.value]
    elif isinstance(node, ast.AugAssign):
        return node.target, [node.value]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        given = [*node.args, *(k.value for k in node.keywords)]
        if node.func.attr in _ALL_PUTS and given:
            return node.func.value, given
        if node.func.attr in _LAST_PUTS and given:
            return node.func.value, given[-1:]
    return None


Stored = tuple[ast.expr | None, str, ast.expr]
"""The object, the attribute and the value of something that is put there."""


def stores_by_name(node: ast.AST) -> Iterator[Stored]:
    """What a node puts into attributes of any object without an assignment to them.

    Args:
        node: `setattr(x, "a", v)`, `object.__setattr__(x, "a", v)`, `vars(x)["a"] = v`,
            `x.__dict__.update(a=v)`, `dataclasses.replace(x, a=v)` or any other node.

    Yields:
        The object (None for that of the method), the attribute and its value; those whose name is no literal are
        left out. The object of `globals()["a"] = v` is that call.
    """
    if isinstance(node, ast.Assign):
        for target in node.targets:
            holder = _namespace(target.value) if isinstance(target, ast.Subscript) else None
            if isinstance(target, ast.Subscript) and holder is not None:
                yield from _named(holder, [(target.slice, node.value)])
    elif isinstance(node, ast.Call):
        last = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if last in {"setattr", "__setattr__"} and len(node.args) >= 2:
            on = node.args[0] if len(node.args) > 2 else getattr(node.func, "value", None)
            on = None if _is_super(on) else on
            yield from _named(on, [(node.args[-2], node.args[-1])])
        if last in _REPLACING and node.keywords:
            # The object that is put into is a new one, of the class of this.
            method = isinstance(node.func, ast.Attribute) and not node.args
            on = node.func.value if method and isinstance(node.func, ast.Attribute) else None
            on = node.args[0] if node.args else on
            if on is not None:
                yield from ((on, k.arg, k.value) for k in node.keywords if k.arg is not None)
        holder = _namespace(node.func.value) if isinstance(node.func, ast.Attribute) else None
        if holder is not None and last in {"setdefault", "__setitem__"} and len(node.args) == 2:
            yield from _named(holder, [(node.args[0], node.args[1])])
        elif holder is not None and last == "update":
            yield from ((holder, k.arg, k.value) for k in node.keywords if k.arg is not None)
            for given in node.args:
                if isinstance(given, ast.Dict):
                    yield from _named(holder, list(zip(given.keys, given.values, strict=True)))


def stored_by_name(node: ast.AST, holder: str | None) -> Iterator[tuple[str, ast.expr]]:
    """The attribute and its value of what is put so into the object of a name."""
    for on, name, value in stores_by_name(node):
        if on is None or (isinstance(on, ast.Name) and on.id == holder):
            yield name, value


def _named(on: ast.expr | None, pairs: list[tuple[ast.expr | None, ast.expr]]) -> Iterator[Stored]:
    for name, value in pairs:
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield on, name.value, value


def _is_super(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def _namespace(node: ast.expr) -> ast.expr | None:
    """What an expression is the namespace of: `x` of `vars(x)` and `x.__dict__`; None for anything else."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"vars", "globals"}:
        return node.args[0] if len(node.args) == 1 else node
    return node.value if isinstance(node, ast.Attribute) and node.attr == "__dict__" else None


def stores_by_any_name(node: ast.AST) -> Iterator[ast.expr]:
    """The objects of which a node may set an attribute by a name made at run time.

    A namespace that is handed on, assigned, returned or put into a container, may be written to there.
    """
    if isinstance(node, ast.Assign | ast.AnnAssign):
        for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
            if isinstance(target, ast.Subscript) and not isinstance(target.slice, ast.Constant):
                yield from _namespaces([target.value])
        yield from _namespaces([node.value])
    elif isinstance(node, ast.AugAssign):
        yield from _namespaces([node.target])
    elif isinstance(node, ast.NamedExpr | ast.Return | ast.Yield | ast.Starred):
        yield from _namespaces([node.value])
    elif isinstance(node, ast.List | ast.Tuple | ast.Set):
        yield from _namespaces(node.elts)
    elif isinstance(node, ast.Dict):
        yield from _namespaces(node.values)
    elif isinstance(node, ast.IfExp):
        yield from _namespaces([node.body, node.orelse])
    elif isinstance(node, ast.BoolOp):
        yield from _namespaces(node.values)
    elif isinstance(node, ast.Call):
        last = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if last == "setattr" and any(isinstance(a, ast.Starred) for a in node.args):
            yield from (a for a in _written_out(node.args) if not isinstance(a, ast.Constant))
        elif last == "setattr" and len(node.args) == 3 and not isinstance(node.args[1], ast.Constant):
            yield node.args[0]
        if isinstance(node.func, ast.Attribute) and last == "update" and node.args:
            holder = _namespace(node.func.value)
            if holder is not None and not all(isinstance(a, ast.Dict) for a in node.args):
                yield holder
        if last not in READING:
            yield from _namespaces([*node.args, *(k.value for k in node.keywords if k.arg is not None)])


def _namespaces(nodes: Iterable[ast.expr | None]) -> Iterator[ast.expr]:
    """The objects that some expressions are the namespaces of."""
    for node in nodes:
        holder = _namespace(node) if node is not None else None
        if holder is not None:
            yield holder


def _written_out(arguments: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """The first of the arguments of a call, where they are unpacked: of a tuple or a list its first element."""
    first = next(iter(arguments), None)
    while isinstance(first, ast.Starred):
        first = first.value
    if isinstance(first, ast.Tuple | ast.List):
        first = first.elts[0] if first.elts else None
    if first is not None:
        yield first
