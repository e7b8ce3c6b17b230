"""The schedule follows durations and dependencies, and survives answers that make no sense."""

from datetime import date

import pytest

from pipeline.example.domain.schedule import DEFAULT_DAYS, ProjectSchedule, project_start
from pipeline.example.domain.wbs import WBSProject, WBSTask, with_subtasks

START = date(2026, 3, 2)


def project(*task_ids: str) -> WBSProject:
    tasks = [WBSTask(task_id, f"Task {task_id}") for task_id in task_ids]
    return WBSProject(WBSTask("1", "Workshop", {}, [WBSTask("1.1", "Phase", {}, tasks)]))


def schedule(
    wbs: WBSProject, dependencies: dict[str, list[str]], days: dict[str, int]
) -> dict[str, tuple[int, int]]:
    """First day and length of each activity, counted from the start."""
    created = ProjectSchedule.create(
        wbs,
        [{"task_id": task_id, "depends_on": wanted} for task_id, wanted in dependencies.items()],
        [{"task_id": task_id, "days_realistic": length} for task_id, length in days.items()],
        START,
    )
    return {activity.id: ((activity.start - START).days, activity.days) for activity in created.activities}


def test_a_task_starts_when_the_last_of_its_predecessors_ends():
    found = schedule(project("a", "b", "c"), {"a": [], "b": [], "c": ["a", "b"]}, {"a": 2, "b": 7, "c": 1})
    assert found == {"a": (0, 2), "b": (0, 7), "c": (7, 1)}


def test_a_task_of_which_nothing_usable_is_said_follows_the_task_before_it():
    found = schedule(project("a", "b", "c"), {"b": ["task 17"]}, {"a": 2, "b": 3, "unknown": 90})
    assert found == {"a": (0, 2), "b": (2, 3), "c": (5, DEFAULT_DAYS)}


def test_a_dependency_that_closes_a_circle_is_left_out():
    found = schedule(project("a", "b"), {"a": ["b", "a"], "b": ["a"]}, {"a": 2, "b": 3})
    assert found == {"b": (0, 3), "a": (3, 2)}


def test_subtasks_share_the_days_of_their_task():
    subtasks = [
        {"id": f"a.{i}", "parent_id": parent, "title": "x", "description": "", "resources": []}
        for i, parent in enumerate(["a", "a", "unknown"])
    ]
    found = schedule(with_subtasks(project("a"), subtasks), {}, {"a": 5})
    assert found == {"a": (0, 5), "a.0": (0, 3), "a.1": (3, 2)}


def test_only_tasks_without_slack_are_critical():
    created = ProjectSchedule.create(
        project("a", "b"),
        [{"task_id": task_id, "depends_on": []} for task_id in ("a", "b")],
        [{"task_id": "a", "days_realistic": 9}, {"task_id": "b", "days_realistic": 8}],
        START,
    )
    assert {activity.id: activity.is_critical for activity in created.activities} == {"a": True, "b": False}


def test_the_start_comes_from_the_stored_time_and_from_nowhere_else():
    assert project_start({"start_time": "2026-03-02T23:59:59Z"}) == START
    with pytest.raises(KeyError):
        project_start({})
