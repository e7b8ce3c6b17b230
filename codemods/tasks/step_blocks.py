"""The steps of a method that has them as a block: `with self.database_steps() as steps:`."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping

from codemods.python.bindings import bindings_of, variable
from codemods.python.index import Index
from codemods.python.statements import Site
from codemods.python.trees import walk
from codemods.settings import INLINE, STEPS
from codemods.tasks.records import Kind, Record

OPEN_BLOCK = "database_steps"

RUNTIME_MODULES = ("pipeline.database.step_values", "pipeline.database.steps")
"""Where this distribution has what makes a `stage` of a class, and the block."""

_ENDINGS = {"complete": "completed", "end_of_stream": "completed", "fail": "failed"}
_READ = frozenset({"written", "read_back"})


def opens_block(node: ast.AST) -> bool:
    """Whether a function opens such a block."""
    return any(isinstance(n, ast.Attribute) and n.attr == OPEN_BLOCK for n in walk(node))


def style_of(entry: ast.AST) -> str:
    """The style of a method that has steps."""
    return STEPS if opens_block(entry) else INLINE


def block_records(sites: tuple[Site, ...], index: Index) -> Iterator[Record]:
    """What the blocks of a method record, in source order."""
    blocks = {name for site in sites for name in _blocks(site.statement)}
    if not blocks:
        return
    begun = {
        name
        for site in sites
        for names, value in bindings_of(site.statement)
        if _called_on(value, {"llm_call"}, blocks)
        for name in names
    }
    for site in sites:
        for call in index.calls(site.statement):
            if _called_on(call, {"llm_call"}, blocks):
                yield Record(Kind.PENDING, call, site, _pending(call))
            elif _called_on(call, _ENDINGS.keys(), begun):
                yield Record(Kind.UPDATE, call, site, _ended(call), held=_receiver(call))
            elif _called_on(call, {"persist"}, blocks):
                yield Record(Kind.ROW, call, site, _given(call, {"name": "filename", "content": "content"}))
            elif _called_on(call, _READ, blocks):
                yield Record(Kind.ROW, call, site, None)


def _blocks(statement: ast.stmt) -> Iterator[str]:
    """The variables that a statement binds to blocks."""
    items = statement.items if isinstance(statement, ast.With | ast.AsyncWith) else []
    for item in items:
        if isinstance(item.optional_vars, ast.Name) and _is_opening(item.context_expr):
            yield item.optional_vars.id
    for names, value in bindings_of(statement):
        if _is_opening(value):
            yield from names


def _is_opening(node: ast.AST | None) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == OPEN_BLOCK
    )


def _receiver(call: ast.Call) -> str | None:
    return variable(call.func.value) if isinstance(call.func, ast.Attribute) else None


def _called_on(node: ast.AST | None, methods: Collection[str], receivers: Collection[str]) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in methods
        and variable(node.func.value) in receivers
    )


def _pending(call: ast.Call) -> Mapping[str, ast.expr] | None:
    given = _given(call, {"prompt": "prompt_text", "model": "llm_model"})
    return None if given is None else {**given, "status": ast.Constant("pending")}


def _ended(call: ast.Call) -> Mapping[str, ast.expr] | None:
    status = ast.Constant(_ENDINGS[call.func.attr] if isinstance(call.func, ast.Attribute) else "")
    given = _given(call, {"raw": "response_text", "answer": "answer"})
    if given is None:
        return {"status": status}
    if "response_text" not in given and "answer" in given:
        given["response_text"] = given["answer"]
    if isinstance(call.func, ast.Attribute) and call.func.attr == "end_of_stream":
        # What the parts make.
        given["response_text"] = call
    return {**given, "status": status}


def _given(call: ast.Call, columns: Mapping[str, str]) -> dict[str, ast.expr] | None:
    """The arguments of a call by column, None where some are not in sight."""
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return None
    found = dict(zip(columns.values(), call.args, strict=False))
    found.update({columns[name]: k.value for k in call.keywords if (name := k.arg or "") in columns})
    return found
