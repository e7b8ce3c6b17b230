"""Which step each line of a rewritten method belongs to. The plan says so, not the text."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from codemods.model import Step
from codemods.rewriting.transform import method_span, rewrite_method
from codemods.source import split_lines
from refactor.report_page.model import StepLabel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codemods.model import Insertion
    from codemods.python.classes import Function
    from codemods.source import SourceFile

_MARK = re.compile(r"  #@(\d+)@$")
_Labels = list["StepLabel | None"]


def step_labels(
    source: SourceFile, method: Function, insertions: Sequence[Insertion], text: str
) -> tuple[StepLabel | None, ...] | None:
    """The step of each line of a rewritten method, None for each original line.

    The method is rewritten once more with a mark at the end of every inserted line, and the marks are read.

    Args:
        source: the file before the rewrite.
        method: its method.
        insertions: the plan of its rewrite.
        text: the rewritten method.

    Returns:
        One entry a line; None where the text is not what the plan gives.
    """
    marked_plan = [replace(one, code=_marked(one.code, number)) for number, one in enumerate(insertions)]
    marked = split_lines(rewrite_method(source, method, marked_plan).text)
    lines = [line.rstrip("\r\n") for line in split_lines(text)]
    first, last = method_span(method)
    original = [line.rstrip("\r\n") for line in source.lines[first:last]]
    labels = _read_marks(lines, marked, insertions)
    if labels is None:
        return None
    unit = _label_wrapper(labels, lines, insertions)
    for eager in (True, False):
        found = _label_scaffolding(labels, lines, original, unit, eager=eager)
        if found is not None:
            return found
    return None


def _marked(code: str, number: int) -> str:
    return "".join(
        line.rstrip("\n") + f"  #@{number}@\n" if line.strip() else line
        for line in code.splitlines(keepends=True)
    )


def _read_marks(
    lines: Sequence[str], marked: Sequence[str], insertions: Sequence[Insertion]
) -> _Labels | None:
    """The labels of the marked lines; lines that the transform drops beside each other are skipped over."""
    labels: _Labels = []
    position = 0
    for line in lines:
        while position < len(marked):
            candidate = marked[position].rstrip("\r\n")
            position += 1
            mark = _MARK.search(candidate)
            bare = candidate[: mark.start()] if mark else candidate
            if bare == line:
                number = int(mark[1]) if mark else None
                labels.append(None if number is None else StepLabel(insertions[number].step, number))
                break
        else:
            return None
    return labels


def _label_wrapper(labels: _Labels, lines: Sequence[str], insertions: Sequence[Insertion]) -> str:
    """Labels the `try` around the method's statements, which is in no insertion's code: it belongs to its handlers.

    The header of a block is in an insertion's code, and loses its mark where its statements come in. Gives the
    indentation by which the `try`, or the block, moves the statements.
    """
    for number, one in enumerate(insertions):
        if one.where == "block":
            header = one.code.splitlines()[-1].strip()
            index = next((i for i, line in enumerate(lines) if line.strip() == header), None)
            if index is None:
                return ""
            labels[index] = StepLabel(one.step, number)
            inner = next((line for line in lines[index + 1 :] if line.strip()), "")
            return _indentation(inner).removeprefix(_indentation(lines[index]))
    opening = {n for n, one in enumerate(insertions) if one.where == "opening"}
    closing = [n for n, one in enumerate(insertions) if one.where == "closing"]
    for index, label in enumerate(labels):
        if label is not None and label.insertion in opening and index and closing:
            step = min((insertions[n].step for n in closing), default=Step.CLOSE)
            labels[index - 1] = StepLabel(step, closing[0], is_wrapper=True)
            return _indentation(lines[index]).removeprefix(_indentation(lines[index - 1]))
    return ""


def _label_scaffolding(
    labels: _Labels, lines: Sequence[str], original: Sequence[str], unit: str, *, eager: bool
) -> tuple[StepLabel | None, ...] | None:
    """Gives inserted lines without a mark, blank ones and `else:`, the step of what follows them.

    Args:
        labels: of the marked lines.
        lines: of the rewritten method.
        original: of the method.
        unit: the indentation by which original statements were moved.
        eager: whether a blank line before an insertion counts as inserted where it could be either.

    Returns:
        None where an original line is not found.
    """
    found = list(labels)
    position = 0
    for index, line in enumerate(lines):
        if labels[index] is not None:
            continue
        following = labels[index + 1] if index + 1 < len(labels) else None
        matches = position < len(original) and _is_kept(line, original[position], unit)
        if matches and not (eager and not line.strip() and following is not None):
            position += 1
        elif not line.strip() or line.strip() == "else:":
            after = next((label for label in labels[index:] if label is not None), None)
            before = next((label for label in reversed(labels[:index]) if label is not None), None)
            found[index] = after or before
        else:
            return None
    return tuple(found) if position == len(original) else None


def _is_kept(line: str, original: str, unit: str) -> bool:
    if not line.strip():
        return not original.strip()
    return line in {original, unit + original}


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]
