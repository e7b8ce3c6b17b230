"""The file stays itself: whatever its bytes look like, the same is inserted in the same way."""

from __future__ import annotations

import pytest

from tests.shapes import laws
from tests.shapes.bench import Bench
from tests.shapes.catalogue import SHAPES, Shape
from tests.shapes.rewriting import rewrite, rewritten
from tests.shapes.variants import MIXED, VARIANTS, Variant

all_variants = pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
NAMES = ("kept_text", "loop_nested_function", "writing_statements", "decorated", "taken_names", "one_branch")
some_shapes = pytest.mark.parametrize(
    "shape", [s for s in SHAPES if s.name in NAMES], ids=lambda shape: shape.name
)


@all_variants
@some_shapes
def test_rewriting_a_variant_gives_the_variant_of_the_rewrite(shape: Shape, variant: Variant):
    """Only the bytes differ: line ends, tabs, byte order mark, encoding and final newline are the file's own."""
    r = rewritten(shape)
    result = rewrite(variant.of(r.before.text, r.before.path))
    assert result.changed == r.tasks
    expected = variant.of(r.after.text, r.before.path)
    assert laws.lines_of(result.after.text) == laws.lines_of(expected.text)
    assert result.after.to_bytes() == expected.to_bytes()


@some_shapes
def test_mixed_line_ends_are_kept_line_by_line(shape: Shape):
    """Each original line keeps its own end; the inserted ones take the most frequent."""
    r = rewritten(shape)
    before = MIXED.of(r.before.text, r.before.path)
    after = rewrite(before).after
    laws.check_only_insertions(before.text, after.text)
    laws.check_outside_is_untouched(before.text, after.text, r.tasks)
    old = laws.lines_of(before.text)
    added = set(laws.lines_of(after.text)) - {line for text in old for line in (text, "    " + text)}
    assert all(line.endswith("\r\n") for line in added)


@pytest.mark.parametrize("variant", [v for v in VARIANTS if v.name != "cr"], ids=lambda variant: variant.name)
def test_a_variant_runs_like_the_original(bench: Bench, variant: Variant):
    """The rewritten bytes are Python, and write the same files."""
    shape = next(s for s in SHAPES if s.name == "writing_statements")
    r = rewritten(shape)
    before = bench.run(bench.load(r.before.to_bytes()), r.tasks)
    after = rewrite(variant.of(r.before.text, r.before.path)).after
    outcome = bench.run(bench.load(after.to_bytes()), r.tasks)
    laws.check_same_behaviour(before, outcome)
    assert set(outcome.rows) == set(outcome.files)


def test_a_file_in_another_encoding_is_rewritten_or_left_alone():
    """A text that its encoding lacks is written as an escape, never as another character."""
    shape = next(s for s in SHAPES if s.name == "writing_statements")
    latin = next(v for v in VARIANTS if v.name == "latin-1")
    after = rewrite(latin.of(shape.source.text, shape.source.path)).after
    assert "\\u2013 the end" in after.text
    assert after.to_bytes().decode("latin-1") == after.text
