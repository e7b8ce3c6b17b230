"""Whether a path is relative to the working directory: by what it begins with, through names and constants."""

from __future__ import annotations

import ast
import re

from codemods.python.modules import Module
from codemods.python.names import Resolved, dotted_name
from codemods.python.scopes import Scope, Sources, module_scope
from codemods.python.trees import by_kind, kept_with_tree

_DEEPEST = 16
_BEGINNING = re.compile(r"(?:\./)*[A-Za-z0-9_]")
_JOINING = frozenset(
    {"os.path.join", "posixpath.join", "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath"}
)
_SAME = frozenset({"str", "os.fspath", "os.path.normpath"})
BY_JOINING = _JOINING | _SAME
"""Functions that give a path which begins with their first argument."""
_NAMES = frozenset({"__name__", "__qualname__"})
_TASK_NAMES = frozenset({"task_family", "task_id"})
"""Attributes of Luigi's tasks that begin with the name of a class or of its namespace."""


def begins_relative(node: ast.AST, scope: Scope, sources: Sources, depth: int = 0) -> bool:
    """Whether a path begins with a written directory or name, and is joined of nothing that leaves it.

    What is filled in behind that may not begin with a slash, or go up: it is taken for what it is meant to be.

    Args:
        node: the expression of the path.
        scope: where it stands.
        sources: resolves names of modules.
        depth: how many expressions led to it.
    """
    if depth > _DEEPEST:
        return False
    inner, home = first_part(node, scope, sources)
    if inner is not None:
        return begins_relative(inner, home, sources, depth + 1)
    if isinstance(node, ast.Attribute):
        return node.attr in _NAMES or is_task_name(node, scope, sources)
    text = node.value if isinstance(node, ast.Constant) else None
    return isinstance(text, str) and stays(text) and _BEGINNING.match(text) is not None


def is_task_name(node: ast.Attribute, scope: Scope, sources: Sources) -> bool:
    """Whether an expression is what Luigi calls the task: `self.task_family`."""
    owner = scope.owner
    if node.attr not in _TASK_NAMES or owner is None or sources.classes.member(owner, node.attr) is not None:
        return False
    return isinstance(node.value, ast.Name) and node.value.id == scope.self_name


def first_part(node: ast.AST, scope: Scope, sources: Sources) -> tuple[ast.AST | None, Scope]:
    """What an expression begins with, and where that is read; None where nothing is told by a part of it."""
    if not all(stays(text) for text in _written(node)):
        return None, scope
    filled = _filled_in(node)
    if filled is not None:
        return filled, scope
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod | ast.Div):
        joined = not isinstance(node.op, ast.Div) or leads_on(node.right, scope, sources)
        return (node.left if joined else None), scope
    if isinstance(node, ast.JoinedStr) and node.values:
        return node.values[0], scope
    if isinstance(node, ast.FormattedValue):
        return (node.value if node.format_spec is None and node.conversion == -1 else None), scope
    if isinstance(node, ast.Name):
        return _value(node, scope, sources)
    if isinstance(node, ast.Call):
        return _first_of_call(node, scope, sources), scope
    return None, scope


def _written(node: ast.AST) -> list[str]:
    """The written parts of a text that is put together."""
    if isinstance(node, ast.BinOp):
        parts: list[ast.expr] = [node.left, node.right]
    elif isinstance(node, ast.JoinedStr):
        parts = node.values
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        parts = [node.func.value]
    else:
        parts = []
    return [p.value for p in parts if isinstance(p, ast.Constant) and isinstance(p.value, str)]


def _filled_in(node: ast.AST) -> ast.expr | None:
    """What a text begins with that is filled in first: `"%s-%s" % (name, day)`, `"{}.txt".format(name)`."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        values = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
        text, beginning = node.left, ("%s", "%d")
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        values, text, beginning = node.args, node.func.value, ("{}", "{0}")
    else:
        return None
    begins = (
        isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value.startswith(beginning)
    )
    return values[0] if begins and values and not isinstance(values[0], ast.Starred) else None


def _first_of_call(node: ast.Call, scope: Scope, sources: Sources) -> ast.AST | None:
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr == "format":
        return function.value
    if isinstance(function, ast.Attribute) and function.attr == "strftime" and len(node.args) == 1:
        return node.args[0]
    joins = isinstance(function, ast.Attribute) and function.attr == "joinpath"
    name = full_name(function, scope, sources)
    if not node.args or node.keywords or not (joins or name in BY_JOINING):
        return None
    if joins and isinstance(function, ast.Attribute):
        return function.value if all(leads_on(a, scope, sources) for a in node.args) else None
    first, *rest = node.args
    return first if all(leads_on(part, scope, sources) for part in rest) else None


def full_name(node: ast.expr, scope: Scope, sources: Sources) -> str:
    """The full name of a function, also of one that a module has another name for: `join_path = os.path.join`."""
    root = (dotted_name(node) or "").partition(".")[0]
    if not root or scope.is_local(root):
        return ""
    resolved = sources.names.resolve(node, scope.module)
    if resolved is not None and isinstance(resolved.node, ast.Name | ast.Attribute):
        return sources.names.origin(resolved.node, resolved.module) or ""
    return sources.names.origin(node, scope.module) or dotted_name(node) or ""


def _value(node: ast.Name, scope: Scope, sources: Sources) -> tuple[ast.AST | None, Scope]:
    """The only expression that a name stands for."""
    values = scope.values_of(node.id)
    if values is not None:
        value = values[0] if len(values) == 1 else None
        return (value if isinstance(value, ast.expr) and _is_whole(value) else None), scope.holder_of(node.id)
    resolved = module_value(node, scope.module, sources)
    return (resolved.node, module_scope(resolved.module)) if resolved is not None else (None, scope)


def module_value(node: ast.Name, module: Module, sources: Sources) -> Resolved | None:
    """The expression that a name of a module stands for whatever ran before; None for any other name."""
    resolved = sources.names.resolve(node, module)
    if resolved is None or not isinstance(resolved.node, ast.expr):
        return None
    home = resolved.module
    if id(resolved.node) in home.alternatives_by_node:
        return None
    names = {name for name, bound in home.bindings.items() if bound is resolved.node}
    return None if names & _changed(home.tree) else resolved


@kept_with_tree
def _changed(tree: ast.Module) -> frozenset[str]:
    """The names that functions of a module bind, and those that are added to."""
    nodes = by_kind(tree)
    declared = {
        name for node in nodes.get(ast.Global, ()) if isinstance(node, ast.Global) for name in node.names
    }
    added = {
        node.target.id
        for node in nodes.get(ast.AugAssign, ())
        if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name)
    }
    return frozenset(declared | added)


def _is_whole(value: ast.expr) -> bool:
    """Whether a name is bound to the value itself, not to a part of it by unpacking."""
    return not isinstance(value, ast.Starred | ast.Tuple | ast.List)


def leads_on(part: ast.expr, scope: Scope, sources: Sources, *, behind_slash: bool = False) -> bool:
    """Whether what is joined to a directory stays below it, as far as it is written out.

    Args:
        part: the expression.
        scope: where it stands.
        sources: resolves names of modules.
        behind_slash: whether it is put behind a slash, where one of its own is no matter.
    """
    if isinstance(part, ast.Starred):
        return False
    if isinstance(part, ast.JoinedStr):
        values = [v.value if isinstance(v, ast.FormattedValue) else v for v in part.values]
        return all(
            leads_on(value, scope, sources, behind_slash=behind_slash or index > 0)
            for index, value in enumerate(values)
        )
    node: ast.AST | None = part
    home = scope
    for _ in range(_DEEPEST):
        inner, home = first_part(node, home, sources) if node is not None else (None, home)
        if inner is None:
            break
        node = inner
    text = node.value if isinstance(node, ast.Constant) else ""
    return not isinstance(text, str) or (stays(text) and (behind_slash or not text.startswith(("/", "~"))))


def stays(text: str) -> bool:
    """Whether a written part of a path neither goes up nor belongs to an address."""
    return ".." not in text.split("/") and "://" not in text
