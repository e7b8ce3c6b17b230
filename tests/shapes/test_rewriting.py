"""What the codemod makes of each shape, as text: a snapshot to read, and the laws that no snapshot may break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codemods.model import TaskState
from tests.shapes import laws
from tests.shapes.catalogue import DIRECTORY, SHAPES, Shape
from tests.shapes.rewriting import rewrite, rewritten

if TYPE_CHECKING:
    from pytest_snapshot.plugin import Snapshot

all_shapes = pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)


def test_every_module_is_in_the_catalogue():
    """A shape that nobody lists would be a shape that nobody tests."""
    modules = {path.stem for path in DIRECTORY.glob("*.py")} - {"__init__"}
    assert sorted(modules) == sorted(shape.name for shape in SHAPES)


@all_shapes
def test_the_rewritten_module_reads_like_its_snapshot(shape: Shape, snapshot: Snapshot):
    """A change of the output is a change that somebody has looked at."""
    snapshot.snapshot_dir = f"{__file__.rpartition('/')[0]}/snapshots"
    snapshot.assert_match(rewritten(shape).after.text, f"{shape.name}.txt")


@all_shapes
def test_nothing_outside_of_the_entry_methods_changes(shape: Shape):
    """requires() and output() are byte-identical, and so is everything else, added imports aside."""
    r = rewritten(shape)
    laws.check_outside_is_untouched(r.before.text, r.after.text, r.tasks)


@all_shapes
def test_lines_and_statements_are_only_inserted(shape: Shape):
    """Every original line and statement is there, in order, at most one level deeper."""
    r = rewritten(shape)
    laws.check_only_insertions(r.before.text, r.after.text)
    laws.check_statements_are_kept(r.before.text, r.after.text, r.tasks)


@all_shapes
def test_the_result_compiles_and_pyflakes_is_content(shape: Shape):
    """No undefined name, no unused one, no redefinition that was not there before."""
    r = rewritten(shape)
    laws.check_pyflakes_has_nothing_new(r.before.text, r.after.text)


@all_shapes
def test_a_second_apply_changes_nothing(shape: Shape):
    """A task that is done is left alone byte for byte."""
    r = rewritten(shape)
    again = rewrite(r.after)
    assert again.after.to_bytes() == r.after.to_bytes()
    assert again.changed == ()
    assert {t.task.name for t in again.reports if t.state is TaskState.DONE} >= set(r.tasks)
