"""Refactors a generated pipeline and runs it before and after, in two directories that look alike."""

from __future__ import annotations

import base64
import contextlib
import importlib
import io
import os
import random
import re
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from codemods import api
from codemods.model import TaskReport
from codemods.settings import Settings
from codemods.source import SourceFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.properties.foreign.projects import Project

SETTINGS = Settings(base_classes=("BaseTask", "FarTask"))
FARAWAY = Path(__file__).with_name("faraway.py").read_text(encoding="utf-8")


@dataclass
class Outcome:
    """What a run left.

    Attributes:
        files: bytes by path below the working directory.
        log: what the code out of sight was asked.
        error: type and text of what a task raised, by task.
        rows: the last row by file name.
        interactions: all of them, in order.
        answers: what the models said, in order.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    log: list[str] = field(default_factory=list)
    error: list[str] = field(default_factory=list)
    rows: dict[str, bytes] = field(default_factory=dict)
    interactions: list[dict[str, Any]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)


@dataclass
class Case:
    """One pipeline, refactored as far as it goes."""

    project: Project
    reports: tuple[TaskReport, ...]
    after: dict[str, str]

    @property
    def changed(self) -> bool:
        """Whether a task was rewritten."""
        return self.after != self.project.files


def refactor(project: Project, directory: Path, settings: Settings = SETTINGS) -> Case:
    """Applies the tool to all tasks of a project."""
    sources = []
    for name, text in project.files.items():
        path = directory / name
        path.write_text(text, encoding="utf-8")
        sources.append(SourceFile(path, text))
    inspections = api.inspect(sources, settings)
    after, reports = {}, []
    for inspection in inspections:
        rewrite = api.apply(inspection, lambda _: True, settings)
        after[inspection.source.path.name] = rewrite.after.text
        reports.extend(rewrite.reports)
    return Case(project, tuple(reports), after)


def broken(project: Project, settings: Settings = SETTINGS) -> tuple[list[str], str]:
    """What is wrong after the refactoring, and the code of the refusal (empty where a task was rewritten)."""
    with tempfile.TemporaryDirectory() as scratch:
        place = Path(scratch) / "project"
        place.mkdir()
        case = refactor(project, place, settings)
        refused = [r.refusal for r in case.reports if r.refusal is not None]
        found = [f"a refusal without words: {r}" for r in refused if not r.reason.strip()]
        if any(r.code.startswith("DBR9") for r in refused):
            found.append(f"an internal error: {refused}")
        if not case.changed:
            if refused:
                return found, refused[0].code
            return [*found, *_idle(run(project.files, project.tasks, Path(scratch) / "before"))], "exempt"
        before = run(project.files, project.tasks, Path(scratch) / "before")
        after = run(case.after, project.tasks, Path(scratch) / "after")
    return [*found, *_compared(before, after)], ""


def _idle(outcome: Outcome) -> list[str]:
    """What a task did that is said to need no steps."""
    asked = [line for line in outcome.log if line.startswith(("asked ", "streamed "))]
    return [f"exempt, but wrote {outcome.files} and asked {asked}"] if outcome.files or asked else []


def _compared(before: Outcome, after: Outcome) -> list[str]:
    found = []
    if before.error != after.error:
        found.append(f"raised {before.error}, now {after.error}")
    if before.log != after.log:
        found.append(f"log {before.log}, now {after.log}")
    if _steady(before.files) != _steady(after.files):
        found.append(f"files {before.files}, now {after.files}")
    expected = {name.removeprefix("run/plan/"): data for name, data in after.files.items()}
    if not after.error and expected != after.rows:
        found.append(f"rows {after.rows} for files {expected}")
    prompts = [line.partition(" ")[2] for line in after.log if line.startswith(("asked ", "streamed "))]
    recorded = [str(row["prompt_text"]) for row in after.interactions]
    if prompts != recorded:
        found.append(f"prompts {recorded} for calls {prompts}")
    found += [
        f"an interaction is {row['status']}" for row in after.interactions if row["status"] == "pending"
    ]
    return found


def _steady(files: dict[str, bytes]) -> dict[str, bytes]:
    """Files without the moments and identities that differ from run to run anyway."""
    pattern = rb"\d{10}\.\d+|[0-9a-f]{8}-[0-9a-f-]{27}|\d{4}-\d\d-\d\dT[\d:.]+|0x[0-9a-f]+"
    # Without the zeros of UTF-16 the pattern fits that too.
    return {name: re.sub(pattern, b"<>", data.replace(b"\0", b"")) for name, data in files.items()}


def run(files: dict[str, str], tasks: list[str], directory: Path) -> Outcome:
    """Runs the tasks one after the other in a directory of their own."""
    code = directory / "code"
    work = directory / "work"
    for made in (code, work / "run" / "plan"):
        made.mkdir(parents=True)
    for name, text in {**files, "faraway.py": FARAWAY}.items():
        (code / name).write_text(text, encoding="utf-8")
    outcome = Outcome()
    with imported(code, work) as (module, faraway):
        for name in tasks:
            random.seed(7)
            try:
                with contextlib.redirect_stdout(io.StringIO()):
                    getattr(module, name)(run_dir="run/plan").run()
            except Exception as error:
                outcome.error.append(f"{name}: {type(error).__name__}")
        outcome.log = list(faraway.LOG)
        outcome.interactions = list(faraway.INTERACTIONS.values())
        outcome.answers = list(faraway.ANSWERS)
        for row in faraway.ROWS:
            content = row["content"]
            data = base64.b64decode(content) if row.get("encoding") == "base64" else content
            outcome.rows[row["filename"]] = data if isinstance(data, bytes) else data.encode()
    for path in sorted(work.rglob("*")):
        if path.is_file():
            outcome.files[path.relative_to(work).as_posix()] = path.read_bytes()
    return outcome


@contextlib.contextmanager
def imported(code: Path, work: Path) -> Iterator[tuple[Any, Any]]:
    """The module of the tasks and the one out of sight, with `work` as the working directory."""
    names = ("faraway", "base", "helpers", "tasks")
    kept = {name: sys.modules.pop(name) for name in names if name in sys.modules}
    here = os.getcwd()
    writes = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    sys.path.insert(0, str(code))
    os.chdir(work)
    importlib.invalidate_caches()
    try:
        module = importlib.import_module("tasks")
        yield module, sys.modules["faraway"]
    finally:
        os.chdir(here)
        sys.path.remove(str(code))
        sys.dont_write_bytecode = writes
        for name in names:
            sys.modules.pop(name, None)
        sys.modules.update(kept)
