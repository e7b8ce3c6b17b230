"""Syntax trees back to source: the same text on every Python, and text that Python 3.11 can read.

From Python 3.12 on, `ast.unparse` writes f-strings whose braces hold their own quote, or a backslash (PEP 701). That
is a syntax error to 3.11, which the rewritten pipeline may run on whatever Python the tool runs on.
"""

from __future__ import annotations

import ast
import copy
import re

from codemods.python.trees import walk

_QUOTES = ("'", '"', '"""', "'''")
_HOLDING = "__held_"
_HELD = re.compile(rf"{_HOLDING}(\d+)__")


def unparse(node: ast.AST) -> str:
    """The source of a node.

    Raises:
        ValueError: an f-string in it has no form without a backslash, or without its quote, inside its braces;
            or beside it stands one of the names that are put in its place for a moment.
        RecursionError: it is nested too deeply.
    """
    if not any(isinstance(n, ast.JoinedStr) for n in walk(node)):
        return ast.unparse(node)
    if _HOLDING in ast.dump(node):
        raise ValueError(f"{_HOLDING} beside an f-string")
    holder = _Holder(strings=False)
    return holder.restored(ast.unparse(holder.visit(copy.deepcopy(node))))


class _Holder(ast.NodeTransformer):
    """Puts names in the place of f-strings, and of all strings if asked to, and their sources back."""

    def __init__(self, *, strings: bool) -> None:
        self._strings = strings
        self._sources: list[str] = []

    def restored(self, text: str) -> str:
        return _HELD.sub(lambda match: self._sources[int(match[1])], text)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.expr:
        return self._held(_f_string(node))

    def visit_Constant(self, node: ast.Constant) -> ast.expr:
        return (
            self._held(ast.unparse(node)) if self._strings and isinstance(node.value, str | bytes) else node
        )

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.expr:
        node.value = self.visit(node.value)
        if isinstance(node.format_spec, ast.JoinedStr):
            # A specification is no f-string of its own, and its text is no string.
            node.format_spec.values = [
                self.visit(part) if isinstance(part, ast.FormattedValue) else part
                for part in node.format_spec.values
            ]
        return node

    def _held(self, source: str) -> ast.Name:
        self._sources.append(source)
        return ast.Name(f"{_HOLDING}{len(self._sources) - 1}__", ast.Load())


def _f_string(node: ast.JoinedStr) -> str:
    # Text, in which a backslash may stand, and replacement fields.
    parts = [
        (_escaped(value.value), True)
        if isinstance(value, ast.Constant) and isinstance(value.value, str)
        else (_replacement_field(value), False)
        for value in node.values
    ]
    fields = "".join(part for part, is_text in parts if not is_text)
    if "\\" in fields or "\n" in fields:
        raise ValueError("a backslash inside the braces of an f-string")
    whole = "".join(part for part, _ in parts)
    for quote in _QUOTES:
        if quote not in whole and not (len(quote) == 3 and whole.endswith(quote[0])):
            return f"f{quote}{whole}{quote}"
    for quote in _QUOTES[:2]:
        if quote not in fields:
            whole = "".join(part.replace(quote, f"\\{quote}") if is_text else part for part, is_text in parts)
            return f"f{quote}{whole}{quote}"
    raise ValueError("both quotes inside the braces of an f-string")


def _replacement_field(value: ast.expr) -> str:
    # With no string in it, every Python writes it in the same way.
    holder = _Holder(strings=True)
    text = ast.unparse(ast.JoinedStr([holder.visit(copy.deepcopy(value))]))
    quote = next(q for q in reversed(_QUOTES) if text.startswith(f"f{q}"))
    return holder.restored(text[1 + len(quote) : -len(quote)])


def _escaped(text: str) -> str:
    characters = (c if c.isprintable() and c != "\\" else c.encode("unicode_escape").decode() for c in text)
    return "".join(characters).replace("{", "{{").replace("}", "}}")
