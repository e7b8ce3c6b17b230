"""Calls that open a file: which one, and for what."""

from __future__ import annotations

import ast

from codemods.knowledge.file_uses import Use
from codemods.python.effects.values import PathValues
from codemods.python.names import dotted_name
from codemods.python.opening import FILE_FUNCTIONS, check_encoding
from codemods.python.scopes import Scope
from codemods.refusals import Refused

_OPENS_A_PATH = 1


def opened(call: ast.Call, scope: Scope, values: PathValues) -> ast.expr | None:
    """The path or target that a call opens; None for other calls, `Image.open(path)` included."""
    function = call.func
    given = {k.arg: k.value for k in call.keywords}
    if isinstance(function, ast.Name):
        if function.id != "open" or scope.is_local("open") or "open" in scope.module.bindings:
            return None
        return call.args[0] if call.args else given.get("file")
    if not isinstance(function, ast.Attribute) or function.attr != "open":
        return None
    root = (dotted_name(function.value) or "").partition(".")[0]
    if dotted_name(function) in FILE_FUNCTIONS and not scope.is_local(root):
        return call.args[0] if call.args else given.get("file", given.get("filename"))
    is_library = root in scope.module.bindings and not scope.is_local(root)
    if is_library and not values.of(function.value):
        return None
    return function.value


def mode_of(call: ast.Call) -> ast.expr | None:
    """The mode argument of a call that opens, None where it is left out."""
    for keyword in call.keywords:
        if keyword.arg == "mode":
            return keyword.value
    method = isinstance(call.func, ast.Attribute) and dotted_name(call.func) not in FILE_FUNCTIONS
    position = 0 if method or any(k.arg in {"file", "filename"} for k in call.keywords) else _OPENS_A_PATH
    return call.args[position] if len(call.args) > position else None


def use_of_mode(call: ast.Call, parameters: frozenset[str]) -> tuple[Use | None, str | None]:
    """What a call opens a file for, None for reading; and the parameter that decides it, where one does."""
    mode = mode_of(call)
    if mode is None:
        return None, None
    if isinstance(mode, ast.Name) and mode.id in parameters:
        return Use.MODE, mode.id
    if not isinstance(mode, ast.Constant) or not isinstance(mode.value, str):
        return Use.MODE, None
    use = use_of_text(mode.value)
    return (use_of_encoding(call) or use if use is Use.WRITE else use), None


def use_of_text(mode: str) -> Use | None:
    """What a mode is for: WRITE, APPEND (updates included) or BYTES; None for reading."""
    if not set(mode) & set("wax+"):
        return None
    if "a" in mode or ("+" in mode and "w" not in mode and "x" not in mode):
        return Use.APPEND
    return Use.BYTES if "b" in mode else Use.WRITE


def use_of_encoding(call: ast.Call) -> Use | None:
    """ENCODED where `encoding=` or `newline=` gives other bytes than the text's UTF-8."""
    try:
        check_encoding(call, call)
    except Refused:
        return Use.ENCODED
    return None
