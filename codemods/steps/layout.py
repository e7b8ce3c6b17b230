"""How inserted code stands in its file: no wider than it has to be, and no longer than it has to be."""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from weakref import WeakKeyDictionary

from codemods.model import Insertion
from codemods.python.classes import Function
from codemods.python.modules import Module

WIDTH = 120
"""The widest inserted line, wherever an expression can be broken at all."""

_UNIT = 4
_COLUMN = re.compile(r' *"\w+": .*,$')
_RECORD = re.compile(r"\.(?:create|update)_\w+\((?:\w+, )?\{(?:  #.*)?$")
_CLOSERS = frozenset(")]},")
_PAIRS = {"(": ")", "[": "]", "{": "}"}


def one_a_line(module: Module) -> bool:
    """Whether a file has one argument a line, with a comma behind the last: then its formatter wants it so."""
    if module not in _HABITS:
        _HABITS[module] = _has_one_a_line(module.source.lines)
    return _HABITS[module]


_HABITS: WeakKeyDictionary[Module, bool] = WeakKeyDictionary()
"""The answer for each file, which all of its tasks ask for."""


def _has_one_a_line(source: Iterable[str]) -> bool:
    lines = [line.strip() for line in _without_steps(source)]
    closed = [before for before, line in itertools.pairwise(lines) if line and set(line) <= _CLOSERS]
    trailing = sum(before.endswith(",") for before in closed)
    return trailing * 2 > len(closed)


def _without_steps(lines: Iterable[str]) -> Iterator[str]:
    """The lines outside of records, which steps write: what the tool wrote says nothing of the file's habit."""
    inside = False
    for line in lines:
        if inside:
            inside = not line.lstrip().startswith("})")
            continue
        yield line
        inside = _RECORD.search(line) is not None


def level_of(method: Function) -> int:
    """How many levels a method is indented by, in whatever unit its file has."""
    unit = method.body[0].col_offset - method.col_offset
    return max(1, method.col_offset // unit) if unit > 0 else 1


def laid_out(insertion: Insertion, level: int, *, packed: bool) -> Insertion:
    """An insertion with its lines filled, its long ones broken, and its comments at the end of what they are about.

    Args:
        insertion: with one column of a record a line, and comments on lines of their own.
        level: of the statements of the method's own suite, once the steps are around them.
        packed: whether the columns of a record may share lines.
    """
    room = WIDTH - _UNIT * (level + _depth(insertion))
    lines = insertion.code.splitlines()
    lines = [part for line in (_packed(lines, room) if packed else lines) for part in _broken(line, room)]
    code = "".join(f"{line}\n" for line in _commented(lines, room))
    return Insertion(insertion.step, insertion.anchor, insertion.where, code, insertion.line)


def _depth(insertion: Insertion) -> int:
    """How many suites inside of the method's own one the code stands in, at most."""
    if not insertion.anchor:
        return -1 if insertion.where in {"prologue", "closing", "block"} else 0
    return len(insertion.anchor) - (insertion.where != "else")


def _packed(lines: Sequence[str], room: int) -> Iterator[str]:
    """Neighbouring columns of one record on as few lines as they fit into, in their order."""
    held = ""
    for line in lines:
        is_column = bool(_COLUMN.fullmatch(line)) and _indentation(line) > 0
        if held and (not is_column or len(held) + 1 + len(line.strip()) > room):
            yield held
            held = ""
        if not is_column:
            yield line
        else:
            held = f"{held} {line.strip()}" if held else line
    if held:
        yield held


def _commented(lines: Sequence[str], room: int) -> Iterator[str]:
    """Comments at the end of the line below them, where that line has room for them."""
    above = ""
    for line in lines:
        if above:
            joined = f"{line}  {above.strip()}"
            if len(joined) <= room and "#" not in line:
                yield joined
            else:
                yield from (above, line)
            above = ""
        elif line.lstrip().startswith("# Step "):
            above = line
        else:
            yield line
    if above:
        yield above


def _broken(line: str, room: int) -> list[str]:
    """A line that is too wide, broken inside of its brackets; as it is where it cannot be."""
    if len(line) <= room or line.lstrip().startswith("#"):
        return [line]
    lines = list(_opened(line, room))
    return lines if _same(line, lines) else [line]


def _opened(line: str, room: int) -> Iterator[str]:
    """The line with what stands in its widest brackets on lines of its own, those filled and broken likewise."""
    span = _widest_brackets(line)
    if len(line) <= room or span is None:
        yield line
        return
    start, end = span
    inner = _indentation(line) + _UNIT
    yield line[: start + 1]
    held = ""
    for item in _items(line[start + 1 : end]):
        if held and len(held) + 1 + len(item) > room:
            yield from _opened(held, room)
            held = ""
        held = f"{held} {item}" if held else " " * inner + item
    if held:
        yield from _opened(held, room)
    yield " " * _indentation(line) + line[end:]


def _items(text: str) -> list[str]:
    """What stands between brackets, cut behind each comma; a single item at its keywords."""
    cuts = [i + 1 for i, c, depth in _outside_of_strings(text) if c == "," and depth == 0]
    if not text[cuts[-1] if cuts else 0 :].strip():
        cuts = cuts[:-1]
    if not cuts:
        cuts = [
            m.start() for m in re.finditer(r" (?:for|if|else|or|and) ", text) if _is_open(text, m.start())
        ]
    edges = [0, *cuts, len(text)]
    return [part for a, b in itertools.pairwise(edges) if (part := text[a:b].strip())]


def _is_open(text: str, at: int) -> bool:
    return any(i == at and depth == 0 for i, _, depth in _outside_of_strings(text))


def _widest_brackets(line: str) -> tuple[int, int] | None:
    """The outermost brackets that hold the most, None for a line without any that hold something."""
    found: list[tuple[int, int]] = []
    start = 0
    for index, character, depth in _outside_of_strings(line):
        if character in _PAIRS and depth == 0:
            start = index
        elif character in _PAIRS.values() and depth == 0:
            found.append((start, index))
    found = [(a, b) for a, b in found if b - a > 1]
    return max(found, key=lambda pair: pair[1] - pair[0], default=None)


def _outside_of_strings(text: str) -> Iterator[tuple[int, str, int]]:
    """The characters outside of string literals: index, character, and how many brackets are open around it."""
    depth, index = 0, 0
    while index < len(text):
        character = text[index]
        if character in "'\"":
            index = _behind_string(text, index)
            continue
        depth -= character in _PAIRS.values()
        yield index, character, depth
        depth += character in _PAIRS
        index += 1


def _behind_string(text: str, start: int) -> int:
    quote = text[start] * 3 if text.startswith(text[start] * 3, start) else text[start]
    index = start + len(quote)
    while index < len(text) and not text.startswith(quote, index):
        index += 2 if text[index] == "\\" else 1
    return index + len(quote)


def _same(line: str, lines: Sequence[str]) -> bool:
    """Whether the lines are the line to Python: a statement, or a part of a record."""
    for before, after in (("", ""), ("{", "}"), ("", "\n    pass")):
        try:
            return ast.dump(ast.parse(f"{before}{line.strip()}{after}")) == ast.dump(
                ast.parse(f"{before}{chr(10).join(lines).strip()}{after}")
            )
        except SyntaxError:
            continue
    return False


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())
