"""Which file a row or a write is about, as far as the sources tell."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from codemods.python.memo import Memo
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope
from codemods.tasks.context import TaskContext

_LONGEST = 4096
_HOLE = "{}"
_SYMBOL = re.compile(r"<[\w.]+>")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|%[-0-9.]*[dsr]")


@dataclass(frozen=True)
class FileName:
    """The name of a file.

    Attributes:
        text: the name, with `{}` for each part that is known at run time only; or the dump of its expression.
        known: whether `text` is a name.
    """

    text: str
    known: bool = True

    @property
    def shown(self) -> str:
        """The name for people."""
        return self.text if self.known else "the file"

    @property
    def is_symbol(self) -> bool:
        """Whether the name is that of a constant whose value is out of sight, `<Files.SUMMARY>`."""
        return self.known and _SYMBOL.search(self.text) is not None

    def covers(self, other: FileName) -> bool:
        """Whether a row of this name can be the row of a file of the other name."""
        if self == other:
            return True
        if not (self.known and other.known):
            return False
        pattern = ".+".join(re.escape(part) for part in self.text.split(_HOLE))
        return re.fullmatch(pattern, other.text, re.DOTALL) is not None


class FileNames:
    """Names files by the expressions of one task."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self._texts: Memo[str | None] = Memo(again=None)

    def of_name(self, node: ast.expr | None, scope: Scope) -> FileName | None:
        """The file that an expression for a name stands for, None where it could be any."""
        text = self._text(node, scope)
        if text is not None and text.replace(_HOLE, ""):
            return FileName(text)
        return None

    def of_path(self, node: ast.expr, scope: Scope) -> FileName | None:
        """The file that a path or a target stands for."""
        location = self._context.locations.evaluate(node, scope)
        if location is not None:
            name = self.of_name(location.filename, scope)
            if name is not None:
                return name
            if location.key is not None:
                target = self._context.locations.outputs.targets.get(location.key)
                name = self.of_name(target.filename, scope) if target is not None else None
                return name or FileName(f"output {location.key}", known=False)
        while isinstance(node, ast.Attribute) and node.attr == "path":
            node = node.value
        return FileName(ast.dump(node), known=False)

    def of_row(self, node: ast.expr | None, scope: Scope) -> FileName | None:
        """The file that a row's `filename` names; understands `os.path.basename(path)` and `path.name`."""
        node = self._followed(node, scope)
        if isinstance(node, ast.Call) and len(node.args) == 1:
            if (dotted_name(node.func) or "").rpartition(".")[2] == "basename":
                return self.of_path(node.args[0], scope)
            if isinstance(node.func, ast.Name) and node.func.id == "str":
                return self.of_row(node.args[0], scope)
        if isinstance(node, ast.Attribute) and node.attr == "name":
            inner = node.value
            if isinstance(inner, ast.Call) and len(inner.args) == 1:
                inner = inner.args[0]
            location = self._context.locations.evaluate(inner, scope)
            if location is not None:
                return self.of_path(inner, scope)
        return self.of_name(node, scope)

    def _followed(self, node: ast.expr | None, scope: Scope) -> ast.expr | None:
        seen: set[str] = set()
        while isinstance(node, ast.Name) and node.id not in seen:
            seen.add(node.id)
            values = scope.values_of(node.id)
            if values is None or len(values) != 1 or not isinstance(values[0], ast.expr):
                break
            node = values[0]
        return node

    def _text(self, node: ast.expr | None, scope: Scope) -> str | None:
        """The text with `{}` for what is not known, None for no text at all, or one that is no file's name."""
        node = self._followed(node, scope)
        if node is None:
            return None
        text = self._texts.of((node, scope.key), lambda: self._text_of(node, scope))
        return text if text is None or len(text) <= _LONGEST else None

    def _text_of(self, node: ast.expr, scope: Scope) -> str | None:
        if isinstance(node, ast.Constant):
            return str(node.value)
        if isinstance(node, ast.Attribute):
            member = node.value if node.attr == "value" else node
            value = self._context.sources.classes.enum_value(member, scope.module)
            if value is None and dotted_name(member) is not None and node.attr == "value":
                return f"<{dotted_name(member)}>"
            return value
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
            base = self._text(node.func.value, scope) or self._enum_like(node.func.value)
            return _PLACEHOLDER.sub(_HOLE, base) if base is not None else None
        if isinstance(node, ast.JoinedStr):
            return "".join(
                str(part.value)
                if isinstance(part, ast.Constant)
                else (self._text(part.value, scope) if isinstance(part, ast.FormattedValue) else None)
                or _HOLE
                for part in node.values
            )
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = (self._text(n, scope) for n in (node.left, node.right))
            return None if left is right is None else (left or _HOLE) + (right or _HOLE)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
            base = self._text(node.left, scope)
            return _PLACEHOLDER.sub(_HOLE, base) if base is not None else None
        return None

    @staticmethod
    def _enum_like(node: ast.expr) -> str | None:
        dotted = dotted_name(node)
        return f"<{dotted}>" if dotted is not None and "." in dotted else None
