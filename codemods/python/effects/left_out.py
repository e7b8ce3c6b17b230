"""Writes of functions in sight that need no row, by the user's word: a comment on the line, or a pattern."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from fnmatch import fnmatchcase

from codemods.python.class_headers import NOT_OUTPUT, said_on
from codemods.python.effects.model import Places
from codemods.python.names import dotted_name
from codemods.python.opening import opened_path
from codemods.python.scopes import Scope, Sources

_OF_PATHS = frozenset({"write_text", "write_bytes", "touch"})
_MAX_NAMES = 8


@dataclass(frozen=True)
class LeftOut:
    """What the configuration leaves out.

    Attributes:
        patterns: of paths as they are written, or as they end where the end is written out.
    """

    patterns: tuple[str, ...] = ()

    @classmethod
    def of(cls, sources: Sources) -> LeftOut:
        """What holds for a project; nothing where nobody said anything."""
        found = sources.learnt.get(cls)
        return found if isinstance(found, cls) else cls()

    def holds(self, call: ast.expr, places: Places, scope: Scope) -> bool:
        """Whether what a call writes needs no row.

        A path that the function was given can be that of an output, which is one whatever a pattern says.

        Args:
            call: the call that writes.
            places: where its path comes from.
            scope: the function that it stands in.
        """
        if not isinstance(call, ast.Call):
            return False
        rows = range(call.lineno, (call.end_lineno or call.lineno) + 1) if hasattr(call, "lineno") else ()
        if said_on(NOT_OUTPUT, rows, scope.module.source.text):
            return True
        path = _path_of(call)
        given = [p for p in places if p.root is not None and not p.root.startswith("self.")]
        if not self.patterns or path is None or any(p.exact for p in given):
            return False
        end = _end_of(path, scope)
        # What is made of a parameter can be the parameter's own file; a written end tells that it is another one.
        texts = [end] if given else [ast.unparse(path), end]
        return any(fnmatchcase(text, pattern) for text in texts if text for pattern in self.patterns)


def _path_of(call: ast.Call) -> ast.expr | None:
    opened = opened_path(call)
    if opened is not None:
        return opened
    if isinstance(call.func, ast.Attribute) and call.func.attr in _OF_PATHS:
        return call.func.value
    return None


def _end_of(path: ast.expr, scope: Scope) -> str:
    """How a path ends, as far as that is written out."""
    for _ in range(_MAX_NAMES):
        if isinstance(path, ast.Constant):
            return path.value if isinstance(path.value, str) else ""
        if isinstance(path, ast.Name):
            values = scope.values_of(path.id) or ()
            if len(values) != 1 or not isinstance(values[0], ast.expr):
                return ""
            path = values[0]
        elif isinstance(path, ast.JoinedStr) and path.values:
            path = path.values[-1]
        elif isinstance(path, ast.BinOp) and isinstance(path.op, ast.Add | ast.Div):
            path = path.right
        elif isinstance(path, ast.Call) and path.args and _joins(path):
            path = path.args[-1]
        else:
            return ""
    return ""


def _joins(call: ast.Call) -> bool:
    name = str(dotted_name(call.func) or getattr(call.func, "attr", "")).rpartition(".")[2]
    return not call.keywords and name in {"join", "joinpath", "Path", "str"}
