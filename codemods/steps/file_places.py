"""The name of a row: the path of its file below the plan's run directory. Two files never share a row."""

from __future__ import annotations

from codemods.python.sourcing import source_of
from codemods.refusals import Refused
from codemods.steps.step_names import InsertedNames
from codemods.tasks.context import TaskContext
from codemods.tasks.places import WORKING
from codemods.tasks.working_directory import moved_away
from codemods.tasks.write_site import WriteSite


def require_below_run_directory(write: WriteSite, context: TaskContext) -> None:
    """Refuses a file that is not shown to lie below the run directory: what its row is called could be another's.

    A bare name in the working directory has no directory that could be lost.
    """
    location, run = write.location, context.run_directory
    if location.base == WORKING:
        moves = moved_away(context)
        if moves is not None:
            raise Refused("DBR423", f"{moves.what} makes another directory the working directory", moves.led)
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
    directory = context.run_directory
    if directory.startswith("self."):
        directory = f"{context.scope.self_name}.{directory.removeprefix('self.')}"
    return f"{module}.path.relpath({path}, {directory})"
