"""Names that Luigi gives of a task's parameters: what is looked up by one is a parameter's value, and no method."""

from __future__ import annotations

import ast

from codemods.python.frames import Frame

_LISTING = {"get_params": True, "get_param_names": False}
"""Methods of Luigi's that list parameters, with whether they give pairs that begin with the name."""

_BY_NAME = frozenset({"param_kwargs", "to_str_params"})
"""Members of Luigi's that hold values by the name of the parameter."""


def listing_of_names(node: ast.AST, frame: Frame) -> str:
    """The member of Luigi's that a name is taken from, which a loop runs over: `for name, _ in self.get_params()`.

    Args:
        node: the expression that is looked up by.
        frame: where it stands.

    Returns:
        The member's name; empty where the expression may be another text.
    """
    if not isinstance(node, ast.Name):
        return ""
    holder: Frame | None = frame
    while holder is not None and node.id not in holder.bindings:
        holder = holder.parent
    if holder is None:
        return ""
    found = {_listing(node.id, bound) for bound in holder.bindings[node.id]}
    return found.pop() if len(found) == 1 else ""


def _listing(name: str, bound: ast.AST) -> str:
    if not isinstance(bound, ast.For | ast.comprehension):
        return ""
    pairs = isinstance(bound.target, ast.Tuple)
    first = (
        bound.target.elts[0] if isinstance(bound.target, ast.Tuple) and bound.target.elts else bound.target
    )
    last = isinstance(bound.target, ast.Tuple) and any(
        isinstance(n, ast.Name) and n.id == name for e in bound.target.elts[1:] for n in ast.walk(e)
    )
    if not isinstance(first, ast.Name) or first.id != name or last:
        return ""
    listed = bound.iter
    member = _member(listed)
    if member in _LISTING:
        return member if isinstance(listed, ast.Call) and _LISTING[member] == pairs else ""
    if member in _BY_NAME:
        return "" if pairs else member
    if (
        member in {"items", "keys"}
        and isinstance(listed, ast.Call)
        and isinstance(listed.func, ast.Attribute)
    ):
        held = _member(listed.func.value)
        return held if held in _BY_NAME and (member == "items") == pairs else ""
    return ""


def _member(node: ast.AST) -> str:
    function = node.func if isinstance(node, ast.Call) else node
    return function.attr if isinstance(function, ast.Attribute) else ""
