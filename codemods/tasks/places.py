"""Files and directories as values, and the expressions of their names."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from codemods.python.modules import Module
from codemods.tasks.targets import Trouble

MARKER = "marker"
WORKING = ""
"""The directory that the process runs in, as a location's `base`."""


@dataclass(frozen=True)
class Location:
    """A file, or the directory that files are put in.

    Attributes:
        kind: `target`, `path`, `str`, `input` for what the task reads, or `marker` for a target that is no file.
        filename: the expression for the file's name below its directory, None for a directory or where unknown.
        key: the key of `output()` that it came from, `""` for a single target, None otherwise.
        module: the module in which the names of `filename` live.
        ambiguous: whether it is a file, but not always the same one.
        temporary: whether the path is that of a temporary file, which becomes the file when its `with` is left.
        base: the directory that `filename` is relative to: `self.run_dir` for an attribute of the task, `WORKING`
            for the directory that the process runs in; None where the sources do not tell.
        flat: whether the file is certain to lie in `base` itself, not in a directory below it.
        covers: the keys of `output()` that it is one after the other, in a loop.
        varies: whether the name is another one in a class that inherits the write; `filename` is an example then.
        trouble: why writing it is not writing a local text file, None where it is.
    """

    kind: str
    filename: ast.expr | None = None
    key: str | None = None
    module: Module | None = None
    ambiguous: bool = False
    temporary: bool = False
    base: str | None = None
    flat: bool = False
    covers: frozenset[str] = frozenset()
    varies: bool = False
    trouble: Trouble | None = None

    @property
    def is_file(self) -> bool:
        """Whether this is a file to write rather than a directory or an input."""
        named = self.filename is not None or self.key is not None
        return self.kind not in {"input", MARKER} and (named or self.ambiguous)


@dataclass(frozen=True)
class Outputs:
    """What `output()` returns.

    Attributes:
        targets: location by key; the key is empty for a single target.
        known: whether the sources list all keys.
        is_sequence: whether it is a list or a tuple, so that going over it gives the targets.
        each: what is known of every target where the keys are not.
    """

    targets: Mapping[str, Location]
    known: bool
    is_sequence: bool = False
    each: Location | None = None


def makes_temporary_path(node: ast.expr) -> bool:
    """Whether an expression is Luigi's `target.temporary_path()`."""
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "temporary_path"
    )


def same_place(left: Location, right: Location) -> bool:
    """Whether two locations have the same name and key, as far as the sources tell."""

    def dump(node: ast.expr | None) -> str:
        return "" if node is None else ast.dump(node)

    return dump(left.filename) == dump(right.filename) and left.key == right.key and left.base == right.base


def joined_names(names: list[ast.expr]) -> ast.expr:
    """The expression of several names with a slash between each two."""
    parts: list[ast.expr] = []
    for index, name in enumerate(names):
        if index:
            parts.append(ast.Constant("/"))
        parts.append(name if isinstance(name, ast.Constant) else ast.FormattedValue(name, -1))
    return formatted(parts)


def formatted(parts: list[ast.expr]) -> ast.expr:
    """The text of parts one behind the other: a literal where nothing is filled in."""
    merged: list[ast.expr] = []
    for part in _flattened(parts):
        if isinstance(part, ast.Constant) and merged and isinstance(merged[-1], ast.Constant):
            merged[-1] = ast.Constant(str(merged[-1].value) + str(part.value))
        elif not isinstance(part, ast.Constant) or part.value != "":
            merged.append(part)
    if all(isinstance(p, ast.Constant) for p in merged):
        return ast.Constant("".join(str(p.value) for p in merged if isinstance(p, ast.Constant)))
    return ast.JoinedStr(merged)


def _flattened(parts: list[ast.expr]) -> Iterator[ast.expr]:
    """The parts; where a text is filled in as it is, `{'a.txt'}` or `{f"{x}.txt"}`, the text itself."""
    for part in parts:
        value = part.value if isinstance(part, ast.FormattedValue) else None
        if isinstance(part, ast.FormattedValue) and part.conversion == -1 and part.format_spec is None:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                yield value
                continue
            if isinstance(value, ast.JoinedStr):
                yield from _flattened(value.values)
                continue
        yield part


def relative_text(node: ast.expr) -> str | None:
    """A path that is written out and is relative to the working directory, None for any other expression."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return None
    text = posixpath.normpath(node.value) if node.value else ""
    return text if text and text != "." and not text.startswith(("/", "..", "~")) else None


def starts_relative(node: ast.expr) -> bool:
    """Whether a path begins with a written directory or name, so that it is relative to the working directory."""
    while True:
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.Mod):
            node = node.left
        elif isinstance(node, ast.JoinedStr) and node.values:
            node = node.values[0]
        elif (
            isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format"
        ):
            node = node.func.value
        else:
            break
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    # What is filled in may begin with a slash, or go up: only behind a letter it cannot make the path absolute.
    return re.match(r"[A-Za-z0-9_]", node.value) is not None


def either(places: list[Location], *, alike: bool) -> Location:
    """One of several places: what all of them have in common.

    Args:
        places: what is known of them.
        alike: whether these are all.
    """
    first = next((p for p in places if p.is_file), places[0])
    bases = {p.base for p in places}
    are_markers = alike and all(p.kind == MARKER for p in places)
    return Location(
        "target" if first.kind == MARKER and not are_markers else first.kind,
        key=first.key,
        ambiguous=first.is_file,
        base=bases.pop() if alike and len(bases) == 1 else None,
        flat=alike and all(p.flat for p in places),
        trouble=next((p.trouble for p in places if p.trouble), None),
    )


def is_flat(filename: ast.expr | None) -> bool:
    """Whether the expression of a file name has no directory in it, as far as the name can be read.

    Taken for a plain name: a constant of a class (`FileName.TEXT.value`), also formatted, and text without a slash.
    """
    if filename is None:
        return False
    if isinstance(filename, ast.Constant):
        return "/" not in str(filename.value)
    if isinstance(filename, ast.JoinedStr):
        return all(is_flat(part) for part in filename.values)
    if isinstance(filename, ast.FormattedValue):
        return is_flat(filename.value)
    if (
        isinstance(filename, ast.Call)
        and isinstance(filename.func, ast.Attribute)
        and filename.func.attr == "format"
    ):
        return is_flat(filename.func.value)
    return isinstance(filename, ast.Attribute) and filename.attr == "value"
