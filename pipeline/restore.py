"""Compares a run directory with the database, and makes files what the database says they are."""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipeline.database.records import PlanRecord
from pipeline.database.service import DatabaseService
from pipeline.errors import PipelineError
from pipeline.files import has_content, is_directory, write_whole
from pipeline.inputs import input_files
from pipeline.names import plan_file


class FileState(StrEnum):
    """What a stored file is like in the run directory."""

    SAME = "same"
    MISSING = "missing"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class FileComparison:
    """One stored file, compared."""

    filename: str
    state: FileState


def compare_files(service: DatabaseService, plan: PlanRecord, run_dir: Path) -> tuple[FileComparison, ...]:
    """Compare every file that the database knows of with the run directory, byte for byte.

    Raises InvalidNameError for a stored name that would lead out of the run directory.
    """
    expected = {
        name: (len(content), hashlib.sha256(content).hexdigest())
        for name, content in input_files(plan).items()
    }
    # A task may have stored an input as well; what the plan says is what the run began with.
    for info in service.list_content(plan.plan_id):
        expected.setdefault(info.filename, (info.size_bytes, info.sha256))
    return tuple(
        FileComparison(name, _state(plan_file(run_dir, name), size, sha256))
        for name, (size, sha256) in sorted(expected.items())
    )


def restore_file(service: DatabaseService, plan: PlanRecord, run_dir: Path, filename: str) -> None:
    """Write one file from the database; raises DatabaseError if what is stored is corrupt."""
    path = plan_file(run_dir, filename)
    if is_directory(path):
        raise PipelineError(f"{path} is a directory where a file belongs")
    inputs = input_files(plan)
    write_whole(path, inputs[filename] if filename in inputs else service.get_content(plan.plan_id, filename))


def restore_files(service: DatabaseService, plan: PlanRecord, run_dir: Path) -> tuple[FileComparison, ...]:
    """Restore every file that is missing or different, and return those; the first failure ends it.

    Done before Luigi looks at the directory: it takes a file that exists for a task that is done.
    """
    run_dir.mkdir(parents=True, exist_ok=True)
    wrong = tuple(file for file in compare_files(service, plan, run_dir) if file.state is not FileState.SAME)
    for file in wrong:
        restore_file(service, plan, run_dir, file.filename)
    return wrong


def _state(path: Path, size: int, sha256: str) -> FileState:
    if has_content(path, size, sha256):
        return FileState.SAME
    return FileState.DIFFERENT if path.is_symlink() or path.exists() else FileState.MISSING
