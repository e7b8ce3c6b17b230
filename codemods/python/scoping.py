"""Which names exist where: for names that no binding gives a meaning."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterator

from codemods.python.classes import Function
from codemods.python.frame_nodes import names_bound_by, nodes_of_frame
from codemods.python.index import Index
from codemods.python.scopes import own_nodes, parameters
from codemods.python.trees import walk

_IMPLICIT = frozenset(
    {"__file__", "__name__", "__doc__", "__package__", "__spec__", "__loader__", "__builtins__"}
)
_BUILTINS = frozenset(dir(builtins)) | _IMPLICIT | {"__class__", "__path__", "__annotations__", "__debug__"}
_COMPREHENSION = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp


def undefined_names(function: Function, known: frozenset[str], index: Index) -> Iterator[ast.Name]:
    """The names that a function, and those nested in it, read although nothing binds them anywhere."""
    own = {name for site in index.own_sites for name in index.bound(site.statement)}
    own |= {p.arg for p in parameters(function)}
    own |= {n.name for n in index.nodes if isinstance(n, ast.ExceptHandler) and n.name}
    own |= known | _BUILTINS
    if not all(reads <= own for reads in index.all_read):
        yield from _in_function(function, known | _BUILTINS)


def _in_function(function: Function | ast.Lambda, known: frozenset[str]) -> Iterator[ast.Name]:
    inside = known | {p.arg for p in parameters(function)}
    body = function.body if isinstance(function.body, list) else [function.body]
    own = list(own_nodes(function))
    inside |= {name for node in own for name in names_bound_by(node)}
    inside |= {name for node in own if isinstance(node, ast.Nonlocal | ast.Global) for name in node.names}
    yield from _in_frame(body, inside)


def _in_frame(nodes: list[ast.stmt] | list[ast.expr], known: frozenset[str]) -> Iterator[ast.Name]:
    for node in nodes_of_frame(nodes):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id not in known:
            yield node
        elif isinstance(node, Function | ast.Lambda):
            yield from _in_function(node, known)
        elif isinstance(node, ast.ClassDef):
            inner = known | {name for n in nodes_of_frame(node.body) for name in names_bound_by(n)}
            yield from _in_frame(node.body, inner)


def late_bound_names(function: Function, index: Index) -> Iterator[ast.Name]:
    """The names of a function that are read, on the straight way, before their first binding."""
    bound: dict[str, int] = {p.arg: 0 for p in parameters(function)}
    for site in index.own_sites:
        line = site.statement.lineno
        for name in index.bound(site.statement):
            bound[name] = min(bound.get(name, line), line)
        for handler in getattr(site.statement, "handlers", ()):
            if handler.name:
                bound[handler.name] = min(bound.get(handler.name, line), line)
        if isinstance(site.statement, ast.Global | ast.Nonlocal):
            bound.update(dict.fromkeys(site.statement.names, 0))
        if isinstance(site.statement, ast.Match):
            bound.update({name: 0 for case in site.statement.cases for name in _captured(case)})
    for site in index.own_sites:
        line = site.statement.lineno
        if not any(line < bound.get(name, 0) for name in index.read(site.statement)):
            continue
        if site.in_loop() or isinstance(site.statement, ast.For | ast.AsyncFor | ast.While):
            continue
        for node in index.header(site.statement):
            if isinstance(node, _COMPREHENSION):
                break
            if (
                isinstance(node, ast.Name)
                and isinstance(node.ctx, ast.Load)
                and node.lineno < bound.get(node.id, 0)
            ):
                yield node


def _captured(case: ast.match_case) -> Iterator[str]:
    return (name for node in walk(case.pattern) for name in names_bound_by(node))
