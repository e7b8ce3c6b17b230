"""Every way in which a function binds each of its names."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import lru_cache

from codemods.python.classes import Function
from codemods.python.frame_nodes import names_bound_by
from codemods.python.scopes import own_nodes, parameters
from codemods.python.trees import nodes_of, walk

REST = -2
"""The step to what a starred target takes."""


@dataclass(frozen=True)
class Definition:
    """One binding of a name.

    Attributes:
        how: `value` (assigned), `annotated`, `element` (a loop), `entered`
            (a `with`), `matched` (a case), `caught`, `parameter`, `added` (`+=`), `defined`
            (a function or class), `other`.
        node: the expression, annotation, parameter or definition; None for `other`.
        path: which element of it, for an unpacked one; -1 is any.
        value: the assigned value beside an annotation.
    """

    how: str
    node: ast.AST | None
    path: tuple[int, ...] = ()
    value: ast.expr | None = None


@lru_cache(maxsize=1 << 12)
def definitions(function: Function | ast.Lambda) -> dict[str, tuple[Definition, ...]]:
    """All bindings of a function's own names."""
    found: dict[str, list[Definition]] = {}
    covered: set[int] = set()

    def bind(target: ast.AST, how: str, node: ast.AST | None, path: tuple[int, ...] = ()) -> None:
        if isinstance(target, ast.Name):
            covered.add(id(target))
            found.setdefault(target.id, []).append(Definition(how, node, path))
        elif isinstance(target, ast.Starred):
            bind(target.value, how, node, (*path[:-1], REST))
        elif isinstance(target, ast.Tuple | ast.List):
            starred = any(isinstance(e, ast.Starred) for e in target.elts)
            for index, element in enumerate(target.elts):
                bind(element, how, node, (*path, -1 if starred else index))

    for parameter in parameters(function):
        found.setdefault(parameter.arg, []).append(Definition("parameter", parameter))
    for node in own_nodes(function):
        if node.__class__ in _LEAVES:
            continue
        if isinstance(node, ast.Assign):
            for target in node.targets:
                bind(target, "value", node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            covered.add(id(node.target))
            if node.value is not None:
                definition = Definition("annotated", node.annotation, value=node.value)
                found.setdefault(node.target.id, []).append(definition)
        elif isinstance(node, ast.AugAssign):
            bind(node.target, "added", node.value)
        elif isinstance(node, ast.For):
            bind(node.target, "element", node.iter)
        elif isinstance(node, ast.comprehension):
            # Its variables are its own, whatever the function calls so.
            covered.update(id(n) for n in walk(node.target))
        elif isinstance(node, ast.withitem):
            if node.optional_vars is not None:
                bind(node.optional_vars, "entered", node.context_expr)
        elif isinstance(node, ast.NamedExpr):
            bind(node.target, "value", node.value)
        elif isinstance(node, ast.Match):
            for pattern in (n for case in node.cases for n in walk(case.pattern)):
                covered.add(id(pattern))
                for name in names_bound_by(pattern):
                    found.setdefault(name, []).append(Definition("matched", node.subject))
        elif isinstance(node, ast.ExceptHandler):
            if node.name:
                found.setdefault(node.name, []).append(Definition("caught", node))
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.setdefault(node.name, []).append(Definition("defined", node))
    for node in own_nodes(function):
        names = names_bound_by(node)
        if not names or id(node) in covered or isinstance(node, _NAMED):
            continue
        for name in names:
            if isinstance(getattr(node, "ctx", None), ast.Del):
                continue
            found.setdefault(name, []).append(Definition("other", None))
    return {name: tuple(items) for name, items in found.items()}


@dataclass(frozen=True)
class Changes:
    """What a function does to the containers that its names hold.

    Attributes:
        put: what it puts into them, with the key; None where it may be anything.
        handed: the calls that it hands them to, with the position or the keyword.
    """

    put: dict[str, tuple[tuple[ast.expr, ast.expr | None], ...] | None]
    handed: dict[str, tuple[tuple[ast.Call, int | str | None], ...]]


@lru_cache(maxsize=1 << 12)
def changes(function: ast.AST) -> Changes:
    """What a function does to the containers that its names hold."""
    found: dict[str, list[tuple[ast.expr, ast.expr | None]] | None] = {}
    given: dict[str, list[tuple[ast.Call, int | str | None]]] = {}
    aliases: list[tuple[str, str]] = []

    def put(name: ast.expr, values: list[tuple[ast.expr, ast.expr | None]]) -> None:
        if isinstance(name, ast.Name):
            known = found.setdefault(name.id, [])
            if known is not None:
                known.extend(values)

    for node in nodes_of(function):
        if isinstance(node, ast.Call):
            called = node.func
            if isinstance(called, ast.Attribute) and called.attr in {"append", "add", "insert", "appendleft"}:
                put(called.value, [(a, None) for a in node.args[-1:]])
            elif isinstance(called, ast.Attribute) and called.attr == "extend" and len(node.args) == 1:
                put(called.value, [(ast.Starred(node.args[0], ast.Load()), None)])
            elif isinstance(called, ast.Attribute) and called.attr in {"update", "setdefault"}:
                found[_root(called.value)] = None
            harmless = isinstance(called, ast.Name) and called.id in _READING
            harmless = harmless or (isinstance(called, ast.Attribute) and called.attr in _READING_METHODS)
            for index, argument in (*enumerate(node.args), *((k.arg, k.value) for k in node.keywords)):
                if isinstance(argument, ast.Name) and not harmless:
                    given.setdefault(argument.id, []).append((node, index))
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Subscript) and isinstance(target.slice, ast.Slice):
                    put(target.value, [(ast.Starred(node.value, ast.Load()), None)])
                elif isinstance(target, ast.Subscript):
                    put(target.value, [(node.value, target.slice)])
                elif isinstance(target, ast.Name) and isinstance(node.value, ast.Name):
                    aliases.append((target.id, node.value.id))
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Subscript):
            found[_root(node.target)] = None
    for one, other in aliases:
        for name, alias in ((one, other), (other, one)):
            if alias in found:
                found[name] = None
    found.pop("", None)
    put_into = {name: None if values is None else tuple(values) for name, values in found.items()}
    return Changes(put_into, {name: tuple(calls) for name, calls in given.items()})


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


_LEAVES = frozenset({ast.Name, ast.Constant, ast.Attribute, ast.Call})
"""What binds no name by itself, most of all nodes."""
_NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.ExceptHandler)
_READING = frozenset(
    "len str repr sorted list tuple set dict sum max min any all enumerate zip print isinstance".split()
)
_READING_METHODS = frozenset(
    "append extend join dumps dump write writelines format info debug warning error".split()
)
