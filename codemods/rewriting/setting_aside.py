"""Expressions that are nested too deep for LibCST, taken out of a method's text while the method is rewritten.

LibCST parses a thousand chained calls in five seconds and two thousand in fifty. Steps stand between statements, so
what is inside of an expression need not be parsed at all: a name stands for it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from codemods.python.classes import Function
from codemods.python.trees import children

_DEEPEST = 100
"""How deep an expression may be nested that LibCST is given."""


def set_aside(lines: Sequence[str], method: Function, first: int) -> tuple[str, Mapping[str, str]]:
    """A method's text with names for its deepest expressions, and what the names stand for.

    Args:
        lines: the method's lines.
        method: the method as parsed from its file.
        first: the 0-based index in the file of the first of the lines.
    """
    text = "".join(lines)
    deep = sorted(_deep(method), key=_position, reverse=True)
    if not deep:
        return text, {}
    stem = "_aside"
    while stem in text:
        stem += "_"
    data = [line.encode() for line in lines]
    kept: dict[str, str] = {}
    for number, node in enumerate(deep):
        row, end_row = node.lineno - 1 - first, (node.end_lineno or node.lineno) - 1 - first
        head, tail = data[row][: node.col_offset], data[end_row][node.end_col_offset or 0 :]
        whole = b"".join(data[row : end_row + 1])
        kept[f"{stem}{number}_"] = whole[len(head) : len(whole) - len(tail)].decode()
        data[row : end_row + 1] = [head + f"{stem}{number}_".encode() + tail]
    return b"".join(data).decode(), kept


def put_back(text: str, aside: Mapping[str, str]) -> str:
    """The text with what the names stand for, as it stood."""
    if not aside:
        return text
    return re.sub("|".join(map(re.escape, aside)), lambda found: aside[found[0]], text)


def _position(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _deep(method: Function) -> Iterator[ast.expr]:
    """The outermost expressions of a method that are nested deeper than LibCST is given."""
    stack: list[ast.AST] = [method]
    while stack:
        node = stack.pop()
        if not isinstance(node, ast.expr):
            stack += children(node)
        elif node.end_lineno != node.lineno or (node.end_col_offset or 0) - node.col_offset > _DEEPEST:
            # What is shorter than one character a level is not worth a look.
            yield from _deep_in(node)


def _deep_in(expression: ast.expr) -> Iterator[ast.expr]:
    order: list[ast.AST] = [expression]
    for node in order:
        order += _parts(node)
    depth: dict[ast.AST, int] = {}
    for node in reversed(order):
        depth[node] = 1 + max((depth[part] for part in _parts(node)), default=0)
    stack: list[ast.AST] = [expression]
    while stack:
        node = stack.pop()
        if isinstance(node, ast.expr) and depth[node] > _DEEPEST:
            yield node
        else:
            stack += _parts(node)


def _parts(node: ast.AST) -> list[ast.AST]:
    """What is directly inside of a node; nothing in an f-string, whose parts have no positions of their own."""
    return [] if isinstance(node, ast.JoinedStr) else children(node)
