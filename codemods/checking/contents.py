"""Whether a row holds what the file gets."""

from __future__ import annotations

import ast

from codemods.python.names import dotted_name
from codemods.python.resolving import Standing, alike
from codemods.tasks.view import TaskView
from codemods.tasks.written import Row, Write


def difference(task: TaskView, row: Row, write: Write) -> str | None:
    """How the content of a row certainly differs from that of the file, None where it is the same or not decided."""
    given, written = row.record.field("content"), write.write.content.expression
    if given is None or written is None:
        return None
    ours, theirs = Standing(given, row.record.site), Standing(written, write.write.site)
    if alike(ours, theirs, task.index):
        return None
    ours, theirs = ours.followed(task.index), theirs.followed(task.index)
    if isinstance(ours.node, ast.Constant) and isinstance(theirs.node, ast.Constant):
        return "another text"
    if isinstance(ours.node, ast.Subscript) and isinstance(ours.node.slice, ast.Slice):
        whole = Standing(ours.node.value, ours.site)
        return "a part of it" if alike(whole, theirs, task.index) else None
    left, right = _dumped(ours), _dumped(theirs)
    if left is not None and right is not None and alike(left[0], right[0], task.index):
        return _options(left[1], right[1])
    return _swapped(task, ours, write)


def _swapped(task: TaskView, ours: Standing, write: Write) -> str | None:
    """Whether the row has what another file of the task gets, and this one gets something else."""
    for other in task.written.writes:
        content = other.write.content.expression
        if content is None or other.name is None or write.name is None or other.name.covers(write.name):
            continue
        if not isinstance(content, ast.Constant) and alike(
            ours, Standing(content, other.write.site), task.index
        ):
            return f"what {other.name.shown} gets"
    return None


def _dumped(value: Standing) -> tuple[Standing, dict[str, ast.expr]] | None:
    """The value and the options of a call to `json.dumps`, None for anything else."""
    node = value.node
    if not isinstance(node, ast.Call) or len(node.args) != 1:
        return None
    if (dotted_name(node.func) or "").rpartition(".")[2] != "dumps" or any(
        k.arg is None for k in node.keywords
    ):
        return None
    return Standing(node.args[0], value.site), {k.arg: k.value for k in node.keywords if k.arg is not None}


_DEFAULTS = {"indent": None, "sort_keys": False, "ensure_ascii": True, "separators": None, "skipkeys": False}


def _options(ours: dict[str, ast.expr], theirs: dict[str, ast.expr]) -> str | None:
    for name, default in _DEFAULTS.items():
        left, right = ours.get(name, ast.Constant(default)), theirs.get(name, ast.Constant(default))
        if not (isinstance(left, ast.Constant) and isinstance(right, ast.Constant)):
            continue
        if left.value != right.value:
            return f"JSON with {name}={left.value!r}, the file gets {name}={right.value!r}"
    return None
