"""One git commit a task, in dependency order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.errors import RefactorError, SourceError
from codemods.model import FileInspection, FileRewrite, TaskReport, TaskState
from refactor.explaining import how_content_was_found
from refactor.git import GitError, Repository
from refactor.names import display
from refactor.order import tasks_in_order
from refactor.rewriting import APPLY, Outcome, Run, Selector, outcome_of, rewrite_file
from refactor.writing import InterruptedRunError, replace, signals_held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from refactor.project import Project

Place = tuple[Path, str]
MOST_LISTED = 5


class DirtyTreeError(RefactorError):
    """There are uncommitted changes that would end up beside ours."""


@dataclass(frozen=True)
class _Pending:
    """One task to commit."""

    inspection: FileInspection
    report: TaskReport
    repository: Repository


def commit_each(
    project: Project, selected: Selector, *, allow_dirty: bool, tell: Callable[[str], None]
) -> Run:
    """Rewrites and commits the selected tasks one by one; stops at the first that git does not take.

    A commit that git refuses is undone on disk, so that the tree is as clean as before.

    Args:
        project: as inspected.
        selected: which tasks.
        allow_dirty: whether changes in other files, or earlier ones in the same file, are nobody's concern.
        tell: is given a line after each commit.

    Raises:
        DirtyTreeError: there are uncommitted changes, or a file is not tracked.
        GitError: the files are in no repository.
        InterruptedRunError: Ctrl-C; the message lists what was committed.
    """
    pending = tuple(_pending(project, selected))
    _check(pending, allow_dirty)
    committed: dict[Path, set[str]] = {}
    current: dict[Path, FileRewrite] = {}
    problems = list(project.problems)
    outcomes: dict[Place, Outcome] = {}
    try:
        for one in pending:
            path, name = one.inspection.source.path, one.report.task.name
            wanted = committed.setdefault(path, set())
            try:
                rewritten = rewrite_file(
                    one.inspection, _named({*wanted, name}), APPLY, project.configuration.settings
                )
                outcomes[path, name] = outcome_of(
                    one.report, _of(rewritten, name), APPLY, changed=name in rewritten.changed
                )
                if name not in rewritten.changed:
                    continue
                before = current[path].after if path in current else one.inspection.source
                # A commit is finished before Ctrl-C takes effect, so that it is also noted as made.
                with signals_held():
                    _commit(one, before.to_bytes(), rewritten.after.to_bytes())
                    wanted.add(name)
                    current[path] = rewritten
            except SourceError as error:
                outcomes.pop((path, name), None)
                problems.append(error)
                break
            tell(f"committed {name}")
    except KeyboardInterrupt:
        done = ", ".join(sorted(name for names in committed.values() for name in names))
        raise InterruptedRunError(f"interrupted; committed: {done or 'nothing'}") from None
    final = tuple(
        outcomes.get(_place(report), outcome_of(report, report, APPLY))
        for report in project.reports
        if selected(report)
    )
    return Run(APPLY, False, final, tuple(current.values()), tuple(problems))


def message(report: TaskReport) -> str:
    """The commit message: the task, its stage, the steps, and how the content of each file was found."""
    task, analysis = report.task, report.analysis
    lines = [f"Refactor {task.name}: database before files", "", f"Stage: {task.group} (rows: {task.stage})"]
    if analysis is not None:
        steps = sorted({insertion.step for insertion in analysis.insertions})
        lines += [f"Steps: {', '.join(steps)}"] if steps else []
        lines += [f"LLM call: {call.callee}" for call in analysis.calls]
        if content := list(how_content_was_found(analysis)):
            lines += ["", "Content:", *(f"- {line}" for line in content)]
    return "\n".join(lines) + "\n"


def _pending(project: Project, selected: Selector) -> Iterator[_Pending]:
    at = {_place(report): one for one in project.inspections for report in one.reports}
    repositories: dict[Path, Repository] = {}
    for report in tasks_in_order(project.reports):
        if selected(report) and report.state is TaskState.TODO:
            inspection = at[_place(report)]
            path = inspection.source.path
            if path not in repositories:
                repositories[path] = Repository.around(path)
            yield _Pending(inspection, report, repositories[path])


def _check(pending: tuple[_Pending, ...], allow_dirty: bool) -> None:
    by_repository: dict[Repository, set[str]] = {}
    for one in pending:
        by_repository.setdefault(one.repository, set()).add(one.repository.name(one.inspection.source.path))
    for repository, names in by_repository.items():
        if unknown := sorted(name for name in names if not repository.is_tracked(name)):
            raise DirtyTreeError(f"not known to git: {', '.join(unknown)}; add and commit it first")
        changed = [] if allow_dirty else repository.uncommitted()
        if changed:
            listed = ", ".join(changed[:MOST_LISTED]) + (", …" if len(changed) > MOST_LISTED else "")
            raise DirtyTreeError(
                f"uncommitted changes in {listed}; commit them, or allow them with --allow-dirty"
            )


def _commit(one: _Pending, before: bytes, after: bytes) -> None:
    path = one.inspection.source.path
    replace(path, before, after)
    try:
        one.repository.commit(one.repository.name(path), message(one.report))
    except BaseException as error:
        try:
            replace(path, after, before)
            left = "left as it was"
        except SourceError:
            left = "changed by a hook meanwhile and not committed"
        if isinstance(error, GitError):
            raise SourceError(
                path, f"{one.report.task.name} was not committed, {display(path)} is {left}: {error}"
            ) from error
        raise


def _named(names: set[str]) -> Selector:
    return lambda report: report.task.name in names


def _of(rewritten: FileRewrite, name: str) -> TaskReport:
    return next(report for report in rewritten.reports if report.task.name == name)


def _place(report: TaskReport) -> Place:
    return report.task.path, report.task.name
