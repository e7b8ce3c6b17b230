"""The page in a real browser: what a reviewer does, and that nothing is loaded and nothing fails."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is in the dev extra")
TASK = "DeduplicateLeversTask"


class Opened:
    """A page with what went wrong in it."""

    def __init__(self, browser: Any, path: Path, **options: Any) -> None:
        self.context = browser.new_context(**{"viewport": {"width": 1400, "height": 900}, **options})
        self.context.set_default_timeout(120_000)
        self.page = self.context.new_page()
        self.said: list[str] = []
        self.requested: list[str] = []
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.on("request", lambda request: self.requested.append(request.url))
        self.url = path.as_uri()
        self.page.goto(self.url)

    def overflow(self) -> int:
        return int(self.page.evaluate("document.documentElement.scrollWidth - innerWidth"))


@pytest.fixture
def open_page(browser: Any) -> Iterator[Any]:
    opened: list[Opened] = []

    def open_it(path: Path, **options: Any) -> Opened:
        opened.append(Opened(browser, path, **options))
        return opened[-1]

    yield open_it
    for one in opened:
        assert one.said == []
        requested = {url.partition("#")[0] for url in one.requested if not url.startswith("blob:")}
        assert requested == {one.url}
        one.context.close()


def test_from_the_graph_to_the_task_to_a_line(open_page: Any, legacy_page: Path) -> None:
    page = open_page(legacy_page).page
    task = page.locator(f"#task-{TASK}")
    assert task.get_attribute("open") is None
    page.get_by_role("link", name=re.compile(f"^{TASK}, to do, stage strategic_planning, requires 4")).click()
    playwright.expect(task).to_have_attribute("open", "")
    playwright.expect(task.locator("summary")).to_be_focused()
    playwright.expect(task.locator("summary")).to_be_in_viewport()
    step = task.get_by_role("rowheader", name="6 Persist", exact=True)
    playwright.expect(step).to_be_visible()
    answer = task.get_by_role("row", name=re.compile("plan_content persistence"))
    assert "yes" in answer.inner_text()
    link = answer.get_by_role("link").first
    link.click()
    line = page.locator(":target")
    assert line.inner_text() == link.inner_text()
    playwright.expect(line).to_be_in_viewport()
    assert "create_plan_content" in line.locator("xpath=..").inner_text()


def test_opened_at_a_task(open_page: Any, legacy_page: Path) -> None:
    opened = open_page(legacy_page)
    opened.page.goto(f"{opened.url}#task-ReportTask")
    opened.page.reload()
    playwright.expect(opened.page.locator("#task-ReportTask")).to_have_attribute("open", "")
    playwright.expect(opened.page.locator("#task-ReportTask summary")).to_be_in_viewport()


def shown(page: Any) -> int:
    return int(page.locator(".task:visible").count())


def test_filter_by_text_state_and_stage(open_page: Any, legacy_page: Path) -> None:
    page = open_page(legacy_page).page
    assert shown(page) == 62
    page.get_by_role("searchbox").fill("levers")
    status = page.locator("#shown")
    assert 0 < shown(page) < 10
    assert status.inner_text() == f"{shown(page)} of 62 tasks"
    assert page.locator(".node.dim").count() == 62 - shown(page)
    page.get_by_role("searchbox").fill("002-11-deduplicated_levers_raw.json")
    assert shown(page) == 1
    page.get_by_role("searchbox").fill("no such task")
    assert shown(page) == 0
    page.get_by_role("button", name="Show all").click()
    assert shown(page) == 62
    page.get_by_role("checkbox", name="to do 55").uncheck()
    assert shown(page) == 7
    page.get_by_role("checkbox", name="exempt 2").uncheck()
    assert shown(page) == 5
    page.get_by_role("combobox", name="Stage").select_option("analysis")
    assert shown(page) == 4
    page.locator("table.stages").get_by_role("link", name="governance", exact=True).click()
    assert status.inner_text() == "7 of 62 tasks"


def test_numbers_show_what_they_count_and_the_address_keeps_it(open_page: Any, every_kind_page: Path) -> None:
    opened = open_page(every_kind_page)
    page = opened.page
    page.locator(".figures").get_by_role("link", name="1", exact=True).click()
    assert names(page) == ["ReviewTask"]
    playwright.expect(page).to_have_url(f"{opened.url}#state=refused")
    page.locator("table.tally").get_by_role("row", name=re.compile("plan_content")).locator(".a-no a").click()
    assert names(page) == ["PitchTask"]
    playwright.expect(page).to_have_url(f"{opened.url}#answer=persistence-no")
    address = page.url
    page.go_back()
    playwright.expect(page.locator("#shown")).to_have_text("1 of 5 tasks")
    assert names(page) == ["ReviewTask"]
    page.goto(address)
    page.reload()
    assert names(page) == ["PitchTask"]
    page.get_by_role("button", name="Remove the filter persistence: no").click()
    assert shown(page) == 5
    playwright.expect(page).to_have_url(f"{opened.url}#tasks")
    page.get_by_role("searchbox").fill("review & <b>")
    playwright.expect(page).to_have_url(f"{opened.url}#q=review+%26+%3Cb%3E")
    page.reload()
    assert page.get_by_role("searchbox").input_value() == "review & <b>"
    page.goto(f"{opened.url}#state=done,nonsense&stage=nowhere&rule=x&colour=red")
    assert shown(page) == 0
    page.get_by_role("button", name="Show all").click()
    assert shown(page) == 5


def names(page: Any) -> list[str]:
    return list(page.locator(".task:visible h4").all_inner_texts())


def test_findings_by_rule(open_page: Any, every_kind_page: Path) -> None:
    opened = open_page(every_kind_page)
    page = opened.page
    page.locator("#task-PitchTask summary").click()
    page.locator("#task-PitchTask .findings").get_by_role("link", name="DBF700").click()
    group = page.locator("#rule-DBF700")
    playwright.expect(group).to_have_attribute("open", "")
    playwright.expect(group.locator("summary")).to_be_focused()
    assert "Compute the content first, persist it, write the file last." in group.inner_text()
    group.get_by_role("link", name="Show the task").click()
    assert names(page) == ["PitchTask"]
    playwright.expect(page).to_have_url(f"{opened.url}#rule=DBF700")


def test_what_is_unchanged_for_long_is_folded(open_page: Any, legacy_page: Path) -> None:
    page = open_page(legacy_page).page
    task = page.locator("#task-PotentialLeversTask")
    task.locator("summary").click()
    everything = task.locator("tbody.same td.k:not(.o)").count()
    button = task.locator("button.unfold").first
    folded = int(button.inner_text().split()[1])
    visible = task.locator("tbody.same td.k:not(.o):visible").count()
    assert folded >= 5
    assert visible < everything
    button.click()
    assert task.locator("tbody.same td.k:not(.o):visible").count() == visible + folded
    playwright.expect(button).to_be_hidden()


def test_a_link_to_a_folded_line_unfolds_it(open_page: Any, legacy_page: Path) -> None:
    opened = open_page(legacy_page)
    anchor = opened.page.locator("tbody.fold td.k[id]").first.get_attribute("id")
    opened.page.goto(f"{opened.url}#{anchor}")
    opened.page.reload()
    playwright.expect(opened.page.locator(f"[id='{anchor}']")).to_be_in_viewport()


def test_the_graph_by_stage_and_as_a_file(open_page: Any, legacy_page: Path, tmp_path: Path) -> None:
    page = open_page(legacy_page).page
    page.get_by_role("button", name="By stage").click()
    stage = page.get_by_role("link", name=re.compile("^strategic_planning, 1 of 8 refactored"))
    playwright.expect(stage).to_be_visible()
    assert page.locator(".drawing:visible .node").count() == 15
    stage.click()
    assert shown(page) == 8
    page.get_by_role("button", name="By stage").click()
    assert page.locator(".drawing:visible .node").count() == 62
    with page.expect_download() as download:
        page.get_by_role("button", name="Save SVG").click()
    assert download.value.suggested_filename == "tasks.svg"
    saved = tmp_path / "tasks.svg"
    download.value.save_as(saved)
    picture = ElementTree.parse(saved).getroot()
    assert picture.tag == "{http://www.w3.org/2000/svg}svg"
    assert "DeduplicateLevers" in "".join(picture.itertext()).replace("\n", "")
    assert "var(--" not in saved.read_text(encoding="utf-8")


def test_needs_attention(open_page: Any, every_kind_page: Path) -> None:
    page = open_page(every_kind_page).page
    assert shown(page) == 5
    page.get_by_role("checkbox", name="Needs attention").check()
    assert page.locator(".task:visible h4").all_inner_texts() == ["ReviewTask", "PitchTask"]
    # A link to a task that the filter hides shows it.
    page.get_by_role("link", name=re.compile("^SummariseTask, to do")).click()
    playwright.expect(page.locator("#task-SummariseTask")).to_have_attribute("open", "")


def test_keyboard_alone(open_page: Any, legacy_page: Path) -> None:
    page = open_page(legacy_page).page
    focused = "document.activeElement"
    page.keyboard.press("Tab")
    assert page.evaluate(f"{focused}.textContent") == "Skip to the tasks"
    page.keyboard.press("j")
    first = page.evaluate(f"{focused}.closest('.task').id")
    page.keyboard.press("j")
    second = page.evaluate(f"{focused}.closest('.task').id")
    assert first != second
    page.keyboard.press("k")
    assert page.evaluate(f"{focused}.closest('.task').id") == first
    page.keyboard.press("/")
    page.keyboard.type("enrichlevers")
    assert shown(page) == 1
    page.keyboard.press("Escape")
    assert shown(page) == 62
    page.keyboard.press("g")
    node = page.evaluate(f"{focused}.getAttribute('aria-label')")
    page.keyboard.press("ArrowDown")
    assert page.evaluate(f"{focused}.getAttribute('aria-label')") != node
    href = page.evaluate(f"{focused}.getAttribute('href')")
    outline = page.evaluate(f"getComputedStyle({focused}.querySelector('rect')).strokeWidth")
    assert float(outline.removesuffix("px")) > 3
    page.keyboard.press("Enter")
    playwright.expect(page.locator(href)).to_have_attribute("open", "")
    page.keyboard.press("n")
    assert page.locator(".flash").count() == 1
    page.keyboard.press("?")
    playwright.expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    playwright.expect(page.get_by_role("dialog")).to_be_hidden()


def test_focus_is_visible(open_page: Any, every_kind_page: Path) -> None:
    page = open_page(every_kind_page).page
    page.keyboard.press("j")
    width = page.evaluate("getComputedStyle(document.activeElement).outlineWidth")
    assert width == "2px"


def background(page: Any) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def test_theme_follows_the_system_and_can_be_chosen(open_page: Any, every_kind_page: Path) -> None:
    light = open_page(every_kind_page, color_scheme="light").page
    dark = open_page(every_kind_page, color_scheme="dark").page
    assert background(light) == "rgb(255, 255, 255)"
    assert background(dark) != background(light)
    button = light.get_by_role("button", name=re.compile("^Theme"))
    button.click()
    assert "light" in button.inner_text()
    button.click()
    assert "dark" in button.inner_text()
    assert background(light) == background(dark)
    light.reload()
    assert background(light) == background(dark)
    button.click()
    assert background(light) == "rgb(255, 255, 255)"


def test_theme_without_storage(open_page: Any, every_kind_page: Path) -> None:
    opened = open_page(every_kind_page, color_scheme="light")
    opened.page.add_init_script(
        "Object.defineProperty(window, 'localStorage', {get() { throw new DOMException('denied', 'SecurityError') }})"
    )
    opened.page.reload()
    button = opened.page.get_by_role("button", name=re.compile("^Theme"))
    button.click()
    button.click()
    assert background(opened.page) != "rgb(255, 255, 255)"


@pytest.mark.parametrize("name", ["every_kind_page", "legacy_page"])
def test_no_sideways_scrolling_on_a_phone(open_page: Any, name: str, request: pytest.FixtureRequest) -> None:
    opened = open_page(request.getfixturevalue(name), viewport={"width": 360, "height": 740})
    assert opened.overflow() <= 0
    for task in opened.page.locator(".task").all()[:12]:
        task.evaluate("task => { task.open = true }")
    opened.page.get_by_role("button", name="Zoom in").click()
    assert opened.overflow() <= 0
    assert opened.page.locator(".diff td.o:visible").count() == 0


def test_side_by_side_or_unified(open_page: Any, every_kind_page: Path) -> None:
    page = open_page(every_kind_page).page
    page.get_by_role("button", name="Expand all").click()
    assert page.locator("#task-SummariseTask td.o:visible").count() > 0
    button = page.get_by_role("button", name="Unified")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert page.locator("#task-SummariseTask td.o:visible").count() == 0
    page.get_by_role("button", name="Collapse all").click()
    assert page.locator(".task[open]").count() == 0


def test_zoom(open_page: Any, legacy_page: Path) -> None:
    page = open_page(legacy_page).page
    drawing = page.locator("#drawing")
    fitted = float(drawing.get_attribute("width"))
    assert fitted <= page.locator("#canvas").evaluate("canvas => canvas.clientWidth")
    page.get_by_role("button", name="Zoom in").click()
    assert float(drawing.get_attribute("width")) > fitted
    page.get_by_role("button", name="Fit").click()
    assert abs(float(drawing.get_attribute("width")) - fitted) < 1


def test_pointing_at_a_task_shows_its_neighbours(open_page: Any, legacy_page: Path) -> None:
    page = open_page(legacy_page).page
    page.get_by_role("link", name=re.compile(f"^{TASK},")).hover()
    near = page.locator(".node.near").evaluate_all("all => all.map(one => one.getAttribute('href').slice(6))")
    assert {"SetupTask", "PotentialLeversTask", "EnrichLeversTask", TASK} <= set(near)
    assert "ReportTask" not in near


def test_hostile_source_is_shown_as_it_is(open_page: Any, every_kind_page: Path) -> None:
    page = open_page(every_kind_page).page
    page.get_by_role("button", name="Expand all").click()
    shown = page.locator("#task-HostileTask .diff").text_content()
    assert "</script><script>document.title='broken'</script><img src=x onerror=alert(1)>" in shown
    assert "</style></td></table></details></main> {{ 7 * 7 }} {% raise %} <!-- ]]> &amp; &lt;" in shown
    assert "U+202E" in shown
    assert "broken" not in page.title()
    assert page.locator("img").count() == 0
    assert page.locator("footer").count() == 1


def test_without_scripts_everything_can_be_read(open_page: Any, every_kind_page: Path) -> None:
    page = open_page(every_kind_page, java_script_enabled=False).page
    playwright.expect(page.locator(".filters")).to_be_hidden()
    page.locator("#task-SummariseTask summary").click()
    playwright.expect(page.locator("#task-SummariseTask .diff")).to_be_visible()


@pytest.mark.parametrize(("width", "scheme"), [(1400, "light"), (360, "dark")])
def test_accessible(open_page: Any, every_kind_page: Path, scheme: str, width: int) -> None:
    axe_playwright = pytest.importorskip("axe_playwright_python.sync_playwright")
    # The checker is put into the page, which the page's own policy forbids.
    opened = open_page(
        every_kind_page, color_scheme=scheme, viewport={"width": width, "height": 900}, bypass_csp=True
    )
    opened.page.locator(".task").evaluate_all("all => all.forEach(task => { task.open = true })")
    violations = axe_playwright.Axe().run(opened.page).response["violations"]
    told = [(one["id"], one["help"], [node["html"][:200] for node in one["nodes"][:3]]) for one in violations]
    assert told == []


def test_on_paper_no_row_of_the_table_of_stages_lies_over_another(open_page: Any, legacy_page: Path) -> None:
    page = open_page(legacy_page).page
    page.emulate_media(media="print")
    rows = page.locator("table.stages tr").evaluate_all(
        "rows => rows.map(row => { const c = row.cells[0].getBoundingClientRect(); return [c.top, c.bottom]; })"
    )
    assert len(rows) > 3
    assert all(above[1] <= below[0] + 1 for above, below in pairwise(rows))
    positions = page.locator("table.stages :is(thead, tfoot) :is(th, td)").evaluate_all(
        "cells => cells.map(cell => getComputedStyle(cell).position)"
    )
    assert set(positions) == {"static"}
