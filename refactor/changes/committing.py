"""One git commit a task: each is made whole or not at all, and the first that fails is the last."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codemods.errors import RefactorError, SourceError
from codemods.model import FileRewrite, TaskReport, TaskState
from refactor.changes import run as rewriting
from refactor.changes.commit_plan import FileChange, Planned, plan
from refactor.changes.intermediate import Intermediate
from refactor.changes.interrupts import signals_held, signals_interrupt
from refactor.changes.run import APPLY, Run, Selector, Verb
from refactor.changes.verify_with import Verdict, run_command
from refactor.changes.writing import InterruptedRunError
from refactor.changes.writing import replace as replace_file
from refactor.project.display import display
from refactor.project.git import GitError, Repository

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from refactor.output.live import Watcher
    from refactor.project.opening import Project

MOST_LISTED = 5


class DirtyTreeError(RefactorError):
    """There are uncommitted changes that would end up beside ours."""


@dataclass(frozen=True)
class Terms:
    """On what terms commits are made.

    Attributes:
        allow_dirty: whether changes in other files, or earlier ones in the same file, are nobody's concern.
        command: a shell command that has to be content with each change before it is committed, None without one.
    """

    allow_dirty: bool = False
    command: str | None = None


class _CommandFailedError(RefactorError):
    """The user's command was not content with a change."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(str(verdict))
        self.verdict = verdict


def commit_each(
    project: Project,
    selected: Selector,
    verb: Verb,
    terms: Terms,
    watching: Callable[[int], AbstractContextManager[Watcher]],
) -> Run:
    """Rewrites the selected tasks and commits them one by one; stops at the first that does not go through.

    That one is undone on disk, so that the tree is as clean as before; the commits before it stay.

    Args:
        project: as inspected.
        selected: which tasks.
        verb: apply or revert.
        terms: dirty trees, and the command between change and commit.
        watching: is given the number of commits; what it opens is told of each.

    Raises:
        DirtyTreeError: there are uncommitted changes, or a file is not tracked.
        GitError: the files are in no repository.
        InterruptedRunError: Ctrl-C; the message lists what was committed.
    """
    repository_of = repositories(project, selected, verb, terms)
    run = rewriting.rewrite(project, selected, verb, dry=False)
    files, problems = _files(run, project)
    usable = {file.before.path for file in files}
    changed = frozenset(
        _place(outcome.report)
        for outcome in run.outcomes
        if outcome.changed and outcome.report.task.path in usable
    )
    planned = plan(verb, files, project.reports, changed, repository_of)
    made: list[Planned] = []
    try:
        with watching(len(planned)) as watcher:
            for one in planned:
                watcher.begin(one.what)
                try:
                    # A commit is finished before Ctrl-C takes effect, so that it is also noted as made.
                    with signals_held():
                        _commit(one, terms.command, first=not made)
                        made.append(one)
                except SourceError as error:
                    problems.append(error)
                    break
                watcher.done(one.what)
    except KeyboardInterrupt:
        told = ", ".join(one.what for one in made) or "nothing"
        raise InterruptedRunError(f"interrupted; committed: {told}") from None
    return _as_it_is(run, project.reports, made, problems)


def repositories(project: Project, selected: Selector, verb: Verb, terms: Terms) -> dict[Path, Repository]:
    """The repository of each file that can change, in which commits can be made.

    Raises:
        DirtyTreeError: there are uncommitted changes, or a file is not tracked.
        GitError: a file is in no repository.
    """
    wanted = TaskState.TODO if verb is APPLY else TaskState.DONE
    paths = {r.task.path: None for r in project.reports if selected(r) and r.state is wanted}
    repository_of = {path: Repository.around(path) for path in paths}
    by_repository: dict[Repository, set[str]] = {}
    for path, repository in repository_of.items():
        by_repository.setdefault(repository, set()).add(repository.name(path))
    for repository, names in by_repository.items():
        if repository.commit_of("HEAD") is None:
            raise DirtyTreeError(f"{display(repository.root)} has no commit yet; make the first one")
        if unknown := sorted(name for name in names if not repository.is_tracked(name)):
            raise DirtyTreeError(f"not known to git: {', '.join(unknown)}; add and commit it first")
        changed = [] if terms.allow_dirty else repository.uncommitted()
        if changed:
            listed = ", ".join(changed[:MOST_LISTED]) + (", …" if len(changed) > MOST_LISTED else "")
            raise DirtyTreeError(
                f"uncommitted changes in {listed}; commit them, or allow them with --allow-dirty"
            )
    return repository_of


def _files(run: Run, project: Project) -> tuple[list[Intermediate], list[SourceError]]:
    """The files to commit, with the versions between; and what is wrong with the others."""
    files, problems = [], list(run.problems)
    for rewrite in run.rewrites:
        try:
            file = Intermediate.of(rewrite, project.configuration.settings)
            # A method compiles or not whatever the others are, so these two stand for all between them.
            for source in (rewrite.before, rewrite.after):
                _compile(source.text, rewrite.before.path)
        except SourceError as error:
            problems.append(error)
        else:
            files.append(file)
    return files, problems


def _compile(text: str, path: Path) -> None:
    """Raises SourceError where a text parses and yet is no program, such as a `return` outside of a function."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(text, str(path), "exec", dont_inherit=True)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        what, line = (error.msg, error.lineno) if isinstance(error, SyntaxError) else (str(error), None)
        raise SourceError(path, f"does not compile, so it is not committed: {what}", line) from error


def _commit(one: Planned, command: str | None, *, first: bool) -> None:
    """Makes one commit. Raises SourceError where it was not made; the files are as they were, or it says so."""
    changed: list[FileChange] = []
    try:
        for change in one.changes:
            replace_file(change.path, change.before.to_bytes(), change.after.to_bytes())
            changed.append(change)
        if command is not None:
            verdict = _verdict(command, one.repository.root)
            if not verdict.passed:
                raise _CommandFailedError(verdict)
            for change in one.changes:
                if change.path.read_bytes() != change.after.to_bytes():
                    raise SourceError(change.path, f"changed while `{command}` ran")
        one.repository.commit([one.repository.name(change.path) for change in one.changes], one.message)
    except BaseException as error:
        left = _undo(changed)
        path = one.changes[0].path
        if isinstance(error, _CommandFailedError):
            again = first and not left and not _verdict(str(command), one.repository.root).passed
            raise SourceError(path, _refused(one, error.verdict, left, without=again)) from error
        if isinstance(error, GitError | OSError | SourceError):
            why = error.message if isinstance(error, SourceError) else str(error)
            told = [f"{_subject(one)} not committed: {why}; {left or _stands(one)}"]
            # A hook may mind what git itself does not.
            told += [one.hint] if one.hint and isinstance(error, GitError) else []
            raise SourceError(path, "\n".join(told)) from error
        raise


def _verdict(command: str, folder: Path) -> Verdict:
    with signals_interrupt():
        return run_command(command, folder)


def _undo(changed: Sequence[FileChange]) -> str:
    """Gives the files their content back; tells which have another by now and were left."""
    left = []
    for change in changed:
        try:
            replace_file(change.path, change.after.to_bytes(), change.before.to_bytes())
        except SourceError:
            left.append(display(change.path))
    return f"{', '.join(left)} was changed by others meanwhile and is left like that" if left else ""


def _refused(one: Planned, verdict: Verdict, left: str, *, without: bool) -> str:
    lines = [f"{_subject(one)} not committed: {verdict}; {left or _stands(one)}"]
    if without:
        lines.append("It fails without the change too: fix that first.")
    elif one.hint:
        lines.append(one.hint)
    if verdict.tail:
        lines += ["The end of its output:", *(f"  {line}" for line in verdict.tail)]
    return "\n".join(lines)


def _subject(one: Planned) -> str:
    return f"{one.what} {'was' if one.task else 'were'}"


def _stands(one: Planned) -> str:
    shown = [display(change.path) for change in one.changes]
    return f"{shown[0]} is as it was" if len(shown) == 1 else f"{len(shown)} files are as they were"


def _as_it_is(
    run: Run, reports: Sequence[TaskReport], made: Sequence[Planned], problems: Sequence[SourceError]
) -> Run:
    """The run as it turned out: what was not committed stands where it stood."""
    stood = {_place(report): report for report in reports}
    done = {one.task for one in made}
    last = {change.path: change.after for one in made for change in one.changes}
    return replace(
        run,
        outcomes=tuple(
            replace(outcome, report=stood[_place(outcome.report)], changed=False)
            if outcome.changed and _place(outcome.report) not in done
            else outcome
            for outcome in run.outcomes
        ),
        rewrites=tuple(
            FileRewrite(rewrite.before, last[rewrite.before.path], rewrite.reports, rewrite.changed)
            for rewrite in run.rewrites
            if rewrite.before.path in last
        ),
        problems=tuple(problems),
    )


def _place(report: TaskReport) -> tuple[Path, str]:
    return report.task.path, report.task.name
