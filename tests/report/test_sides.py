from __future__ import annotations

from codemods.model import Step
from refactor.report_page.model import StepLabel
from refactor.report_page.sides import alone, paired

SERVICE = StepLabel(Step.SERVICE, 0)


def shown(rows):
    return [(row.kind, row.old, row.new, row.label and row.label.step) for row in rows]


def test_labelled_lines_are_the_added_ones() -> None:
    rows = paired(["a", "b"], ["a", "x", "    b"], 10, 20, (None, SERVICE, None))
    assert shown(rows) == [
        ("same", 10, 20, None),
        ("added", None, 21, Step.SERVICE),
        ("same", 11, 22, None),
    ]
    assert [(row.old_index, row.new_index) for row in rows] == [(0, 0), (None, 1), (1, 2)]


def test_a_repeated_line_is_paired_by_its_label() -> None:
    rows = paired(["x"], ["x", "x"], 1, 1, (SERVICE, None))
    assert shown(rows) == [("added", None, 1, Step.SERVICE), ("same", 1, 2, None)]


def test_another_original_is_compared_and_the_labels_stay() -> None:
    rows = paired(["a", "gone"], ["a", "x"], 1, 1, (None, SERVICE))
    assert shown(rows) == [
        ("same", 1, 1, None),
        ("removed", 2, None, None),
        ("added", None, 2, Step.SERVICE),
    ]


def test_without_a_plan_nothing_is_labelled() -> None:
    rows = paired(["a", "b"], ["a", "new", "    b"], 1, 1, None)
    assert shown(rows) == [("same", 1, 1, None), ("added", None, 2, None), ("same", 2, 3, None)]


def test_one_text_alone() -> None:
    assert shown(alone(["a", "b"], 7)) == [("same", 7, 7, None), ("same", 8, 8, None)]
