"""Requests that are sent to the address of a model, by an HTTP client rather than by a package of the vendor's."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.knowledge.addresses import CLIENTS, SENDING, SENDING_BY_CLIENT, asks_a_model
from codemods.python.frames import Frame
from codemods.tasks.origin_kinds import Code, Instance, Kind, Origins, Outside

_DEEPEST = 8
_ADDRESSES = frozenset("url uri address base_url host endpoint fullurl".split())


def may_send(call: ast.Call) -> bool:
    """Whether a call is named like one that sends a request."""
    return _last(call) in SENDING_BY_CLIENT


def address_of(call: ast.Call, found: Origins, frame: Frame) -> str:
    """The address of a model that a request is sent to.

    Args:
        call: the call.
        found: the origins of what it calls.
        frame: where it stands.

    Returns:
        What of the address gives it away; empty where the call sends no request there.
    """
    if any(isinstance(o, Code | Kind | Instance) for o in found):
        return ""
    by_client = any(isinstance(o, Outside) and o.path.partition(".")[0] in CLIENTS for o in found)
    if _last(call) not in (SENDING_BY_CLIENT if by_client else SENDING):
        return ""
    given = [*call.args[:2], *(k.value for k in call.keywords if k.arg in _ADDRESSES)]
    if isinstance(call.func, ast.Attribute):
        given.append(call.func.value)
    return asks_a_model(frozenset(text for one in given for text in _texts(one, frame, _DEEPEST)))


def _last(call: ast.Call) -> str:
    function = call.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _texts(node: ast.AST | None, frame: Frame, depth: int) -> Iterator[str]:
    """The texts in an expression, and in what the names in it are bound to."""
    if node is None or depth == 0:
        return
    if isinstance(node, ast.Constant):
        if isinstance(node.value, str):
            yield node.value
    elif isinstance(node, ast.Name):
        yield from _of_name(node.id, frame, depth - 1)
    elif isinstance(node, ast.Attribute):
        yield from _of_attribute(node, frame, depth - 1)
    elif isinstance(node, ast.Call):
        given = [*node.args[:2], *(k.value for k in node.keywords if k.arg in _ADDRESSES)]
        for part in (node.func, *given):
            yield from _texts(part, frame, depth - 1)
    elif not isinstance(node, ast.Dict | ast.Lambda):
        for below in ast.iter_child_nodes(node):
            if isinstance(below, ast.expr) and not isinstance(getattr(below, "ctx", None), ast.Store):
                yield from _texts(below, frame, depth - 1)


def _of_name(name: str, frame: Frame, depth: int) -> Iterator[str]:
    if frame.is_local(name):
        for local in frame.values_of(name):
            yield from _texts(local, frame, depth)
        return
    top = frame.of_module(frame.module)
    for bound in (frame.module.bindings.get(name), *frame.module.alternatives.get(name, ())):
        if isinstance(bound, ast.expr):
            yield from _texts(bound, top, depth)


def _of_attribute(node: ast.Attribute, frame: Frame, depth: int) -> Iterator[str]:
    value = node.value
    if isinstance(value, ast.Name) and value.id == frame.self_name and frame.owner is not None:
        top = frame.of_module(frame.owner.module)
        for statement in frame.owner.node.body:
            if isinstance(statement, ast.Assign | ast.AnnAssign) and _binds(statement, node.attr):
                yield from _texts(statement.value, top, depth)
        return
    yield from _texts(value, frame, depth)


def _binds(statement: ast.Assign | ast.AnnAssign, name: str) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)
