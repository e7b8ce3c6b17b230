"""DBF300: an LLM call that no interaction tells of."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Example, Found, Rule, changed
from codemods.tasks.branches import branch_of_other_record
from codemods.tasks.view import TaskView

PENDING = """\
            interaction_id = db_service.create_llm_interaction({
                "plan_id": plan_id,
                "llm_model": str(self.llm_models[0]) if self.llm_models else "unknown",
                "stage": "summarise",
                "prompt_text": query,
                "status": "pending",
            }).id
"""
CALL = "            summary = Summarise.execute(llm, query)\n"
COMPLETED = """\
            db_service.update_llm_interaction(interaction_id, {
                "status": "completed",
                "response_text": json.dumps(summary.to_dict()),
                "completed_at": datetime.utcnow(),
                "duration_seconds": duration_seconds,
            })
"""
TRACKED_BY_HELPER = Example(
    changed((PENDING, "            interaction_id = self.begin(db_service, query)\n"), ("", "")).code
)


def check(task: TaskView) -> Iterator[Found]:
    """Yields the LLM calls at which no interaction is open, whichever way they are reached."""
    if task.delegates:
        return
    for call in untracked(task):
        if branch_of_other_record(task, call) is None:
            name = ast.unparse(call.func)
            yield Found(call, f"{name} is called, but no interaction is pending")


def untracked(task: TaskView) -> Iterator[ast.Call]:
    """The LLM calls of the entry method at which no interaction can be open."""
    tracked = task.tracked[0]
    for site, call in task.llm_calls:
        if site.in_nested_function or task.tracks_inside(call):
            continue
        states = tracked.open_at.get(id(call))
        if tracked.exits is not None and states and not any(states):
            yield call


RULE = Rule(
    code="DBF300",
    name="untracked-llm-call",
    summary="an LLM call is not tracked by an interaction",
    wrong="An LLM is called while no interaction is pending: none was created before the call.",
    why="The call costs money and time and leaves no trace: no prompt, no response, no error to look at.",
    remedy="Create the interaction, with the whole prompt, right before the call; complete it right after.",
    valid=(RIGHT, SEED, TRACKED_BY_HELPER),
    invalid=(
        changed((PENDING, ""), (COMPLETED, "")),
        changed((PENDING, ""), (CALL, CALL + PENDING)),
    ),
    check=check,
)
