"""Recognises the inserted statements of a method and removes them from its tree.

Inserted names are used by no original statement, so whatever touches one of them was inserted; what touches
none stands under a step's comment. The caller proves the result by applying to it again.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

import libcst as cst

from codemods.planning.names import identifiers
from codemods.resolution.classes import Function

_STEP = re.compile(r"# Step [13-9]: ")
_SERVICE = "get_database_service"


def unweave(function: cst.FunctionDef, method: Function, unit: str) -> cst.FunctionDef | None:
    """The method without inserted statements and without the `try` around it, None where that is not its shape.

    `unit` is one level of its indentation.
    """
    body = function.body
    if not isinstance(body, cst.IndentedBlock) or not body.body:
        return None
    tried = body.body[-1]
    index = len(method.body) - 1
    outer = method.body[index]
    if (
        not isinstance(tried, cst.Try)
        or not isinstance(outer, ast.Try)
        or not isinstance(tried.body, cst.IndentedBlock)
    ):
        return None
    start = _prologue_start(method)
    if start is None or len(body.body) != len(method.body):
        return None
    names = set().union(*(_stored(s) for s in method.body[start:index]))
    remover = _Remover(names, unit)
    inner = remover.suite(tried.body, outer.body)
    if inner is None:
        return None
    kept = [*body.body[:start], *inner.body]
    return function.with_changes(body=body.with_changes(body=kept, footer=inner.footer))


def _prologue_start(method: Function) -> int | None:
    """The index of `db_service = None`: the first of the statements that were put before the `try`."""
    outer = method.body[-1]
    if not isinstance(outer, ast.Try):
        return None
    service = next(
        (
            s.targets[0].id
            for s in outer.body[:1]
            if isinstance(s, ast.Assign)
            and isinstance(s.targets[0], ast.Name)
            and isinstance(s.value, ast.Call)
            and isinstance(s.value.func, ast.Attribute)
            and s.value.func.attr == _SERVICE
        ),
        None,
    )
    for index, statement in enumerate(method.body):
        if (
            isinstance(statement, ast.Assign)
            and isinstance(statement.targets[0], ast.Name)
            and statement.targets[0].id == service
        ):
            return index
    return None


def _stored(statement: ast.AST) -> set[str]:
    return {n.id for n in ast.walk(statement) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}


class _Remover:
    def __init__(self, names: set[str], unit: str) -> None:
        self._names = names
        self._unit = unit

    def suite(self, block: cst.IndentedBlock, suite: Sequence[ast.stmt]) -> cst.IndentedBlock | None:
        """The block without inserted statements; None where nothing is left of it."""
        kept: list[cst.BaseStatement] = []
        blank: list[cst.EmptyLine] = []
        index = 0
        for statement in block.body:
            width = len(statement.body) if isinstance(statement, cst.SimpleStatementLine) else 1
            node = suite[index]
            index += width
            if self._is_inserted(statement, node):
                self._names |= _stored(node)
                blank.extend(_lines_behind(statement, self._unit, node.col_offset))
                continue
            inner = self._inner(statement, node)
            if inner is not None:
                kept.append(_led_by(blank, inner))
                blank = []
        return block.with_changes(body=kept, footer=[*blank, *block.footer]) if kept else None

    def _is_inserted(self, statement: cst.BaseStatement, node: ast.stmt) -> bool:
        lines = getattr(statement, "leading_lines", ())
        if any(line.comment is not None and _STEP.match(line.comment.value) for line in lines):
            return True
        if isinstance(
            node,
            ast.Try
            | ast.For
            | ast.AsyncFor
            | ast.While
            | ast.If
            | ast.With
            | ast.AsyncWith
            | ast.Match
            | Function,
        ):
            header = [
                child
                for name in node._fields
                if name not in {"body", "orelse", "finalbody", "handlers", "cases"}
                for child in _as_nodes(getattr(node, name, None))
            ]
            return any(identifiers(child) & self._names for child in header)
        return bool(identifiers(node) & self._names)

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


def _as_nodes(value: object) -> list[ast.AST]:
    if isinstance(value, ast.AST):
        return [value]
    if isinstance(value, list):
        return [v for v in value if isinstance(v, ast.AST)]
    return []
