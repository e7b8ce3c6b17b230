"""The step of each line comes from the plan: what is left unlabelled is the original, line for line."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from codemods import api
from codemods.model import Step
from codemods.rewriting.apply import entries
from codemods.rewriting.transform import method_span, rewrite_method
from codemods.settings import Settings
from codemods.source import SourceFile, decode, split_lines
from refactor.report_page.steps import step_labels

LEGACY = sorted((Path(__file__).parents[2] / "fixtures" / "legacy").glob("*.py"))
SETTINGS = Settings()
HEAD = """\
import json

import luigi
from plan import PlanTask


class PlanTask:
    def get_plan_id(self): ...

    def get_database_service(self): ...


"""


def labelled(source: SourceFile):
    """For each task to do: its name, the rewritten lines with their labels, and the original lines."""
    for report in api.inspect([source], SETTINGS)[0].reports:
        if report.analysis is None:
            continue
        method = entries(source, SETTINGS)[report.task.name, report.task.line]
        first, last = method_span(method)
        text = rewrite_method(source, method, report.analysis.insertions).text
        labels = step_labels(source, method, report.analysis.insertions, text)
        assert labels is not None, report.task.name
        lines = [line.rstrip("\r\n") for line in split_lines(text)]
        original = [line.rstrip("\r\n") for line in source.lines[first:last]]
        yield report, list(zip(lines, labels, strict=True)), original


@pytest.mark.parametrize("path", LEGACY, ids=lambda path: path.stem)
def test_unlabelled_lines_are_the_original(path: Path) -> None:
    for report, lines, original in labelled(decode(path.read_bytes(), path)):
        kept = [line.strip() for line, label in lines if label is None]
        assert kept == [line.strip() for line in original], report.task.name


@pytest.mark.parametrize("path", LEGACY, ids=lambda path: path.stem)
def test_labelled_lines_are_those_of_their_insertion(path: Path) -> None:
    for report, lines, _ in labelled(decode(path.read_bytes(), path)):
        for number, insertion in enumerate(report.analysis.insertions):
            mine = [
                line.strip()
                for line, label in lines
                if label is not None and label.insertion == number and not label.is_wrapper
            ]
            wanted = [line.strip() for line in insertion.code.splitlines()]
            # A flag that is lowered only to be raised again is left out between neighbours.
            assert [line for line in mine if line and line != "else:"] == [
                line for line in wanted if line in mine and line
            ]
            assert all(
                label.step is insertion.step for _, label in lines if label and label.insertion == number
            )


def test_a_blank_line_before_an_insertion_was_inserted() -> None:
    source = source_of(
        """\
        query = "x"

        result = Summarise.execute(llm, query)

        with self.output().open("w") as f:
            json.dump(result, f)
"""
    )
    ((_, lines, _),) = labelled(source)
    for (line, label), (_, following) in itertools.pairwise(lines):
        if not line.strip():
            assert (label is None) is (following is None)
            assert label == following
    assert [line for line, label in lines if label is None].count("") == 2


def test_the_words_of_the_text_do_not_matter() -> None:
    source = source_of(
        """\
        # Step 6: persist nothing, this is the author's own comment
        query = "# Step 3: LLM interaction, pending"

        result = Summarise.execute(llm, query)
        # Step 5: the author's too
        with self.output().open("w") as f:
            json.dump(result, f)
"""
    )
    ((_, lines, _),) = labelled(source)
    steps = {line.strip(): label and label.step for line, label in lines if "Step" in line}
    assert steps["# Step 6: persist nothing, this is the author's own comment"] is None
    assert steps['query = "# Step 3: LLM interaction, pending"'] is None
    assert steps["# Step 5: the author's too"] is None
    (created,) = (
        step for line, step in steps.items() if line.endswith("({  # Step 3: LLM interaction, pending")
    )
    assert created is Step.PENDING


def test_an_original_try_first_is_not_taken_for_the_wrapper() -> None:
    source = source_of(
        """\
        try:
            result = Summarise.execute(llm, "x")
        except ValueError as error:
            raise RuntimeError("no") from error
        with self.output().open("w") as f:
            json.dump(result, f)
"""
    )
    ((_, lines, _),) = labelled(source)
    tries = [(line, label) for line, label in lines if line.strip() == "try:"]
    assert [(line, label is None) for line, label in tries] == [
        ("        try:", False),
        ("            try:", True),
    ]
    assert tries[0][1].is_wrapper
    orelse = [label for line, label in lines if line.strip() == "else:"]
    assert [label.step for label in orelse] == [Step.COMPLETED]


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_line_ends_and_tabs(newline: str) -> None:
    body = (
        '\t\tresult = Summarise.execute(llm, "x")\n\n'
        '\t\twith self.output().open("w") as f:\n\t\t\tjson.dump(result, f)\n'
    )
    source = source_of(body, tab=True)
    source = source.with_text(source.text.replace("\n", newline))
    ((_, lines, original),) = labelled(source)
    assert [line for line, label in lines if label is None][1:] == [
        f"\t{line}" if line else line for line in original[1:]
    ]


def test_another_text_is_not_labelled() -> None:
    write = '        with self.output().open("w") as f:\n            json.dump(result, f)\n'
    source = source_of(f'        result = Summarise.execute(llm, "x")\n{write}')
    report = next(r for r in api.inspect([source], SETTINGS)[0].reports if r.analysis)
    method = entries(source, SETTINGS)[report.task.name, report.task.line]
    text = rewrite_method(source, method, report.analysis.insertions).text
    edited = text.replace("plan_id = self.get_plan_id()", "plan_id = 1")
    assert edited != text
    assert step_labels(source, method, report.analysis.insertions, edited) is None


def source_of(body: str, *, tab: bool = False) -> SourceFile:
    unit = "\t" if tab else "    "
    head = HEAD.replace("    ", unit)
    return SourceFile(
        Path("one.py"),
        f"{head}class OneTask(PlanTask):\n{unit}def output(self):\n{unit * 2}return luigi.LocalTarget('one.json')\n\n"
        f"{unit}def run_with_llm(self, llm):\n{body}",
    )
