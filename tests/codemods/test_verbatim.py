"""The one place that rests on a private method of LibCST: inserted lines that are printed as they are.

`make lowest` runs this on the oldest LibCST that pyproject.toml allows, `make test` on the newest.
"""

from __future__ import annotations

import inspect

import libcst as cst
import pytest

from codemods.rewriting.weaving import Verbatim


def _printed(source: str, lines: tuple[str, ...], **config: str) -> str:
    module = cst.parse_module(source, cst.PartialParserConfig(**config))
    function = cst.ensure_type(module.body[0], cst.FunctionDef)
    block = cst.ensure_type(function.body, cst.IndentedBlock)
    woven = block.with_changes(body=[Verbatim(lines), *block.body])
    return module.with_changes(body=[function.with_changes(body=woven)]).code


@pytest.mark.parametrize(("indent", "newline"), [("    ", "\n"), ("\t", "\n"), ("  ", "\r\n")])
def test_lines_are_printed_at_the_indentation_of_their_suite(indent: str, newline: str) -> None:
    source = f"def f():{newline}{indent}pass{newline}"
    printed = _printed(
        source, ("if x:", f"{indent}y", "", "z"), default_indent=indent, default_newline=newline
    )
    below = [f"{indent}if x:", f"{indent}{indent}y", "", f"{indent}z", f"{indent}pass"]
    assert printed == newline.join(["def f():", *below, ""])


def test_a_statement_still_prints_itself_by_the_method_that_is_overridden() -> None:
    own = inspect.signature(Verbatim._codegen_impl)
    for statement in (cst.SimpleStatementLine, cst.If, cst.FunctionDef):
        theirs = inspect.signature(statement._codegen_impl)
        assert list(theirs.parameters)[:2] == list(own.parameters)[:2]
        assert set(theirs.parameters) <= {*own.parameters, "is_elif"}
