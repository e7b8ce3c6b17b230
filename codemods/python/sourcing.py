"""Code back to source, and what is done about code that has none."""

from __future__ import annotations

import ast
import copy
from contextlib import suppress

from codemods.python.unparsing import unparse
from codemods.refusals import Refused


def source_or_none(node: ast.AST) -> str | None:
    """The source of an expression (on one line) or of a statement, None where it has none.

    An f-string that would need a backslash, or its own quote, inside its braces becomes `"...".format(...)`.
    """
    with suppress(ValueError, RecursionError):
        return unparse(node)
    with suppress(ValueError, RecursionError):
        return unparse(_Formatting().visit(copy.deepcopy(node)))
    return None


def source_of(node: ast.AST, code: str = "DBR004") -> str:
    """The source of an expression or a statement. Raises Refused with the given code where it has none."""
    source = source_or_none(node)
    if source is None:
        raise Refused(code, f"{type(node).__name__} has no source that Python 3.11 can read", node)
    return source


def name_source(node: ast.expr) -> str:
    """The source of a file's name; a text in double quotes, as inserted lines have them, where it holds none itself.

    Raises:
        Refused: it has no source.
    """
    source = source_of(node)
    is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
    return f'"{source[1:-1]}"' if is_text and source.startswith("'") and '"' not in source else source


class _Formatting(ast.NodeTransformer):
    """Makes f-strings that have no source calls of `str.format`."""

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        self.generic_visit(node)
        with suppress(ValueError):
            unparse(node)
            return node
        template: list[str] = []
        arguments: list[ast.expr] = []
        for value in node.values:
            if isinstance(value, ast.Constant):
                template.append(str(value.value).replace("{", "{{").replace("}", "}}"))
            elif isinstance(value, ast.FormattedValue):
                spec = _literal_spec(value.format_spec)
                if spec is None:
                    return node
                conversion = "" if value.conversion == -1 else f"!{chr(value.conversion)}"
                template.append(f"{{{conversion}{spec}}}")
                arguments.append(value.value)
        text = ast.Constant("".join(template))
        return ast.copy_location(ast.Call(ast.Attribute(text, "format", ast.Load()), arguments, []), node)


def _literal_spec(spec: ast.expr | None) -> str | None:
    if spec is None:
        return ""
    if isinstance(spec, ast.JoinedStr) and all(isinstance(v, ast.Constant) for v in spec.values):
        return ":" + "".join(str(v.value) for v in spec.values if isinstance(v, ast.Constant))
    return None
