"""Classes and their members by source: base classes, methods, attributes, enum values."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from codemods.python.class_bodies import open_bindings
from codemods.python.modules import Module
from codemods.python.names import NameResolver, dotted_name
from codemods.python.trees import nodes_of

Function = ast.FunctionDef | ast.AsyncFunctionDef

_MEMBERLESS_BASES = frozenset(
    {"object", "ABC", "Enum", "StrEnum", "IntEnum", "str", "int", "Generic", "Protocol"}
)
_PYDANTIC_MEMBERS = frozenset({"model_dump", "model_dump_json", "dict", "json", "model_copy", "copy"})


@dataclass(frozen=True)
class ClassRef:
    """A class definition and the module that holds it."""

    module: Module
    node: ast.ClassDef

    @property
    def name(self) -> str:
        """The class name."""
        return self.node.name


@dataclass(frozen=True)
class Member:
    """A member of a class: a method, or an attribute (node None where only assigned)."""

    owner: ClassRef
    method: Function | None

    def has_decorator(self, name: str) -> bool:
        """Whether the method carries `@name` (`property`, `staticmethod`, `classmethod`)."""
        decorators = self.method.decorator_list if self.method else []
        return any((dotted_name(d) or "").rpartition(".")[2] in {name, f"cached_{name}"} for d in decorators)


class ClassResolver:
    """Looks members up through base classes, as far as their sources are in the tree."""

    def __init__(self, names: NameResolver) -> None:
        self.names = names
        self._lines: dict[int, tuple[ClassRef, ...]] = {}
        self._members: dict[tuple[int, str], Member | None] = {}
        self._declared: dict[int, dict[str, Function | None]] = {}
        self._assigned: dict[int, frozenset[str]] = {}
        self._constants: dict[int, dict[str, str]] = {}
        self._subclasses: dict[int, tuple[ClassRef, ...]] = {}

    def resolve(self, expression: ast.expr, module: Module) -> ClassRef | None:
        """The class that an expression names, None for anything else.

        `Optional[X]` and `X | None` give X, `X[T]` gives X.
        """
        expression = _without_none(expression)
        resolved = self.names.resolve(expression, module)
        if resolved is None or resolved.class_def is None:
            return None
        return ClassRef(resolved.module, resolved.class_def)

    def line(self, ref: ClassRef) -> tuple[ClassRef, ...]:
        """The class and its resolvable bases in the order in which Python looks members up.

        A class whose bases have no such order raises when Python makes it; its line is depth first, each once.
        """
        key = id(ref.node)
        if key not in self._lines:
            self._lines[key] = ()  # what a class that is its own base gets to see
            parents = [
                parent
                for base in base_expressions(ref.node)
                if (parent := self.resolve(base, ref.module)) is not None
            ]
            above = [line for line in map(self.line, parents) if line]
            self._lines[key] = (
                ref,
                *(above[0] if len(above) == 1 else _merged([*above, tuple(line[0] for line in above)])),
            )
        return self._lines[key]

    def nearest_base(
        self, ref: ClassRef, wanted: Callable[[ClassRef], bool], known: dict[int, ClassRef | None]
    ) -> ClassRef | None:
        """The first class above another one that is wanted.

        `known` holds the answers to this question, so that a chain of classes is looked at once for all of them.
        """
        key = id(ref.node)
        if key not in known:
            above = self.line(ref)[1:]
            # Python keeps the order of a base's own line, so that the same classes are the same line.
            if above and len(self.line(above[0])) == len(above):
                known[key] = above[0] if wanted(above[0]) else self.nearest_base(above[0], wanted, known)
            else:
                known[key] = next((item for item in above if wanted(item)), None)
        return known[key]

    def subclasses(self, ref: ClassRef) -> tuple[ClassRef, ...]:
        """The classes that inherit from a class, at module level in its own file or in those that are looked at."""
        key = id(ref.node)
        if key not in self._subclasses:
            found: dict[int, ClassRef] = {}
            known: dict[int, ClassRef | None] = {}
            for module in self.names.finder.given_modules(ref.module, ref.name):
                for statement in module.classes:
                    if statement is not ref.node and statement.bases:
                        other = ClassRef(module, statement)
                        if self.nearest_base(other, lambda item: item.node is ref.node, known) is not None:
                            found[id(statement)] = other
            self._subclasses[key] = tuple(found.values())
        return self._subclasses[key]

    def is_complete(self, ref: ClassRef) -> bool:
        """Whether every base class is in the tree or known to bring no members."""
        for item in self.line(ref):
            for base in base_expressions(item.node):
                last = (dotted_name(base) or "").rpartition(".")[2]
                if last not in _MEMBERLESS_BASES and self.resolve(base, item.module) is None:
                    return False
        return True

    def member(self, ref: ClassRef, name: str) -> Member | None:
        """The member, own or inherited, or None where no source defines it."""
        key = id(ref.node), name
        if key not in self._members:
            self._members[key] = self._member(ref, name)
        return self._members[key]

    def _member(self, ref: ClassRef, name: str) -> Member | None:
        for item in self.line(ref):
            declared = self._declared_members(item)
            if name in declared:
                return Member(item, declared[name])
        for item in self.line(ref):
            if name in self._assigned_members(item):
                return Member(item, None)
        return None

    def has_member(self, ref: ClassRef, name: str) -> bool | None:
        """True or False where the sources decide it, None where a base class is out of reach."""
        if self.member(ref, name) is not None:
            return True
        if self.is_pydantic(ref) and name in _PYDANTIC_MEMBERS:
            return True
        return False if self.is_complete(ref) else None

    def method(self, ref: ClassRef, name: str) -> Member | None:
        """The member if it is a method."""
        member = self.member(ref, name)
        return member if member is not None and member.method is not None else None

    def is_dataclass(self, ref: ClassRef) -> bool:
        """Whether a class of the line is decorated with `@dataclass`."""
        return any(
            (dotted_name(d.func if isinstance(d, ast.Call) else d) or "").rpartition(".")[2] == "dataclass"
            for item in self.line(ref)
            for d in item.node.decorator_list
        )

    def is_pydantic(self, ref: ClassRef) -> bool:
        """Whether a class of the line names `BaseModel` as a base."""
        return any(
            (dotted_name(base) or "").rpartition(".")[2] == "BaseModel"
            for item in self.line(ref)
            for base in item.node.bases
        )

    def is_enum(self, ref: ClassRef) -> bool:
        """Whether a class of the line names an `Enum` type as a base."""
        return any(
            (dotted_name(base) or "").rpartition(".")[2] in {"Enum", "StrEnum"}
            for item in self.line(ref)
            for base in item.node.bases
        )

    def enum_value(self, expression: ast.expr, module: Module) -> str | None:
        """The string value of `SomeEnum.MEMBER`, None for anything else."""
        if not isinstance(expression, ast.Attribute):
            return None
        ref = self.resolve(expression.value, module)
        if ref is None or not self.is_enum(ref):
            return None
        key = id(ref.node)
        if key not in self._constants:
            self._constants[key] = _constant_members(ref.node)
        return self._constants[key].get(expression.attr)

    def _declared_members(self, ref: ClassRef) -> dict[str, Function | None]:
        key = id(ref.node)
        if key not in self._declared:
            self._declared[key] = dict(_declared_members(ref.node))
        return self._declared[key]

    def _assigned_members(self, ref: ClassRef) -> frozenset[str]:
        key = id(ref.node)
        if key not in self._assigned:
            self._assigned[key] = frozenset(_assigned_members(ref.node))
        return self._assigned[key]


def base_expressions(node: ast.ClassDef) -> list[ast.expr]:
    """The base classes as named: `Generic[T]` stands as `Generic`."""
    return [base.value if isinstance(base, ast.Subscript) else base for base in node.bases]


def _declared_members(node: ast.ClassDef) -> Iterator[tuple[str, Function | None]]:
    """What the class body binds; a method wins over other bindings of its name, and neither where that is open."""
    methods: dict[str, Function] = {}
    for statement in node.body:
        if isinstance(statement, Function):
            methods[statement.name] = statement
        elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield statement.target.id, None
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield target.id, None
        elif isinstance(statement, ast.ClassDef):
            yield statement.name, None
    yield from methods.items()
    for name in open_bindings(node):
        yield name, None


def _constant_members(node: ast.ClassDef) -> dict[str, str]:
    """The strings that the class body assigns."""
    return {
        target.id: statement.value.value
        for statement in node.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }


def _assigned_members(node: ast.ClassDef) -> Iterator[str]:
    """The attributes that the class's methods assign to `self`."""
    for statement in node.body:
        for child in nodes_of(statement) if isinstance(statement, Function) else ():
            if (
                isinstance(child, ast.Attribute)
                and isinstance(child.ctx, ast.Store)
                and isinstance(child.value, ast.Name)
                and child.value.id == "self"
            ):
                yield child.attr


def _merged(lines: list[tuple[ClassRef, ...]]) -> tuple[ClassRef, ...]:
    """Python's merge of the lines of bases, C3: again and again the first class that stands behind no other.

    https://docs.python.org/3/howto/mro.html
    """
    rest = [list(line) for line in lines if line]
    merged: list[ClassRef] = []
    while rest:
        behind = {id(item.node) for line in rest for item in line[1:]}
        first = next((line[0] for line in rest if id(line[0].node) not in behind), None)
        if first is None:
            left = {id(item.node): item for line in rest for item in line}
            return (*merged, *left.values())
        merged.append(first)
        rest = [line for line in (_without(line, first) for line in rest) if line]
    return tuple(merged)


def _without(line: list[ClassRef], first: ClassRef) -> list[ClassRef]:
    return line[1:] if line[0].node is first.node else line


def _without_none(expression: ast.expr) -> ast.expr:
    if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
        try:
            expression = ast.parse(expression.value, mode="eval").body
        except (SyntaxError, ValueError):
            return expression
    if isinstance(expression, ast.BinOp) and isinstance(expression.op, ast.BitOr):
        left, right = expression.left, expression.right
        return left if isinstance(right, ast.Constant) and right.value is None else expression
    if isinstance(expression, ast.Subscript):
        optional = (dotted_name(expression.value) or "").endswith("Optional")
        return expression.slice if optional else expression.value
    return expression
