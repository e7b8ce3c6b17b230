"""Where objects of a class are made in the sources that are looked at, and what their fields are given there.

The annotation of a dataclass's field says what somebody meant; what is put into it is what runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from codemods.python.classes import ClassRef
from codemods.python.modules import ImportedName, Module
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources, scope_of
from codemods.python.trees import kept_with_tree, walk_in_frames

Around = tuple[ast.AST, ...]


@dataclass(frozen=True)
class Construction:
    """A call that makes an object.

    Attributes:
        call: the call.
        module: the module that it stands in.
        around: the classes and functions that it stands in, from the outside in.
    """

    call: ast.Call
    module: Module
    around: Around

    @property
    def scope(self) -> Scope | None:
        """The function that the call stands in, None at module level."""
        return scope_of(self.module, self.around)


class Constructions:
    """The constructions of the classes of one project, each class looked for once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._found: dict[int, tuple[Construction, ...]] = {}

    @staticmethod
    def shared(sources: Sources) -> Constructions:
        """Those of the project that the sources are of."""
        found = sources.learnt.setdefault(Constructions, Constructions(sources))
        assert isinstance(found, Constructions)  # noqa: S101 - for the type checker
        return found

    def of(self, ref: ClassRef) -> tuple[Construction, ...]:
        """The calls that make an object of a class, or of one that inherits from it."""
        key = id(ref.node)
        if key not in self._found:
            made = [self._of_one(one) for one in (ref, *self._sources.classes.subclasses(ref))]
            self._found[key] = tuple({id(c.call): c for found in made for c in found}.values())
        return self._found[key]

    def _of_one(self, ref: ClassRef) -> Iterator[Construction]:
        finder = self._sources.names.finder
        for module in {id(m): m for m in finder.given_modules(ref.module, ref.name)}.values():
            by_name = _calls(module.tree)
            for name in (ref.name, "cls", *_other_names(ref.name, module)):
                for call, around in by_name.get(name, ()):
                    if self._makes(call, around, module, ref):
                        yield Construction(call, module, around)

    def _makes(self, call: ast.Call, around: Around, module: Module, ref: ClassRef) -> bool:
        if isinstance(call.func, ast.Name) and call.func.id == "cls":
            holder = next((n for n in around if isinstance(n, ast.ClassDef)), None)
            return holder is ref.node
        named = self._sources.classes.resolve(call.func, module)
        return named is None or named.node is ref.node

    def given(self, ref: ClassRef, field: str) -> Iterator[tuple[ast.expr | None, Construction]]:
        """What a field is given by each of these calls; None where that cannot be told. A default is left out."""
        fields = fields_of(ref, self._sources)
        position = fields.index(field) if field in fields else len(fields)
        for made in self.of(ref):
            arguments, keywords = made.call.args, made.call.keywords
            named = next((k.value for k in keywords if k.arg == field), None)
            starred = next((i for i, a in enumerate(arguments) if isinstance(a, ast.Starred)), len(arguments))
            if named is not None:
                yield named, made
            elif position < starred:
                yield arguments[position], made
            elif starred < len(arguments) or any(k.arg is None for k in keywords):
                yield None, made


def fields_of(ref: ClassRef, sources: Sources) -> list[str]:
    """The fields of a class in the order in which a generated constructor takes them, or its own one does."""
    made = sources.classes.method(ref, "__init__")
    if made is not None and made.method is not None:
        arguments = made.method.args
        return [a.arg for a in (*arguments.posonlyargs, *arguments.args)][1:]
    found: dict[str, None] = {}
    for item in reversed(sources.classes.line(ref)):
        for statement in item.node.body:
            target = statement.target if isinstance(statement, ast.AnnAssign) else None
            if isinstance(target, ast.Name) and "ClassVar" not in ast.dump(statement.annotation):  # type: ignore[attr-defined]
                found.setdefault(target.id)
    return list(found)


def default_factories(line: Iterable[ClassRef]) -> Iterator[tuple[str, ast.expr, Module]]:
    """The functions that make the values of fields which a construction does not give: `default_factory=`."""
    for item in line:
        for statement in item.node.body:
            if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.value, ast.Call):
                continue
            for keyword in statement.value.keywords:
                if keyword.arg in {"default_factory", "factory"}:
                    yield dotted_name(statement.target) or "", keyword.value, item.module


def _other_names(name: str, module: Module) -> Iterator[str]:
    """The names under which a module imports a class."""
    for bound, binding in module.bindings.items():
        if isinstance(binding, ImportedName) and binding.name == name and bound != name:
            yield bound


@kept_with_tree
def _calls(tree: ast.Module) -> Mapping[str, list[tuple[ast.Call, Around]]]:
    """The calls of a file by the last part of the name that is called, with what they stand in."""
    found: dict[str, list[tuple[ast.Call, Around]]] = {}
    for node, around in walk_in_frames(tree):
        if isinstance(node, ast.Call):
            last = (dotted_name(node.func) or "").rpartition(".")[2]
            if last:
                found.setdefault(last, []).append((node, around))
    return found
