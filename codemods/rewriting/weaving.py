"""Weaves insertions into the LibCST tree of one method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import libcst as cst

from codemods.model import Insertion, NodePath
from codemods.python.classes import Function
from codemods.refusals import Refused


@dataclass(frozen=True)
class Verbatim(cst.BaseStatement):
    """Inserted lines at the indentation of the suite they stand in.

    Inserted code is complete and never changed again, so it needs no tree of its own; that it parses is part
    of the proof of the whole method.
    """

    lines: Sequence[str]

    def _visit_and_replace_children(self, visitor: cst.CSTVisitorT) -> Verbatim:
        return self

    def _codegen_impl(self, state: Any, default_semicolon: bool = False) -> None:
        for line in self.lines:
            if line:
                state.add_indent_tokens()
                state.add_token(line)
            state.add_token(state.default_newline)


@dataclass(frozen=True)
class BlankLines(cst.BaseStatement):
    """The blank lines above a statement, which stand above the steps in front of it, too."""

    lines: Sequence[cst.EmptyLine]

    def _visit_and_replace_children(self, visitor: cst.CSTVisitorT) -> BlankLines:
        return self

    def _codegen_impl(self, state: Any, default_semicolon: bool = False) -> None:
        for line in self.lines:
            line._codegen(state)


def _without_blank_lines(
    statement: cst.BaseStatement,
) -> tuple[Sequence[cst.EmptyLine], cst.BaseStatement]:
    """The blank lines above a statement and its comments, and the statement without them."""
    lines: Sequence[cst.EmptyLine] = getattr(statement, "leading_lines", ())
    count = next((n for n, line in enumerate(lines) if line.comment is not None), len(lines))
    if not count:
        return (), statement
    return lines[:count], statement.with_changes(leading_lines=lines[count:])


@lru_cache(maxsize=64)
def _parse_closing(code: str, unit: str) -> cst.Try:
    """The handlers around a method as a `try` with an empty body."""
    config = cst.PartialParserConfig(default_indent=unit, default_newline="\n")
    text = "".join(_reindented(f"try:\n    pass\n{code}", unit))
    return cst.ensure_type(cst.parse_module(text, config).body[0], cst.Try)


@lru_cache(maxsize=64)
def _parse_block(header: str, unit: str) -> cst.With:
    """The `with` around a method, with an empty body."""
    config = cst.PartialParserConfig(default_indent=unit, default_newline="\n")
    text = "".join(_reindented(f"{header}    pass\n", unit))
    return cst.ensure_type(cst.parse_module(text, config).body[0], cst.With)


def _is_docstring(statement: cst.BaseStatement) -> bool:
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return False
    small = statement.body[0]
    return isinstance(small, cst.Expr) and isinstance(small.value, cst.SimpleString | cst.ConcatenatedString)


@lru_cache(maxsize=64)
def _parse_function(code: str, unit: str) -> cst.FunctionDef:
    """A function with its comment and a blank line above it."""
    config = cst.PartialParserConfig(default_indent=unit, default_newline="\n")
    parsed = cst.parse_module("".join(_reindented(code, unit)), config)
    function = cst.ensure_type(parsed.body[0], cst.FunctionDef)
    comments = [line for line in (*parsed.header, *function.leading_lines) if line.comment is not None]
    return function.with_changes(leading_lines=[cst.EmptyLine(indent=False), *comments])


def _reindented(code: str, unit: str) -> list[str]:
    lines = []
    for line in code.splitlines(keepends=True):
        stripped = line.lstrip(" ")
        lines.append(unit * ((len(line) - len(stripped)) // 4) + stripped)
    return lines


def _merged_shields(statements: list[cst.BaseStatement]) -> list[cst.BaseStatement]:
    """Neighbouring insertions without a flag that is lowered only to be raised again in the next line."""
    merged: list[cst.BaseStatement] = []
    for statement in statements:
        previous = merged[-1] if merged else None
        if isinstance(statement, Verbatim) and isinstance(previous, Verbatim):
            blank = tuple(line for line in statement.lines[:1] if not line)
            first = statement.lines[len(blank)]
            flag, _, value = first.partition(" = ")
            if value == "True" and previous.lines[-1] == f"{flag} = False":
                merged[-1] = Verbatim(previous.lines[:-1])
                statement = Verbatim((*blank, *statement.lines[len(blank) + 1 :]))  # noqa: PLW2901
        merged.append(statement)
    return merged


class Weaver:
    """Puts insertions into the tree of one method, from its leaves to its root.

    Args:
        insertions: what is inserted where.
        unit: one level of the method's indentation.
        method: the method, for the position of a refusal.
    """

    def __init__(self, insertions: Sequence[Insertion], unit: str, method: Function) -> None:
        self._unit = unit
        self._method = method
        self._at: dict[tuple[NodePath, str], list[Insertion]] = {}
        for insertion in insertions:
            self._at.setdefault((insertion.anchor, insertion.where), []).append(insertion)
        self._used: set[tuple[NodePath, str]] = set()
        self._in_block = ((), "block") in self._at
        self._prefixes = {i.anchor[:n] for i in insertions for n in range(len(i.anchor) + 1)}

    def weave(self, function: cst.FunctionDef) -> cst.FunctionDef:
        """The method with all insertions and the `try`, or the `with`, around its statements.

        Raises:
            Refused: an anchor shares its line with other code, or is not there.
        """
        body = self._suite(function.body, "body", ())
        if not isinstance(body, cst.IndentedBlock):
            raise Refused("DBR002", "the method's body is on its header's line", self._method)
        statements = list(body.body)
        kept = self._preamble_length(statements)
        inner = [*self._code((), "opening"), *statements[kept:]]
        closing = self._wrapper()
        held = self._held(statements, body)
        if held is not None:
            kept, function_of_its_own = held
            inner = [*self._code((), "opening"), *self._code((), "returning")]
        left = self._at.keys() - self._used - {((), "prologue")}
        if left:
            raise Refused("DBR002", f"no line can be inserted at {min(left)[0]}", self._method)
        if held is not None:
            blank = cst.EmptyLine(indent=False)
            wrapped = closing.with_changes(body=cst.IndentedBlock(body=inner), leading_lines=[blank])
            outer = [*statements[:kept], *self._code((), "prologue"), function_of_its_own, wrapped]
        else:
            wrapped = closing.with_changes(body=cst.IndentedBlock(body=inner, footer=body.footer))
            outer = [*statements[:kept], *self._code((), "prologue"), wrapped]
        return function.with_changes(body=body.with_changes(body=outer, footer=()))

    def _preamble_length(self, statements: Sequence[cst.BaseStatement]) -> int:
        """How many statements stay before the `try`: the docstring and declarations of global names."""
        kept = 0
        for statement in statements:
            if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
                break
            small = statement.body[0]
            docstring = kept == 0 and _is_docstring(statement)
            if not docstring and not isinstance(small, cst.Global | cst.Nonlocal):
                break
            kept += 1
        return kept

    def _held(
        self, statements: Sequence[cst.BaseStatement], body: cst.IndentedBlock
    ) -> tuple[int, cst.FunctionDef] | None:
        """The function that the statements become where the plan has one, and how many stay in front of it."""
        self._used.add(((), "function"))
        head = "".join(i.code for i in self._at.get(((), "function"), []))
        if not head:
            return None
        # Declarations of global names go along: they are for the statements.
        kept = int(bool(statements) and _is_docstring(statements[0]))
        function = _parse_function(head, self._unit)
        block = cst.ensure_type(function.body, cst.IndentedBlock)
        whole = block.with_changes(body=[*block.body, *statements[kept:]], footer=body.footer)
        return kept, function.with_changes(body=whole)

    def _wrapper(self) -> cst.Try | cst.With:
        """The `try`, or the `with`, around the method's statements."""
        self._used.add(((), "closing"))
        if self._in_block:
            self._used.add(((), "block"))
            return _parse_block(self._at[(), "block"][0].code, self._unit)
        return _parse_closing("".join(i.code for i in self._at.get(((), "closing"), [])), self._unit)

    def _code(self, anchor: NodePath, where: str) -> list[cst.BaseStatement]:
        self._used.add((anchor, where))
        return [
            Verbatim(tuple(line.rstrip("\n") for line in _reindented(i.code, self._unit)))
            for i in self._at.get((anchor, where), [])
        ]

    def _apart(
        self, statements: list[cst.BaseStatement], above: list[cst.BaseStatement]
    ) -> list[cst.BaseStatement]:
        """The insertions with a blank line between them and an original statement above; none in a block."""
        if self._in_block or not statements or not above or isinstance(above[-1], Verbatim):
            return statements
        first, *rest = statements
        return [Verbatim(("", *first.lines)) if isinstance(first, Verbatim) else first, *rest]

    def _suite(self, suite: cst.BaseSuite, field: str, prefix: NodePath) -> cst.BaseSuite:
        if not isinstance(suite, cst.IndentedBlock):
            if any(
                p[: len(prefix)] == prefix and len(p) > len(prefix) and p[len(prefix)][0] == field
                for p in self._prefixes
            ):
                raise Refused(
                    "DBR002", "a step belongs inside a suite that shares its header's line", self._method
                )
            return suite
        result: list[cst.BaseStatement] = list(self._head(prefix, field))
        index = 0
        for statement in suite.body:
            small = len(statement.body) if isinstance(statement, cst.SimpleStatementLine) else 1
            paths = [(*prefix, (field, index + offset)) for offset in range(small)]
            index += small
            if small > 1 and any(p in self._prefixes for p in paths[1:] + paths[:0]):
                raise Refused("DBR002", "a step belongs between two statements on one line", self._method)
            if small > 1 and (paths[0], "after") in self._at:
                raise Refused("DBR002", "a step belongs between two statements on one line", self._method)
            added = self._code(paths[0], "before")
            if self._in_block and added:
                blank, statement = _without_blank_lines(statement)  # noqa: PLW2901
                result.extend([BlankLines(blank)] if blank else [])
            result.extend(self._apart(added, result))
            result.append(self._statement(statement, paths[0]) if paths[0] in self._prefixes else statement)
            result.extend(self._code(paths[0], "after"))
        return suite.with_changes(body=_merged_shields(result))

    def _head(self, prefix: NodePath, field: str) -> list[cst.BaseStatement]:
        if field == "body" and prefix and prefix[-1][0] in {"handlers", "cases"}:
            return self._code(prefix, "head")
        return self._code((*prefix, (field, -1)), "head")

    def _statement(self, statement: cst.BaseStatement, path: NodePath) -> cst.BaseStatement:
        changes: dict[str, object] = {}
        if isinstance(statement, cst.SimpleStatementLine):
            return statement
        body = getattr(statement, "body", None)
        if isinstance(body, cst.BaseSuite):
            changes["body"] = self._suite(body, "body", path)
        for number, handler in enumerate(getattr(statement, "handlers", ())):
            changes.setdefault("handlers", list(statement.handlers))[number] = handler.with_changes(  # type: ignore[attr-defined, index]
                body=self._suite(handler.body, "body", (*path, ("handlers", number)))
            )
        for number, case in enumerate(getattr(statement, "cases", ())):
            changes.setdefault("cases", list(statement.cases))[number] = case.with_changes(  # type: ignore[attr-defined, index]
                body=self._suite(case.body, "body", (*path, ("cases", number)))
            )
        orelse = getattr(statement, "orelse", None)
        if isinstance(orelse, cst.If):
            changes["orelse"] = self._statement(orelse, (*path, ("orelse", 0)))
        elif isinstance(orelse, cst.Else):
            changes["orelse"] = orelse.with_changes(body=self._suite(orelse.body, "orelse", path))
        added = self._code(path, "else")
        if added:
            changes["orelse"] = self._with_else(changes.get("orelse"), added)
        final = getattr(statement, "finalbody", None)
        if isinstance(final, cst.Finally):
            changes["finalbody"] = final.with_changes(body=self._suite(final.body, "finalbody", path))
        return statement.with_changes(**changes)

    def _with_else(self, orelse: object, added: list[cst.BaseStatement]) -> cst.Else:
        if isinstance(orelse, cst.Else):
            block = orelse.body
            if not isinstance(block, cst.IndentedBlock):
                raise Refused(
                    "DBR002", "a step belongs inside a suite that shares its header's line", self._method
                )
            return orelse.with_changes(body=block.with_changes(body=[*added, *block.body]))
        return cst.Else(body=cst.IndentedBlock(body=added))
