"""f-strings as source: they mean what they meant, and Python 3.11 can read them, whichever Python writes them."""

from __future__ import annotations

import ast
import datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codemods.python.sourcing import source_of, source_or_none
from codemods.python.unparsing import unparse
from codemods.refusals import Refused

VALUES: dict[str, Any] = {
    "x": 7,
    "s": "a'b\"c\\d\n{e}",
    "d": {"k": "v", "it's": 1},
    "day": datetime.date(2026, 1, 5),
}

texts = st.text(st.sampled_from("ab'\"\\\n\t{}#!: é\0"), max_size=6)


def _strings(node: ast.AST) -> list[ast.JoinedStr]:
    return [n for n in ast.walk(node) if isinstance(n, ast.JoinedStr)]


def _field(value: ast.expr, conversion: int, spec: str | None) -> ast.FormattedValue:
    return ast.FormattedValue(
        value, conversion, None if spec is None else ast.JoinedStr([ast.Constant(spec)])
    )


def _f_strings(inner: st.SearchStrategy[ast.expr]) -> st.SearchStrategy[ast.expr]:
    fields = st.builds(
        _field, inner, st.sampled_from([-1, ord("r"), ord("s")]), st.sampled_from([None, ">12", "'<9"])
    )
    whole = st.lists(st.builds(ast.Constant, texts) | fields, max_size=4).map(
        # A specification applies to text once it is converted to some.
        lambda parts: ast.JoinedStr([*map(_as_text, parts)])
    )
    joined = st.builds(
        lambda between, item: ast.Call(ast.Attribute(ast.Constant(between), "join", ast.Load()), [item], []),
        texts,
        whole,
    )
    chosen = st.builds(lambda one, other: ast.IfExp(ast.Name("x", ast.Load()), one, other), whole, inner)
    return whole | joined | chosen


def _as_text(part: ast.expr) -> ast.expr:
    if isinstance(part, ast.FormattedValue) and part.format_spec is not None and part.conversion == -1:
        return ast.FormattedValue(part.value, ord("s"), part.format_spec)
    return part


leaves = st.sampled_from(
    ["x", "s", "d['k']", 'd["it\'s"]', "{1: 'a'}", "(lambda: x)()", "(x, 'b')", "(y := 3)"]
).map(lambda source: ast.parse(source, mode="eval").body)
expressions = st.recursive(leaves, _f_strings, max_leaves=8).filter(lambda node: bool(_strings(node)))


def _value(node: ast.expr) -> str:
    code = compile(ast.fix_missing_locations(ast.Expression(node)), "expression", "eval")
    return _without_addresses(str(eval(code, dict(VALUES))))


def _without_addresses(text: str) -> str:
    return text.split(" at 0x", maxsplit=1)[0]


@settings(deadline=None)
@given(expressions)
def test_the_source_of_an_f_string_gives_its_value(node: ast.expr) -> None:
    source = source_or_none(node)
    assert source is not None
    assert "\n" not in source
    assert _value(ast.parse(source, mode="eval").body) == _value(node)


@settings(deadline=None)
@given(expressions)
def test_no_quote_or_backslash_of_an_f_string_is_inside_its_braces(node: ast.expr) -> None:
    """Told from where the parts stand, since newer Pythons parse more."""
    source = source_or_none(node)
    assert source is not None
    for string in _strings(ast.parse(source, mode="eval")):
        if string.col_offset == string.end_col_offset or not (
            whole := ast.get_source_segment(source, string)
        ):
            continue
        if not whole.startswith("f"):
            # A specification.
            continue
        quote = whole[1:4] if whole[1:4] in {"'''", '"""'} else whole[1]
        for part in string.values:
            if isinstance(part, ast.FormattedValue):
                field = ast.get_source_segment(source, part.value) or ""
                assert quote not in field
                assert "\\" not in field


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("f'{x}'", "f'{x}'"),
        ("f\"{d['k']}\"", "f\"{d['k']}\""),
        ("f'''{d['k']} says \"hi\"'''", "f'''{d['k']} says \"hi\"'''"),
        ("f\"{'a'} it's\"", "f\"{'a'} it's\""),
        ('f"it\'s \\"{x}\\"\\n"', 'f"""it\'s "{x}"\\n"""'),
        ("f'{x!r:>{x}}{{}}'", "f'{x!r:>{x}}{{}}'"),
        ("f'{day:%Y-%m}'", "f'{day:%Y-%m}'"),
        ("f'{(lambda: 1)}{ {1: 2} }'", "f'{(lambda: 1)}{ {1: 2}}'"),
        ("f'{x}' + 'y' * 2", "f'{x}' + 'y' * 2"),
        ("f\"{f'{x}'}\"", "f\"{f'{x}'}\""),
    ],
)
def test_it_reads_as_it_would_be_written(source: str, expected: str) -> None:
    assert unparse(ast.parse(source, mode="eval")) == expected
    assert eval(expected, dict(VALUES)) is not None


def test_a_backslash_inside_the_braces_makes_it_a_format_call() -> None:
    line_break = ast.FormattedValue(ast.parse("'\\n'.join('ab')", mode="eval").body, -1, None)
    node = ast.JoinedStr([ast.Constant("{ "), line_break])
    with pytest.raises(ValueError, match="backslash"):
        unparse(node)
    assert source_or_none(node) == "'{{ {}'.format('\\n'.join('ab'))"


def test_an_f_string_that_is_no_format_call_either_is_refused() -> None:
    """A specification that is computed, beside a backslash."""
    width = ast.JoinedStr([ast.FormattedValue(ast.Name("x", ast.Load()), -1, None)])
    node = ast.JoinedStr([ast.FormattedValue(ast.Constant("\n"), -1, width)])
    with pytest.raises(Refused, match=r"3\.11"):
        source_of(ast.Expr(node))


@pytest.mark.parametrize("other", ["'__held_0__'", "__held_0__"])
def test_a_name_that_looks_like_a_stand_in_is_not_taken_for_one(other: str) -> None:
    node = ast.parse(f"f'{{x}}' + {other}", mode="eval").body
    assert source_or_none(node) in {None, f"f'{{x}}' + {other}"}
