from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.report import projects

LEGACY = Path(__file__).parents[2] / "fixtures" / "legacy"
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


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


@pytest.fixture(scope="session")
def browser() -> Iterator[object]:
    """A headless Chromium; without one the tests that need it are skipped, unless REPORT_BROWSER asks for it."""
    if CHROMIUM is None:
        if os.environ.get("REPORT_BROWSER") == "required":
            pytest.fail("REPORT_BROWSER=required, but no chromium is on the PATH")
        pytest.skip("no chromium on the PATH; apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    # A machine that runs everything at once is slow; nothing here is about speed.
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield launched
        launched.close()
