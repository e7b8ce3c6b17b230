"""What a statement makes of a model's answer before it keeps it, and whether all that was said is still in it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from enum import Enum

from codemods.python.names import dotted_name
from codemods.python.trees import same, walk

STRUCTURES = ("to_dict", "raw_response_dict", "model_dump")
"""The methods by which a result says itself as data; the first that its class has is taken."""

_CHANGES = frozenset({"decode", *dir(str), *dir(dict), *dir(list)}) - {"strip", "lstrip", "rstrip", "copy"}
"""The methods of texts, dictionaries and lists that do not give all that these hold."""
_SAME = frozenset({"str", "cast", "typing.cast", "asyncio.run"})
_DATA = frozenset({"list", "tuple", "dict", "json.loads"})
_WHOLE = frozenset("str dict vars asdict dumps loads cast deepcopy copy repr join".split())
"""The functions, and the method of texts, that give all of what they are given, by the last part of their names."""


class Kept(Enum):
    """In which form a statement keeps the whole answer."""

    TEXT = "text"
    DATA = "data"


def kept_value(statement: ast.stmt, call: ast.Call) -> ast.expr | None:
    """What a statement makes of the answer and keeps: what it assigns, gives back or puts into a list."""
    value = getattr(statement, "value", None)
    if isinstance(statement, ast.Expr) and isinstance(value, ast.Call) and value is not call:
        return value.args[0] if len(value.args) == 1 else None
    return value if isinstance(value, ast.expr) else None


def kept_as(value: ast.expr, call: ast.Call) -> Kept | None:
    """How an expression that is made of a call's answer holds all of it, None where it may not.

    Args:
        value: the expression.
        call: the call, which stands in it.
    """
    node = _bare(value)
    if node is call:
        return Kept.TEXT
    if isinstance(node, ast.JoinedStr):
        only = node.values[0] if len(node.values) == 1 else None
        return kept_as(only.value, call) if isinstance(only, ast.FormattedValue) and is_plain(only) else None
    if isinstance(node, ast.Attribute):
        return None if node.attr.startswith("_") else _of_part(node.value, call)
    if isinstance(node, ast.Subscript):
        is_key = isinstance(node.slice, ast.Constant) and isinstance(node.slice.value, str)
        return _of_part(node.value, call) if is_key else None
    if isinstance(node, ast.IfExp):
        return kept_as(node.body if _is_in(node.body, call) else node.orelse, call)
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
        return kept_as(node.values[0], call)
    return _of_call(node, call) if isinstance(node, ast.Call) else None


def is_plain(value: ast.FormattedValue) -> bool:
    """Whether an f-string has a value as `str()` gives it."""
    return value.format_spec is None and value.conversion in {-1, ord("s")}


def says_all_of(node: ast.expr, result: ast.expr, *, attributes: bool) -> bool:
    """Whether an expression that is written certainly has all of a result in it.

    Args:
        node: the expression.
        result: the result.
        attributes: whether what is read of the result is as good as the whole: nothing else of it is known.
    """
    if same(node, result):
        return True

    def inner(value: ast.expr) -> bool:
        return says_all_of(value, result, attributes=attributes)

    match node:
        case (
            ast.Dict(values=parts)
            | ast.List(elts=parts)
            | ast.Tuple(elts=parts)
            | ast.BoolOp(op=ast.Or(), values=[*parts])
        ):
            return any(map(inner, parts[:1] if isinstance(node, ast.BoolOp) else parts))
        case ast.IfExp():
            return inner(node.body) or inner(node.orelse)
        case ast.BinOp(op=ast.Add()):
            return inner(node.left) or inner(node.right)
        case ast.Starred(value=value):
            return inner(value)
        case ast.Attribute(value=value, attr="response"):  # what an object of a class keeps as its answer
            return inner(value)
        case ast.Attribute(value=value) | ast.Subscript(value=value, slice=ast.Constant(value=str())):
            return attributes and inner(value)
        case ast.JoinedStr(values=values):
            told = [v for v in values if isinstance(v, ast.FormattedValue)]
            words = [v.value for v in values if isinstance(v, ast.Constant)]
            return any(is_plain(v) and inner(v.value) for v in told) and not "".join(map(str, words)).strip()
        case ast.DictComp(value=value, generators=[only]) | ast.ListComp(elt=value, generators=[only]):
            names = {n.id for n in walk(only.target) if isinstance(n, ast.Name)}
            kept = (isinstance(value, ast.Name) and value.id in names) or inner(value)
            return kept and not only.ifs and _is_run_over(only.iter, inner)
        case ast.Call(func=ast.Attribute(value=value, attr=method), args=args) if inner(value):
            return method not in _CHANGES and all(isinstance(a, ast.Constant) for a in args)
        case ast.Call(func=function, args=[first, *_]):
            name = (dotted_name(function) or "").rpartition(".")[2]
            if name in {"list", "tuple"}:  # of a dictionary, that is its keys
                return same(first, result)
            return name in _WHOLE and inner(first)
    return False


def _is_run_over(node: ast.expr, inner: Callable[[ast.expr], bool]) -> bool:
    """Whether a comprehension runs over a result, or over all that is in it."""
    match node:
        case ast.Call(func=ast.Attribute(value=value, attr="items" | "values"), args=[]):
            return inner(value)
    return inner(node)


def _of_part(holder: ast.expr, call: ast.Call) -> Kept | None:
    """The same of what a member is read of: `client.create(...).choices[0].message.content`."""
    node = _bare(holder)
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = _bare(node.value)
    return Kept.TEXT if node is call else kept_as(node, call)


def _of_call(node: ast.Call, call: ast.Call) -> Kept | None:
    given = [*node.args, *(k.value for k in node.keywords)]
    if isinstance(node.func, ast.Attribute) and _is_in(node.func.value, call):
        held = _of_part(node.func.value, call)
        if held is None or given or node.func.attr in _CHANGES or node.func.attr.startswith("_"):
            return None
        return Kept.DATA if node.func.attr in STRUCTURES else held
    if not given or not _is_in(given[-1], call):
        return None
    name = dotted_name(node.func) or ""
    if _joins_with_nothing(node) or name in _SAME or name.endswith(".run_until_complete"):
        return kept_as(given[-1], call)
    return Kept.DATA if name in _DATA and len(given) == 1 and kept_as(given[0], call) is not None else None


def _joins_with_nothing(node: ast.Call) -> bool:
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "join":
        return False
    return isinstance(node.func.value, ast.Constant) and node.func.value.value == ""


def _bare(node: ast.expr) -> ast.expr:
    while isinstance(node, ast.Await | ast.NamedExpr):
        node = node.value
    return node


def _is_in(node: ast.expr, call: ast.Call) -> bool:
    return any(inner is call for inner in walk(node))
