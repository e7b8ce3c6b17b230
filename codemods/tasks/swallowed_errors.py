"""Writes whose error the method itself catches: it goes on without the file, and the row would be there before it."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Iterable, Iterator

from codemods.model import ContentOrigin
from codemods.python.names import dotted_name
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.tasks.write_site import WriteSite

_RAISED_BY_WRITES = (OSError, UnicodeEncodeError, TypeError)
_LATE = frozenset({ContentOrigin.OPEN_FILE, ContentOrigin.READ_BACK})
"""Ways in which the row comes when the write, or the opening of the file, is over."""


def require_errors_to_pass(writes: Iterable[WriteSite]) -> None:
    """Refuses a write that may fail without the method's failing, where its row comes first.

    Raises:
        Refused: a handler around one, or a `suppress`, takes an error that a write can raise.
    """
    for write in writes:
        if write.content.origin in _LATE:
            continue
        for link in write.site.own_links:
            for kind in _swallowed(link.owner) if link.field == "body" else ():
                caught = f"{write.writer} stands where {kind or 'every error'} is caught"
                raise Refused("DBR427", f"{caught}: its row may be there without its file", write.call)


def _swallowed(owner: ast.stmt) -> Iterator[str]:
    """What a statement catches, and does not raise again, of the errors that a write in it can raise."""
    if isinstance(owner, ast.Try | ast.TryStar):
        for handler in owner.handlers:
            if not _raises(handler.body):
                yield from (k for k in _kinds(handler.type) if _concerns_writes(k))
    elif isinstance(owner, ast.With | ast.AsyncWith):
        for item in owner.items:
            call = item.context_expr
            if isinstance(call, ast.Call) and (dotted_name(call.func) or "").rpartition(".")[2] == "suppress":
                yield from (k for a in call.args for k in _kinds(a) if _concerns_writes(k))


def _raises(body: list[ast.stmt]) -> bool:
    """Whether a handler ends by raising, and by nothing else."""
    if not isinstance(body[-1], ast.Raise):
        return False
    return not any(isinstance(n, ast.Return | ast.Break | ast.Continue) for s in body for n in walk(s))


def _kinds(node: ast.expr | None) -> list[str]:
    parts = node.elts if isinstance(node, ast.Tuple) else [node]
    return [ast.unparse(part) if part is not None else "" for part in parts]


def _concerns_writes(kind: str) -> bool:
    if not kind:
        return True
    caught = getattr(builtins, kind.rpartition(".")[2], None)
    if not isinstance(caught, type):
        return False  # a class of the project's own: no write of Python's raises it
    return any(issubclass(caught, one) or issubclass(one, caught) for one in _RAISED_BY_WRITES)
