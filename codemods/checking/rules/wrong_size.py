"""DBF603: a size that is not counted in UTF-8 bytes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
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
            yield Found(size, "the size is counted in characters, not in UTF-8 bytes")
        elif isinstance(measured, ast.Call) and _other_encoding(measured):
            yield Found(size, f"the size is counted in {_other_encoding(measured)}, not in UTF-8 bytes")


def _other_encoding(call: ast.Call) -> str | None:
    if not isinstance(call.func, ast.Attribute) or call.func.attr != "encode":
        return None
    given = call.args[0] if call.args else next((k.value for k in call.keywords if k.arg == "encoding"), None)
    if isinstance(given, ast.Constant) and isinstance(given.value, str) and given.value.lower() not in _UTF8:
        return given.value
    return None


RULE = Rule(
    code="DBF603",
    name="wrong-size",
    summary="the size is not counted in UTF-8 bytes",
    wrong="`content_size_bytes` is the number of characters, or of bytes in another encoding.",
    why="As soon as a text holds one letter beyond ASCII, the size is not the file's, and a check for damaged content "
    "raises a false alarm.",
    remedy='Count `len(content.encode("utf-8"))`.',
    valid=(RIGHT, SEED, changed((_SIZE, "len(raw_content.encode())"))),
    invalid=(changed((_SIZE, "len(raw_content)")), changed((_SIZE, 'len(raw_content.encode("latin-1"))'))),
    check=check,
    anywhere=True,
)
