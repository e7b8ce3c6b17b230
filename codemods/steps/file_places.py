"""The name of a row: the path of its file below the plan's run directory. Two files never share a row."""

from __future__ import annotations

import ast

from codemods.python.modules import ImportedName, Module
from codemods.python.scopes import own_nodes
from codemods.python.sourcing import source_of
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.steps.step_names import InsertedNames
from codemods.tasks.context import TaskContext
from codemods.tasks.places import WORKING
from codemods.tasks.unrecorded import reached
from codemods.tasks.write_site import WriteSite

_MOVES = frozenset({"chdir", "fchdir"})
"""Functions of `os` and `contextlib` that change the working directory."""


def require_below_run_directory(write: WriteSite, context: TaskContext) -> None:
    """Refuses a file that is not shown to lie below the run directory: what its row is called could be another's.

    A bare name in the working directory has no directory that could be lost.
    """
    location, run = write.location, context.run_directory
    moves = _moves_away(context) if location.base == WORKING else None
    if moves is not None:
        raise Refused("DBR423", f"{moves[0]} makes another directory the working directory", moves[1])
    named = location.filename is not None or location.key is not None or location.ambiguous
    if named and location.base is not None and (location.base == run or _is_bare(write)):
        return
    path = source_of(write.path)
    wanted = (
        f"the run directory, {run}"
        if run != WORKING
        else "the working directory: get_plan_id() names no other"
    )
    if location.base is None or not named:
        reason = f"the directory of {path} is not known; it is to lie below {wanted}"
    else:
        found = location.base if location.base != WORKING else "the working directory"
        reason = f"{path} lies in {found}, not below {wanted}"
        if run == WORKING and found.startswith("self.") and location.filename is not None:
            reason += f"; it would if that returned os.path.basename({found})"
    raise Refused("DBR423", reason, write.call)


def _moves_away(context: TaskContext) -> tuple[str, ast.AST] | None:
    """What changes the working directory, which relative paths are below, and the place that leads there.

    Looked for in all that the task runs, as far as it is in sight; a function that is named counts as called.
    """
    for node in walk(context.entry):
        if _names_a_move(node, context.scope.module):
            return ast.unparse(node), node
    for found in reached(context, frozenset()):
        for node in own_nodes(found.frame.function):
            if _names_a_move(node, found.frame.module):
                return (
                    f"{ast.unparse(node)} in {getattr(found.frame.function, 'name', 'a lambda')}()",
                    found.led,
                )
    return None


def _names_a_move(node: ast.AST, module: Module) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr in _MOVES
    if isinstance(node, ast.Name):
        bound = module.bindings.get(node.id)
        return node.id in _MOVES or (isinstance(bound, ImportedName) and bound.name in _MOVES)
    if isinstance(node, ast.ImportFrom):
        return any(alias.name in _MOVES for alias in node.names)
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in _MOVES


def _is_bare(write: WriteSite) -> bool:
    return write.location.base == WORKING and write.location.flat


def relative_name(path: str, write: WriteSite, context: TaskContext, names: InsertedNames) -> str:
    """An expression for the row's name, made of the path at run time."""
    if write.location.flat:
        return f"{names.module('os')}.path.basename({path})"
    return relative_path(path, context, names)


def relative_path(path: str, context: TaskContext, names: InsertedNames) -> str:
    """An expression for a path below the plan's run directory, relative to it."""
    module = names.module("os")
    if context.run_directory == WORKING:
        return f"{module}.path.relpath({path})"
    directory = context.run_directory.removeprefix("self.")
    return f"{module}.path.relpath({path}, {context.scope.self_name}.{directory})"
