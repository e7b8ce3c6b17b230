from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import browser  # noqa: F401
from tests.report import projects
from tests.shared import made_once

LEGACY = Path(__file__).parents[2] / "fixtures" / "legacy"


@pytest.fixture(scope="session")
def every_kind_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a project with a task of every kind."""
    directory = made_once(
        tmp_path_factory,
        "report-of-every-kind",
        lambda here: _page(projects.every_kind(here / "plan"), here / "report.html"),
    )
    return directory / "report.html"


@pytest.fixture(scope="session")
def legacy_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the included pipeline before the refactor: 62 tasks."""
    directory = made_once(
        tmp_path_factory, "report-of-legacy", lambda here: _page(LEGACY, here / "report.html")
    )
    return directory / "report.html"


def _page(directory: Path, page: Path) -> None:
    result = projects.run("report", directory, "--html", page)
    assert result.exit_code == 0, result.output
