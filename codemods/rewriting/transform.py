"""Applies a plan to the source: LibCST for the entry method, a line for each import. Decides nothing."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import libcst as cst

from codemods.model import Insertion
from codemods.python.classes import Function
from codemods.refusals import Refused
from codemods.rewriting.form_feeds import with_feeds, without_feeds
from codemods.rewriting.import_place import with_imports
from codemods.rewriting.setting_aside import put_back, set_aside
from codemods.rewriting.weaving import Weaver
from codemods.source import SourceFile
from codemods.steps.step_names import IMPORT_MARK

_HOLDER = "class _:"


@dataclass(frozen=True)
class MethodEdit:
    """The new lines of one method.

    Attributes:
        first: 0-based index of its first line.
        last: 0-based index behind its last line.
        text: what stands there instead.
    """

    first: int
    last: int
    text: str


@dataclass(frozen=True)
class ParsedMethod:
    """A method's own lines as a LibCST tree.

    Attributes:
        holder: the module that holds a stand-in class with the method.
        function: the method.
        unit: one level of the method's indentation.
        newline: the file's line end.
        ends_line: whether the method's last line has a line end.
        aside: expressions that were replaced by a name, as they stand in the file.
    """

    holder: cst.Module
    function: cst.FunctionDef
    unit: str
    newline: str
    ends_line: bool
    aside: Mapping[str, str]


def method_span(method: Function) -> tuple[int, int]:
    """The 0-based index of a method's first line, decorators included, and the one behind its last."""
    first = min([method.lineno, *(d.lineno for d in method.decorator_list)]) - 1
    return first, method.end_lineno or method.lineno


def parse_method_text(source: SourceFile, method: Function) -> ParsedMethod:
    """Parses one method with LibCST, so that all text outside of it stays out of reach."""
    first, last = method_span(method)
    body, aside = set_aside(source.lines[first:last], method, first)
    unit = _indentation_unit(source, method)
    config = cst.PartialParserConfig(default_indent=unit, default_newline=source.newline)
    head = f"{_HOLDER}{source.newline}"
    holder = cst.parse_module(f"{head}{without_feeds(body, head)}", config)
    block = cst.ensure_type(cst.ensure_type(holder.body[0], cst.ClassDef).body, cst.IndentedBlock)
    function = cst.ensure_type(block.body[0], cst.FunctionDef)
    return ParsedMethod(holder, function, unit, source.newline, body.endswith(("\n", "\r")), aside)


def render_method(parsed: ParsedMethod, function: cst.FunctionDef) -> str:
    """The lines of a changed method."""
    stand_in = cst.ensure_type(parsed.holder.body[0], cst.ClassDef)
    block = stand_in.body.with_changes(body=[function])
    code = with_feeds(parsed.holder.with_changes(body=[stand_in.with_changes(body=block)]).code)
    text = put_back(code[len(_HOLDER) + len(parsed.newline) :], parsed.aside)
    if not parsed.ends_line:
        return text.rstrip("\r\n")
    return text if text.endswith(("\n", "\r")) else text + parsed.newline


def rewrite_method(source: SourceFile, method: Function, insertions: Sequence[Insertion]) -> MethodEdit:
    """Inserts code into one method.

    Everything but the inserted lines keeps its text; the method's statements move one level deeper, into
    the `try` around them.

    Raises:
        Refused: an anchor shares its line with other code.
    """
    parsed = parse_method_text(source, method)
    first, last = method_span(method)
    fitting = [replace(i, code=_in_encoding(i.code, source.encoding, method)) for i in insertions]
    return MethodEdit(
        first, last, render_method(parsed, Weaver(fitting, parsed.unit, method).weave(parsed.function))
    )


def _in_encoding(code: str, encoding: str, method: Function) -> str:
    """The code with escapes for the characters that the file's encoding lacks.

    A codec that takes a character and gives another one back (the yen sign in Shift JIS) lacks it too. Escapes
    mean the same in string literals and in comments alone: anything else is refused.
    """
    lacking = sorted({c for c in code if not c.isascii() and not _survives(c, encoding)})
    if not lacking:
        return code
    escaped = "".join(_escaped(c) if c in lacking else c for c in code)
    try:
        if ast.dump(_parsed(escaped)) == ast.dump(_parsed(code)):
            return escaped
    except SyntaxError:
        pass
    shown = ", ".join(repr(c) for c in lacking)
    raise Refused("DBR904", f"{encoding} has no {shown}, which stands in a name of the inserted code", method)


def _parsed(code: str) -> ast.Module:
    if code.startswith(("except ", "finally:")):
        return ast.parse(f"try:\n    pass\n{code}")
    return ast.parse(f"{code}    pass\n" if code.endswith(":\n") else code)


def _survives(character: str, encoding: str) -> bool:
    try:
        return character.encode(encoding).decode(encoding) == character
    except UnicodeError:
        return False


def _escaped(character: str) -> str:
    return character.encode("ascii", "backslashreplace").decode("ascii")


def splice(source: SourceFile, edits: Iterable[MethodEdit], imports: Sequence[str]) -> SourceFile:
    """The file with methods replaced and imports added."""
    lines = list(source.lines)
    for edit in sorted(edits, key=lambda e: e.first, reverse=True):
        lines[edit.first : edit.last] = [edit.text]
    if imports:
        with_imports(source, lines, merged(imports), f"  {IMPORT_MARK}")
    return source.with_text("".join(lines))


def merged(imports: Sequence[str]) -> list[str]:
    """Import statements with one line for each module that names come from."""
    by_module: dict[str, list[str]] = {}
    for statement in imports:
        head, _, name = statement.partition(" import ")
        by_module.setdefault(head, []).extend([name] if name else [])
    return [
        f"{head} import {', '.join(sorted(set(names)))}" if names else head
        for head, names in by_module.items()
    ]


def _indentation_unit(source: SourceFile, method: Function) -> str:
    header = source.lines[method.lineno - 1]
    outer = _indentation(header)
    statement = method.body[0]
    inner_line = source.lines[statement.lineno - 1]
    inner = _indentation(inner_line)
    if statement.lineno == method.lineno or not inner.startswith(outer) or len(inner) <= len(outer):
        return "    "
    return inner[len(outer) :]


def _indentation(line: str) -> str:
    """What counts of a line's leading blanks: a form feed begins the count anew."""
    return line[: len(line) - len(line.lstrip())].rpartition("\f")[2]
