"""DBF301: an LLM call whose interaction is created in another branch."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.checking.rules.untracked_call import CALL, PENDING, untracked
from codemods.tasks.branches import branch_of_other_record
from codemods.tasks.view import TaskView

_START = "            start_time = time.perf_counter()\n"


def _deeper(code: str) -> str:
    return "".join(f"    {line}" for line in code.splitlines(keepends=True))


def check(task: TaskView) -> Iterator[Found]:
    """Yields the untracked calls beside whose branch there is one that creates an interaction."""
    if task.delegates:
        return
    for call in untracked(task):
        record = branch_of_other_record(task, call)
        if record is not None:
            name, line = ast.unparse(call.func), record.call.lineno
            yield Found(
                call, f"{name} is called in another branch than the one that is tracked (line {line})"
            )


RULE = Rule(
    code="DBF301",
    name="tracked-in-another-branch",
    summary="an LLM call is tracked in another branch only",
    wrong="An interaction is created in one branch and the LLM is also called in another one, where none is pending.",
    why="Whether a call is on record depends on the input. The call without a record is the one that somebody will "
    "look for.",
    remedy="Create the interaction in the branch that makes the call, or before the branches part.",
    valid=(RIGHT, SEED),
    invalid=(
        changed(
            (PENDING, "            if len(query) > 100:\n" + _deeper(PENDING)),
            (
                _START + CALL,
                _deeper(_START + CALL) + "            else:\n" + _deeper(_START + CALL),
            ),
        ),
    ),
    check=check,
)
