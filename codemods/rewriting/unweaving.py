"""Removes the inserted statements of a method from its LibCST tree."""

from __future__ import annotations

import ast
from collections.abc import Sequence

import libcst as cst

from codemods.python.classes import Function
from codemods.rewriting.step_forms import STEP_COMMENT, NotOursError, Steps


def unweave(function: cst.FunctionDef, method: Function, steps: Steps, unit: str) -> cst.FunctionDef:
    """The method without inserted statements and without the `try`, or the block, around it.

    Args:
        function: the method.
        method: the same method as parsed from its file.
        steps: what was inserted into it.
        unit: one level of its indentation.

    Raises:
        NotOursError: a comment among the steps is somebody's.
    """
    body = function.body
    tried = body.body[-1] if isinstance(body, cst.IndentedBlock) else None
    outer = method.body[-1]
    if (
        not isinstance(body, cst.IndentedBlock)
        or not isinstance(tried, cst.Try | cst.With)
        or not isinstance(outer, ast.Try | ast.With)
        or not isinstance(tried.body, cst.IndentedBlock)
        or len(body.body) != len(method.body)
    ):
        raise NotOursError("statements share their lines with the steps", outer)
    block, suite = tried.body, outer.body
    if steps.held is not None:
        held = body.body[-2]
        if not isinstance(held, cst.FunctionDef) or not isinstance(held.body, cst.IndentedBlock):
            raise NotOursError("the function with the original statements has another form", steps.held)
        block, suite = held.body, steps.held.body
    inner = _Remover(steps.statements, unit, keeps_blank_lines=isinstance(outer, ast.With)).suite(
        block, suite
    )
    if inner is None:
        raise NotOursError("nothing is left of the method but steps", outer)
    kept = [*_leading(body.body[steps.start], body.body[: steps.start], method), *inner.body]
    return function.with_changes(body=body.with_changes(body=kept, footer=inner.footer))


def _leading(
    first: cst.BaseStatement | cst.BaseSmallStatement, kept: Sequence[cst.BaseStatement], method: Function
) -> list[cst.BaseStatement]:
    for line in getattr(first, "leading_lines", ()):
        if line.comment is not None:
            raise NotOursError(f"a comment stands among the steps: {line.comment.value}", method)
    return list(kept)


class _Remover:
    def __init__(self, inserted: frozenset[int], unit: str, *, keeps_blank_lines: bool) -> None:
        self._inserted = inserted
        self._keeps_blank_lines = keeps_blank_lines
        self._unit = unit

    def suite(self, block: cst.IndentedBlock, suite: Sequence[ast.stmt]) -> cst.IndentedBlock | None:
        """The block without inserted statements; None where nothing is left of it."""
        kept: list[cst.BaseStatement] = []
        blank: list[cst.EmptyLine] = []
        index = 0
        for statement in block.body:
            width = len(statement.body) if isinstance(statement, cst.SimpleStatementLine) else 1
            nodes = suite[index : index + width]
            index += width
            gone = [node for node in nodes if id(node) in self._inserted]
            if gone:
                if len(gone) < len(nodes):
                    raise NotOursError("a step shares its line with an original statement", gone[0])
                self._require_no_comments(statement, gone[0])
                if self._keeps_blank_lines:
                    lines = getattr(statement, "leading_lines", ())
                    blank.extend(line for line in lines if line.comment is None)
                blank.extend(_lines_behind(statement, self._unit, gone[0].col_offset))
                continue
            inner = self._inner(statement, nodes[0])
            if inner is not None:
                kept.append(_led_by(blank, inner))
                blank = []
        return block.with_changes(body=kept, footer=[*blank, *block.footer]) if kept else None

    @staticmethod
    def _require_no_comments(statement: cst.BaseStatement, node: ast.stmt) -> None:
        """Raises where a comment above a step is not the step's own."""
        for line in getattr(statement, "leading_lines", ()):
            if line.comment is not None and not STEP_COMMENT.match(line.comment.value):
                raise NotOursError(f"a comment stands among the steps: {line.comment.value}", node)

    def _inner(self, statement: cst.BaseStatement, node: ast.stmt) -> cst.BaseStatement | None:
        """A compound statement without what was inserted into it; None where all of it was inserted."""
        if isinstance(statement, cst.SimpleStatementLine) or isinstance(node, ast.ClassDef):
            return statement
        changes: dict[str, object] = {}
        body = getattr(statement, "body", None)
        if isinstance(body, cst.IndentedBlock):
            changes["body"] = self.suite(body, getattr(node, "body", []))
        for field in ("handlers", "cases"):
            parts = list(getattr(statement, field, ()))
            nodes = getattr(node, field, [])
            if parts:
                changes[field] = [self._part(part, other) for part, other in zip(parts, nodes, strict=True)]
                if None in changes[field]:  # type: ignore[operator]
                    return None
        orelse = getattr(statement, "orelse", None)
        if isinstance(orelse, cst.If):
            changes["orelse"] = self._inner(orelse, node.orelse[0])  # type: ignore[attr-defined]
        elif isinstance(orelse, cst.Else) and isinstance(orelse.body, cst.IndentedBlock):
            block = self.suite(orelse.body, node.orelse)  # type: ignore[attr-defined]
            changes["orelse"] = orelse.with_changes(body=block) if block is not None else None
        final = getattr(statement, "finalbody", None)
        if isinstance(final, cst.Finally) and isinstance(final.body, cst.IndentedBlock):
            block = self.suite(final.body, node.finalbody)  # type: ignore[attr-defined]
            changes["finalbody"] = final.with_changes(body=block) if block is not None else None
        if "body" in changes and changes["body"] is None:
            return None
        return statement.with_changes(**changes)

    def _part(self, part: cst.CSTNode, node: ast.ExceptHandler | ast.match_case) -> cst.CSTNode | None:
        block = getattr(part, "body", None)
        if not isinstance(block, cst.IndentedBlock):
            return part
        kept = self.suite(block, node.body)
        return part.with_changes(body=kept) if kept is not None else None


def _lines_behind(statement: cst.BaseStatement, unit: str, column: int) -> list[cst.EmptyLine]:
    """The original's blank lines and comments that the parser gave to the end of an inserted compound statement.

    `column` is where the statement begins; the lines are given as lines of its own suite.
    """
    found: list[cst.EmptyLine] = []
    block, depth = _last_block(statement), 1
    while block is not None:
        found[:0] = [_as_line_of_suite(line, unit * depth, column) for line in block.footer]
        block, depth = _last_block(block.body[-1]), depth + 1
    return found


def _as_line_of_suite(line: cst.EmptyLine, deeper: str, column: int) -> cst.EmptyLine:
    text = line.whitespace.value
    if line.indent:
        return line.with_changes(whitespace=cst.SimpleWhitespace(deeper + text))
    if len(text) < column:
        return line
    return line.with_changes(indent=True, whitespace=cst.SimpleWhitespace(text[column:]))


def _last_block(statement: cst.CSTNode) -> cst.IndentedBlock | None:
    part: object = statement
    for name in ("finalbody", "orelse"):
        part = getattr(statement, name, None) or part
    if part is statement and isinstance(statement, cst.Try) and statement.handlers:
        part = statement.handlers[-1]
    if part is not statement and isinstance(part, cst.If):
        return _last_block(part)
    body = getattr(part, "body", None)
    return body if isinstance(body, cst.IndentedBlock) else None


def _led_by(lines: list[cst.EmptyLine], statement: cst.BaseStatement) -> cst.BaseStatement:
    if not lines:
        return statement
    leading = [*lines, *statement.leading_lines]  # type: ignore[attr-defined]
    return statement.with_changes(leading_lines=leading)
