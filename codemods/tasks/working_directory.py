"""Whether a task makes another directory the working directory, which relative paths are below."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.knowledge.call_names import MOVING_AWAY
from codemods.python.frames import Frame
from codemods.python.trees import walk
from codemods.tasks.context import TaskContext
from codemods.tasks.origin_kinds import Outside
from codemods.tasks.unrecorded import reached


@dataclass(frozen=True)
class Move:
    """A change of the working directory.

    Attributes:
        what: how it is written, with the function that it stands in where that is not the entry method.
        led: the place in the entry method that leads there.
    """

    what: str
    led: ast.AST


def moved_away(context: TaskContext) -> Move | None:
    """The first change of the working directory in code that the task leads to, None where there is none.

    A function that is only named counts as run, and so does `os.chdir` where it is only named.
    """
    entry = context.frame_of(context.scope)
    for node in _moves(entry, context):
        return Move(ast.unparse(node), node)
    for found in reached(context, frozenset()):
        for node in _moves(found.frame, context):
            name = getattr(found.frame.function, "name", "a lambda")
            return Move(f"{ast.unparse(node)} in {name}()", found.led)
    return None


def _moves(frame: Frame, context: TaskContext) -> Iterator[ast.AST]:
    for node in walk(frame.function):
        if isinstance(node, ast.ImportFrom) and any(alias.name in MOVING_AWAY for alias in node.names):
            yield node
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in MOVING_AWAY:
            # `getattr(os, name)`, wherever the name is put together.
            yield node
        named = node.func if isinstance(node, ast.Call) else node
        if not isinstance(named, ast.expr) or isinstance(getattr(named, "ctx", None), ast.Store):
            continue
        by_name = isinstance(named, ast.Attribute) and named.attr in MOVING_AWAY
        if by_name or (isinstance(node, ast.Call | ast.Name) and _names_move(named, frame, context)):
            yield named


def _names_move(node: ast.expr, frame: Frame, context: TaskContext) -> bool:
    origins = context.reach.origins.of(node, frame)
    return any(isinstance(o, Outside) and o.path.rpartition(".")[2] in MOVING_AWAY for o in origins)
