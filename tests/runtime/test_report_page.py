"""The page is one file, holds what is known, and gives nothing hostile or secret a chance."""

import base64
import hashlib
import re
import stat
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline.database.service import DatabaseService
from pipeline.errors import ConfigurationError
from pipeline.llm.prices import Price
from pipeline.report.facts import PlanFacts
from pipeline.report.page import render, write_page
from tests.runtime.recorded_plan import GRAPH, RecordedPlan

HOSTILE = "</script><script>alert(1)</script> <img src=x onerror=alert(2)> \"'`{{ 7*7 }} &lt; \u202e \x07 ✓"
PRICES = {"large": Price("USD", Decimal(3), Decimal(15))}
VOID = {"meta", "br", "input", "link", "img", "hr"}


class Outline(HTMLParser):
    """Checks that elements are closed in order and remembers what the tests ask for."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.open):
            self.text.append(data)

    def content(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture
def service(sqlite_tables_url: str, monkeypatch: pytest.MonkeyPatch) -> DatabaseService:
    monkeypatch.setenv("PIPELINE_DATABASE_URL", sqlite_tables_url)
    return DatabaseService()


@pytest.fixture
def plan(service: DatabaseService) -> RecordedPlan:
    return RecordedPlan(service)


def content_of(facts: PlanFacts, prices: dict[str, Price] | None = None) -> str:
    return Outline(render(facts, prices or {})).content()


def test_a_finished_plan(plan: RecordedPlan) -> None:
    for number, task in enumerate(GRAPH):
        plan.call(task.usual_stage, begins=number, tokens=(1000, 500))
        plan.file(f"{task.usual_stage}.md")
    plan.becomes("completed")
    content = content_of(plan.facts(prices=PRICES), PRICES)
    assert "completed All 3 tasks are done." in content
    assert "Tokens 4,500 3,000 in, 1,500 out" in content
    assert "Cost USD 0.032 all calls counted" in content
    assert "No call failed, and the plan's first choice of a model answered each time." in content
    assert "3 files, 21 B; the largest:" in content
    assert "What stands in the way" not in content


def test_a_failed_plan_says_what_stands_in_the_way_and_how_to_go_on(plan: RecordedPlan) -> None:
    plan.file("goals.md")
    plan.call("risks", status="failed", error="overloaded\nTraceback: deep")
    plan.becomes("failed")
    content = content_of(plan.facts())
    assert "failed 1 of 3 tasks is done, 1 failed, 1 waiting." in content
    assert "What stands in the way Risks ✕ failed overloaded Go on with pipeline resume p1" in content
    assert (
        "1 call of large failed 1 task not done overloaded Whole message overloaded Traceback: deep"
        in content
    )
    assert "Cost unknown no price or no count known" in content


def test_a_task_that_failed_without_a_call_sends_the_reader_to_the_log(plan: RecordedPlan) -> None:
    plan.becomes("failed")
    assert "Goals ◐ unfinished No call of it is on record; the log of the run may say why." in content_of(
        plan.facts()
    )


def test_a_running_plan(plan: RecordedPlan) -> None:
    plan.file("goals.md")
    plan.call("risks", status="pending", begins=50)
    content = content_of(plan.facts())
    assert "running 1 of 3 tasks is done, 1 running, 1 waiting." in content
    assert "10.0 s so far" in content
    assert "was being worked on; the last record was 10.0 s old." in content
    assert "pipeline resume" not in content


def test_a_plan_of_which_nothing_is_known_yet(plan: RecordedPlan) -> None:
    content = content_of(plan.facts())
    for sentence in ("Nothing is on record yet.", "No model has been called yet.", "No file is stored yet."):
        assert sentence in content
    assert "0 of 0 tasks" in content_of(plan.facts(()))


def test_a_price_of_nothing_is_a_price(plan: RecordedPlan) -> None:
    plan.call("goals", tokens=(10, 10))
    free = {"large": Price("USD", Decimal(0), Decimal(0))}
    assert "Cost USD 0.00 all calls counted" in content_of(plan.facts(prices=free), free)


def test_nothing_hostile_becomes_markup(service: DatabaseService) -> None:
    plan = RecordedPlan(service, models=(HOSTILE, "small"), prompt=HOSTILE)
    harmless = RecordedPlan(service, plan_id="p2", models=("x", "small"), prompt="x")
    for other, name in ((plan, HOSTILE), (harmless, "x")):
        stage, filename = name.replace("\x07", ""), name.replace("/", "").replace("\x07", "")
        other.call(stage, name, tokens=(1, 1))
        other.call(stage, name, status="failed", begins=1, error=f"{name}\nand more of {name}")
        other.file(filename, stage=stage)
    outline, expected = Outline(render(plan.facts(()), {})), Outline(render(harmless.facts(()), {}))
    assert [tag for tag, _ in outline.tags] == [tag for tag, _ in expected.tags]
    assert HOSTILE in outline.content()
    assert not any(name.startswith("on") for _, attributes in outline.tags for name in attributes)


def test_text_that_utf8_does_not_take_is_written_all_the_same(tmp_path: Path) -> None:
    write_page(tmp_path / "r.html", "a\ud800b")
    assert (tmp_path / "r.html").read_bytes() == rb"a\ud800b"


def test_no_key_is_on_the_page(service: DatabaseService, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = RecordedPlan(service, prompt="use a&b<c>very-secret and sk-abcdef123456")
    plan.call(
        "goals", "model-sk-abcdef123456", status="failed", error="key sk-abcdef123456, a&b<c>very-secret"
    )
    plan.file("sk-abcdef123456.md", stage="goals")
    # Known as a key only now: what was stored has it.
    monkeypatch.setenv("EXAMPLE_API_KEY", "a&b<c>very-secret")
    page = render(plan.facts(()), {})
    assert "sk-abcdef" not in page
    assert "very-secret" not in page
    assert page.count("[redacted]") > 4


def test_the_policy_names_the_one_style_and_the_one_script(plan: RecordedPlan) -> None:
    page = render(plan.facts(), {})
    policy = next(
        attributes["content"] or ""
        for tag, attributes in Outline(page).tags
        if attributes.get("http-equiv") == "Content-Security-Policy"
    )
    directives = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert directives["default-src"] == "'none'"
    for tag in ("style", "script"):
        (text,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert directives[f"{tag}-src"] == f"'sha256-{digest}'"


def test_the_page_asks_nobody_for_anything(plan: RecordedPlan) -> None:
    plan.call("goals")
    page = render(plan.facts(), {})
    for tag, attributes in Outline(page).tags:
        assert tag not in {"link", "img", "iframe", "object"}
        assert "src" not in attributes
        assert "style" not in attributes
        assert (attributes.get("href") or "#").startswith("#")
    assert "http://" not in page
    assert "https://" not in page


def test_every_link_has_a_target_and_no_id_is_used_twice(plan: RecordedPlan) -> None:
    plan.call("goals", status="failed")
    plan.file("goals.md")
    plan.call("surprise")
    tags = Outline(render(plan.facts(), {})).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = {(attributes["href"] or "")[1:] for tag, attributes in tags if tag == "a"}
    assert links - set(ids) == set()


def test_a_page_is_written_whole_in_place_of_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    write_page(path, "new ✓")
    assert path.read_text(encoding="utf-8") == "new ✓"
    assert [item.name for item in tmp_path.iterdir()] == ["report.html"]
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600


def test_a_place_that_cannot_be_written_is_told_and_left_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot write .*report.html: No such file or directory"):
        write_page(tmp_path / "missing" / "report.html", "page")
    (tmp_path / "directory").mkdir()
    with pytest.raises(ConfigurationError, match="cannot write"):
        write_page(tmp_path / "directory", "page")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["directory"]
