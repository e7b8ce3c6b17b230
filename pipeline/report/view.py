"""Everything the page says, worked out before the template is asked to say it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.report import units
from pipeline.report.facts import CallState, PlanFacts, StoredFile, Task, TaskState
from pipeline.report.slowest import SlowTask, longest_chain, slowest_tasks
from pipeline.report.spending import ModelSpending, Spending, spend, spend_by_model
from pipeline.report.timeline import Timeline, make_timeline
from pipeline.report.troubles import FailureGroup, Recovery, group_failures, recoveries

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pipeline.llm.prices import Price

LARGEST_SHOWN = 10

_END_OF_TIME = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Share:
    """The tasks in one state as a part of the progress bar, in percent."""

    state: TaskState
    count: int
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class View:
    """A plan, seen from all sides that the page shows."""

    facts: PlanFacts
    tasks: tuple[Task, ...]
    verdict: str
    shares: tuple[Share, ...]
    open_tasks: tuple[Task, ...]
    busy_seconds: float
    timeline: Timeline | None
    slowest: tuple[SlowTask, ...]
    chain: tuple[Task, ...]
    spending: Spending
    models: tuple[ModelSpending, ...]
    failures: tuple[FailureGroup, ...]
    recoveries: tuple[Recovery, ...]
    largest_files: tuple[StoredFile, ...]
    total_bytes: int
    anchors: dict[str, str]
    makers: dict[str, Task]
    present_states: frozenset[CallState]
    task_spending: dict[str, Spending]
    largest_tokens: int
    largest_cost: dict[str, Decimal]


def make_view(facts: PlanFacts, prices: Mapping[str, Price]) -> View:
    """Return what there is to say of a plan."""
    timeline = make_timeline(facts)
    stretches = timeline.axis.stretches if timeline else ()
    models = spend_by_model(facts.calls, prices)
    return View(
        facts=facts,
        tasks=tuple(sorted(facts.tasks, key=lambda task: task.started_at or _END_OF_TIME)),
        verdict=_verdict(facts),
        shares=_shares(facts),
        open_tasks=tuple(
            task for task in facts.tasks if task.state in {TaskState.FAILED, TaskState.UNFINISHED}
        ),
        busy_seconds=sum((stretch.end - stretch.begin).total_seconds() for stretch in stretches),
        timeline=timeline,
        slowest=slowest_tasks(facts.tasks),
        chain=longest_chain(facts.tasks),
        spending=spend(facts.calls),
        models=models,
        failures=group_failures(facts.tasks),
        recoveries=recoveries(facts.tasks),
        largest_files=tuple(sorted(facts.files, key=lambda file: -file.size_bytes)[:LARGEST_SHOWN]),
        total_bytes=sum(file.size_bytes for file in facts.files),
        # By number: what a task is called may hold anything.
        anchors={task.name: f"task-{number}" for number, task in enumerate(facts.tasks, start=1)},
        makers={file.name: task for task in facts.tasks for file in task.files},
        present_states=frozenset(call.state for call in facts.calls),
        task_spending={task.name: spend(task.calls) for task in facts.tasks},
        largest_tokens=max(
            (max(item.spending.input_tokens or 0, item.spending.output_tokens or 0) for item in models),
            default=0,
        ),
        largest_cost=_largest_cost(models),
    )


def _largest_cost(models: tuple[ModelSpending, ...]) -> dict[str, Decimal]:
    largest: dict[str, Decimal] = {}
    for item in models:
        for cost in item.spending.costs:
            largest[cost.currency] = max(cost.amount, largest.get(cost.currency, cost.amount))
    return largest


def _shares(facts: PlanFacts) -> tuple[Share, ...]:
    shares = []
    left = 0.0
    for state in TaskState:
        if number := facts.count(state):
            width = number / len(facts.tasks) * 100
            shares.append(Share(state, number, left, width))
            left += width
    return tuple(shares)


def _verdict(facts: PlanFacts) -> str:
    total = units.plural(len(facts.tasks), "task")
    done = facts.count(TaskState.DONE)
    if facts.tasks and done == len(facts.tasks):
        progress = "The only task is done" if done == 1 else f"All {total} are done"
    else:
        progress = f"{done:,} of {total} {'is' if done == 1 else 'are'} done"
    rest = [
        f"{facts.count(state):,} {words}"
        for state, words in (
            (TaskState.RUNNING, "running"),
            (TaskState.FAILED, "failed"),
            (TaskState.UNFINISHED, "not finished"),
            (TaskState.WAITING, "waiting"),
        )
        if facts.count(state)
    ]
    sentence = ", ".join([progress, *rest]) + "."
    troubles = facts.count_calls(CallState.FAILED) + facts.count_calls(CallState.ABANDONED)
    if troubles and done == len(facts.tasks):
        sentence += f" {units.plural(troubles, 'call')} failed on the way; another attempt made up for that."
    return sentence
