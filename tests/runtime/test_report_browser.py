"""The page in a real browser: what is seen, clicked and typed, by everybody, with no network."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from pipeline.database import migrate
from pipeline.database.service import DatabaseService
from pipeline.report.page import render, write_page
from tests.browser import opened
from tests.runtime.recorded_plan import RecordedPlan
from tests.runtime.recorded_plan import expected as expected_task
from tests.runtime.test_report_page import HOSTILE, PRICES

STAGES = 60
GRAPH = tuple(
    expected_task(
        f"Stage{number}WithQuiteALongNameTask", *([f"Stage{number - 1}WithQuiteALongNameTask"] * bool(number))
    )
    for number in range(STAGES)
)
FAILED = 40


@pytest.fixture(scope="module")
def page_path(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A plan of sixty tasks that failed at the fortieth, with a pause and hostile messages."""
    directory = tmp_path_factory.mktemp("page")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPELINE_DATABASE_URL", f"sqlite:///{directory / 'pipeline.db'}")
        migrate.upgrade()
        plan = RecordedPlan(DatabaseService(), prompt=HOSTILE)
        for number, task in enumerate(GRAPH[:FAILED]):
            begins = number * 2 + 3600 * (number > 20)
            plan.call(task.usual_stage, begins=begins, status="failed", seconds=0.5, error=HOSTILE)
            plan.call(task.usual_stage, "small", begins=begins + 0.5, seconds=number / 10, tokens=(number, 1))
            plan.file(task.filenames[0], content="x" * number)
        plan.call(GRAPH[FAILED].usual_stage, begins=3700, status="failed", error=HOSTILE)
        plan.becomes("failed")
        path = directory / "report.html"
        write_page(path, render(plan.facts(GRAPH, prices=PRICES), PRICES))
        yield path


@pytest.fixture
def page(browser: Browser, page_path: Path) -> Iterator[Page]:
    with opened(browser, page_path, viewport={"width": 1200, "height": 900}) as page:
        yield page


def test_what_is_seen_first(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text("p1")
    expect(page.locator(".verdict")).to_contain_text("40 of 60 tasks are done, 1 failed, 19 waiting")
    expect(page.locator(".callout-failed")).to_contain_text("alert(1)")
    expect(page.get_by_role("img")).to_have_accessible_name("Tasks: 40 done, 1 failed, 19 waiting")
    assert page.locator("#timeline li.lane").count() == FAILED + 1
    assert page.locator("#timeline rect.cut").count() == 2  # one in the legend


def test_bars_are_where_their_times_are(page: Page) -> None:
    boxes = [box.bounding_box() for box in page.locator("#timeline li.lane rect.call-completed").all()]
    lefts = [box["x"] for box in boxes if box]
    assert len(lefts) == FAILED
    assert lefts == sorted(lefts)
    track = page.locator("#timeline li.lane .lane-track").first.bounding_box()
    assert track is not None
    assert all(track["x"] <= left <= track["x"] + track["width"] for left in lefts)


def test_a_click_on_a_lane_opens_the_task(page: Page) -> None:
    page.locator("#timeline").get_by_role("link", name="Stage40WithQuiteALongNameTask").click()
    task = page.locator("details.task[open]")
    expect(task).to_have_count(1)
    expect(task).to_be_in_viewport()
    expect(task).to_contain_text("Call 1: </script><script>alert(1)")
    expect(task.locator("summary")).to_be_focused()
    task.locator("a", has_text="Stage39WithQuiteALongNameTask").click()
    expect(page.locator("details.task[open]")).to_have_count(2)


def test_the_filter_and_the_way_to_it_by_keyboard(page: Page) -> None:
    rows = page.locator("#task-table tbody tr:visible")
    expect(rows).to_have_count(STAGES)
    page.keyboard.press("/")
    page.keyboard.type("stage4")
    expect(rows).to_have_count(11)
    expect(page.locator("#found")).to_have_text("11 of 60")
    expect(page.locator("details.task:visible")).to_have_count(11)
    page.get_by_label("State").select_option("failed")
    expect(rows).to_have_count(1)
    page.locator("#timeline").get_by_role("link", name="Stage1WithQuiteALongNameTask").click()
    expect(rows).to_have_count(STAGES)
    page.keyboard.press("/")
    page.keyboard.type("nothing like it")
    expect(rows).to_have_count(0)
    page.keyboard.press("Escape")
    expect(rows).to_have_count(STAGES)


def test_a_column_sorts_both_ways(page: Page) -> None:
    table = page.locator("#task-table")
    first = table.locator("tbody tr").first
    table.get_by_role("button", name="In calls").click()
    expect(first).to_contain_text("Stage39With")
    expect(table.locator("th[aria-sort]")).to_have_attribute("aria-sort", "descending")
    table.get_by_role("button", name="In calls").click()
    expect(table.locator("th[aria-sort]")).to_have_attribute("aria-sort", "ascending")
    expect(first).not_to_contain_text("Stage39With")
    table.get_by_role("button", name="Task").click()
    expect(first).to_contain_text("Stage0With")
    expect(table.locator("th[aria-sort]")).to_have_count(1)


def test_the_theme_follows_the_system_until_told_otherwise(browser: Browser, page_path: Path) -> None:
    with opened(browser, page_path, color_scheme="dark") as page:

        def is_dark() -> bool:
            colour: str = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
            return colour == "rgb(20, 23, 26)"

        button = page.get_by_role("button", name="Theme")
        seen = []
        for _ in range(4):
            seen.append((button.text_content(), is_dark()))
            button.click()
        assert seen == [
            ("Theme: system", True),
            ("Theme: light", False),
            ("Theme: dark", True),
            ("Theme: system", True),
        ]
        page.emulate_media(media="print")
        assert not is_dark()


def test_storage_that_throws_does_not_matter(browser: Browser, page_path: Path) -> None:
    context = browser.new_context()
    context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied'); } });"
    )
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(page_path.as_uri())
    page.get_by_role("button", name="Theme").click()
    expect(page.get_by_role("button", name="Theme")).to_have_text("Theme: light")
    assert errors == []
    context.close()


def test_everything_is_there_without_script(browser: Browser, page_path: Path) -> None:
    with opened(browser, page_path, java_script_enabled=False) as page:
        expect(page.locator("#task-table tbody tr")).to_have_count(STAGES)
        expect(page.locator("#tools")).to_be_hidden()
        expect(page.locator("#theme")).to_be_hidden()
        page.locator("details.task > summary").first.click()
        expect(page.locator("details.task").first.locator("table")).to_be_visible()


def test_the_graph_shows_states_and_leads_to_the_tasks(page: Page) -> None:
    node = page.locator("#node-3")
    expect(page.locator(".node-failed")).to_have_accessible_name(
        f"Stage{FAILED}WithQuiteALongNameTask, failed"
    )
    assert page.locator(".node").count() == STAGES

    node.hover()
    assert page.locator(".node.near").count() == 3

    node.click()
    expect(page.locator("details.task[open]")).to_contain_text("Stage3WithQuiteALongNameTask")


def test_no_graph_where_no_dependency_is_known(browser: Browser, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPELINE_DATABASE_URL", f"sqlite:///{tmp_path / 'pipeline.db'}")
        migrate.upgrade()
        page_text = render(RecordedPlan(DatabaseService()).facts((expected_task("OneTask"),)), {})
    assert 'href="#graph"' not in page_text
    assert 'id="graph"' not in page_text


@pytest.mark.parametrize(
    ("server", "beginning"),
    [
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765/plans/p1/"),
        ("https://plans.example/live/", "https://plans.example/live/plans/p1/"),
        (None, None),
    ],
)
def test_a_server_is_linked_to(tmp_path: Path, server: str | None, beginning: str | None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIPELINE_DATABASE_URL", f"sqlite:///{tmp_path / 'pipeline.db'}")
        migrate.upgrade()
        plan = RecordedPlan(DatabaseService(), prompt=HOSTILE)
        plan.call("one", begins=0, seconds=1)
        plan.file("a b&c.txt", stage="one", content="x")
        text = render(plan.facts((expected_task("OneTask"),)), {}, server)
    addresses = re.findall(r'href="(http[^"]*)"', text)
    if beginning is None:
        assert not addresses
    else:
        assert f"{beginning}task?name=one" in addresses
        assert f"{beginning}file?name=a%20b%26c.txt" in addresses


@pytest.mark.parametrize("width", [360, 720, 1200])
def test_the_page_does_not_scroll_sideways(browser: Browser, page_path: Path, width: int) -> None:
    with opened(browser, page_path, viewport={"width": width, "height": 800}) as page:
        page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
        assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_the_way_of_assistive_technology(
    browser: Browser,
    page_path: Path,
    scheme: str,
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with opened(browser, page_path, color_scheme=scheme) as page:
        page.evaluate("document.querySelectorAll('details').forEach((item) => { item.open = true; })")
        found = axe.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
