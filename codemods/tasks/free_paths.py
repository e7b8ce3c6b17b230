"""Paths that no location is known of: which of them lie outside, which are streams, which name a file of the task."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from codemods.knowledge.file_endings import ENDINGS, NO_DATA
from codemods.python.call_facts import opens_file
from codemods.python.effects.external import origin_of
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources
from codemods.python.trees import children
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
_ENDING = re.compile(r"[a-z]{1,6}")
_TEXT_METHODS = frozenset(
    "casefold encode expandtabs format format_map join joinpath ljust lower lstrip removeprefix removesuffix replace "
    "rjust rsplit rstrip split splitlines strip title translate upper with_name with_stem with_suffix zfill".split()
)
_HANDING_ON = frozenset("enumerate filter iter list map next reversed set sorted tuple zip".split())
_HOLDING = (
    *(ast.BoolOp, ast.NamedExpr, ast.Starred, ast.AnnAssign, ast.AugAssign, ast.Subscript),
    *(ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.GeneratorExp),
)
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
    """Whether an expression may be a path that is written out, relative, and ends as the name of a file does."""
    for one in _made_of(node, scope, sources):
        text = written_text(one, scope, sources)
        if text is not None and names_file(text):
            return True
    return False


def names_file(text: str) -> bool:
    """Whether a text is a relative path with the ending of a file: any ending counts below a directory."""
    if _NAME.fullmatch(text) is None or ".." in text.split("/"):
        return False
    folder, _, name = text.rpartition("/")
    stem, _, ending = name.rpartition(".")
    ending = ending.lower()
    if not stem or ending in NO_DATA:
        return False
    # `api.example.com/v1` names a host, and no directory.
    below = bool(folder) and folder.partition("/")[0].rpartition(".")[2].lower() not in NO_DATA
    return ending in ENDINGS or (below and _ENDING.fullmatch(ending) is not None)


def _made_of(node: ast.AST, scope: Scope, sources: Sources) -> Iterator[ast.AST]:
    """An expression and those that its value may be, hold or be made of; all values of a name, in any order."""
    waiting, seen = [node], {id(node)}
    while waiting:
        one = waiting.pop()
        yield one
        inner = [i for i in _inside(one, scope, sources) if id(i) not in seen]
        seen.update(map(id, inner))
        waiting += inner


def _inside(node: ast.AST, scope: Scope, sources: Sources) -> list[ast.AST]:
    if isinstance(node, ast.Name):
        values = scope.values_of(node.id)
        bound = scope.module.bindings.get(node.id) if values is None else None
        return [bound] if isinstance(bound, ast.expr) else [*(values or ())]
    if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        return [node.iter]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.Lambda):
        return [node.body]
    if isinstance(node, ast.Call):
        if isinstance(node.func, ast.Attribute) and node.func.attr in _TEXT_METHODS:
            return [node.func.value, *node.args, *(k.value for k in node.keywords)]
        if dotted_name(node.func) in _HANDING_ON or origin_of(node, scope, sources) in _JOINED:
            return [*node.args]
        return []
    if isinstance(node, ast.BinOp):
        # What is filled into a text counts where the text that it is filled into is written out.
        return [node.left, node.right]
    return [c for c in children(node) if isinstance(c, ast.expr)] if isinstance(node, _HOLDING) else []


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
