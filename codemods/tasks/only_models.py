"""Tasks that need no steps by `llm-only`: those that call no model, as far as everything that they run is in sight."""

from __future__ import annotations

import ast
from dataclasses import replace

from codemods.python.scopes import Scope
from codemods.refusals import Refused
from codemods.tasks.bound_anew import require_readable
from codemods.tasks.context import TaskContext
from codemods.tasks.output_flow import OutputFlow
from codemods.tasks.unrecorded import reason_of, unrecorded


def require_no_model(context: TaskContext) -> None:
    """Refuses a task without a call of a model of its own that may call one all the same.

    Raises:
        Refused: it runs a method out of sight that the configuration does not say to be a writer, or a class that
            inherits the entry method asks a model where the task does not.
    """
    _require_in_sight(context)
    for heir in context.heirs:
        inner = replace(context, owner=heir, scope=Scope(context.scope.module, heir, context.entry), heirs=())
        for hit in unrecorded(inner, frozenset()):
            code, reason = reason_of(hit)
            raise Refused(code, f"for {heir.name}, which inherits it: {reason}", context.entry)
        _require_in_sight(inner)


def _require_in_sight(context: TaskContext) -> None:
    require_readable(context.owner, context.sources, context.settings)
    for problem in OutputFlow(context, ()).problems:
        call = problem.node
        declared = isinstance(call, ast.Call) and ast.unparse(call.func) in context.settings.writers
        if problem.code == "DBR422" and not declared:
            raise problem.refused
