"""Files and directories as values, and the expressions of their names."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from codemods.resolution.modules import Module


@dataclass(frozen=True)
class Location:
    """A file, or the directory that files are put in.

    Attributes:
        kind: `target`, `path`, `str`, or `input` for what the task reads.
        filename: the expression for the file's name below its directory, None for a directory or where unknown.
        key: the key of `output()` that it came from, `""` for a single target, None otherwise.
        module: the module in which the names of `filename` live.
        ambiguous: whether it is a file, but not always the same one.
        temporary: whether the path is that of a temporary file, which becomes the file when its `with` is left.
    """

    kind: str
    filename: ast.expr | None = None
    key: str | None = None
    module: Module | None = None
    ambiguous: bool = False
    temporary: bool = False

    @property
    def is_file(self) -> bool:
        """Whether this is a file to write rather than a directory or an input."""
        named = self.filename is not None or self.key is not None
        return self.kind != "input" and (named or self.ambiguous)


@dataclass(frozen=True)
class Outputs:
    """What `output()` returns.

    Attributes:
        targets: location by key; the key is empty for a single target.
        known: whether the sources list all keys.
    """

    targets: Mapping[str, Location]
    known: bool


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

    return dump(left.filename) == dump(right.filename) and left.key == right.key


def joined_names(names: list[ast.expr]) -> ast.expr:
    """The expression of several names with a slash between each two."""
    parts: list[ast.expr] = []
    for index, name in enumerate(names):
        if index:
            parts.append(ast.Constant("/"))
        parts.append(name if isinstance(name, ast.Constant) else ast.FormattedValue(name, -1))
    if all(isinstance(p, ast.Constant) for p in parts):
        return ast.Constant("".join(str(p.value) for p in parts if isinstance(p, ast.Constant)))
    return ast.JoinedStr(parts)


def last_component(node: ast.expr) -> ast.expr | None:
    """The file name of a path that is written out, None for any other expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return ast.Constant(node.value.rpartition("/")[2])
    return None
