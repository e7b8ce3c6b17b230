"""`revert` gives every shape back: from the bytes that `apply` wrote, and from those that a formatter made of them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from codemods import api
from codemods.model import FileRewrite
from codemods.source import SourceFile
from tests.shapes.cases import PATH
from tests.shapes.catalogue import SHAPES, Shape
from tests.shapes.neighbour_cases import NOT_REFUSED
from tests.shapes.rewriting import SETTINGS, rewrite, rewritten

RUFF = Path(sys.executable).with_name("ruff")


def revert(source: SourceFile) -> FileRewrite:
    (inspection,) = api.inspect([source], SETTINGS)
    return api.revert(inspection, lambda report: True, SETTINGS)


def formatted(text: str) -> str:
    command = [str(RUFF), "format", "--isolated", "--line-length", "88", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_shape_comes_back(shape: Shape) -> None:
    """Byte by byte."""
    r = rewritten(shape)
    result = revert(r.after)
    assert [(x.task.name, x.reason) for x in result.reports if x.task.name in r.tasks and x.reason] == []
    assert result.after.to_bytes() == r.before.to_bytes()


@pytest.mark.parametrize("case", NOT_REFUSED, ids=lambda case: case.name)
def test_every_neighbour_comes_back(case) -> None:
    """Byte by byte."""
    before = SourceFile(PATH, case.source)
    assert revert(rewrite(before).after).after.text == before.text


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_every_shape_comes_back_through_a_formatter(shape: Shape) -> None:
    """The same code as the original's, whatever the formatter did to the lines in between."""
    r = rewritten(shape)
    result = revert(r.after.with_text(formatted(r.after.text)))
    # A task whose lines the formatter broke comes back too, and the report says that they stay broken.
    left = [x for x in result.reports if x.task.name in r.tasks and x.reason]
    assert [x for x in left if not x.reason.startswith("formatted since")] == []
    assert ast.dump(ast.parse(result.after.text)) == ast.dump(ast.parse(r.before.text))
