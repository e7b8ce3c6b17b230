"""A run directory that is written out: `get_plan_id()` gives the last name of `/data/plan`, or of a constant of it.

The paths of such a task begin with the same text, as far as they are written out: they lie below it then.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterator

from codemods.python.classes import ClassRef
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources, own_nodes
from codemods.python.trees import walk
from codemods.tasks.relative_paths import BY_JOINING, first_part, full_name, leads_on, stays

_AROUND = frozenset(
    "str fspath normpath abspath realpath expanduser resolve absolute rstrip strip Path PurePath".split()
)
"""Calls that give the same directory as the one that they are given."""
_DEEPEST = 16
_FILLED = ("%s", "{}", "{0}")


def named_directories(owner: ClassRef, sources: Sources) -> Iterator[tuple[ast.expr, Scope]]:
    """The expressions whose last name `get_plan_id()` gives, `self.run_dir` in `os.path.basename(self.run_dir)`."""
    member = sources.classes.method(owner, "get_plan_id")
    if member is None or member.method is None:
        return
    scope = Scope(member.owner.module, owner, member.method)
    for node in (n for s in own_nodes(member.method) if isinstance(s, ast.Return) for n in walk(s)):
        named = _named(_value_of(node, scope))
        if named is not None:
            yield _unwrapped(named, scope), scope


def written_run_directory(owner: ClassRef, sources: Sources) -> str:
    """The absolute path that a plan is called after, empty where it is not written out or is one of several."""
    found = {written_text(node, scope, sources) for node, scope in named_directories(owner, sources)}
    text = found.pop() if len(found) == 1 else ""
    return posixpath.normpath(text) if text.startswith("/") and text.strip("/") and stays(text) else ""


def written_text(node: ast.AST, scope: Scope, sources: Sources) -> str:
    """The text that an expression is for certain, empty where it is none that is written out."""
    for _ in range(_DEEPEST):
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else ""
        if isinstance(node, ast.Call) and full_name(node.func, scope, sources) not in BY_JOINING:
            return ""
        is_whole = isinstance(node, ast.Name | ast.FormattedValue)
        if not is_whole and not (isinstance(node, ast.Call) and len(node.args) == 1):
            return ""
        inner, scope = first_part(node, scope, sources)
        if inner is None:
            return ""
        node = inner
    return ""


def lies_below(directory: str, node: ast.AST, scope: Scope, sources: Sources, depth: int = 0) -> bool:
    """Whether a path begins with a written directory and a slash, and is joined of nothing that leaves it.

    What is filled in behind that may not go up: where it is not written out, it is taken for what it is meant to be.

    Args:
        directory: the directory, absolute.
        node: the expression of the path.
        scope: where it stands.
        sources: resolves names of modules.
        depth: how many expressions led to it.
    """
    if depth > _DEEPEST:
        return False
    if isinstance(node, ast.Constant):
        text = node.value
        return isinstance(text, str) and stays(text) and _is_below(f"{text}x", directory)
    inner, home = first_part(node, scope, sources)
    if inner is None or not all(leads_on(p, scope, sources, behind_slash=True) for p in _filled_behind(node)):
        return False
    if lies_below(directory, inner, home, sources, depth + 1):
        return True
    begins = written_text(inner, home, sources)
    if not begins.startswith("/") or isinstance(node, ast.Name) or not stays(begins):
        return False
    # What is written in front may be the directory itself, or lead to it with what is written next.
    following = _following(node, scope, sources)
    return bool(following) and _is_below(begins.rstrip("/") + following + "x", directory)


def _is_below(text: str, directory: str) -> bool:
    """Whether a path lies below a directory."""
    return posixpath.normpath(text).startswith(f"{directory}/") and text.startswith("/")


def _following(node: ast.AST, scope: Scope, sources: Sources) -> str:
    """What is certain to come behind the first part of a path: a slash, and what is written behind that."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        return _joined([node.right], scope, sources)
    if isinstance(node, ast.Call):
        method = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if method == "format" and isinstance(node.func, ast.Attribute):
            return _behind_field(node.func.value)
        return _joined(node.args if method == "joinpath" else node.args[1:], scope, sources)
    written: ast.expr | None = None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return _behind_field(node.left)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        written = node.right
    elif isinstance(node, ast.JoinedStr) and len(node.values) > 1:
        written = node.values[1]
    text = written_text(written, scope, sources) if written is not None else ""
    return text if text.startswith("/") else ""


def _filled_behind(node: ast.AST) -> list[ast.expr]:
    """What is filled into a text behind its beginning."""
    if isinstance(node, ast.JoinedStr):
        return [v.value for v in node.values[1:] if isinstance(v, ast.FormattedValue)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        text, values = node.left, node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        text, values = node.func.value, [*node.args, *(k.value for k in node.keywords)]
    else:
        return []
    begins = isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value.startswith(_FILLED)
    return values[1:] if begins else list(values)


def _joined(parts: list[ast.expr], scope: Scope, sources: Sources) -> str:
    """What parts of a path put behind a directory, as far as it is written out."""
    text = ""
    for part in parts:
        written = written_text(part, scope, sources)
        text += f"/{written}"
        if not written:
            break
    return text


def _behind_field(text: ast.expr) -> str:
    """The slash behind the field that a text begins with, and what is written up to the next one."""
    if not isinstance(text, ast.Constant) or not isinstance(text.value, str):
        return ""
    field = next((f for f in _FILLED if text.value.startswith(f)), None)
    rest = text.value[len(field) :] if field is not None else ""
    return "/" if rest.startswith("/") else ""


def _value_of(node: ast.AST, scope: Scope) -> ast.AST:
    """The expression that a name stands for, where there is only one."""
    if isinstance(node, ast.Name):
        values = scope.values_of(node.id) or []
        if len(values) == 1 and isinstance(values[0], ast.expr):
            return values[0]
    return node


def _named(node: ast.AST) -> ast.expr | None:
    """What an expression takes the last name of: `os.path.basename(x)`, `x.name`."""
    if isinstance(node, ast.Call) and len(node.args) == 1:
        name = (dotted_name(node.func) or "").rpartition(".")[2]
        if name == "basename":
            return node.args[0]
        return _named(node.args[0]) if name in {"str", "check_plan_id"} else None
    return node.value if isinstance(node, ast.Attribute) and node.attr == "name" else None


def _unwrapped(node: ast.expr, scope: Scope) -> ast.expr:
    for _ in range(_DEEPEST):
        value = _value_of(node, scope)
        node = value if isinstance(value, ast.expr) else node
        if not isinstance(node, ast.Call):
            return node
        name = node.func.attr if isinstance(node.func, ast.Attribute) else (dotted_name(node.func) or "")
        if name not in _AROUND:
            return node
        if isinstance(node.func, ast.Attribute) and name in {
            "resolve",
            "absolute",
            "expanduser",
            "rstrip",
            "strip",
        }:
            is_path_function = (dotted_name(node.func) or "").startswith("os.")
            node = node.args[0] if is_path_function else node.func.value
        elif node.args:
            node = node.args[0]
        else:
            return node
    return node
