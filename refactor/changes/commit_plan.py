"""What is committed in which order: one commit for the imports, one a task. Reads only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from refactor.changes.intermediate import Intermediate
from refactor.changes.run import APPLY
from refactor.output.explaining import how_content_was_found
from refactor.project.display import display
from refactor.project.order import tasks_in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from codemods.model import TaskReport
    from codemods.source import SourceFile
    from refactor.changes.run import Verb
    from refactor.project.git import Repository

IMPORTS = "the imports"
UNUSED = (
    "Nothing uses them before the tasks follow. If it is that which a linter minds, leave that rule out for this run"
    " (pre-commit: SKIP=ruff; ruff: --ignore F401)."
)
"""For who runs a linter as a hook or as the command."""


@dataclass(frozen=True)
class FileChange:
    """What a commit does to one file."""

    path: Path
    before: SourceFile
    after: SourceFile


@dataclass(frozen=True)
class Planned:
    """One commit to make.

    Attributes:
        what: the task's name, or `the imports`.
        repository: where it is made.
        message: its message.
        changes: by file.
        task: path and name of its task, None for that of the imports.
        hint: what may help where it is refused.
    """

    what: str
    repository: Repository
    message: str
    changes: tuple[FileChange, ...]
    task: tuple[Path, str] | None = None
    hint: str = ""


def plan(
    verb: Verb,
    files: Sequence[Intermediate],
    reports: Sequence[TaskReport],
    changed: frozenset[tuple[Path, str]],
    repository_of: Mapping[Path, Repository],
) -> tuple[Planned, ...]:
    """The commits that lead from the files as they are to the files as rewritten.

    When applying, the added imports of all files of a repository come first, in a commit of their own: so each
    task's commit holds that task alone, and can be reverted alone. Then the tasks, each after those it requires.
    Reverting goes the other way round.

    Args:
        verb: what is done.
        files: those that change.
        reports: all tasks of the project, as they were.
        changed: path and name of the tasks that are rewritten.
        repository_of: the repository of each file.
    """
    by_path = {file.before.path: file for file in files}
    ordered = [report for report in tasks_in_order(reports) if _place(report) in changed]
    if verb is APPLY:
        framed = {path: file.version((), file.after) for path, file in by_path.items()}
        imports = _imports(
            [FileChange(path, by_path[path].before, after) for path, after in framed.items()],
            repository_of,
            _added,
            UNUSED,
        )
        tasks = _tasks(ordered, by_path, framed, repository_of, lambda file: file.after, refactored)
        return (*imports, *tasks)
    names = {path: {name for where, name in changed if where == path} for path in by_path}
    unframed = {path: file.version(names[path], file.before) for path, file in by_path.items()}
    current = {path: file.before for path, file in by_path.items()}
    tasks = _tasks(ordered[::-1], by_path, current, repository_of, lambda file: file.before, reverted)
    changes = [FileChange(path, before, by_path[path].after) for path, before in unframed.items()]
    return (*tasks, *_imports(changes, repository_of, _removed))


def refactored(report: TaskReport) -> str:
    """The message of a task's commit: its stage, the steps, and how the content of each file was found."""
    task, analysis = report.task, report.analysis
    lines = [f"Refactor {task.name}: database before files", "", f"Stage: {task.group} (rows: {task.stage})"]
    if analysis is not None:
        steps = sorted({insertion.step for insertion in analysis.insertions})
        lines += [f"Steps: {', '.join(steps)}"] if steps else []
        lines += [f"LLM call: {call.callee}" for call in analysis.calls]
        if content := list(how_content_was_found(analysis)):
            lines += ["", "Content:", *(f"- {line}" for line in content)]
    return "\n".join(lines) + "\n"


def reverted(report: TaskReport) -> str:
    """The message of the commit that takes a task's steps out again."""
    task = report.task
    return (
        f"Take the database steps out of {task.name}\n\n"
        f"Stage: {task.group} (rows: {task.stage})\n"
        f"{task.entry}() is what it was before they were inserted.\n"
    )


def _added(changes: Sequence[FileChange]) -> str:
    return (
        "Add the imports of the database steps\n\n"
        "Nothing uses them yet: each task follows in a commit of its own, which can be reverted alone;\n"
        "this one after all of them.\n\n" + _listed(changes)
    )


def _removed(changes: Sequence[FileChange]) -> str:
    return "Remove the imports that only the database steps used\n\n" + _listed(changes)


def _listed(changes: Sequence[FileChange]) -> str:
    return "".join(f"- {display(change.path)}: {', '.join(_difference(change))}\n" for change in changes)


def _difference(change: FileChange) -> list[str]:
    """The import statements that one of the two versions has and the other has not."""
    before, after = change.before.lines, change.after.lines
    more, fewer = (after, set(before)) if len(after) > len(before) else (before, set(after))
    return [line.partition("#")[0].strip() for line in more if line not in fewer]


def _imports(
    changes: Sequence[FileChange],
    repository_of: Mapping[Path, Repository],
    message: Callable[[Sequence[FileChange]], str],
    hint: str = "",
) -> Iterator[Planned]:
    by_repository: dict[Repository, list[FileChange]] = {}
    for change in changes:
        if change.before.text != change.after.text:
            by_repository.setdefault(repository_of[change.path], []).append(change)
    for repository, of_repository in by_repository.items():
        yield Planned(IMPORTS, repository, message(of_repository), tuple(of_repository), hint=hint)


def _tasks(
    ordered: Sequence[TaskReport],
    by_path: Mapping[Path, Intermediate],
    start: Mapping[Path, SourceFile],
    repository_of: Mapping[Path, Repository],
    frame: Callable[[Intermediate], SourceFile],
    message: Callable[[TaskReport], str],
) -> Iterator[Planned]:
    current = dict(start)
    names: dict[Path, set[str]] = {path: set() for path in by_path}
    for report in ordered:
        path, name = _place(report)
        # A class that is defined twice, in two branches, is one commit.
        if name in names[path]:
            continue
        names[path].add(name)
        file = by_path[path]
        after = file.version(names[path], frame(file))
        change = FileChange(path, current[path], after)
        current[path] = after
        yield Planned(name, repository_of[path], message(report), (change,), (path, name))


def _place(report: TaskReport) -> tuple[Path, str]:
    return report.task.path, report.task.name
