"""Paths that no location is known of: which of them lie outside, which are streams, which name a file of the task."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator

from codemods.knowledge.file_endings import ENDINGS, NO_DATA
from codemods.python.call_facts import opens_file
from codemods.python.effects.external import origin_of
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources, module_scope, own_nodes
from codemods.python.trees import children
from codemods.tasks.scratch_files import is_scratch

_STREAMS = frozenset(
    "io.BytesIO io.StringIO io.TextIOWrapper tempfile.TemporaryFile tempfile.SpooledTemporaryFile "
    "tempfile.NamedTemporaryFile".split()
)
_STANDARD = frozenset({"sys.stdout", "sys.stderr", "sys.stdout.buffer", "sys.stderr.buffer"})
_NOWHERE = frozenset({"os.devnull", ":memory:"})
_PATHS = frozenset("str os.fspath pathlib.Path pathlib.PurePath os.path.abspath os.path.expanduser".split())
_JOINED = _PATHS | {"os.path.join", "os.path.realpath", "os.path.normpath", "bytes", "os.fsencode"}
_NAME = re.compile(r"[\w.][\w.%{}+=@,-]*(?:/[\w.%{}+=@,-]+)*(?: [\w.%{}+=@,-]+)*")
"""A relative path; there are blanks in its last name only, or it is a sentence with a path in it."""

_OUTSIDE = tuple(f"/{name}/" for name in "bin dev etc lib proc sbin sys tmp usr var/log var/tmp".split())
"""Directories of the system, in which no plan has its files."""

_WORKING = frozenset({"os.getcwd", "os.getcwdb", "pathlib.Path.cwd", "Path.cwd"})
_ENDING = re.compile(r"[a-z]{1,6}")
_TEXT_METHODS = frozenset(
    "casefold encode expandtabs format format_map join joinpath ljust lower lstrip removeprefix removesuffix replace "
    "rjust rsplit rstrip split splitlines strip title translate upper with_name with_stem with_suffix zfill "
    "absolute as_posix expanduser resolve".split()
)
_SAME_PATH = frozenset({"absolute", "as_posix", "expanduser", "resolve"})
_WITH_DEFAULT = frozenset({"get", "getenv", "pop", "setdefault"})
_HANDING_ON = frozenset("enumerate filter iter list map next reversed set sorted tuple zip".split())
_HOLDING = (
    *(ast.BoolOp, ast.NamedExpr, ast.Starred, ast.AnnAssign, ast.AugAssign, ast.Subscript),
    *(ast.List, ast.Tuple, ast.Set, ast.Dict, ast.ListComp, ast.SetComp, ast.GeneratorExp),
)
_DEEPEST = 8


def is_outside(path: ast.expr, scope: Scope, sources: Sources) -> bool:
    """Whether a path certainly names no file of the task: it is temporary, of the system, or nowhere.

    Any other absolute path can lie in a run directory that is given as one.
    """
    if is_scratch(path, scope, sources) or dotted_name(path) in _NOWHERE:
        return True
    first = _beginning(path, scope, sources)
    return first is not None and (f"{first}/".startswith(_OUTSIDE) or first in _NOWHERE)


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


def file_among(
    node: ast.expr, scope: Scope, sources: Sources, directories: frozenset[str], *, written: bool
) -> bool:
    """Whether an expression may be, or hold, the path of a file, as far as it is written out.

    Args:
        node: the expression.
        scope: where it stands.
        sources: resolves names of modules.
        directories: the first directories of paths that are known to be some.
        written: whether what it is given to says that it writes.
    """
    for one, home in _made_of(node, scope, sources):
        text = written_text(one, home, sources)
        if text is not None and (names_file(text) or may_name_file(text, directories, written=written)):
            return True
    return False


def names_file(text: str) -> bool:
    """Whether a text is a path with the ending of a file: any ending counts below a directory."""
    parts = _parts(text)
    if parts is None:
        return False
    *folder, name = parts
    stem, _, ending = name.rpartition(".")
    ending = ending.lower()
    if not stem or ending in NO_DATA:
        return False
    # `api.example.com/v1` names a host, and no directory.
    below = bool(folder) and not _is_host(folder[0])
    return ending in ENDINGS or (below and _ENDING.fullmatch(ending) is not None)


def may_name_file(text: str, directories: frozenset[str], *, written: bool) -> bool:
    """Whether a text without the ending of a file may be the path of one: `run/plan/LATEST`.

    It is one where what it is given to says that it writes, where it lies in a directory that other paths begin with,
    and where it is more than a name in a group, as `openai/gpt-4` is.
    """
    parts = _parts(text)
    if parts is None or len(parts) < 2 or "%" in text or _is_host(parts[0]):
        return False
    ending = parts[-1].rpartition(".")[2].lower() if "." in parts[-1] else ""
    if ending in NO_DATA or (" " in text and not ending):
        return False
    return written or len(parts) > 2 or parts[0] in directories or text.startswith(("/", "./", "../"))


def first_directory(text: str) -> str | None:
    """The directory that a relative path begins with, None for a name and for what is no path."""
    parts = _parts(text)
    return parts[0] if parts is not None and len(parts) > 1 and not text.startswith("/") else None


def _parts(text: str) -> list[str] | None:
    """The names in a path, None for a text that is none."""
    if "://" in text or text.startswith(_OUTSIDE) or not text:
        return None
    shown = re.sub("/+", "/", text).removeprefix("/" if text.startswith("/") else "~/")
    if _NAME.fullmatch(shown) is None:
        return None
    return [part for part in shown.split("/") if part not in {".", ".."}] or None


def _is_host(first: str) -> bool:
    return first.rpartition(".")[2].lower() in NO_DATA


def _made_of(node: ast.AST, scope: Scope, sources: Sources) -> Iterator[tuple[ast.AST, Scope]]:
    """An expression and those that its value may be, hold or be made of; all values of a name, in any order."""
    waiting, seen = [(node, scope)], {id(node)}
    while waiting:
        one, home = waiting.pop()
        yield one, home
        inner = [(i, s) for i, s in _inside(one, home, sources) if id(i) not in seen]
        seen.update(id(i) for i, _ in inner)
        waiting += inner


def _inside(node: ast.AST, scope: Scope, sources: Sources) -> list[tuple[ast.AST, Scope]]:
    if isinstance(node, ast.Name) and scope.values_of(node.id) is not None:
        return [(value, scope) for value in scope.values_of(node.id) or ()]
    if isinstance(node, ast.Name | ast.Attribute):
        resolved = _of_module(node, scope, sources)
        return [resolved] if resolved is not None else []
    if isinstance(node, ast.Call):
        return _inside_call(node, scope, sources)
    return [(inner, scope) for inner in _parts_of_expression(node)]


def _of_module(node: ast.expr, scope: Scope, sources: Sources) -> tuple[ast.AST, Scope] | None:
    """The value of a module's name, or of an attribute of a class or of the task."""
    resolved = sources.names.resolve(node, scope.module)
    if resolved is not None:
        return (resolved.node, module_scope(resolved.module)) if isinstance(resolved.node, ast.expr) else None
    if not isinstance(node, ast.Attribute) or not isinstance(node.value, ast.Name):
        return None
    holder = scope.owner if node.value.id == scope.self_name else None
    holder = holder or sources.classes.resolve(node.value, scope.module)
    for ref in sources.classes.line(holder) if holder is not None else ():
        for statement in ref.node.body:
            if not isinstance(statement, ast.Assign | ast.AnnAssign) or statement.value is None:
                continue
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if any(isinstance(t, ast.Name) and t.id == node.attr for t in targets):
                return statement.value, module_scope(ref.module)
    return None


def _inside_call(node: ast.Call, scope: Scope, sources: Sources) -> list[tuple[ast.AST, Scope]]:
    given = [*node.args, *(k.value for k in node.keywords)]
    if isinstance(node.func, ast.Attribute) and node.func.attr in _TEXT_METHODS:
        return [(inner, scope) for inner in (node.func.value, *given)]
    if dotted_name(node.func) in _HANDING_ON or origin_of(node, scope, sources) in _JOINED:
        return [(inner, scope) for inner in node.args]
    if isinstance(node.func, ast.Attribute) and node.func.attr in _WITH_DEFAULT:
        return [(inner, scope) for inner in (node.func.value, *node.args[1:])]
    defaults: list[tuple[ast.AST, Scope]] = [(k.value, scope) for k in node.keywords if k.arg == "default"]
    if defaults:
        return defaults
    resolved = sources.names.resolve(node.func, scope.module)
    function = resolved.function_def if resolved is not None else None
    if resolved is None or function is None:
        return []
    home = Scope(resolved.module, None, function)
    returned = (n.value for n in own_nodes(function) if isinstance(n, ast.Return | ast.Yield))
    return [(value, home) for value in returned if value is not None]


def _parts_of_expression(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        return [node.iter]
    if isinstance(node, ast.IfExp):
        return [node.body, node.orelse]
    if isinstance(node, ast.Lambda):
        return [node.body]
    if isinstance(node, ast.BinOp):
        # What is filled into a text counts where the text that it is filled into is written out.
        return [node.left, node.right]
    return [c for c in children(node) if isinstance(c, ast.expr)] if isinstance(node, _HOLDING) else []


def written_text(node: ast.AST, scope: Scope, sources: Sources, depth: int = 0) -> str | None:
    """The text of a path that begins with a written part, `x` for what is filled in; None for others."""
    if depth > _DEEPEST:
        return None
    if isinstance(node, ast.Constant):
        return os.fsdecode(node.value) if isinstance(node.value, str | bytes) else None
    if isinstance(node, ast.JoinedStr):
        beginning, *others = node.values or [ast.Constant("")]
        begins = written_text(beginning, scope, sources, depth + 1)
        parts = [str(v.value) if isinstance(v, ast.Constant) else "x" for v in others]
        return begins + "".join(parts) if begins is not None else None
    if isinstance(node, ast.FormattedValue):
        # Only where the process runs is worth following: any other value makes a path that is not written out.
        return "." if _is_working(node.value, scope, sources) else None
    if _is_working(node, scope, sources):
        return "."
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
    if isinstance(node.func, ast.Attribute) and node.func.attr in _SAME_PATH:
        return written_text(node.func.value, scope, sources, depth + 1)
    if isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        text = written_text(node.func.value, scope, sources, depth + 1)
        return re.sub(r"\{[^{}]*\}", "x", text) if text is not None else None
    if (origin_of(node, scope, sources) or dotted_name(node.func)) in _JOINED and node.args:
        first, *rest = (written_text(a, scope, sources, depth + 1) for a in node.args)
        return None if first is None else "/".join([first, *(part or "x" for part in rest)])
    return None


def _is_working(node: ast.AST, scope: Scope, sources: Sources) -> bool:
    """Whether an expression is the directory that the process runs in."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _TEXT_METHODS
    ):
        return _is_working(node.func.value, scope, sources)
    if not isinstance(node, ast.Call):
        return False
    return (origin_of(node, scope, sources) or dotted_name(node.func)) in _WORKING


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
