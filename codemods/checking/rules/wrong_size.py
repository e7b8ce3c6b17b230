"""DBF603: a size that is not counted in UTF-8 bytes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.python.opening import open_mode
from codemods.python.scopes import Scope
from codemods.tasks.records import Kind
from codemods.tasks.view import TaskView

_SIZE = 'len(raw_content.encode("utf-8"))'
_UTF8 = frozenset({"utf-8", "utf8", "utf_8"})


def check(task: TaskView) -> Iterator[Found]:
    """Yields sizes that are the length of the text, or of its bytes in another encoding."""
    for record in task.records_of(Kind.ROW):
        size, content = record.field("content_size_bytes"), record.field("content")
        if not isinstance(size, ast.Call) or content is None or len(size.args) != 1:
            continue
        if not isinstance(size.func, ast.Name) or size.func.id != "len":
            continue
        measured = size.args[0]
        if ast.dump(measured) == ast.dump(content):
            if _is_bytes(content, record.site.scope):
                continue
            yield Found(size, "the size is counted in characters, not in UTF-8 bytes")
        elif isinstance(measured, ast.Call) and _other_encoding(measured):
            yield Found(size, f"the size is counted in {_other_encoding(measured)}, not in UTF-8 bytes")


def _is_bytes(content: ast.expr, scope: Scope) -> bool:
    """Whether a content is known to be bytes: a literal, or what was read from a file that is open for bytes."""
    if isinstance(content, ast.Name):
        values = scope.values_of(content.id) or ()
        return bool(values) and all(isinstance(v, ast.expr) and _is_bytes(v, scope) for v in values)
    if isinstance(content, ast.Constant):
        return isinstance(content.value, bytes)
    if not isinstance(content, ast.Call) or not isinstance(content.func, ast.Attribute):
        return False
    if content.func.attr == "read" and isinstance(content.func.value, ast.Name):
        opened = scope.values_of(content.func.value.id) or ()
        return bool(opened) and all(
            isinstance(o, ast.withitem) and _opens_bytes(o.context_expr) for o in opened
        )
    return content.func.attr in {"encode", "read_bytes"} or ast.unparse(content.func) == "pickle.dumps"


def _opens_bytes(node: ast.expr) -> bool:
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "builtins.open":
        # How the steps open a file where the method has given `open` another meaning.
        node = ast.Call(ast.Name("open", ast.Load()), node.args, node.keywords)
    mode = open_mode(node) if isinstance(node, ast.Call) else None
    return isinstance(mode, ast.Constant) and "b" in str(mode.value)


def _other_encoding(call: ast.Call) -> str | None:
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "encode":
        return None
    given = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "encoding"), None)
    if isinstance(given, ast.Constant) and isinstance(given.value, str) and given.value.lower() not in _UTF8:
        return given.value
    return None


RULE = Rule(
    code="DBF603",
    of_frame=True,
    name="wrong-size",
    summary="the size is not counted in UTF-8 bytes",
    wrong="`content_size_bytes` is the number of characters, or of bytes in another encoding.",
    why="As soon as a text holds one letter beyond ASCII, the size is not the file's, and a check for damaged content "
    "raises a false alarm.",
    remedy='Count `len(content.encode("utf-8"))`.',
    valid=(
        RIGHT,
        SEED,
        changed((_SIZE, "len(raw_content.encode())")),
        changed(('"content": raw_content', '"content": b"raw"'), (_SIZE, 'len(b"raw")')),
    ),
    invalid=(changed((_SIZE, "len(raw_content)")), changed((_SIZE, 'len(raw_content.encode("latin-1"))'))),
    check=check,
    anywhere=True,
)
