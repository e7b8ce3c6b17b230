"""What a plan is called after, and the directories that are called like it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.python.classes import ClassRef
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources, own_nodes
from codemods.python.trees import walk

_SAME_NAME = frozenset({"str", "fspath", "check_plan_id"})
_PATHS = frozenset({"Path", "PurePath", "PosixPath"})


def plan_names(owner: ClassRef, sources: Sources) -> frozenset[str]:
    """The attributes of a task that say which plan it is of: what `get_plan_id()` reads, and the plan's directories."""
    member = sources.classes.method(owner, "get_plan_id")
    if member is None or member.method is None:
        return frozenset()
    read = frozenset(n.attr for n in walk(member.method) if isinstance(n, ast.Attribute))
    return read | plan_directories(owner, sources)


def plan_directories(owner: ClassRef, sources: Sources) -> frozenset[str]:
    """The properties of a task that give a directory whose last name is the plan's id.

    With `get_plan_id()` giving `str(self.run_id)`, that is `run_dir` where it gives `Path("run") / self.run_id`.
    """
    member = sources.classes.method(owner, "get_plan_id")
    if member is None or member.method is None:
        return frozenset()
    returned = [n.value for n in own_nodes(member.method) if isinstance(n, ast.Return)]
    scope = Scope(member.owner.module, owner, member.method)
    name = _own_attribute(returned[0], scope) if len(returned) == 1 else ""
    return frozenset(_called_after(name, owner, sources)) if name else frozenset()


def _called_after(name: str, owner: ClassRef, sources: Sources) -> Iterator[str]:
    for item in sources.classes.line(owner):
        for statement in item.node.body:
            if not isinstance(statement, ast.FunctionDef):
                continue
            member = sources.classes.method(owner, statement.name)
            if member is None or member.method is not statement or not member.has_decorator("property"):
                continue
            returned = [n.value for n in own_nodes(statement) if isinstance(n, ast.Return)]
            scope = Scope(item.module, owner, statement)
            last = _last_part(returned[0]) if len(returned) == 1 and returned[0] is not None else None
            if last is not None and _own_attribute(last, scope) == name:
                yield statement.name


def _last_part(path: ast.expr) -> ast.expr | None:
    """The last name of a path that is put together, None for anything else."""
    if isinstance(path, ast.BinOp) and isinstance(path.op, ast.Div):
        return path.right
    if isinstance(path, ast.JoinedStr) and len(path.values) > 1:
        before, last = path.values[-2:]
        ends = isinstance(before, ast.Constant) and str(before.value).endswith("/")
        plain = isinstance(last, ast.FormattedValue) and last.conversion == -1 and last.format_spec is None
        return last.value if ends and plain and isinstance(last, ast.FormattedValue) else None
    if not isinstance(path, ast.Call) or path.keywords or not path.args:
        return None
    function = dotted_name(path.func) or ""
    last_name = function.rpartition(".")[2]
    if len(path.args) == 1:
        return _last_part(path.args[0]) if last_name in _SAME_NAME | _PATHS else None
    return path.args[-1] if last_name in _PATHS or function.endswith("path.join") else None


def _own_attribute(node: ast.expr | None, scope: Scope) -> str:
    """The attribute of the task that an expression is the text of, empty for anything else."""
    while isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        if (dotted_name(node.func) or "").rpartition(".")[2] not in _SAME_NAME:
            return ""
        node = node.args[0]
    on_self = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    if not isinstance(node, ast.Attribute) or not on_self or not isinstance(node.value, ast.Name):
        return ""
    return node.attr if node.value.id == scope.self_name else ""
