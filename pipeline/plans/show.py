"""A plan as the database has it, whether or not there are files, or a process, or a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.database.leases import WORKERS
from pipeline.report import units
from pipeline.report.facts import CallState, PlanFacts, Task, TaskState
from pipeline.running.inputs import input_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.database.leases import Owner
    from pipeline.database.service import DatabaseService

_SIGNS = {
    TaskState.FAILED: "!",
    TaskState.UNFINISHED: "?",
    TaskState.RUNNING: ">",
    TaskState.DONE: "+",
    TaskState.WAITING: " ",
}


def overview(facts: PlanFacts, owner: Owner | None = None) -> Iterator[str]:
    """Yield lines on a plan: its status, who is at work on it, its tasks, its LLM interactions, its files."""
    yield from summary_lines(facts)
    if owner is not None and not owner.given_back:
        yield _ownership(owner)
    if facts.tasks:
        yield ""
        width = max(len(task.name) for task in facts.tasks)
        yield from (task_line(task, width) for task in sorted(facts.tasks, key=_order))
    if facts.files:
        yield ""
        makers = {file.name: task.stage for task in facts.tasks for file in task.files}
        width = max(len(stage) for stage in makers.values())
        for file in facts.files:
            moment = units.moment(file.written_at)
            yield f"{moment}  {file.size_bytes:>9}  {makers[file.name]:<{width}}  {file.name}"


def summary_lines(facts: PlanFacts) -> Iterator[str]:
    """Yield the lines on a plan as a whole: its status, its LLM interactions, when it was last written."""
    done = facts.count(TaskState.DONE)
    files = units.plural(len(facts.files), "file")
    if facts.note or not facts.made_by_run:
        yield f"plan {facts.plan_id}: {facts.status}, {units.plural(done, 'task')} done, {files}"
    else:
        total = units.plural(len(facts.tasks), "task")
        yield f"plan {facts.plan_id}: {facts.status}, {done} of {total} done, {files}"
    others = [f"{facts.count(state)} {state}" for state in TaskState if state is not TaskState.DONE]
    others = [text for text in others if not text.startswith("0 ")]
    if others:
        yield f"other tasks: {', '.join(others)}"
    calls = [f"{facts.count_calls(state)} {state}" for state in CallState]
    yield "LLM interactions: " + (", ".join(text for text in calls if not text.startswith("0 ")) or "none")
    if facts.active:
        yield _activity(facts)
    if not facts.made_by_run:
        yield _without_run(facts)
    if facts.note:
        yield f"note: {facts.note}"


def file_content(service: DatabaseService, plan_id: str, filename: str) -> bytes:
    """Return a file's content; raises PlanNotFoundError."""
    inputs = input_files(service.get_plan(plan_id))
    return inputs[filename] if filename in inputs else service.get_content(plan_id, filename)


def _activity(facts: PlanFacts) -> str:
    # Whether the process lives cannot be seen from here, only how long it has been silent.
    since = f"{facts.status} since {units.moment(facts.changed_at)} UTC"
    if facts.last_write is None:
        return since
    return f"{since}, last write {units.duration((facts.as_of - facts.last_write).total_seconds())} ago"


def _ownership(owner: Owner) -> str:
    silent = units.duration(owner.silent_seconds)
    if owner.purpose == WORKERS:
        return f"owner: {owner} {silent} ago; pipeline stop {owner.plan_id} takes it back"
    if owner.is_at_work:
        return f"owner: {owner}, last heard of {silent} ago"
    what = "is dead" if owner.gone else f"has not been heard of for {silent}"
    return f"owner: {owner} {what}; go on with: pipeline resume {owner.plan_id}"


def _without_run(facts: PlanFacts) -> str:
    text = "the database knows its rows, not whether somebody works on it"
    if facts.last_write is None:
        return text
    return f"{text}; last write {units.duration((facts.as_of - facts.last_write).total_seconds())} ago"


def _order(task: Task) -> tuple[int, float]:
    # What somebody who looks wants to know first; then as it happened.
    begin = task.started_at
    return list(_SIGNS).index(task.state), begin.timestamp() if begin else 0.0


def task_line(task: Task, width: int) -> str:
    """Return the line of one task."""
    return f"{_SIGNS[task.state]} {task.state:<10}  {task.name:<{width}}  {_task_details(task)}".rstrip()


def _task_details(task: Task) -> str:
    details = []
    if task.calls:
        so_far = " so far" if task.state is TaskState.RUNNING else ""
        details.append(
            f"{units.duration(task.model_seconds)}{so_far} in {units.plural(len(task.calls), 'call')}"
        )
    troubles = [(CallState.FAILED, "failed"), (CallState.ABANDONED, "abandoned")]
    details += [f"{task.count(state)} {name}" for state, name in troubles if task.count(state)]
    if task.files:
        details.append(units.plural(len(task.files), "file"))
    last = task.calls[-1] if task.calls else None
    if task.state is TaskState.RUNNING and last is not None and last.state is CallState.PENDING:
        details.append(f"waiting for {last.model}")
    if task.state is TaskState.FAILED and last is not None and last.error:
        details.append(units.first_line(last.error))
    if task.state is TaskState.UNFINISHED and not task.calls:
        details.append("no record of why; see the log of the run")
    if task.state is TaskState.UNFINISHED and last is not None and last.state is CallState.PENDING:
        details.append(f"the call of {last.model} has no end on record")
    return ", ".join(details)
