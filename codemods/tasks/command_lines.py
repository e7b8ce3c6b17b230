"""The words of a command line that is put together as text: `f"sort {source} > {target}"`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

_BEFORE = re.compile(r"(?:^|[\s'\"=>:(])$")
_AFTER = re.compile(r"^(?:$|[\s'\";)|&<>])")
_FIELD = re.compile(r"\{(\w*)\}")
_PERCENT = re.compile(r"%(?:\((\w+)\))?s")


def words_of(node: ast.expr) -> Iterator[ast.expr]:
    """The expressions that stand as whole words in a text: with a space, a quote or a bracket on both sides.

    What is a part of a word, as in `f"{path}.log"`, names something else and is not among them.
    """
    parts = _parts(node)
    for index, part in enumerate(parts):
        if isinstance(part, str):
            continue
        before = parts[index - 1] if index else ""
        after = parts[index + 1] if index + 1 < len(parts) else ""
        alone = len(parts) == 1
        if not alone and _is_end(before, _BEFORE) and _is_end(after, _AFTER):
            yield part


def _is_end(part: str | ast.expr, pattern: re.Pattern[str]) -> bool:
    return isinstance(part, str) and pattern.search(part) is not None


def _parts(node: ast.expr) -> list[str | ast.expr]:
    """Texts and expressions in order, texts that stand side by side put together."""
    found: list[str | ast.expr] = []
    for part in _flat(node):
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        else:
            found.append(part)
    return found


def _flat(node: ast.expr) -> Iterator[str | ast.expr]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        for value in node.values:
            yield from _flat(value)
    elif isinstance(node, ast.FormattedValue):
        yield node.value if node.format_spec is None else ast.Constant(0)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        yield from _flat(node.left)
        yield from _flat(node.right)
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod) and _text(node.left) is not None:
        yield from _filled(_text(node.left) or "", _PERCENT, _values(node.right))
    elif (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "format"
        and _text(node.func.value) is not None
    ):
        values: dict[str, ast.expr] = {str(i): a for i, a in enumerate(node.args)}
        values |= {k.arg: k.value for k in node.keywords if k.arg is not None}
        yield from _filled(_text(node.func.value) or "", _FIELD, values)
    else:
        yield node


def _text(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _values(node: ast.expr) -> dict[str, ast.expr]:
    if isinstance(node, ast.Tuple):
        return {str(i): e for i, e in enumerate(node.elts)}
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return {k.value: v for k, v in pairs if isinstance(k, ast.Constant) and isinstance(k.value, str)}
    return {"0": node}


def _filled(template: str, field: re.Pattern[str], values: dict[str, ast.expr]) -> Iterator[str | ast.expr]:
    end, count = 0, 0
    for match in field.finditer(template):
        yield template[end : match.start()]
        name = match[1] or str(count)
        count += not match[1]
        # What is not found is an expression that names no file.
        yield values.get(name, ast.Constant(0))
        end = match.end()
    yield template[end:]
