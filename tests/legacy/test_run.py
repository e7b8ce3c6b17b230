"""The legacy pipeline runs to its end offline, and gives the same files each time."""

import json
import re

import pytest

from pipeline.example.domain.documents import FoundDocumentDraft
from pipeline.example.domain.shorten_markdown import ShortenedDocument
from pipeline.speed_vs_detail import SpeedVsDetailEnum
from tests.legacy.facts import CLOSING, FACTS

DETAILED = SpeedVsDetailEnum.ALL_DETAILS_BUT_SLOW
FAST = SpeedVsDetailEnum.FAST_BUT_SKIP_DETAILS
NAMES = [name for facts in FACTS for name in facts.outputs.values()]
TEMPLATES = [name for facts in FACTS for name in facts.extra_files]


def files_of(template: str, files: dict[str, bytes]) -> list[str]:
    return [name for name in files if re.fullmatch(template.replace("{}", r"\d+"), name)]


@pytest.mark.parametrize("speed", [DETAILED, FAST], ids=["detailed", "fast"])
@pytest.mark.parametrize("plan_type", ["physical", "digital"])
def test_all_tasks_complete_with_the_same_bytes_twice(run_legacy, speed, plan_type):
    first = run_legacy(speed, plan_type)
    second = run_legacy(speed, plan_type, name="second")
    assert first.succeeded
    assert {name: task.complete() for name, task in first.tasks().items()} == {f.task: True for f in FACTS}
    assert first.files == second.files

    chunks = {template: files_of(template, first.files) for template in TEMPLATES}
    assert all(chunks.values())
    assert set(first.files) == {*NAMES, *(name for names in chunks.values() for name in names)}
    assert all(first.files.values())
    for name, content in first.files.items():
        if name.endswith(".json"):
            json.loads(content)

    no_place_needed = b"No location is needed" in first.files["002-21-physical_locations.md"]
    assert no_place_needed == (plan_type == "digital")


def test_a_fast_run_asks_less_and_writes_fewer_chunks(run_legacy):
    detailed = run_legacy(DETAILED)
    fast = run_legacy(FAST)
    assert fast.llm.calls < detailed.llm.calls
    for template in TEMPLATES:
        if "{}" in template:
            assert len(files_of(template, fast.files)) <= 2
    assert len(fast.files) < len(detailed.files)


def test_the_report_needs_no_other_file_and_no_network(run_legacy):
    report = run_legacy(FAST).files["029-report.html"].decode()
    assert "Malmö" in report
    assert not re.search(r"https?://|<link|<script src|<img", report)


def test_a_section_that_cannot_be_shortened_does_not_end_the_run(run_legacy):
    run = run_legacy(FAST, fails_for=ShortenedDocument)
    assert run.succeeded
    short = run.files["003-11-consolidate_assumptions_short.md"].decode()
    assert short.count("could not be shortened") == 8


def test_a_document_that_cannot_be_drafted_ends_the_run(run_legacy):
    run = run_legacy(FAST, fails_for=FoundDocumentDraft)
    tasks = run.tasks()
    assert not run.succeeded
    assert not tasks["DraftDocumentsToFindTask"].complete()
    assert tasks["DraftDocumentsToCreateTask"].complete()
    assert not tasks[CLOSING].complete()
