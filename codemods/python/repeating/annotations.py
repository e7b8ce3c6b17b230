"""What an annotation proves of a value.

A concrete type or container is taken at its word, and so is a class in sight; a container whose elements are not
said (`dict`, `list[Any]`) holds plain data. `Iterator`, `Iterable`, `Generator`,
`Any`, a type variable and what is out of sight prove nothing.
"""

from __future__ import annotations

import ast

from codemods.python.classes import ClassRef
from codemods.python.modules import Module
from codemods.python.names import dotted_name
from codemods.python.repeating.values import (
    BYTES,
    DATA,
    DATE,
    NONE,
    NUMBER,
    PATH,
    TEXT,
    UNKNOWN,
    Value,
    container,
    join,
    sequence,
)
from codemods.python.scopes import Sources

_PLAIN = {
    **dict.fromkeys(("str", "LiteralString", "AnyStr"), TEXT),
    **dict.fromkeys(("int", "float", "bool", "complex", "Decimal", "Fraction", "Number"), NUMBER),
    **dict.fromkeys(("bytes", "bytearray"), BYTES),
    **dict.fromkeys(("datetime", "date", "time", "timedelta", "tzinfo", "timezone", "ZoneInfo"), DATE),
    **dict.fromkeys(("Path", "PurePath", "PosixPath"), PATH),
    **dict.fromkeys(("Pattern",), Value("pattern")),
    **dict.fromkeys(("Match",), Value("match")),
    **dict.fromkeys(("LocalTarget", "Target", "FileSystemTarget"), Value("target")),
    **dict.fromkeys(("Logger",), Value("logger")),
    **dict.fromkeys(("type", "Type"), Value("class")),
    **dict.fromkeys(("BaseModel",), Value("pydantic")),
    **dict.fromkeys(("StringIO",), Value("buffer")),
    **dict.fromkeys(("DataFrame", "Series"), Value("frame")),
}
_LISTS = frozenset("list List Sequence MutableSequence deque Deque Collection".split())
_SETS = frozenset("set Set frozenset FrozenSet AbstractSet MutableSet".split())
_DICTS = frozenset("dict Dict Mapping MutableMapping OrderedDict Counter".split())
_AROUND = frozenset("Optional Annotated Final ClassVar Required NotRequired InitVar".split())


class Annotations:
    """Reads annotations."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources

    def value(self, node: ast.expr | None, module: Module, holder: ClassRef | None = None) -> Value:
        """What a value of the annotation is; `holder` is what `Self` stands for."""
        if node is None:
            return UNKNOWN
        if isinstance(node, ast.Constant):
            if node.value is None:
                return NONE
            if isinstance(node.value, str):
                try:
                    return self.value(ast.parse(node.value, mode="eval").body, module, holder)
                except (SyntaxError, ValueError):
                    return UNKNOWN
            return UNKNOWN
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            return join([self.value(node.left, module, holder), self.value(node.right, module, holder)])
        if isinstance(node, ast.Subscript):
            return self._subscript(node, module, holder)
        last = (dotted_name(node) or "").rpartition(".")[2]
        ref = self._sources.classes.resolve(node, module)
        if ref is not None:
            return Value("instance", ref=ref)
        resolved = self._sources.names.resolve(node, module)
        if resolved is not None and isinstance(resolved.node, ast.expr):
            # `Rows = list[str]` at module level.
            alias = resolved.node
            if isinstance(alias, ast.Call) and (dotted_name(alias.func) or "").endswith("TypeVar"):
                bound = next((k.value for k in alias.keywords if k.arg == "bound"), None)
                return self.value(bound, resolved.module, holder) if bound is not None else UNKNOWN
            is_type = isinstance(alias, ast.Subscript | ast.BinOp)
            return self.value(alias, resolved.module, holder) if is_type else UNKNOWN
        if last == "Self" and holder is not None:
            return Value("instance", ref=holder)
        return self._plain(last, node, module)

    def _plain(self, last: str, node: ast.expr, module: Module) -> Value:
        known = isinstance(node, ast.Attribute) or last in module.bindings
        if not known and last not in _BUILTIN_NAMES:
            return UNKNOWN
        if last in _PLAIN:
            return _PLAIN[last]
        if last in _LISTS:
            return container("list", DATA)
        if last in _SETS:
            return container("set", DATA)
        if last in _DICTS:
            return container("dict", DATA, DATA)
        if last == "defaultdict":
            return container("defaultdict", DATA, DATA)
        return container("tuple", DATA) if last in {"tuple", "Tuple"} else UNKNOWN

    def _subscript(self, node: ast.Subscript, module: Module, holder: ClassRef | None) -> Value:
        last = (dotted_name(node.value) or "").rpartition(".")[2]
        inner = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
        if last == "Literal":
            return join(TEXT if isinstance(getattr(i, "value", None), str) else NUMBER for i in inner)
        if last in _AROUND:
            return self.value(inner[0], module, holder)
        # What is said to be anything, in a container, is data.
        given = [DATA if _is_any(i) else self.value(i, module, holder) for i in inner]
        if last == "Union":
            return join(given)
        if last in _LISTS:
            return container("list", given[0])
        if last in _SETS:
            return container("set", given[0])
        if last == "Counter":
            return container("dict", NUMBER, given[0])
        if last in _DICTS or last == "defaultdict":
            kind = "defaultdict" if last == "defaultdict" else "dict"
            return container(kind, given[1], given[0]) if len(given) == 2 else Value(kind)
        if last in {"tuple", "Tuple"}:
            if isinstance(inner[-1], ast.Constant) and inner[-1].value is ...:
                return container("tuple", given[0])
            return sequence(given)
        ref = self._sources.classes.resolve(node.value, module)
        if ref is not None:
            return Value("instance", ref=ref)
        return (
            self._plain(last, node.value, module) if last in {"Pattern", "Match", "type", "Type"} else UNKNOWN
        )


_BUILTIN_NAMES = frozenset(
    "str int float bool complex bytes bytearray list dict set frozenset tuple type Counter OrderedDict".split()
) - {"Counter", "OrderedDict"}


def _is_any(node: ast.expr) -> bool:
    return (dotted_name(node) or "").rpartition(".")[2] in {"Any", "object"}
