"""DBF801: a way out on which an interaction stays pending."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.checking.rules.never_failed import FAILED
from codemods.checking.rules.untracked_call import CALL
from codemods.tasks.records import Kind
from codemods.tasks.tracking import Tracked
from codemods.tasks.view import TaskView


def check(task: TaskView) -> Iterator[Found]:
    """Yields interactions that are completed or failed on some ways, but not on all."""
    if task.delegates:
        return
    settled = {r.interaction for r in task.records_of(Kind.UPDATE) if not r.leaves_status}
    completed = {r.interaction for r in task.records_of(Kind.UPDATE) if r.status in {"completed", None}}
    failing = {
        r.interaction for r in task.records_of(Kind.UPDATE) if r.status not in {"completed", "pending"}
    }
    for tracked in task.tracked:
        if tracked.exits is None or tracked.unsure:
            continue
        ways = _ways(tracked)
        for index, (error, where, how) in sorted(ways.items()):
            record = tracked.records[index]
            names = task.variables_of(record)
            if names is None or not names & settled or any("." in name for name in names):
                continue
            if not names & (failing if error else completed):
                continue
            yield Found(record.call, f"the interaction can stay pending: {how} (line {where.lineno})")
        if task.strict and not ways:
            yield from _interrupted(task)


def _ways(tracked: Tracked) -> dict[int, tuple[bool, ast.stmt | ast.Call, str]]:
    """For each interaction that can stay open: whether an error is to blame, the statement, and a description."""
    found: dict[int, tuple[bool, ast.stmt | ast.Call, str]] = {}
    exits = tracked.exits
    if exits is None:
        return found
    for index, statement in tracked.lost.items():
        found[index] = (False, statement, "its variable is given another value while it is open")
    for statement, state in sorted(exits.returns, key=lambda item: item[0].lineno):
        for index in tracked.left_open(state):
            found.setdefault(index, (False, statement, "the method returns while it is open"))
    for (token, state), statement in sorted(
        exits.raises.items(), key=lambda item: (item[1].lineno, item[0][0])
    ):
        for index in tracked.left_open(state):
            how = (
                f"{token} passes" if isinstance(statement, ast.Raise) else f"{token} raised here is not seen"
            )
            found.setdefault(index, (True, statement, how))
    for state in exits.falls:
        for index in tracked.left_open(state):
            record = tracked.records[index]
            found.setdefault(index, (False, record.call, "the method ends while it is open"))
    return found


def _interrupted(task: TaskView) -> Iterator[Found]:
    for tracked in task.tracked_with_interrupts:
        if tracked.exits is None:
            continue
        for index in sorted({i for _, state in tracked.exits.raises for i in tracked.left_open(state)}):
            yield Found(tracked.records[index].call, "the interaction stays pending on Ctrl-C", strict=True)


_PASSED_ON = (
    "            except PipelineStopRequested:\n                raise\n"
    "            except Exception as problem:\n"
    '                db_service.update_llm_interaction(interaction_id, {"status": "failed"})\n'
    '                raise ValueError("no summary") from problem\n'
)
_RETURNED = "            if not query:\n                return\n"

RULE = Rule(
    code="DBF801",
    of_frame=True,
    name="can-stay-pending",
    summary="an interaction can stay pending",
    wrong="There is a way out of the method, or into the next pass of a loop, on which the interaction is neither "
    "completed nor marked as failed: a handler that passes its exception on or swallows it, a `return`, a `continue`.",
    why="A stopped pipeline then looks as if the call were still running. Only the death of the process may leave a "
    "pending interaction behind.",
    remedy="Mark the interaction as failed in each handler that sees the error, or once in the outermost one.",
    valid=(RIGHT, SEED),
    invalid=(
        changed(
            (CALL, f"            try:\n    {CALL}{_PASSED_ON}"),
            (FAILED, ""),
        ),
        changed((CALL, f"{_RETURNED}{CALL}")),
        changed(
            (
                CALL,
                f"            try:\n    {CALL}            except ValueError:\n                return\n",
            ),
        ),
        changed(("f.read()", "f.read()"), strict=True),
    ),
    check=check,
)
