"""Findings and refusals by their code: what it means, what to do, and which tasks it is about."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from codemods.checking.rules import BY_CODE
from codemods.refusals import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from refactor.report_page.model import TaskPage


@dataclass(frozen=True)
class RuleGroup:
    """Everything that has one code.

    Attributes:
        code: of a rule of `check`, or of a refusal.
        title: the rule's summary, or the refusal's title.
        wrong: what is wrong, or when a task is refused.
        remedy: what to do.
        is_refusal: whether it is a refusal.
        number: how often it occurs.
        tasks: each task with how often it occurs there, in the order of the report.
    """

    code: str
    title: str
    wrong: str
    remedy: str
    is_refusal: bool
    number: int
    tasks: tuple[tuple[TaskPage, int], ...]


def rule_groups(pages: Sequence[TaskPage]) -> tuple[RuleGroup, ...]:
    """The groups, refusals first, then the most frequent.

    Args:
        pages: the tasks of the report.
    """
    found: dict[str, list[tuple[TaskPage, int]]] = {}
    for page in pages:
        for code, number in codes(page).items():
            found.setdefault(code, []).append((page, number))
    groups = (_group(code, tuple(tasks)) for code, tasks in found.items())
    return tuple(sorted(groups, key=lambda group: (not group.is_refusal, -group.number, group.code)))


def codes(page: TaskPage) -> Counter[str]:
    """How often each code occurs in one task."""
    counted = Counter(finding.code for finding in page.findings)
    if page.report.refusal is not None:
        counted[page.report.refusal.code] += 1
    return counted


def _group(code: str, tasks: tuple[tuple[TaskPage, int], ...]) -> RuleGroup:
    number = sum(count for _, count in tasks)
    if code in BY_CODE:
        rule = BY_CODE[code]
        return RuleGroup(code, rule.summary, rule.wrong, rule.remedy, False, number, tasks)
    refusal = REFUSALS.get(code)
    if refusal is None:
        return RuleGroup(code, "", "", "", True, number, tasks)
    return RuleGroup(code, refusal.title, refusal.when, refusal.remedy, True, number, tasks)
