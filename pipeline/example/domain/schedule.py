"""When each task of the work breakdown structure starts and ends.

Durations and dependencies are known of tasks of the second level. Their subtasks follow one another and
share the task's days. Days are calendar days.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any, Self

from pipeline.example.domain.wbs import WBSProject, WBSTask

DEFAULT_DAYS = 5
"""For a task that nobody has estimated."""


@dataclass(frozen=True)
class Activity:
    """A row of the schedule; `end` is the first day after it."""

    id: str
    title: str
    phase: str
    start: date
    end: date
    predecessors: tuple[str, ...]
    parent_id: str | None = None
    is_critical: bool = False

    @property
    def days(self) -> int:
        """The length in calendar days."""
        return (self.end - self.start).days


def project_start(start_time: dict[str, Any]) -> date:
    """Return the day on which the project starts, from the stored start time.

    Takes the file's JSON object, whose `start_time` is an ISO 8601 timestamp. Raises KeyError or
    ValueError for anything else: today would make the schedule another one at every run.
    """
    return datetime.fromisoformat(start_time["start_time"]).date()


@dataclass(frozen=True)
class ProjectSchedule:
    """All activities in the order of the structure, tasks before their subtasks."""

    title: str
    activities: tuple[Activity, ...]

    @classmethod
    def create(
        cls,
        wbs_project: WBSProject,
        dependencies: list[dict[str, Any]],
        durations: list[dict[str, Any]],
        start: date,
    ) -> Self:
        """Schedule every task as early as its predecessors allow.

        `dependencies` have `task_id` and `depends_on`, `durations` `task_id` and `days_realistic`. Ids
        that the structure lacks and dependencies that would close a circle are left out. A task that is
        said to depend on nothing starts at once; one of which nothing usable is said follows the task
        before it, the cautious guess.
        """
        tasks = wbs_project.phase_tasks
        days = _days_of(tasks, durations)
        predecessors = _predecessors_of([task.id for task in tasks], dependencies)
        early = _earliest_starts(days, predecessors)
        slack = _slack(days, predecessors, early)
        activities: list[Activity] = []
        for phase in wbs_project.phases:
            for task in phase.children:
                begin = start + timedelta(days=early[task.id])
                activity = Activity(
                    id=task.id,
                    title=task.title,
                    phase=phase.title,
                    start=begin,
                    end=begin + timedelta(days=days[task.id]),
                    predecessors=predecessors[task.id],
                    is_critical=slack[task.id] == 0,
                )
                activities += [activity, *_subtask_activities(task, activity)]
        return cls(wbs_project.root.title, tuple(activities))

    @property
    def start(self) -> date | None:
        """The first day; None for a schedule without activities."""
        return min((activity.start for activity in self.activities), default=None)

    @property
    def end(self) -> date | None:
        """The first day after the last activity; None for a schedule without activities."""
        return max((activity.end for activity in self.activities), default=None)


def _days_of(tasks: list[WBSTask], durations: list[dict[str, Any]]) -> dict[str, int]:
    estimated = {item["task_id"]: int(item["days_realistic"]) for item in durations}
    # Each subtask takes at least a day.
    return {task.id: max(estimated.get(task.id, DEFAULT_DAYS), len(task.children), 1) for task in tasks}


def _predecessors_of(task_ids: list[str], dependencies: list[dict[str, Any]]) -> dict[str, tuple[str, ...]]:
    accepted: dict[str, list[str]] = {task_id: [] for task_id in task_ids}
    free = {item["task_id"] for item in dependencies if not item["depends_on"]}
    for item in dependencies:
        for wanted in item["depends_on"]:
            known = item["task_id"] in accepted and wanted in accepted
            if (
                known
                and wanted not in accepted[item["task_id"]]
                and not _waits_for(wanted, item["task_id"], accepted)
            ):
                accepted[item["task_id"]].append(wanted)
    for before, task_id in pairwise(task_ids):
        if not accepted[task_id] and task_id not in free and not _waits_for(before, task_id, accepted):
            accepted[task_id].append(before)
    return {task_id: tuple(found) for task_id, found in accepted.items()}


def _waits_for(task_id: str, other: str, predecessors: dict[str, list[str]]) -> bool:
    """Whether `task_id` is `other` or has to wait for it, directly or not."""
    seen: set[str] = set()
    to_visit = [task_id]
    while to_visit:
        current = to_visit.pop()
        if current == other:
            return True
        if current not in seen:
            seen.add(current)
            to_visit.extend(predecessors[current])
    return False


def _earliest_starts(days: dict[str, int], predecessors: dict[str, tuple[str, ...]]) -> dict[str, int]:
    starts: dict[str, int] = {}
    for task_id in _in_order(predecessors):
        starts[task_id] = max((starts[p] + days[p] for p in predecessors[task_id]), default=0)
    return starts


def _slack(
    days: dict[str, int], predecessors: dict[str, tuple[str, ...]], early: dict[str, int]
) -> dict[str, int]:
    """How many days each task can slip without delaying the end."""
    project_days = max((early[task_id] + days[task_id] for task_id in days), default=0)
    latest_end = dict.fromkeys(days, project_days)
    for task_id in reversed(_in_order(predecessors)):
        for predecessor in predecessors[task_id]:
            latest_start = latest_end[task_id] - days[task_id]
            latest_end[predecessor] = min(latest_end[predecessor], latest_start)
    return {task_id: latest_end[task_id] - days[task_id] - early[task_id] for task_id in days}


def _in_order(predecessors: dict[str, tuple[str, ...]]) -> list[str]:
    """Return the ids so that each comes after its predecessors; there are no circles."""
    ordered: dict[str, None] = {}

    def visit(task_id: str) -> None:
        if task_id not in ordered:
            for predecessor in predecessors[task_id]:
                visit(predecessor)
            ordered[task_id] = None

    for task_id in predecessors:
        visit(task_id)
    return list(ordered)


def _subtask_activities(task: WBSTask, parent: Activity) -> list[Activity]:
    activities: list[Activity] = []
    begin = parent.start
    for position, subtask in enumerate(task.children):
        share, rest = divmod(parent.days, len(task.children))
        end = begin + timedelta(days=share + (1 if position < rest else 0))
        previous = (activities[-1].id,) if activities else ()
        activities.append(
            Activity(
                subtask.id, subtask.title, parent.phase, begin, end, previous, task.id, parent.is_critical
            )
        )
        begin = end
    return activities
