"""Members of results: whether the class of a value certainly lacks one."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from codemods.python.classes import ClassRef, Function
from codemods.python.index import Index
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope
from codemods.python.statements import Site
from codemods.python.trees import walk
from codemods.tasks.context import TaskContext

DICT_METHODS = frozenset({"get", "items", "keys", "values", "update", "pop", "setdefault"})
_DYNAMIC = frozenset({"__getattr__", "__getattribute__", "__dict__", "__slots__"})
_KNOWN_DECORATORS = frozenset({"dataclass", "total_ordering", "final", "runtime_checkable"})
_OPEN_BASES = frozenset(
    {"Enum", "StrEnum", "IntEnum", "str", "int", "Protocol", "Generic", "NamedTuple", "TypedDict"}
)
_FROM_OBJECT = frozenset(dir(object)) | {"__dict__", "__name__", "__doc__", "__module__", "__annotations__"}


@dataclass(frozen=True)
class Access:
    """A use of a member that a class lacks.

    Attributes:
        node: the expression.
        member: the member; `[]` for a subscript.
        owner: the class.
        as_dict: whether the value is used as if it were a dict.
    """

    node: ast.expr
    member: str
    owner: ClassRef
    as_dict: bool


def missing_members(context: TaskContext, index: Index) -> Iterator[Access]:
    """The accesses of one task to members that the sources say do not exist."""
    finder = _Members(context, index)
    for site in context.sites:
        if isinstance(site.statement, Function | ast.ClassDef):
            continue
        for node in index.header(site.statement):
            if isinstance(node, ast.Attribute | ast.Subscript) and isinstance(
                node.value, ast.Name | ast.Call | ast.Await
            ):
                found = finder.look(node, site)
                if found is not None:
                    yield found


class _Members:
    def __init__(self, context: TaskContext, index: Index) -> None:
        self._context = context
        self._names: dict[tuple[int, str], ClassRef | None] = {}
        self._classes = context.sources.classes
        self._closed: dict[int, bool] = {}
        self._narrowed = {
            name
            for node in index.nodes
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in {"isinstance", "hasattr", "getattr", "callable", "setattr"}
            and node.args
            and (name := dotted_name(node.args[0])) is not None
        }

    def look(self, node: ast.AST, site: Site) -> Access | None:
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
            member, value = node.attr, node.value
            if member in _FROM_OBJECT or (member.startswith("__") and member.endswith("__")):
                return None
        elif isinstance(node, ast.Subscript):
            member, value = "[]", node.value
        else:
            return None
        if dotted_name(value) in self._narrowed:
            return None
        owner = self.certain_class(value, site.scope)
        looked_for = "__getitem__" if member == "[]" else member
        if owner is None or self._classes.has_member(owner, looked_for) is not False:
            return None
        if not self._is_closed(owner) or self._is_assigned(owner, looked_for):
            return None
        if member == "[]" and self._classes.has_member(owner, "__class_getitem__") is not False:
            return None
        as_dict = member == "[]" or (member in DICT_METHODS and not self._is_pydantic(owner))
        position = node if isinstance(node, ast.expr) else value
        return Access(position, member, owner, as_dict)

    def certain_class(self, node: ast.expr, scope: Scope) -> ClassRef | None:
        """The class that a value can only have: each of its bindings gives it."""
        if isinstance(node, ast.Await):
            return self.certain_class(node.value, scope)
        if isinstance(node, ast.Name):
            return self._of_name(node.id, scope)
        if isinstance(node, ast.Call):
            return self._of_call(node, scope)
        return None

    def _of_name(self, name: str, scope: Scope) -> ClassRef | None:
        values = scope.values_of(name)
        if not values or name == scope.self_name:
            return None
        holder = scope
        while name not in holder.bindings and holder.parent is not None:
            holder = holder.parent
        key = (id(holder.function), name)
        if key not in self._names:
            self._names[key] = None
            self._names[key] = self._common(values, holder)
        return self._names[key]

    def _common(self, values: list[ast.AST], holder: Scope) -> ClassRef | None:
        """The one class that all values certainly have."""
        found: list[ClassRef] = []
        for value in values:
            if isinstance(value, ast.arg | ast.AnnAssign):
                ref = self._context.inference.of(value, holder)
            elif isinstance(value, ast.expr) and not isinstance(value, ast.Tuple | ast.List | ast.Starred):
                if isinstance(value, ast.Constant) and value.value is None:
                    continue
                ref = self.certain_class(value, holder)
            else:
                return None
            if ref is None:
                return None
            found.append(ref)
        if not found or any(ref.node is not found[0].node for ref in found):
            return None
        return found[0]

    def _of_call(self, call: ast.Call, scope: Scope) -> ClassRef | None:
        ref = self._context.inference.of(call, scope)
        if ref is None or not isinstance(call.func, ast.Attribute):
            return ref
        root = dotted_name(call.func.value)
        if root is None or scope.is_local(root.partition(".")[0]):
            return ref
        holder = self._classes.resolve(call.func.value, scope.module)
        if holder is None or holder.node is ref.node:
            return ref
        # A constructor that is inherited is annotated with the class that it was inherited from.
        return None if any(item.node is ref.node for item in self._classes.line(holder)) else ref

    def _is_closed(self, ref: ClassRef) -> bool:
        """Whether the sources show all members of a class."""
        key = id(ref.node)
        if key not in self._closed:
            self._closed[key] = self._classes.is_complete(ref) and all(
                self._is_plain(item) for item in self._classes.line(ref)
            )
        return self._closed[key]

    def _is_plain(self, ref: ClassRef) -> bool:
        node = ref.node
        if node.keywords:
            return False
        for decorator in node.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if (dotted_name(called) or "").rpartition(".")[2] not in _KNOWN_DECORATORS:
                return False
        for base in node.bases:
            named = base.value if isinstance(base, ast.Subscript) else base
            if (dotted_name(named) or "?").rpartition(".")[2] in _OPEN_BASES:
                return False
        for child in walk(node):
            if isinstance(child, Function) and child.name in _DYNAMIC:
                return False
            if isinstance(child, ast.Attribute) and child.attr == "__dict__":
                return False
            if isinstance(child, ast.Name) and child.id in {"setattr", "vars", "exec"}:
                return False
        return True

    def _is_pydantic(self, ref: ClassRef) -> bool:
        return self._classes.is_pydantic(ref)

    def _is_assigned(self, ref: ClassRef, name: str) -> bool:
        """Whether the member is set from outside, as in `orchestrator.callback = f`, or under another `self`."""
        for item in self._classes.line(ref):
            if _stores(item.node, name):
                return True
        return _stores(self._context.entry, name)


def _stores(root: ast.AST, name: str) -> bool:
    return any(
        isinstance(n, ast.Attribute) and n.attr == name and isinstance(n.ctx, ast.Store) for n in walk(root)
    )
