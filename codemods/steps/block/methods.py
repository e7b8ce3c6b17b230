"""Model calls in methods that the entry method calls: each such method has a block of its own."""

from __future__ import annotations

from codemods.model import LlmCall, MethodPlan
from codemods.refusals import Refused
from codemods.steps.block.calls import record_call, told_of
from codemods.steps.block.frame import NOT_IN_STEPS, wrap_in_block
from codemods.steps.block.rows import BlockRows
from codemods.steps.helper_methods import Helper, PlannedHelper, described
from codemods.steps.method_frame import open_draft
from codemods.tasks.undecided import Undecided


def plan_helper_block(helper: Helper, undecided: Undecided) -> PlannedHelper:
    """Plans the steps of one method.

    Args:
        helper: the method.
        undecided: is told of a call that cannot be recorded, and of one of the method inside of handlers: they could
            take an error of its block for their own, of which the caller's block knows nothing.
    """
    method = helper.context.entry
    draft = open_draft(helper.context, has_calls=True)
    told: list[LlmCall] = []
    rows = BlockRows(draft, ())
    for guard in helper.guards:
        with undecided.collecting():
            reason = f"{guard.name}() asks a model, and is called inside of a handler, or in threads"
            raise Refused(NOT_IN_STEPS, reason, guard.node)
    for call in helper.calls:
        with undecided.collecting():
            told.append(
                described(
                    told_of(call, helper.context), record_call(draft, call, rows, helper.calls), method.name
                )
            )
    wrap_in_block(draft)
    plan = MethodPlan(method.name, method.lineno, tuple(draft.insertions))
    return PlannedHelper(plan, tuple(told), draft.names.imports_of([i.code for i in draft.insertions]))
