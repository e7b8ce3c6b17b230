"""Who calls a method that asks a model, and what stands around such a call."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.python.classes import Function
from codemods.python.frame_nodes import names_bound_by
from codemods.python.scopes import Scope, parameters
from codemods.python.statements import Site, sites
from codemods.python.trees import by_kind
from codemods.refusals import Refused
from codemods.steps.draft import handling_tries, leaves, swallowing_withs
from codemods.steps.thread_pools import is_block_of_threads, is_mapped_over_threads
from codemods.tasks.context import TaskContext
from codemods.tasks.sdk_calls import NOT_RECORDED


@dataclass(frozen=True)
class Guard:
    """A call of a method that asks a model, inside of original handlers.

    Attributes:
        caller: the method that it stands in.
        site: the statement.
        node: what names the method.
        name: the method that is called.
        in_threads: whether it runs in threads there, with handlers or without.
    """

    caller: Function
    site: Site
    node: ast.expr
    name: str
    in_threads: bool = False


def guards(context: TaskContext, name: str, on_the_way: frozenset[str]) -> Iterator[Guard]:
    """Where original handlers stand around a call of the method, at any depth.

    Raises:
        Refused: the method is handed on, or what stands around a call may end an error that nobody sees again.
    """
    for caller, site, node in _mentions(context, name):
        called = any(isinstance(n, ast.Call) and n.func is node for n in site.header)
        in_threads = not called and is_mapped_over_threads(site, node, context)
        if not (called or in_threads) or site.in_nested_function or _is_deferred(site, node):
            raise Refused(NOT_RECORDED, f"{name}() asks a model, and is handed on here", node)
        swallowing = [w for w in swallowing_withs(site) if not is_block_of_threads(w, site, context)]
        if swallowing or _is_ended_by_finally(site) or _is_in_group(site):
            raise Refused(
                NOT_RECORDED,
                f"{name}() asks a model, and is called where a handler could take a database error for its own",
                node,
            )
        if in_threads:
            yield Guard(caller, site, node, name, in_threads=True)
        if handling_tries(site):
            yield Guard(caller, site, node, name)
        if caller is not context.entry and caller.name not in on_the_way | {name}:
            yield from guards(context, caller.name, on_the_way | {name})


def require_outside_of_finally(context: TaskContext, name: str, on_the_way: frozenset[str]) -> None:
    """Raises Refused where a method is called in a `finally`: its steps would take the mark off an error on its way."""
    for caller, site, node in _mentions(context, name):
        if any(link.field == "finalbody" for link in site.own_links):
            raise Refused(NOT_RECORDED, f"{name}() asks a model, and is called in a finally", node)
        if caller is not context.entry and caller.name not in on_the_way | {name}:
            require_outside_of_finally(context, caller.name, on_the_way | {name})


def _is_in_group(site: Site) -> bool:
    """Whether `except*`, which sees an error in a group, stands around a statement."""
    return any(isinstance(link.owner, ast.TryStar) for link in site.own_links)


def _is_ended_by_finally(site: Site) -> bool:
    """Whether a `finally` around a statement leaves, which ends every error."""
    return any(
        isinstance(link.owner, ast.Try) and any(leaves(s) for s in link.owner.finalbody)
        for link in site.own_links
    )


def _is_deferred(site: Site, node: ast.Attribute) -> bool:
    """Whether a call stands in a lambda or a generator expression, which run when nobody knows."""
    later = (ast.Lambda, ast.GeneratorExp)
    return any(isinstance(n, later) and any(inner is node for inner in ast.walk(n)) for n in site.header)


def _mentions(context: TaskContext, name: str) -> Iterator[tuple[Function, Site, ast.Attribute]]:
    """Where the methods of the class name one of them: the method, the statement, the expression."""
    for function in context.owner.node.body:
        if not isinstance(function, Function):
            continue
        for site in sites(Scope(context.owner.module, context.owner, function)):
            for node in site.header:
                if isinstance(node, ast.Attribute) and node.attr == name:
                    yield function, site, node


def require_known_callers(context: TaskContext, function: Function) -> None:
    """Raises Refused where code outside of the class names an attribute that is called like the method."""
    first, last = context.owner.node.lineno, context.owner.node.end_lineno or 0
    finder = context.sources.names.finder
    for module in finder.given_modules(context.owner.module, function.name):
        others = _of_other_classes(context, module.tree, function.name)
        for node in by_kind(module.tree).get(ast.Attribute, ()):
            if not isinstance(node, ast.Attribute) or node.attr != function.name or id(node) in others:
                continue
            if module is not context.owner.module or not first <= node.lineno <= last:
                where = f"{module.path.name}:{node.lineno}"
                raise Refused(
                    NOT_RECORDED, f"{function.name}() asks a model, and {where} may call it too", function
                )


def _of_other_classes(context: TaskContext, tree: ast.Module, name: str) -> frozenset[int]:
    """The mentions of a method in classes that have one of their own by that name, on their own instances."""
    classes = context.sources.classes
    runs = (context.owner, *classes.subclasses(context.owner))
    related = {id(item.node) for one in runs for item in classes.line(one)}
    return frozenset(
        id(node)
        for statement in by_kind(tree).get(ast.ClassDef, ())
        if isinstance(statement, ast.ClassDef) and id(statement) not in related and defines(statement, name)
        for method in statement.body
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
        for given in parameters(method)[:1]
        if [n for n in ast.walk(method) if isinstance(n, ast.arg) and n.arg == given.arg] == [given]
        and not any(given.arg in names_bound_by(n) for n in ast.walk(method))
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute)
        and node.attr == name
        and isinstance(node.value, ast.Name)
        and node.value.id == given.arg
    )


def defines(node: ast.ClassDef, name: str) -> bool:
    """Whether a class has a method of a name of its own."""
    return any(isinstance(s, Function) and s.name == name for s in node.body)
