"""What a statement makes of a model's answer before it keeps it, and whether all that was said is still in it."""

from __future__ import annotations

import ast
from enum import Enum

from codemods.python.names import dotted_name
from codemods.python.trees import walk

STRUCTURES = ("to_dict", "raw_response_dict", "model_dump")
"""The methods by which a result says itself as data; the first that its class has is taken."""

_CHANGES = frozenset(
    "lower upper title capitalize casefold swapcase encode decode split rsplit splitlines partition rpartition replace "
    "removeprefix removesuffix expandtabs zfill find index count startswith endswith keys values items".split()
)
_SAME = frozenset({"str", "cast", "typing.cast", "asyncio.run"})
_DATA = frozenset({"list", "tuple", "dict", "json.loads"})


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
        return kept_as(only.value, call) if isinstance(only, ast.FormattedValue) else None
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
