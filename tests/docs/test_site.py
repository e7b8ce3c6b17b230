"""The documentation builds as a site: no broken link, no request to anybody, and a search that needs no server."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.shared import made_once

ROOT = Path(__file__).parents[2]


def build(source: Path, target: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "mkdocs",
            "build",
            "--strict",
            "--config-file",
            source / "mkdocs.yml",
            "--site-dir",
            target,
        ],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    def make(target: Path) -> None:
        built = build(ROOT, target)
        assert built.returncode == 0, built.stderr

    return made_once(tmp_path_factory, "site", make)


BROKEN = {
    "[a](nowhere.md)": "'nowhere.md'",
    "[a](tutorial.md#nowhere)": "'tutorial.md#nowhere'",
    "[a](#nowhere-here)": "'#nowhere-here'",
    "[a](/tutorial.md)": "absolute link '/tutorial.md'",
    "[a](../CONTRIBUTING.md)": "'../CONTRIBUTING.md'",
}
"""A link that is wrong, and what the build says of it."""
NOT_IN_NAVIGATION = "exist in the docs directory, but are not included in the"


def test_what_is_wrong_fails(tmp_path: Path) -> None:
    """A page, a section or a file that is not part of the site, and a page that the navigation lacks."""
    copy = tmp_path / "sources"
    shutil.copytree(ROOT / "docs", copy / "docs")
    shutil.copy(ROOT / "mkdocs.yml", copy)
    (copy / "docs" / "index.md").write_text("# Start\n\n" + "\n\n".join(BROKEN))
    (copy / "docs" / "lost.md").write_text("# Lost\n")

    built = build(copy, tmp_path / "site")

    warnings = [line for line in built.stderr.splitlines() if line.startswith("WARNING")]
    assert built.returncode != 0
    assert [
        text for text in (*BROKEN.values(), NOT_IN_NAVIGATION) if not any(text in line for line in warnings)
    ] == []


def test_links_of_the_readme_lead_somewhere() -> None:
    """README is not part of the site, so its links are checked here."""
    links = re.findall(r"\]\(([^)#\s]+)", (ROOT / "README.md").read_text(encoding="utf-8"))

    assert links
    assert [link for link in links if not link.startswith("https:") and not (ROOT / link).exists()] == []


@pytest.fixture
def page(site: Path, browser: Browser) -> Iterator[Page]:
    """The start page, opened from disk; fails at the end if a page complained or asked the network for anything."""
    context = browser.new_context()
    opened = context.new_page()
    complaints: list[str] = []
    asked: list[str] = []
    opened.on("console", lambda message: complaints.append(message.text))
    opened.on("pageerror", lambda error: complaints.append(str(error)))
    opened.on("request", lambda request: asked.append(request.url))
    opened.goto((site / "index.html").as_uri())
    yield opened
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:", "about:"))] == []
    context.close()


def test_search_from_disk(page: Page) -> None:
    """Words of a page find it, without a server."""
    page.get_by_role("textbox", name="Search").click()
    page.keyboard.type("adopt baseline known findings")

    results = page.locator(".md-search-result__link")
    results.first.wait_for()
    found = [results.nth(number).get_attribute("href") or "" for number in range(results.count())]
    assert any("baseline.html" in link for link in found)


def test_colours_change_and_stay(page: Page) -> None:
    """The button goes from the system's colours to light and dark ones, and the next page has the same."""
    body = page.locator("body")
    seen = []
    for _ in range(2):
        page.locator("label.md-header__button:visible[for^=__palette]").click()
        seen.append(body.get_attribute("data-md-color-scheme"))
    page.get_by_role("link", name="Tutorial").first.click()
    page.wait_for_url("**/tutorial.html")

    assert seen == ["default", "slate"]
    assert body.get_attribute("data-md-color-scheme") == "slate"


def test_copies_the_command_alone(page: Page) -> None:
    """Neither the prompt nor the output is copied."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    block = page.locator("div.highlight").first
    block.hover()
    block.get_by_role("button").click()

    assert page.evaluate("navigator.clipboard.readText()").strip() == "refactor status fixtures/legacy"


def test_no_page_is_wider_than_a_telephone(site: Path, browser: Browser) -> None:
    """Tables and code scroll by themselves."""
    context = browser.new_context(viewport={"width": 360, "height": 800})
    opened = context.new_page()
    for file in site.rglob("*.html"):
        opened.goto(file.as_uri())
        assert opened.evaluate("document.documentElement.scrollWidth") <= 360, file.name
    context.close()
