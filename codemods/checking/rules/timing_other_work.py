"""DBF401: a duration that includes other work than the call."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.checking.rules.untracked_call import PENDING
from codemods.python.opening import opened_path
from codemods.python.resolving import preceding
from codemods.python.statements import Site
from codemods.tasks.branches import exclude_each_other
from codemods.tasks.records import Kind, Record
from codemods.tasks.view import TaskView

_START = "            start_time = time.perf_counter()\n"
_END = "            duration_seconds = time.perf_counter() - start_time\n"
_COMPLETED = (
    '            db_service.update_llm_interaction(interaction_id, {\n                "status": "completed"'
)


def check(task: TaskView) -> Iterator[Found]:
    """Yields the database calls and opened files that stand between the two readings of the clock."""
    for record in task.records_of(Kind.UPDATE):
        span = _timed(record, task) if record.status == "completed" else None
        if span is None:
            continue
        first, last, end = span
        streamed = _is_stream_read(first, last, task)
        for site in task.context.sites:
            line = site.statement.lineno
            if site.scope.function is not record.site.scope.function or exclude_each_other(site, end):
                continue
            if first < line < last and not _in_other_handler(site, end):
                yield from _other_work(site, task, streamed=streamed)


def _is_stream_read(first: int, last: int, task: TaskView) -> bool:
    """Whether the answer between two lines is a stream: the task works with each part while the next one comes."""
    return any(
        any(k.arg == "stream" for k in call.keywords)
        or "stream" in (call.func.attr if isinstance(call.func, ast.Attribute) else "")
        for site, call in task.llm_calls
        if first < site.statement.lineno < last
    )


def _in_other_handler(site: Site, end: Site) -> bool:
    """Whether a statement runs only after the call has raised, which the second reading is not reached from."""
    reached = {id(link.suite) for link in end.chain}
    return any(link.field == "handlers" and id(link.suite) not in reached for link in site.chain)


def _timed(record: Record, task: TaskView) -> tuple[int, int, Site] | None:
    """The lines of the two readings and where the second stands; None where they were not kept in variables."""
    value, site = record.field("duration_seconds"), record.site
    last = record.call.lineno
    if isinstance(value, ast.Name):
        found = preceding(value.id, site, task.index)
        if found is None:
            return None
        value, site = found
        last = site.statement.lineno
    if (
        not isinstance(value, ast.BinOp)
        or not isinstance(value.op, ast.Sub)
        or not isinstance(value.right, ast.Name)
    ):
        return None
    start = preceding(value.right.id, site, task.index)
    return (start[1].statement.lineno, last, site) if start is not None else None


def _other_work(site: Site, task: TaskView, *, streamed: bool) -> Iterator[Found]:
    for node in task.own_calls(site):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
        if name in {kind.value for kind in Kind}:
            yield Found(node, f"the time of the LLM call includes the database's ({name})")
        elif opened_path(node) is not None and not streamed:
            yield Found(node, "the time of the LLM call includes that of a file")


RULE = Rule(
    code="DBF401",
    of_frame=True,
    name="timing-includes-other-work",
    summary="the recorded duration includes other work than the LLM call",
    wrong="Between the two readings of the clock the task also reads files or talks to the database.",
    why="A slow disk or database then looks like a slow model.",
    remedy="Read the clock right before and right after the call.",
    valid=(RIGHT, SEED),
    invalid=(
        changed((_START, ""), (PENDING, _START + PENDING)),
        changed(
            (_END, ""),
            ('duration_seconds": duration_seconds', 'duration_seconds": time.perf_counter() - start_time'),
            (
                "                json.dump(summary.to_dict(), f, indent=2)\n",
                "                f.write(raw_content)\n",
            ),
            (
                _COMPLETED,
                '            with open("log.txt", "a") as log:\n                log.write(query)\n'
                + _COMPLETED,
            ),
        ),
    ),
    check=check,
)
