"""Opening files for writing: which modes and encodings a text row can hold byte for byte, and what is written."""

from __future__ import annotations

import ast

from codemods.python.call_facts import is_logging_call
from codemods.python.names import dotted_name
from codemods.refusals import Refused

_OPEN = ("mode", "buffering", "encoding", "errors", "newline")
_WRITE_TEXT = ("data", "encoding", "errors", "newline")
FILE_FUNCTIONS = frozenset({"io.open", "codecs.open"})
"""Functions that open a path, and are spelt like the method of a target."""
_UTF8 = frozenset({"utf-8", "utf8", "utf_8", "ascii", "us-ascii"})


def check_text_mode(call: ast.Call, mode: ast.expr | None, written: ast.AST) -> bool:
    """Whether a call to open writes text that a row can hold; False for reading.

    Raises:
        Refused: for appending, binary, unknown modes, other encodings and translated newlines.
    """
    if mode is None:
        return False
    if not isinstance(mode, ast.Constant) or not isinstance(mode.value, str):
        raise Refused("DBR404", f"the mode {ast.unparse(mode)} is not a literal", written)
    text = mode.value
    if not set(text) & set("wax+"):
        return False
    if "a" in text or ("+" in text and "w" not in text and "x" not in text):
        raise Refused("DBR401", f"the file is opened with mode {text!r}", written)
    if "b" in text:
        raise Refused("DBR402", f"the file is opened with mode {text!r}", written)
    check_encoding(call, written)
    return True


def check_encoding(call: ast.Call, written: ast.AST) -> None:
    """Raises Refused where what a call is given makes the file's bytes differ from the text's, or the file another one.

    With `errors=` a text is written that has no form in UTF-8; `opener=` opens what it likes.
    """
    given = _given(call)
    encoding, newline = given.get("encoding"), given.get("newline")
    for name in ("errors", "opener"):
        if not _is_left_out(given.get(name)):
            raise Refused("DBR403", f"the file is written with {name}={ast.unparse(given[name])}", written)
    if encoding is not None and not _is_utf8(encoding):
        raise Refused("DBR403", f"the file is written with encoding={ast.unparse(encoding)}", written)
    if newline is not None and not (
        isinstance(newline, ast.Constant) and (newline.value is None or newline.value in {"", "\n"})
    ):
        raise Refused("DBR403", f"the file is written with newline={ast.unparse(newline)}", written)


def writes_utf8(call: ast.Call) -> bool:
    """Whether what a call to open writes is UTF-8, whatever the line ends."""
    mode = open_mode(call)
    is_text = isinstance(mode, ast.Constant) and "b" not in str(mode.value)
    given = _given(call)
    return is_text and _is_utf8(given.get("encoding")) and _is_left_out(given.get("errors"))


def _given(call: ast.Call) -> dict[str | None, ast.expr]:
    given = {k.arg: k.value for k in call.keywords}
    given.update(zip(_positions(call), call.args, strict=False))
    return given


def _is_left_out(value: ast.expr | None) -> bool:
    """Whether an argument says what holds without it."""
    return value is None or (isinstance(value, ast.Constant) and value.value in {None, "strict"})


def _is_utf8(encoding: ast.expr | None) -> bool:
    return encoding is None or (
        isinstance(encoding, ast.Constant)
        and (encoding.value is None or str(encoding.value).lower() in _UTF8)
    )


def _positions(call: ast.Call) -> tuple[str, ...]:
    """The names of the positional arguments of `open`, `path.open` and `path.write_text`."""
    name = dotted_name(call.func)
    if name == "codecs.open":
        return ("file", "mode", "encoding", "errors", "buffering")
    if name in {"open", "io.open"}:
        return ("file", *_OPEN)
    return _WRITE_TEXT if getattr(call.func, "attr", "") == "write_text" else _OPEN


def written_expression(statement: ast.stmt, handle: str) -> ast.expr | None:
    """What one statement writes to a file handle, as a text expression; None for other statements."""
    if not isinstance(statement, ast.Expr) or not isinstance(statement.value, ast.Call):
        return None
    call = statement.value
    name = dotted_name(call.func)
    if any(isinstance(argument, ast.Starred) for argument in call.args):
        return None
    if name == f"{handle}.write" and len(call.args) == 1 and not call.keywords:
        return call.args[0]
    if name == f"{handle}.writelines" and len(call.args) == 1:
        return ast.Call(ast.Attribute(ast.Constant(""), "join", ast.Load()), [call.args[0]], [])
    if name is not None and name.rpartition(".")[2] == "dump" and name != "dump" and len(call.args) == 2:
        stream = call.args[1]
        if name == "json.dump" and isinstance(stream, ast.Name) and stream.id == handle:
            return ast.Call(
                ast.Attribute(ast.Name("json", ast.Load()), "dumps", ast.Load()),
                [call.args[0]],
                call.keywords,
            )
    return None


def joined(expressions: list[ast.expr]) -> ast.expr:
    """One text expression for what several writes put into a file, one after the other."""
    if len(expressions) == 1:
        return expressions[0]
    values: ast.expr = expressions[0]
    for expression in expressions[1:]:
        values = ast.BinOp(values, ast.Add(), expression)
    return values


def opened_path(call: ast.Call) -> ast.expr | None:
    """The path, or the target, that a call to `open(x)` or `x.open()` opens; None for other calls."""
    if isinstance(call.func, ast.Name) and call.func.id == "open":
        return call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "file"), None)
    if isinstance(call.func, ast.Attribute) and call.func.attr == "open":
        if _is_of_module(call):
            return call.args[0] if call.args else None
        return call.func.value
    return None


def _is_of_module(call: ast.Call) -> bool:
    """Whether a call is `io.open(path, ...)`. With a mode alone it is the method of something that is called `io`."""
    if dotted_name(call.func) not in FILE_FUNCTIONS:
        return False
    if not call.args:
        return any(k.arg in {"file", "filename"} for k in call.keywords)
    alone = call.args[0] if len(call.args) == 1 else None
    return not (isinstance(alone, ast.Constant) and alone.value in _WRITING)


_WRITING = frozenset(f"{kind}{rest}" for kind in "wax" for rest in ("", "b", "t", "+", "b+", "+b"))


def open_mode(call: ast.Call) -> ast.expr | None:
    """The mode argument of a call to `open` or `x.open`, or what is unpacked to it; None where it is left out."""
    for keyword in call.keywords:
        if keyword.arg == "mode":
            return keyword.value
    positional = 0 if isinstance(call.func, ast.Attribute) and not _is_of_module(call) else 1
    unpacked = next((a for a in call.args[: positional + 1] if isinstance(a, ast.Starred)), None)
    if unpacked is not None:
        return unpacked
    if len(call.args) > positional:
        return call.args[positional]
    return next((k.value for k in call.keywords if k.arg is None), None)


def writes_anew(mode: ast.expr | None) -> bool:
    """Whether a mode is known to write a file from its start, text or bytes."""
    text = mode.value if isinstance(mode, ast.Constant) else None
    return isinstance(text, str) and bool(set(text) & set("wx")) and "a" not in text


def opens_to_write(call: ast.Call) -> bool:
    """Whether a call to `open` or `x.open` can write: its mode says so, or is no literal."""
    return _can_write(open_mode(call))


def module_opens_to_write(call: ast.Call) -> bool:
    """The same for a function of a module that takes the path first: `tarfile.open(path, "w")`."""
    given = next((k.value for k in call.keywords if k.arg == "mode"), None)
    return _can_write(given or (call.args[1] if len(call.args) > 1 else None))


def _can_write(mode: ast.expr | None) -> bool:
    if mode is None:
        return False
    return not isinstance(mode, ast.Constant) or bool(set(str(mode.value)) & set("wax+"))


def is_idle(statement: ast.stmt, handle: str) -> bool:
    """Whether a statement beside the writes can be passed over: a log call, a docstring, `flush()`."""
    if isinstance(statement, ast.Pass):
        return True
    if not isinstance(statement, ast.Expr):
        return False
    if isinstance(statement.value, ast.Constant) or is_logging_call(statement.value):
        return True
    return isinstance(statement.value, ast.Call) and dotted_name(statement.value.func) in {
        f"{handle}.flush",
        f"{handle}.close",
    }


def is_marker(statement: ast.stmt, call: ast.Call) -> bool:
    """Whether a statement opens a file and closes it at once: `target.open("w").close()` leaves it empty."""
    closed = statement.value if isinstance(statement, ast.Expr) else None
    return (
        isinstance(closed, ast.Call)
        and isinstance(closed.func, ast.Attribute)
        and closed.func.attr == "close"
        and closed.func.value is call
    )
