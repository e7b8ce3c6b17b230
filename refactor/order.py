"""Dependency order, of tasks and of groups of tasks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from codemods.model import TaskReport

Key = TypeVar("Key", bound=Hashable)


def in_dependency_order(items: Sequence[Key], needs: Mapping[Key, Iterable[Key]]) -> tuple[Key, ...]:
    """Orders items so that each comes after what it needs, else in the order given.

    Groups of tasks can need each other in a circle; then the one with the fewest unmet needs comes first.
    """
    remaining = list(dict.fromkeys(items))
    wanted = {item: set(needs.get(item, ())) - {item} for item in remaining}
    ordered: list[Key] = []
    while remaining:
        left = set(remaining)
        following = min(remaining, key=lambda item: len(wanted[item] & left))
        remaining.remove(following)
        ordered.append(following)
    return tuple(ordered)


def tasks_in_order(reports: Sequence[TaskReport]) -> tuple[TaskReport, ...]:
    """The reports so that every task comes after the tasks that it requires."""
    by_name = {report.task.name: report for report in reversed(reports)}
    needs = {
        position: {reports.index(by_name[name]) for name in report.task.requires if name in by_name}
        for position, report in enumerate(reports)
    }
    return tuple(reports[position] for position in in_dependency_order(range(len(reports)), needs))


def groups_in_order(reports: Sequence[TaskReport]) -> tuple[str, ...]:
    """The groups so that each comes after the groups that its tasks require something of."""
    group_of = {report.task.name: report.task.group for report in reports}
    needs: dict[str, set[str]] = {}
    for report in reports:
        wanted = needs.setdefault(report.task.group, set())
        wanted.update(group_of[name] for name in report.task.requires if name in group_of)
    return in_dependency_order(list(needs), needs)
