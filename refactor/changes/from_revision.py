"""`apply --from REV`: the original of a task, with the steps inserted afresh, in place of what is there."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from codemods.errors import SourceError
from codemods.model import FileRewrite, TaskReport, TaskState
from refactor.changes import run as rewriting
from refactor.changes.verifying import older
from refactor.project.files import read_source

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codemods.model import FileInspection
    from codemods.settings import Settings
    from codemods.source import SourceFile
    from refactor.changes.run import Outcome, Run, Selector
    from refactor.project.opening import Project


@dataclass(frozen=True)
class Restored:
    """A file with original tasks back in place.

    Attributes:
        source: the file as it would be before the steps are inserted.
        names: the tasks that came back, or were the original still.
        missing: the tasks that the older file does not have.
    """

    source: SourceFile
    names: frozenset[str]
    missing: frozenset[str]


def rewrite_from(
    project: Project, selected: Selector, revision: str, paths: Sequence[Path], *, dry: bool
) -> Run:
    """Rewrites the selected tasks of a project from what they were in a revision, in memory.

    A task that the revision does not have, or that cannot be refactored from there, stays as it is and counts as
    refused.

    Args:
        project: as inspected.
        selected: which tasks.
        revision: a git revision, a file or a directory.
        paths: what was asked for, to find the counterparts by.
        dry: whether nothing is to be written.

    Raises:
        UnknownNameError: the revision is none.
    """
    before = older(revision, paths)
    settings = project.configuration.settings
    rewrites: list[FileRewrite] = []
    outcomes: list[Outcome] = []
    problems = list(project.problems)
    for inspection in project.inspections:
        wanted = [report for report in inspection.reports if selected(report)]
        if not wanted:
            continue
        path = inspection.source.path
        try:
            data = before.read(path)
            if data is None:
                raise SourceError(path, f"is not in {revision}; there is nothing to take its tasks from")
            rewritten, of_file = _of_file(inspection, wanted, read_source(path, data), settings, revision)
        except SourceError as error:
            problems.append(error)
            continue
        outcomes += of_file
        if rewritten.before.text != rewritten.after.text:
            rewrites.append(rewritten)
    return rewriting.Run(rewriting.APPLY, dry, tuple(outcomes), tuple(rewrites), tuple(problems))


def restore(source: SourceFile, original: SourceFile, names: frozenset[str], settings: Settings) -> Restored:
    """Puts some tasks back as an older file has them: the class with what stands above it, in this file's line ends.

    The whole class, because who changed the method by hand often also changed the text around it, and only the whole
    can be proven to be the original with insertions.
    """
    from codemods.rewriting.transform import MethodEdit, splice

    here, there = _spans(source, settings), _spans(original, settings)
    found = frozenset(here) & frozenset(there) & names
    edits = []
    for name in found:
        text = "".join(original.lines[slice(*there[name])])
        text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\n", source.newline)
        edits.append(MethodEdit(*here[name], text))
    return Restored(splice(source, edits, ()), found, names - found)


def _spans(source: SourceFile, settings: Settings) -> dict[str, tuple[int, int]]:
    """The lines of each class with an entry method, and the comments and blank lines above it, 0-based."""
    import ast

    from codemods.rewriting.apply import entries

    wanted = {name for name, _ in entries(source, settings)}
    found = {}
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ClassDef) and node.name in wanted and node.col_offset == 0:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)]) - 1
            while first and (not source.lines[first - 1].strip() or source.lines[first - 1].startswith("#")):
                first -= 1
            found[node.name] = (first, node.end_lineno or node.lineno)
    return found


def _of_file(
    inspection: FileInspection,
    wanted: Sequence[TaskReport],
    original: SourceFile,
    settings: Settings,
    revision: str,
) -> tuple[FileRewrite, list[Outcome]]:
    from codemods import api

    names = frozenset(report.task.name for report in wanted)
    restored = restore(inspection.source, original, names, settings)
    again = api.inspect([restored.source], settings)[0]
    undone = {report.task.name: report for report in again.reports}
    rewritten = rewriting.rewrite_file(
        again, lambda report: report.task.name in restored.names, rewriting.APPLY, settings
    )
    # A task that is refused now must keep what it has, rather than go back to what it was.
    kept = frozenset(
        r.task.name for r in rewritten.reports if r.task.name in names and r.state is TaskState.REFUSED
    )
    if kept:
        restored = restore(inspection.source, original, names - kept, settings)
        rewritten = rewriting.rewrite_file(
            api.inspect([restored.source], settings)[0],
            lambda report: report.task.name in restored.names,
            rewriting.APPLY,
            settings,
        )
    after = {report.task.name: report for report in rewritten.reports}
    changed = _changed(inspection.source, rewritten.after, settings)
    outcomes = []
    for report in wanted:
        name = report.task.name
        if name in restored.missing:
            refused = replace(report, state=TaskState.REFUSED, reason=f"{revision} has no such task")
            outcomes.append(rewriting.Outcome(refused, changed=False, refused=True))
        elif name in kept:
            outcomes.append(rewriting.Outcome(undone[name], changed=False, refused=True))
        else:
            outcomes.append(rewriting.Outcome(after[name], changed=name in changed, refused=False))
    names_changed = tuple(r.task.name for r in wanted if r.task.name in changed)
    return FileRewrite(inspection.source, rewritten.after, rewritten.reports, names_changed), outcomes


def _changed(before: SourceFile, after: SourceFile, settings: Settings) -> frozenset[str]:
    """The tasks whose entry methods differ in two files."""
    from codemods.rewriting.apply import entries
    from codemods.rewriting.transform import method_span

    def texts(source: SourceFile) -> dict[str, str]:
        spans = {name: method_span(method) for (name, _), method in entries(source, settings).items()}
        return {name: "".join(source.lines[first:last]) for name, (first, last) in spans.items()}

    old = texts(before)
    return frozenset(name for name, text in texts(after).items() if old.get(name) != text)
