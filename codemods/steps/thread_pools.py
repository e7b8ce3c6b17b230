"""Methods mapped over a pool of threads, where every error of one is raised again in the method that maps it."""

from __future__ import annotations

import ast

from codemods.python.names import dotted_name
from codemods.python.statements import Link, Site
from codemods.python.trees import walk
from codemods.tasks.context import TaskContext

_POOL = "concurrent.futures.ThreadPoolExecutor"
_TAKES_ALL = frozenset({"list", "tuple", "set", "sorted"})


def is_mapped_over_threads(site: Site, node: ast.expr, context: TaskContext) -> bool:
    """Whether a statement runs a method in threads and takes all that it gives: `list(pool.map(self.ask, topics))`.

    An answer that nobody takes keeps its error to itself, be it one of the database: `pool.submit`, a loop that ends.
    """
    for outer in site.header:
        if (
            not isinstance(outer, ast.Call)
            or len(outer.args) != 1
            or outer.keywords
            or not _takes_all(outer, site)
        ):
            continue
        mapped = outer.args[0]
        if (
            isinstance(mapped, ast.Call)
            and isinstance(mapped.func, ast.Attribute)
            and mapped.func.attr == "map"
            and isinstance(mapped.func.value, ast.Name)
            and mapped.args[:1] == [node]
            and not any(node in walk(other) for other in (*mapped.args[1:], *mapped.keywords))
        ):
            values = site.scope.values_of(mapped.func.value.id) or []
            return len(values) == 1 and _is_pool(values[0], site, context)
    return False


def is_block_of_threads(link: Link, site: Site, context: TaskContext) -> bool:
    """Whether a `with` enters nothing but a pool of threads, which ends no error of its block."""
    return isinstance(link.owner, ast.With) and all(
        _is_pool(item.context_expr, site, context) for item in link.owner.items
    )


def _takes_all(call: ast.Call, site: Site) -> bool:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr == "join" and isinstance(call.func.value, ast.Constant)
    name = getattr(call.func, "id", "")
    return name in _TAKES_ALL and not site.scope.is_local(name) and name not in site.scope.module.bindings


def _is_pool(value: ast.AST, site: Site, context: TaskContext) -> bool:
    if isinstance(value, ast.withitem):
        value = value.context_expr
    if not isinstance(value, ast.Call):
        return False
    root = (dotted_name(value.func) or "").partition(".")[0]
    if not root or site.scope.is_local(root):
        return False
    return context.sources.names.origin(value.func, site.scope.module) == _POOL
