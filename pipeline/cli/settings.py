"""How a plan is run and what it will consist of, from what was said on the command line."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from pipeline.cli.options import DEFAULT_ROOT
from pipeline.logs import on_a_terminal, tell, tell_error
from pipeline.report.task_graph import expected_tasks
from pipeline.running.graph import load_root
from pipeline.running.lifecycle import RunSettings
from pipeline.running.progress import PlainProgress, QuietProgress, TerminalProgress

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pipeline.database.records import PlanRecord
    from pipeline.report.task_graph import ExpectedTask
    from pipeline.running.progress import Progress


def run_settings(
    root: str, run_root: Path, workers: int, *, lease: int, grace: int, quiet: bool
) -> RunSettings:
    """Return how to run a plan; raises ConfigurationError for a root task that cannot be imported."""
    return RunSettings(
        root=load_root(root),
        run_root=run_root.resolve(),
        workers=workers,
        progress=progress_of(quiet=quiet),
        lease_seconds=lease,
        grace_seconds=grace,
        # What the environment names need not be said again.
        root_option="" if root == os.environ.get("PIPELINE_ROOT", DEFAULT_ROOT) else f" --root {root}",
    )


def expected_tasks_of(root: str, run_root: Path) -> Callable[[PlanRecord], tuple[ExpectedTask, ...]]:
    """Return what gives the tasks that a plan will have; raises ConfigurationError as run_settings does."""
    return partial(expected_tasks, load_root(root), run_root)


def progress_of(*, quiet: bool) -> Progress:
    """Return what tells of a run: a line that is rewritten on a terminal, lines elsewhere, failures alone if quiet."""
    if quiet:
        return QuietProgress(tell, tell_error)
    if not on_a_terminal():
        return PlainProgress(tell, tell_error)
    from rich.console import Console

    return TerminalProgress(Console(stderr=True))
