"""What a task does with the database: the calls to its service, and the columns that they are given."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from codemods.python.bindings import variable
from codemods.python.index import Index
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope
from codemods.python.statements import Site
from codemods.python.trees import walk
from codemods.tasks.context import TaskContext

OPEN = "get_database_service"
_CLOSE = "close"


class Kind(Enum):
    """What a call to the service does."""

    PENDING = "create_llm_interaction"
    UPDATE = "update_llm_interaction"
    ROW = "create_plan_content"


_KINDS = {kind.value: kind for kind in Kind}


@dataclass(frozen=True, eq=False)
class Record:
    """One call that creates or updates a database record.

    Attributes:
        kind: which call.
        call: the call.
        site: the statement that makes it.
        fields: the columns and their expressions, None where they are not a literal in sight.
        held: the variable of the interaction that a call of its own ends, as in `call.complete(answer)`.
    """

    kind: Kind
    call: ast.Call
    site: Site
    fields: Mapping[str, ast.expr] | None
    held: str | None = None

    def field(self, name: str) -> ast.expr | None:
        """The expression of a column, None where it is not given or not in sight."""
        return self.fields.get(name) if self.fields is not None else None

    @property
    def status(self) -> str | None:
        """The literal status that the record is given, None for no status or one that is not a literal."""
        value = self.field("status")
        return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None

    @property
    def leaves_status(self) -> bool:
        """Whether the call is known to say nothing of the status."""
        return self.fields is not None and "status" not in self.fields

    @property
    def interaction(self) -> str | None:
        """The variable that says which interaction is updated, `x` for `x` and `x.id`; None for anything else."""
        if self.kind is not Kind.UPDATE or self.held is not None:
            return self.held
        given = self.call.args[0] if self.call.args else None
        for keyword in self.call.keywords:
            if keyword.arg == "interaction_id":
                given = keyword.value
        return variable(given)


def record_of(node: ast.AST, site: Site) -> Record | None:
    """The database call that a node is, None for any other node."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return None
    kind = _KINDS.get(node.func.attr)
    if kind is None:
        return None
    return Record(kind, node, site, _fields(node, kind, site.scope))


def records_of(context: TaskContext, index: Index) -> Iterator[Record]:
    """All database calls of a task's entry method, in source order."""
    for site in context.sites:
        for node in index.calls(site.statement):
            record = record_of(node, site)
            if record is not None:
                yield record


def opens_service(node: ast.AST | None) -> bool:
    """Whether a node is a call to `get_database_service()`."""
    if isinstance(node, ast.Await):
        node = node.value
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == OPEN


def closed_variable(node: ast.AST) -> str | None:
    """The variable that a call `x.close()` closes, None for any other node."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == _CLOSE:
        return dotted_name(node.func.value)
    return None


def _fields(call: ast.Call, kind: Kind, scope: Scope) -> Mapping[str, ast.expr] | None:
    position = 1 if kind is Kind.UPDATE else 0
    if any(isinstance(a, ast.Starred) for a in call.args) or any(k.arg is None for k in call.keywords):
        return None
    if len(call.args) > position:
        return _literal(call.args[position], scope)
    named = [k.value for k in call.keywords if k.arg != "interaction_id"]
    return _literal(named[0], scope) if len(named) == 1 else None


def _literal(node: ast.AST, scope: Scope) -> Mapping[str, ast.expr] | None:
    if isinstance(node, ast.Name):
        values = scope.values_of(node.id)
        if values is None or len(values) != 1 or _changes_later(node.id, scope):
            return None
        return _literal(values[0], scope) if isinstance(values[0], ast.Dict | ast.Call) else None
    if isinstance(node, ast.Dict):
        if not all(isinstance(key, ast.Constant) for key in node.keys):
            return None
        return {
            str(key.value): value
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant)
        }
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "dict"
        and not node.args
    ):
        if any(keyword.arg is None for keyword in node.keywords):
            return None
        return {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg is not None}
    return None


def _changes_later(name: str, scope: Scope) -> bool:
    """Whether a dict variable is changed in place."""
    for node in walk(scope.function):
        if (
            isinstance(node, ast.Subscript)
            and isinstance(node.ctx, ast.Store)
            and isinstance(node.value, ast.Name)
            and node.value.id == name
        ):
            return True
        if (
            isinstance(node, ast.Attribute)
            and node.attr in {"update", "setdefault", "pop"}
            and isinstance(node.value, ast.Name)
            and node.value.id == name
        ):
            return True
    return False
