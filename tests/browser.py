"""A real browser for the tests of pages: Debian's chromium, without network."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A headless Chromium; without one the tests that need it are skipped, unless REPORT_BROWSER asks for it.

    It ends with its module: as long as playwright runs, the process has an event loop, in which no other test
    can run one of its own.
    """
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        if os.environ.get("REPORT_BROWSER") == "required":
            pytest.fail("REPORT_BROWSER=required, but no chromium is on the PATH")
        pytest.skip("no chromium on the PATH; apt-get install chromium")
    from playwright.sync_api import expect, sync_playwright

    # A machine that runs everything at once is slow; nothing here is about speed.
    expect.set_options(timeout=60_000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield launched
        launched.close()


@contextmanager
def opened(browser: Browser, path: Path, **options: object) -> Iterator[Page]:
    """Open a file; fails at the end if the page complained or asked for anything but itself."""
    context = browser.new_context(**options)
    page = context.new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(path.as_uri())
    yield page
    assert complaints == []
    assert requests == [path.as_uri()]
    context.close()
