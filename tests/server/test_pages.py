"""The pages in a real browser: created, watched, read, by everybody, with nothing of a model's run."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.runtime.command import Command
from tests.server.served import Served, served, wait_until
from tests.server.sites import FILES, HOSTILE, STAGE, visited, write_hostile_plan
from tests.server.test_access import TOKEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, Page

TASK = f"/plans/hostile/task?name={quote(STAGE, safe='')}"
PAGES = (
    "/",
    "/new",
    "/compare",
    "/compare?a=hostile&b=made",
    "/plans/hostile",
    "/plans/made",
    TASK,
    "/plans/none",
)


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:  # type: ignore[override]
    directory = tmp_path_factory.mktemp("pages")
    return Command(directory, f"sqlite:///{directory / 'pipeline.db'}")


@pytest.fixture(scope="module")
def site(command: Command) -> Iterator[Served]:
    """A server with a hostile plan and one that is done."""
    write_hostile_plan(command.database_url)
    with served(command, "--max-writes", "10000", PIPELINE_OFFLINE_LATENCY="1.5") as running:
        made = running.client.post("/api/plans", json={"prompt": "Grow tea", "plan_id": "made"})
        assert made.status_code == 202
        wait_until(lambda: running.client.get("/api/plans/made").json()["status"] == "completed")
        yield running


def test_created_watched_stopped_resumed_deleted(browser: Browser, site: Served) -> None:
    with visited(browser, site) as page:
        page.goto("/")
        page.get_by_role("link", name="New plan").click()
        page.get_by_label("What to plan").fill("Grow <b>coffee</b>\nin two lines")
        page.get_by_label("Id").fill("by-hand")
        page.get_by_role("button", name="Create and run").click()
        expect(page).to_have_url(f"{site.url}plans/by-hand")
        expect(page.locator(".verdict .badge")).to_have_text(re.compile("created|running"))
        # Without another look by anybody: rows, as they come.
        expect(page.locator("#files")).to_contain_text("100-1-goals_raw.json", timeout=180_000)
        expect(page.locator(".verdict .badge")).to_have_text("running")
        expect(page.locator(".node-running").first).to_be_visible()
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".verdict .badge")).to_have_text("stopped")
        expect(page.locator(".standing")).to_contain_text("Nobody is at work on it.")
        page.get_by_role("button", name="Resume").click()
        expect(page.locator(".verdict .badge")).to_have_text("completed", timeout=180_000)
        expect(page.locator(".node-done")).to_have_count(6)
        expect(page.get_by_role("button", name="Resume")).to_have_count(0)
        stored = site.client.get("/api/plans/by-hand").json()["prompt"]
        assert stored == "Grow <b>coffee</b>\nin two lines"
        with page.expect_download() as download:
            page.get_by_role("link", name="All files (ZIP)").click()
        assert download.value.suggested_filename == "by-hand.zip"
        # The process that ran it ends after its last row.
        wait_until(lambda: "Delete this plan" in site.client.get("/plans/by-hand").text)
        page.reload()
        page.get_by_text("Delete this plan").click()
        page.get_by_label("Yes, with everything").check()
        page.get_by_role("button", name="Delete").click()
        expect(page).to_have_url(site.url)
        expect(page.get_by_role("link", name="by-hand")).to_have_count(0)


def test_what_is_typed_wrong_is_told_and_kept(browser: Browser, site: Served) -> None:
    # A browser says in its console that it got an error.
    with visited(browser, site, sandboxed=True) as page:
        page.goto("/new")
        page.get_by_label("What to plan").fill("Again & again")
        page.get_by_label("Id").fill("made")
        for _ in range(2):
            page.get_by_role("button", name="Create and run").click()
            expect(page.get_by_role("alert")).to_contain_text("came with another plan")
            expect(page.get_by_label("What to plan")).to_have_value("Again & again")


def test_nothing_hostile_is_run(browser: Browser, site: Served) -> None:
    with visited(browser, site, sandboxed=True) as page:
        for address in PAGES[:-1]:
            page.goto(address)
            assert page.locator("script:not([src])").count() == 0
            assert page.locator("img[src=x], svg[onload]").count() == 0
        page.goto(TASK)
        expect(page.get_by_role("heading", level=1)).to_have_text(STAGE)
        expect(page.locator("pre", has_text="alert(1)").first).to_be_visible()
        open_all(page)
        frame = page.frame_locator("iframe").first
        expect(frame.get_by_role("heading")).to_have_text("Said")
        expect(page).to_have_title(f"{STAGE}: hostile")
        assert page.locator(".rendered a[href^='javascript'], .rendered img").count() == 0
        assert page.locator(".rendered script").count() == 0
        expect(page.locator(".rendered table").first).to_contain_text("alert(1)")
        for name in FILES:
            page.goto(f"/plans/hostile/file?name={quote(name, safe='')}")
            expect(page.get_by_role("heading", level=1)).to_have_text(name)
        page.goto("/?q=" + quote(HOSTILE, safe=""))
        expect(page.get_by_role("searchbox")).to_have_value(HOSTILE)


def test_everybody_can_use_the_pages(browser: Browser, site: Served) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    narrow = {"width": 360, "height": 740}
    with visited(browser, site, sandboxed=True, color_scheme="light", viewport=narrow) as page:
        for address in (
            *PAGES[:-1],
            *(f"/plans/hostile/file?name={name}" for name in ("said.md", "tree.json")),
        ):
            page.goto(address)
            open_all(page)
            page.emulate_media(color_scheme="light")
            found = axe.run(page)
            assert found.violations_count == 0, f"{address}\n{found.generate_report()}"
            page.emulate_media(color_scheme="dark")
            found = axe.run(page, options={"runOnly": ["color-contrast"]})
            assert found.violations_count == 0, f"{address}, dark\n{found.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth") == 360, address


def open_all(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")


def test_without_scripts_all_is_read_and_done(browser: Browser, site: Served) -> None:
    with visited(browser, site, java_script_enabled=False) as page:
        page.goto("/?status=completed")
        page.get_by_role("link", name="made", exact=True).click()
        expect(page.locator(".verdict")).to_contain_text("All 6 tasks are done.")
        page.get_by_role("link", name="Goals, done").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Goals")
        expect(page.locator(".side").first).to_contain_text("Grow tea")
        expect(page.locator(".tree").first).to_contain_text("summary")
        page.get_by_role("link", name="Risks", exact=True).click()
        expect(page.get_by_role("heading", name=re.compile("^Call [0-9]"))).to_have_count(2)
        page.get_by_role("link", name="On a page of its own").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("101-1-risks.json")
        page.goto("/compare?a=made&b=hostile")
        expect(page.locator(".verdict")).to_contain_text("A is made, B is hostile. 0 files the same")


def test_by_keyboard(browser: Browser, site: Served) -> None:
    with visited(browser, site) as page:
        page.goto("/plans/made")
        page.keyboard.press("/")
        page.keyboard.type("ris")
        expect(page.locator("#task-table tbody tr:visible")).to_have_count(1)
        expect(page.locator("#found")).to_have_text("1 of 6")
        page.keyboard.press("Escape")
        expect(page.locator("#task-table tbody tr:visible")).to_have_count(6)
        page.locator(".node", has_text="Risks").focus()
        expect(page.locator(".drawing.lit .node.near")).to_have_count(3)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("Risks")
        page.keyboard.press("Tab")
        expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()


def test_with_a_token(browser: Browser, serve: Callable[..., Served], site: Served, command: Command) -> None:
    guarded = serve(command, "--token-env", "PLAN_TOKEN", PLAN_TOKEN=TOKEN)
    with visited(browser, guarded, sandboxed=True) as page:
        page.goto("/plans/hostile/file?name=page.html")
        page.get_by_label("Token").fill(TOKEN)
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("page.html")
        expect(page.frame_locator("iframe").get_by_role("heading")).to_have_text("Said")
        page.get_by_role("button", name="Log out").click()
        page.goto("/")
        expect(page.get_by_label("Token")).to_be_visible()


def test_addresses_that_make_no_sense(site: Served) -> None:
    client = site.client
    browser = {"Accept": "text/html"}
    for address, status in (
        ("/plans/none", 404),
        ("/plans/.x", 400),
        ("/plans/made/task?name=None", 404),
        ("/plans/made/task", 422),
        ("/plans/made/file?name=../x", 400),
        ("/plans/made/file?name=none.md", 404),
        ("/?status=odd", 400),
        ("/?cursor=odd", 400),
        (f"/?q={'x' * 201}", 422),
        ("/compare?a=none&b=made", 404),
        ("/assets/none", 404),
        ("/none", 404),
    ):
        answer = client.get(address, headers=browser)
        assert answer.status_code == status, address
        assert "text/html" in answer.headers["content-type"]
        assert "That was not done" in answer.text
    form = {"Content-Type": "application/x-www-form-urlencoded", **browser}
    for content, status in (
        (b"", 422),
        (b"prompt=x", 422),
        (b"prompt=x&model=none", 400),
        (b"prompt=%ff&model=offline", 400),
    ):
        sent = client.post("/new", content=content + b"&plan_id=.x" * (status == 400), headers=form)
        assert sent.status_code == status, content
    assert client.post("/plans/made/delete", content=b"", headers=form).status_code == 400
    assert client.post("/plans/made/stop", headers=browser).status_code == 409
    assert client.get("/plans/made/stop").status_code in {404, 405}


def test_read_only_shows_and_changes_nothing(
    serve: Callable[..., Served], site: Served, command: Command
) -> None:
    client = serve(command, "--read-only").client
    text = client.get("/plans/hostile").text
    assert "Resume" not in text
    assert "New plan" not in text
    assert client.get("/new").status_code == 404
    assert client.post("/plans/hostile/resume").status_code == 403
