"""Dependency order, of tasks and of groups of tasks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from heapq import heappop, heappush
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from codemods.model import TaskReport

Key = TypeVar("Key", bound=Hashable)


def in_dependency_order(items: Sequence[Key], needs: Mapping[Key, Iterable[Key]]) -> tuple[Key, ...]:
    """Orders items so that each comes after what it needs, else in the order given.

    Groups of tasks can need each other in a circle; then the one with the fewest unmet needs comes first.
    """
    given = list(dict.fromkeys(items))
    position = {item: at for at, item in enumerate(given)}
    wanted = {item: {need for need in needs.get(item, ()) if need in position} - {item} for item in given}
    needed_by: dict[Key, list[Key]] = {}
    for item in given:
        for need in wanted[item]:
            needed_by.setdefault(need, []).append(item)
    remaining = dict.fromkeys(given)
    ready = [at for at, item in enumerate(given) if not wanted[item]]  # rising, so already a heap
    ordered: list[Key] = []
    while remaining:
        following = given[heappop(ready)] if ready else min(remaining, key=lambda item: len(wanted[item]))
        del remaining[following]
        ordered.append(following)
        for item in needed_by.get(following, ()):
            wanted[item].discard(following)
            if item in remaining and not wanted[item]:
                heappush(ready, position[item])
    return tuple(ordered)


def tasks_in_order(reports: Sequence[TaskReport]) -> tuple[TaskReport, ...]:
    """The reports so that every task comes after the tasks that it requires."""
    first = {report.task.name: at for at, report in reversed(tuple(enumerate(reports)))}
    needs = {
        at: {first[name] for name in report.task.requires if name in first}
        for at, report in enumerate(reports)
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
