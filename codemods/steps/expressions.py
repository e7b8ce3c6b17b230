"""Expressions of inserted code: a text, the content of a write, and whether computing one can fail."""

from __future__ import annotations

import ast

from codemods.model import ContentOrigin
from codemods.python.scopes import Scope
from codemods.python.sourcing import name_source, source_of
from codemods.python.statements import read_names
from codemods.python.substitution import substitute
from codemods.steps.step_names import InsertedNames
from codemods.tasks.context import TaskContext
from codemods.tasks.texts import is_text
from codemods.tasks.write_site import WriteSite

_BARE = (ast.Tuple, ast.GeneratorExp, ast.NamedExpr, ast.Yield, ast.YieldFrom)
"""Expressions that may stand without the brackets that they need as an argument."""


def as_text(node: ast.expr, scope: Scope, context: TaskContext, names: InsertedNames) -> str:
    """The source of an expression that is a `str`: as it stands, or with `str()` around it."""
    source = source_of(node)
    return source if is_text(node, scope, context) else f"{names.builtin('str')}({source})"


def as_written(node: ast.expr, context: TaskContext) -> str:
    """The source of an expression that is an argument: as the task's file has it, where that is one line of it."""
    source = name_source(node)
    if not hasattr(node, "lineno") or node.lineno != node.end_lineno or isinstance(node, _BARE):
        return source
    lines = context.scope.module.source.lines
    line = lines[node.lineno - 1].encode() if node.lineno <= len(lines) else b""
    written = line[node.col_offset : node.end_col_offset].decode(errors="replace")
    try:
        same = ast.dump(ast.parse(written, mode="eval").body) == ast.dump(node)
    except (SyntaxError, ValueError):
        return source
    return written if same else source


def may_raise(node: ast.expr) -> bool:
    """Whether evaluating an expression can fail: it does more than to read variables and put texts together."""
    if isinstance(node, ast.JoinedStr):
        return any(may_raise(part) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return may_raise(node.value)
    return not isinstance(node, ast.Constant | ast.Name)


def with_modules(expression: ast.expr, write: WriteSite, names: InsertedNames) -> ast.expr:
    """A write's content; `json` of a writer's source is replaced by what this module, or an import, calls it."""
    carried = write.content.origin is ContentOrigin.WRITER_SOURCE and not write.site.scope.is_local("json")
    if not carried or "json" not in read_names(expression):
        return expression
    return substitute(expression, {"json": ast.parse(names.module("json"), mode="eval").body})
