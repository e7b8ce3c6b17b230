"""What a report remembers of itself, and what has changed since an earlier one."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from codemods.errors import RefactorError
from codemods.model import TaskState
from refactor.project.display import display
from refactor.report_page.by_rule import codes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from refactor.report_page.gathering import Report
    from refactor.report_page.model import TaskPage

FORMAT = "luigi-database-first report 1"
_MOST_BYTES = 200_000_000
_EMBEDDED = re.compile(r'<script type="application/json" id="report-data">(.*?)</script>', re.DOTALL)


class EarlierReportError(RefactorError):
    """The file that was named is no earlier report."""


@dataclass(frozen=True)
class Remembered:
    """One task as a report remembers it.

    Attributes:
        path: the file, as the report showed it.
        name: the class.
        state: where it stood.
        codes: how often each rule or refusal occurred.
    """

    path: str
    name: str
    state: TaskState
    codes: Mapping[str, int]


@dataclass(frozen=True)
class Snapshot:
    """A report without its texts.

    Attributes:
        made: when, for people.
        tasks: the tasks, in the order of the report.
    """

    made: str
    tasks: tuple[Remembered, ...]


@dataclass(frozen=True)
class Move:
    """The tasks that went from one state to another.

    Attributes:
        was: the earlier state, None for tasks that are new.
        now: the present state, None for tasks that are gone.
        pages: the tasks as they are, in the order of the report; none for tasks that are gone.
        names: their class names.
    """

    was: TaskState | None
    now: TaskState | None
    pages: tuple[TaskPage, ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Changes:
    """What has changed since an earlier report.

    Attributes:
        since: when that was made.
        refactored: the refactored tasks then and now.
        moves: the tasks whose state is another now, new and gone ones among them.
        codes: each rule or refusal whose number differs: how often then, how often now.
    """

    since: str
    refactored: tuple[int, int]
    moves: tuple[Move, ...]
    codes: tuple[tuple[str, int, int], ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing has changed."""
        return not (self.moves or self.codes)


def snapshot_document(report: Report, made: str) -> dict[str, Any]:
    """What a page keeps of its report, for a later one to compare with."""
    tasks = [
        {
            "path": display(page.report.task.path),
            "task": page.report.task.name,
            "stage": page.report.task.group,
            "state": str(page.state),
            "codes": dict(sorted(codes(page).items())),
        }
        for page in report.tasks
    ]
    return {"format": FORMAT, "made": made, "tasks": tasks}


def read_snapshot(path: Path) -> Snapshot:
    """The snapshot in an earlier page, or in the JSON of `refactor report --format json`.

    Raises:
        EarlierReportError: the file cannot be read, or holds none.
    """
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8")
    except UnicodeDecodeError as error:
        raise EarlierReportError(f"{path}: is no report: not UTF-8 text") from error
    except OSError as error:
        raise EarlierReportError(f"{path}: {error.strerror or error}") from error
    embedded = _EMBEDDED.search(text)
    try:
        document = json.loads(embedded[1] if embedded else text)
    except ValueError as error:
        raise EarlierReportError(
            f"{path}: is no report; name a page of `refactor report --html`, or the JSON of --format json"
        ) from error
    return _read(path, document)


def changes(earlier: Snapshot, report: Report) -> Changes:
    """Compares a report with an earlier one.

    Tasks are the same by file and class name; where a file has moved, or the paths were given from elsewhere, by a
    class name that only one task then and one task now has.
    """
    then = _matched(earlier.tasks, report.tasks)
    moves: dict[tuple[TaskState | None, TaskState | None], list[TaskPage]] = {}
    for page, before in zip(report.tasks, then, strict=True):
        was = before.state if before is not None else None
        if was is not page.state:
            moves.setdefault((was, page.state), []).append(page)
    kept = {id(task) for task in then if task is not None}
    gone = tuple(task.name for task in earlier.tasks if id(task) not in kept)
    counted = Counter(code for page in report.tasks for code in codes(page).elements())
    counted_then: Counter[str] = Counter()
    for task in earlier.tasks:
        counted_then.update(task.codes)
    return Changes(
        since=earlier.made,
        refactored=(_done(task.state for task in earlier.tasks), _done(page.state for page in report.tasks)),
        moves=(
            *(
                Move(was, now, tuple(pages), tuple(page.report.task.name for page in pages))
                for (was, now), pages in moves.items()
            ),
            *([Move(None, None, (), gone)] if gone else []),
        ),
        codes=tuple(
            (code, counted_then[code], counted[code])
            for code in sorted(counted.keys() | counted_then.keys())
            if counted_then[code] != counted[code]
        ),
    )


def _matched(earlier: Sequence[Remembered], pages: Sequence[TaskPage]) -> list[Remembered | None]:
    """For each task the one that it was."""
    by_place = {(task.path, task.name): task for task in earlier}
    found = [by_place.get((display(page.report.task.path), page.report.task.name)) for page in pages]
    taken = {id(task) for task in found if task is not None}
    left = [task for task in earlier if id(task) not in taken]
    named = Counter(task.name for task in left)
    unmatched = Counter(p.report.task.name for p, task in zip(pages, found, strict=True) if task is None)
    by_name = {task.name: task for task in left if named[task.name] == unmatched[task.name] == 1}
    return [task or by_name.get(page.report.task.name) for page, task in zip(pages, found, strict=True)]


def _done(states: Iterable[TaskState]) -> int:
    return sum(state is TaskState.DONE for state in states)


def _read(path: Path, document: object) -> Snapshot:
    try:
        if not isinstance(document, dict) or document["format"] != FORMAT:
            raise EarlierReportError(
                f"{path}: is no report of this version; make one anew from that revision"
            )
        tasks: Sequence[Mapping[str, Any]] = document["tasks"]
        return Snapshot(
            str(document["made"]),
            tuple(
                Remembered(
                    str(task["path"]),
                    str(task["task"]),
                    TaskState(task["state"]),
                    {str(code): int(number) for code, number in task["codes"].items()},
                )
                for task in tasks
            ),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise EarlierReportError(f"{path}: is no report of this version: {error!r}") from error
