"""Pairs the lines of two texts for a side-by-side view."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from refactor.report_page.model import Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from refactor.report_page.model import StepLabel

Labels = tuple["StepLabel | None", ...]


def paired(
    old: Sequence[str], new: Sequence[str], old_first: int, new_first: int, labels: Labels | None
) -> tuple[Row, ...]:
    """Pairs the original lines with the refactored ones.

    Where every unlabelled line is an original one, in order, they are paired so; else by a diff that does not look
    at the indentation.

    Args:
        old: the original lines.
        new: the refactored lines.
        old_first: 1-based number of the first original line in its file.
        new_first: likewise of the first refactored line.
        labels: the step of each refactored line, None for original lines; None where nothing is known.
    """
    if labels is not None:
        kept = [line.strip() for line, label in zip(new, labels, strict=True) if label is None]
        if kept == [line.strip() for line in old]:
            return tuple(_by_labels(labels, old_first, new_first))
    return tuple(_by_diff(old, new, old_first, new_first, labels))


def alone(lines: Sequence[str], first: int) -> tuple[Row, ...]:
    """The rows of one text without a counterpart."""
    return tuple(Row(first + index, first + index, index, index) for index in range(len(lines)))


def _by_labels(labels: Labels, old_first: int, new_first: int) -> Iterator[Row]:
    at = 0
    for index, label in enumerate(labels):
        if label is not None:
            yield Row(None, new_first + index, None, index, label)
        else:
            yield Row(old_first + at, new_first + index, at, index)
            at += 1


def _by_diff(
    old: Sequence[str], new: Sequence[str], old_first: int, new_first: int, labels: Labels | None
) -> Iterator[Row]:
    matcher = difflib.SequenceMatcher(
        None, [line.strip() for line in old], [line.strip() for line in new], autojunk=False
    )
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            for i, j in zip(range(i1, i2), range(j1, j2), strict=True):
                yield Row(old_first + i, new_first + j, i, j)
            continue
        for i in range(i1, i2):
            yield Row(old_first + i, None, i, None)
        for j in range(j1, j2):
            yield Row(None, new_first + j, None, j, labels[j] if labels is not None else None)
