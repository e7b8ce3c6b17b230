"""Whether a recorded text is only a part of what it should be."""

from __future__ import annotations

import ast

from codemods.python.call_facts import called_name
from codemods.python.index import Index
from codemods.python.resolving import preceding
from codemods.python.statements import Site
from codemods.python.trees import walk

_CUTTERS = frozenset({"shorten", "truncate"})
_WRAPPERS = frozenset({"str", "strip", "rstrip", "lstrip"})


def cut_of(
    node: ast.expr | None,
    site: Site,
    index: Index,
    whole: frozenset[str] = frozenset(),
    seen: set[int] | None = None,
) -> ast.expr | None:
    """The slice, or the call, that cuts a text, followed through local names; None for a whole text.

    `whole` are names that are not followed, for what they hold is what should be recorded.
    """
    seen = set() if seen is None else seen
    if node is None or id(node) in seen:
        return None
    seen.add(id(node))
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        return node if _limits(node.slice.upper) else None
    if isinstance(node, ast.Name):
        found = preceding(node.id, site, index) if node.id not in whole else None
        if found is None or node.id in {n.id for n in walk(found[0]) if isinstance(n, ast.Name)}:
            return None
        return cut_of(found[0], found[1], index, whole, seen)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return cut_of(node.left, site, index, whole, seen)
    if isinstance(node, ast.IfExp):
        return cut_of(node.body, site, index, whole, seen) or cut_of(node.orelse, site, index, whole, seen)
    if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.FormattedValue):
        if any(isinstance(part, ast.FormattedValue) for part in node.values[1:]):
            return None
        return cut_of(node.values[0].value, site, index, whole, seen)
    if isinstance(node, ast.Call):
        name = called_name(node)
        if name in _CUTTERS:
            return node
        if name in _WRAPPERS:
            inner = node.args[0] if node.args else getattr(node.func, "value", None)
            return cut_of(inner, site, index, whole, seen) if isinstance(inner, ast.expr) else None
    return None


def _limits(upper: ast.expr | None) -> bool:
    """Whether the end of a slice is a limit; `[:-3]` takes off what is known to stand there, a fence for instance."""
    if upper is None or (isinstance(upper, ast.Constant) and upper.value is None):
        return False
    return not (isinstance(upper, ast.UnaryOp) and isinstance(upper.op, ast.USub))
