from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import browser  # noqa: F401
from tests.report import projects

LEGACY = Path(__file__).parents[2] / "fixtures" / "legacy"


@pytest.fixture(scope="session")
def every_kind_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of a project with a task of every kind."""
    directory = tmp_path_factory.mktemp("kinds")
    return _page(projects.every_kind(directory / "plan"), directory / "report.html")


@pytest.fixture(scope="session")
def legacy_page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the included pipeline before the refactor: 62 tasks."""
    return _page(LEGACY, tmp_path_factory.mktemp("legacy") / "report.html")


def _page(directory: Path, page: Path) -> Path:
    result = projects.run("report", directory, "--html", page)
    assert result.exit_code == 0, result.output
    return page
