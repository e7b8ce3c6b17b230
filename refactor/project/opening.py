"""The story every command begins with: configuration, files, inspection."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from codemods.errors import SourceError
from refactor.project import config, files
from refactor.project.configured_names import require_tasks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from codemods.model import FileInspection, TaskClass, TaskReport
    from refactor.project.config import Configuration


@dataclass(frozen=True)
class Project:
    """What lies under the paths of one run.

    Attributes:
        configuration: as read for these paths.
        inspections: one a file that can hold a task, sorted by path.
        problems: one a file that could not be read or parsed.
        looked_at: how many files were read.
    """

    configuration: Configuration
    inspections: tuple[FileInspection, ...]
    problems: tuple[SourceError, ...]
    looked_at: int

    @property
    def reports(self) -> tuple[TaskReport, ...]:
        """Every task, by path and line."""
        return tuple(report for inspection in self.inspections for report in inspection.reports)


def open_project(
    paths: Sequence[Path],
    config_file: Path | None,
    wanted: Callable[[TaskClass], bool] = lambda task: True,
    *,
    style: str | None = None,
) -> Project:
    """Reads and inspects what is under the paths, or under the configured ones where none is named.

    Args:
        paths: files and directories.
        config_file: the configuration, None for the nearest one.
        wanted: the tasks that are planned; of the others it is not known whether they are to do.
        style: how steps are written, whatever the configuration says; None for what it says.

    Raises:
        ConfigurationError: the configuration cannot be used.
        MissingPathError: a path does not exist.
    """
    configuration = config.load(config_file, paths)
    if style is not None:
        configuration = replace(configuration, settings=replace(configuration.settings, style=style))
    return inspected(paths, configuration, wanted)


def inspected(
    paths: Sequence[Path],
    configuration: Configuration,
    wanted: Callable[[TaskClass], bool] = lambda task: True,
) -> Project:
    """What is under the paths, or under the configured ones where none is named, by a configuration read before.

    Raises:
        ConfigurationError: the configuration names a task that is nowhere.
        MissingPathError: a path does not exist.
    """
    from codemods import api

    found = files.read_sources(paths or configuration.paths, configuration.settings)
    sources, problems = found.files, list(found.problems)
    if not paths and not problems:
        # What is not looked at, or cannot be read, may hold the names.
        require_tasks(configuration, (source.text.encode() for source in sources))
    while True:
        try:
            inspections = api.inspect(sources, configuration.settings, wanted)
            break
        except SourceError as error:
            # One parser can take what another refuses. The file at fault is left out, the others are handled.
            rest = tuple(source for source in sources if source.path != error.path)
            if len(rest) == len(sources):
                raise
            sources = rest
            problems.append(error)
    return Project(configuration, inspections, tuple(problems), found.looked_at)
