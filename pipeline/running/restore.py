"""Compares a run directory with the database, and makes files what the database says they are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.database.records import FileNote
from pipeline.errors import DatabaseError, PipelineError
from pipeline.names import check_filename, name_below
from pipeline.running.evidence import FileComparison, FileState, Remedy, Stored, compare
from pipeline.running.inputs import input_files
from pipeline.running.run_directory import BlockedError, Kind, RunDirectory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from pipeline.database.records import ContentInfo, PlanRecord
    from pipeline.database.service import DatabaseService

__all__ = ["FileState", "Restored", "compare_files", "restore_file", "restore_files"]


@dataclass(frozen=True, slots=True)
class Restored:
    """What was done with a file that was missing or different.

    `kept` is the name of the file that was there and is kept; `left`, why nothing was written.
    """

    filename: str
    state: FileState
    kept: str | None = None
    left: str = ""


def compare_files(service: DatabaseService, plan: PlanRecord, run_dir: Path) -> tuple[FileComparison, ...]:
    """Compare every file that the database knows of with the run directory, byte for byte.

    Raises InvalidNameError for a stored name that would lead out of the run directory.
    """
    inputs = input_files(plan)
    notes = service.list_file_notes(plan.plan_id)
    directory = RunDirectory(run_dir)
    rows = _stored(service, plan)
    namesakes = _Namesakes(run_dir, rows)

    def content_of(name: str) -> Callable[[], bytes]:
        return lambda: inputs[name] if name in inputs else service.get_content(plan.plan_id, name)

    found = []
    for name in sorted(rows):
        check_filename(name)
    for name, stored in sorted(rows.items()):
        try:
            found.append(compare(stored, notes.get(name), directory, content_of(name), namesakes.of))
        except BlockedError as error:
            found.append(FileComparison(name, FileState.DIFFERENT, Remedy.IN_THE_WAY, str(error)))
        except DatabaseError:
            # What is stored is corrupt, which is said by whoever tries to write it.
            state = FileState.MISSING if directory.look(name).kind is Kind.NOTHING else FileState.DIFFERENT
            found.append(FileComparison(name, state, Remedy.RESTORE))
    return tuple(found)


def restore_file(
    service: DatabaseService, plan: PlanRecord, run_dir: Path, file: FileComparison
) -> str | None:
    """Write one file from the database, and return what the one that was there is kept as, if it is.

    Raises DatabaseError if what is stored is corrupt, PipelineError where something else is in the way.
    """
    inputs = input_files(plan)
    if file.remedy is Remedy.IN_THE_WAY:
        raise PipelineError(file.reason)
    content = inputs.get(file.filename)
    if content is None:
        content = service.get_content(plan.plan_id, file.filename)
    keep = file.state is FileState.DIFFERENT and file.remedy is not Remedy.RESTORE
    return RunDirectory(run_dir).write(file.filename, content, keep=keep)


def restore_files(service: DatabaseService, plan: PlanRecord, run_dir: Path) -> tuple[Restored, ...]:
    """Restore every file that is missing or different and return those, and what was left as it is.

    Done before Luigi looks at the directory: it takes a file that exists for a task that is done.
    Raises PipelineError, with nothing written, for a file that differs and is not shown to be wrong.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    files = compare_files(service, plan, run_dir)
    _refuse(service, plan, files)
    done: list[Restored] = []
    written: list[str] = []
    failures: list[str] = []
    directory = RunDirectory(run_dir)
    try:
        for file in files:
            if file.remedy is Remedy.NOTHING:
                continue
            if file.remedy is Remedy.REMAKE and file.state is FileState.DIFFERENT:
                # Else Luigi would take its task for done.
                done.append(Restored(file.filename, file.state, directory.set_aside(file.filename)))
            elif file.remedy in {Remedy.RESTORE, Remedy.REPLACE}:
                try:
                    kept = restore_file(service, plan, run_dir, file)
                except DatabaseError as error:
                    failures.append(str(error))
                    continue
                written.append(file.filename)
                done.append(Restored(file.filename, file.state, kept))
            else:
                done.append(Restored(file.filename, file.state, left=file.reason))
    finally:
        note_what_was_seen(service, plan, files, written)
    if failures:
        raise DatabaseError("; ".join(failures))
    return tuple(done)


def note_what_was_seen(
    service: DatabaseService, plan: PlanRecord, files: Iterable[FileComparison], written: Iterable[str]
) -> None:
    """Note which files were like their rows, and which have just been written from them.

    A file that was written from its row is like it for that reason alone.
    """
    old = service.list_file_notes(plan.plan_id)
    rows = {info.filename: info.sha256 for info in service.list_content(plan.plan_id)}
    written = set(written)
    notes = []
    for file in files:
        if (row := rows.get(file.filename)) is None:
            continue
        note = old.get(file.filename)
        proven = note is not None and not note.restored and note.file_sha256 == note.content_sha256
        if file.filename in written:
            new = FileNote(file.filename, row, row, restored=not proven)
        elif file.remedy is Remedy.NOTHING:
            by_us = note is not None and note.restored and note.content_sha256 == row
            new = FileNote(file.filename, row, row, restored=by_us)
        elif file.form is not None and file.sight.sha256 is not None:
            new = FileNote(file.filename, row, file.sight.sha256, restored=False)
        else:
            continue
        if new != note:
            notes.append(new)
    service.note_files(plan.plan_id, notes)


def is_stored(service: DatabaseService, plan_id: str, run_dir: Path, path: Path) -> bool:
    """Whether every byte of the file at `path` is in the database; false where that cannot be told."""
    name = name_below(run_dir, path)
    if name is None:
        return False
    try:
        return RunDirectory(run_dir).begins(name, service.get_content(plan_id, name))
    except (PipelineError, OSError):
        return False


def _stored(service: DatabaseService, plan: PlanRecord) -> dict[str, Stored]:
    import hashlib

    rows = {
        name: Stored(name, len(content), hashlib.sha256(content).hexdigest(), is_input=True)
        for name, content in input_files(plan).items()
    }
    # A task may have stored an input as well; what the plan says is what the run began with.
    for info in service.list_content(plan.plan_id):
        rows.setdefault(info.filename, Stored(info.filename, info.size_bytes, info.sha256))
    return rows


class _Namesakes:
    """Finds files that have no row, by their last name. A row under the last name alone may be theirs."""

    def __init__(self, run_dir: Path, rows: dict[str, Stored]) -> None:
        self._run_dir = run_dir
        self._rows = rows
        self._found: dict[str, str] | None = None

    def of(self, filename: str) -> str | None:
        """Return the name of such a file in a directory below, None if there is none."""
        if "/" in filename:
            return None
        if self._found is None:
            self._found = {}
            for path in sorted(self._run_dir.glob("*/**/*")):
                name = name_below(self._run_dir, path)
                if name is not None and name not in self._rows and path.is_file():
                    self._found.setdefault(path.name, name)
        return self._found.get(filename)


def _refuse(service: DatabaseService, plan: PlanRecord, files: tuple[FileComparison, ...]) -> None:
    in_the_way = [file.reason for file in files if file.remedy is Remedy.IN_THE_WAY]
    if in_the_way:
        raise PipelineError("; ".join(in_the_way))
    unproven = {
        file.filename: file.reason
        for file in files
        if file.remedy is Remedy.UNPROVEN and file.state is FileState.DIFFERENT
    }
    if not unproven:
        return
    # What a task has written that has not ended is written by it again, so nothing rests on it.
    begun = min(service.list_running_tasks(plan.plan_id).values(), default=None)
    ended = sorted(row.filename for row in service.list_content(plan.plan_id) if _is_of_ended(row, begun))
    if names := [name for name in ended if name in unproven]:
        told = "; ".join(f"{name} differs from its row: {unproven[name]}" for name in names)
        raise PipelineError(
            f"plan {plan.plan_id}: {told}; `pipeline doctor {plan.plan_id} --replace` takes the rows and "
            "keeps the files"
        )


def _is_of_ended(row: ContentInfo, begun: datetime | None) -> bool:
    return begun is None or row.updated_at < begun
