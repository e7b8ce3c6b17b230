"""Whether a row holds what the file gets."""

from __future__ import annotations

import ast

from codemods.analysis.statements import Site
from codemods.checking.resolving import spelled_out
from codemods.checking.view import Row, TaskView, Write
from codemods.resolution.names import dotted_name
from codemods.walking import same


def difference(task: TaskView, row: Row, write: Write) -> str | None:
    """How the content of a row certainly differs from that of the file, None where it is the same or not decided."""
    given, site = row.record.field("content"), row.record.site
    written = write.write.content.expression
    if given is None or written is None:
        return None
    ours, theirs = spelled_out(given, site, task.index), spelled_out(written, write.write.site, task.index)
    if same(ours, theirs):
        return None
    if isinstance(ours, ast.Constant) and isinstance(theirs, ast.Constant):
        return "another text"
    left, right = _dumped(ours), _dumped(theirs)
    if left is not None and right is not None and same(left[0], right[0]):
        return _options(left[1], right[1])
    return _swapped(task, ours, write)


def _swapped(task: TaskView, ours: ast.expr, write: Write) -> str | None:
    """Whether the row has what another file of the task gets, and this one gets something else."""
    for other in task.writes:
        content = other.write.content.expression
        if content is None or other.name is None or write.name is None or other.name.covers(write.name):
            continue
        if not isinstance(content, ast.Constant) and _same(ours, content, other.write.site, task):
            return f"what {other.name.text} gets"
    return None


def _same(ours: ast.expr, content: ast.expr, site: Site, task: TaskView) -> bool:
    return same(ours, spelled_out(content, site, task.index))


def _dumped(node: ast.expr) -> tuple[ast.expr, dict[str, ast.expr]] | None:
    """The value and the options of a call to `json.dumps`, None for anything else."""
    if not isinstance(node, ast.Call) or len(node.args) != 1:
        return None
    if (dotted_name(node.func) or "").rpartition(".")[2] != "dumps" or any(
        k.arg is None for k in node.keywords
    ):
        return None
    return node.args[0], {k.arg: k.value for k in node.keywords if k.arg is not None}


_DEFAULTS = {"indent": None, "sort_keys": False, "ensure_ascii": True, "separators": None, "skipkeys": False}


def _options(ours: dict[str, ast.expr], theirs: dict[str, ast.expr]) -> str | None:
    for name, default in _DEFAULTS.items():
        left, right = ours.get(name, ast.Constant(default)), theirs.get(name, ast.Constant(default))
        if not (isinstance(left, ast.Constant) and isinstance(right, ast.Constant)):
            continue
        if left.value != right.value:
            return f"JSON with {name}={left.value!r}, the file gets {name}={right.value!r}"
    return None
