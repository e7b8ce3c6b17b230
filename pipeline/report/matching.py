"""Which rows are of which task: a file is told by its name, everything else by its stage."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.redaction import redact
from pipeline.report.facts import Call, StoredFile, Task, TaskState
from pipeline.report.states import Run, open_state, state_without_graph

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from datetime import datetime

    from pipeline.database.records import ContentInfo
    from pipeline.report.task_graph import ExpectedTask


@dataclass(frozen=True, slots=True)
class Rows:
    """What the database has of a plan: calls by stage, files, when the tasks began that have not ended.

    And the names of the input files.
    """

    calls: Mapping[str, Sequence[Call]]
    content: Sequence[ContentInfo]
    begun: Mapping[str, datetime]
    inputs: Collection[str]

    @property
    def stages(self) -> set[str]:
        """The stages that have left a row."""
        return set(self.calls) | {row.stage for row in self.content}


def belongs(expected: Sequence[ExpectedTask], rows: Rows) -> bool:
    """Whether the rows can be those of these tasks: at least half of the stages are, or there are none of a run."""
    known = rows.stages & set(_stages(expected, rows).values())
    return 2 * len(known) >= len(rows.stages) and (bool(known) or bool(rows.inputs))


def match_tasks(expected: Sequence[ExpectedTask], rows: Rows, run: Run) -> tuple[Task, ...]:
    """Return the expected tasks with what is known of each, then the stages that are none of theirs."""
    stages = _stages(expected, rows)
    owner_of_stage = {stage: name for name, stage in reversed(stages.items())}
    owner_of_file = {filename: task.name for task in expected for filename in task.filenames}
    files: dict[str, list[StoredFile]] = defaultdict(list)
    for row in rows.content:
        owner = owner_of_file.get(row.filename) or owner_of_stage.get(row.stage) or row.stage
        files[owner].append(
            StoredFile(redact(row.filename), row.content_type, row.size_bytes, row.updated_at)
        )
    present = {row.filename for row in rows.content} | set(rows.inputs)
    done: set[str] = set()
    tasks = []
    for task in expected:
        stage = stages[task.name]
        # Two tasks that write the same stage cannot be told apart by it: the first has its calls.
        calls = tuple(rows.calls.get(stage, ())) if owner_of_stage[stage] == task.name else ()
        may_begin = done.issuperset(task.needs)
        # That a task has ended is written with whatever is written next, so it counts after the run only.
        has_ended = run.active or task.key not in rows.begun
        if present.issuperset(task.filenames) and (task.filenames or may_begin) and has_ended:
            state = TaskState.DONE
            done.add(task.name)
        else:
            traces = [file.written_at for file in files[task.name]]
            traces += [rows.begun[task.key]] if task.key in rows.begun else []
            state = open_state(run, calls, traces, may_begin=may_begin)
        tasks.append(Task(task.name, redact(stage), state, task.needs, calls, tuple(files[task.name])))
    for stage in sorted(rows.stages - set(owner_of_stage)):
        if not rows.calls.get(stage) and not files[stage]:
            continue
        calls = tuple(rows.calls.get(stage, ()))
        state = state_without_graph(run, calls, [file.written_at for file in files[stage]])
        name = redact(stage)
        tasks.append(Task(name, name, state, (), calls, tuple(files[stage])))
    return tuple(tasks)


def _stages(expected: Sequence[ExpectedTask], rows: Rows) -> dict[str, str]:
    """Return the stage of each task: that of its files, else the usual one."""
    of_file = {row.filename: row.stage for row in rows.content}
    return {
        task.name: next((of_file[name] for name in task.filenames if name in of_file), task.usual_stage)
        for task in expected
    }
