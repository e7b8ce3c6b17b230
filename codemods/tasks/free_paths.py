"""Paths that no location is known of: which of them lie outside, which are streams, which name a file of the task."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.knowledge.file_endings import ENDINGS
from codemods.python.call_facts import opens_file
from codemods.python.effects.external import origin_of
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources
from codemods.tasks.scratch_files import is_scratch

_STREAMS = frozenset(
    "io.BytesIO io.StringIO io.TextIOWrapper tempfile.TemporaryFile tempfile.SpooledTemporaryFile "
    "tempfile.NamedTemporaryFile".split()
)
_STANDARD = frozenset({"sys.stdout", "sys.stderr", "sys.stdout.buffer", "sys.stderr.buffer"})
_NOWHERE = frozenset({"os.devnull", ":memory:"})
_PATHS = frozenset("str os.fspath pathlib.Path pathlib.PurePath os.path.abspath os.path.expanduser".split())
_JOINED = _PATHS | {"os.path.join"}
_NAME = re.compile(r"[A-Za-z0-9_.][\w.%{}+=@,-]*(?:/[\w.%{}+=@,-]+)*")
_DEEPEST = 8


def is_outside(path: ast.expr, scope: Scope, sources: Sources) -> bool:
    """Whether a path certainly names no file of the task: it is absolute, temporary, or nowhere."""
    if is_scratch(path, scope, sources) or dotted_name(path) in _NOWHERE:
        return True
    first = _beginning(path, scope, sources)
    return first is not None and (first.startswith(("/", "~")) or first in _NOWHERE)


def is_stream(path: ast.expr, scope: Scope, sources: Sources) -> bool:
    """Whether a value is an open file or a buffer: what opened it is looked at by itself."""
    if dotted_name(path) in _STANDARD or opens_file(path):
        return True
    if isinstance(path, ast.Constant):
        return path.value is None
    if isinstance(path, ast.Call):
        return origin_of(path, scope, sources) in _STREAMS
    if isinstance(path, ast.Attribute) and path.attr == "buffer":
        return is_stream(path.value, scope, sources)
    if not isinstance(path, ast.Name):
        return False
    values = scope.values_of(path.id) or []
    return bool(values) and all(
        isinstance(v, ast.withitem) or (isinstance(v, ast.Call) and is_stream(v, scope, sources))
        for v in values
    )


def relative_file(node: ast.expr, scope: Scope, sources: Sources) -> bool:
    """Whether an expression is a path that is written out, relative, and ends as the name of a file does."""
    text = written_text(node, scope, sources)
    return text is not None and names_file(text)


def names_file(text: str) -> bool:
    """Whether a text is a relative path with the ending of a file."""
    if _NAME.fullmatch(text) is None or ".." in text.split("/"):
        return False
    stem, _, ending = text.rpartition("/")[2].rpartition(".")
    return bool(stem) and ending.lower() in ENDINGS


def written_text(node: ast.AST, scope: Scope, sources: Sources, depth: int = 0) -> str | None:
    """The text of a path that begins with a written part, `x` for what is filled in; None for others."""
    if depth > _DEEPEST:
        return None
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else None
    if isinstance(node, ast.JoinedStr):
        parts = [str(v.value) if isinstance(v, ast.Constant) else "x" for v in node.values]
        written = bool(node.values) and isinstance(node.values[0], ast.Constant)
        return "".join(parts) if written else None
    if isinstance(node, ast.BinOp):
        left = written_text(node.left, scope, sources, depth + 1)
        if left is None:
            return None
        if isinstance(node.op, ast.Mod):
            return re.sub(r"%(?:\(\w+\))?[\d.]*[sdrf]", "x", left)
        if isinstance(node.op, ast.Add | ast.Div):
            right = written_text(node.right, scope, sources, depth + 1) or "x"
            return left + ("/" if isinstance(node.op, ast.Div) else "") + right
        return None
    if isinstance(node, ast.Name):
        value = _value(node, scope)
        return written_text(value, scope, sources, depth + 1) if value is not None else None
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        text = written_text(node.func.value, scope, sources, depth + 1)
        return re.sub(r"\{[^{}]*\}", "x", text) if text is not None else None
    if (origin_of(node, scope, sources) or dotted_name(node.func)) in _JOINED and node.args:
        first, *rest = (written_text(a, scope, sources, depth + 1) for a in node.args)
        return None if first is None else "/".join([first, *(part or "x" for part in rest)])
    return None


def _beginning(node: ast.expr, scope: Scope, sources: Sources) -> str | None:
    """The written beginning of a path, the roots of the file system among them."""
    text = written_text(node, scope, sources)
    if text is not None:
        return text
    for _ in range(_DEEPEST):
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div | ast.Add):
            node = node.left
        elif isinstance(node, ast.Name) and isinstance(value := _value(node, scope), ast.expr):
            node = value
        elif (
            isinstance(node, ast.Call)
            and dotted_name(node.func) in {"os.path.join", "Path", "str"}
            and node.args
        ):
            node = node.args[0]
        else:
            break
    if isinstance(node, ast.Call) and dotted_name(node.func) in {"Path.home", "pathlib.Path.home"}:
        return "~"
    return written_text(node, scope, sources)


def _value(name: ast.Name, scope: Scope) -> ast.AST | None:
    """What a name is bound to, in the function or the module, where that is one value."""
    values = scope.values_of(name.id)
    if values is None:
        bound = scope.module.bindings.get(name.id)
        return bound if isinstance(bound, ast.expr) else None
    return values[0] if len(values) == 1 else None


def parts_of(node: ast.expr, scope: Scope, depth: int = 0) -> Iterator[ast.expr]:
    """An argument, and what it holds where it is a container that is written out."""
    if depth > _DEEPEST:
        return
    if isinstance(node, ast.List | ast.Tuple | ast.Set):
        inner: list[ast.expr] = list(node.elts)
    elif isinstance(node, ast.Dict):
        inner = list(node.values)
    elif isinstance(node, ast.Starred):
        inner = [node.value]
    elif isinstance(node, ast.Name) and isinstance(
        value := _value(node, scope), ast.List | ast.Tuple | ast.Set | ast.Dict
    ):
        inner = [value]
    else:
        yield node
        return
    for part in inner:
        yield from parts_of(part, scope, depth + 1)
