"""Which file an expression names: from `self.output()["raw"].path` to the row's file name.

Evaluates expressions symbolically, through local names, the class's `output()` and the helper methods of
its base classes, as far as their sources are single expressions.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from codemods.python.classes import ClassRef, Function
from codemods.python.memo import Memo
from codemods.python.names import dotted_name
from codemods.python.reaching import reaching_value
from codemods.python.scopes import Scope, Sources, own_nodes
from codemods.python.substitution import bind_arguments, substitute
from codemods.python.trees import walk
from codemods.tasks.containers import Container, Unpacked, outputs_of, together, unpacked, yielded
from codemods.tasks.lineage import PLAN_TASK_DIRECTORY, PLAN_TASK_PATHS, Lineage
from codemods.tasks.places import (
    MARKER,
    WORKING,
    Location,
    Outputs,
    either,
    formatted,
    is_flat,
    joined_names,
    makes_temporary_path,
    relative_text,
    same_place,
)
from codemods.tasks.plan_names import plan_names
from codemods.tasks.relative_paths import begins_relative, is_task_name, leads_on, module_value
from codemods.tasks.targets import is_marker, makes_target, target_trouble
from codemods.tasks.written_directories import lies_below, written_run_directory, written_text

_PATH_CALLS = frozenset(
    {"str", "fspath", "abspath", "expanduser", "resolve", "absolute", "realpath", "as_posix"}
)

_MAX_PROPERTIES = 8
_LOOKING = frozenset("items values keys get copy index count".split())
"""Methods of containers that put nothing into them."""


_Value = Location | Container


class LocationEvaluator:
    """Evaluates path expressions of one task class."""

    def __init__(self, sources: Sources, owner: ClassRef) -> None:
        self._sources = sources
        self._owner = owner
        self._outputs: Outputs | None = None
        self._on_plan_task = Lineage(sources.names, sources.classes).rests_on_plan_task(owner)
        # A value that is made from itself, as in `path = path / name`, is none that is known.
        self._values: Memo[_Value | None] = Memo(again=None)
        self._entered: set[Function] = set()

    @property
    def outputs(self) -> Outputs:
        """The targets that `output()` declares."""
        if self._outputs is None:
            self._outputs = Outputs({}, known=False)
            self._outputs = self._read_outputs()
        return self._outputs

    @cached_property
    def written_directory(self) -> str:
        """The absolute path that the plan is called after where it is written out, else empty."""
        return written_run_directory(self._owner, self._sources)

    def evaluate(self, expression: ast.expr, scope: Scope) -> Location | None:
        """The file or directory that an expression names, None for anything else."""
        value = self._value(expression, scope)
        return value if isinstance(value, Location) else None

    def names_outputs(self, expression: ast.expr, scope: Scope) -> bool:
        """Whether the expression is the whole mapping of `self.output()`."""
        value = self._value(expression, scope)
        return isinstance(value, Container) and value.is_output

    def _read_outputs(self) -> Outputs:
        member = self._sources.classes.method(self._owner, "output")
        if member is None or member.method is None:
            return Outputs({}, known=False)
        returns = [
            n.value for n in own_nodes(member.method) if isinstance(n, ast.Return) and n.value is not None
        ]
        scope = Scope(member.owner.module, self._owner, member.method)
        values = [self._value(returned, scope) for returned in returns]
        generated = any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(member.method))
        if len(values) != 1 or generated:
            one_of = [v for v in values if isinstance(v, Location)]
            if generated:
                return self._yielded(member.method, scope)
            containers = [v for v in values if isinstance(v, Container)]
            if containers and len(containers) == len(values):
                return outputs_of(containers) or Outputs({}, known=False)
            if not one_of or len(one_of) != len(values):
                return Outputs({}, known=False)
            return Outputs({"": replace(either(one_of, alike=True), key="")}, known=False)
        value = values[0]
        if isinstance(value, Container) and value.each is not None:
            each = either(value.places, alike=True)
            return Outputs({}, known=False, is_sequence=value.is_sequence, each=each)
        if isinstance(value, Container):
            located = {k: replace(v, key=k) for k, v in value.items.items()}
            return Outputs(located, known=True, is_sequence=value.is_sequence)
        if isinstance(value, Location):
            return Outputs({"": replace(value, key="")}, known=value.filename is not None)
        return Outputs({}, known=False)

    def _yielded(self, method: Function, scope: Scope) -> Outputs:
        """The targets of an `output()` that yields them."""
        values = [self._value(value, scope) for value in yielded(method) or ()]
        places = [value for value in values if isinstance(value, Location)]
        if not places or len(places) != len(values):
            return Outputs({}, known=False)
        items = {str(i): replace(place, key=str(i)) for i, place in enumerate(places)}
        return Outputs(items, known=True, is_sequence=True)

    def _value(self, node: ast.expr, scope: Scope) -> _Value | None:
        return self._values.of((node, scope.key), lambda: self._placed(node, scope))

    def _placed(self, node: ast.expr, scope: Scope) -> _Value | None:
        """A value; a path that begins with the written run directory is one below it."""
        value = self._evaluated(node, scope)
        unplaced = isinstance(value, Location) and value.base is None and value.kind in {"path", "str"}
        if not isinstance(value, Location) or not unplaced or value.trouble or value.temporary:
            return value
        return self._below_written(node, scope, value.kind) or value

    def _below_written(self, node: ast.expr, scope: Scope, kind: str) -> Location | None:
        directory = self.written_directory
        if not directory or not lies_below(directory, node, scope, self._sources):
            return None
        text = written_text(node, scope, self._sources)
        name = posixpath.relpath(text, directory) if text else "."
        if name == ".":
            return Location(kind, None, None, scope.module, ambiguous=True, base=repr(directory))
        filename = ast.Constant(name)
        return Location(kind, filename, None, scope.module, base=repr(directory), flat=is_flat(filename))

    def _evaluated(self, node: ast.expr, scope: Scope) -> _Value | None:
        if isinstance(node, ast.Name):
            return self._name(node, scope)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, scope)
        if isinstance(node, ast.Attribute):
            return self._attribute(node, scope)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
            return self._joined("path", [node.left, node.right], scope)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add | ast.BitOr):
            return self._added(_operands(node), scope, texts=isinstance(node.op, ast.Add))
        if isinstance(node, ast.Call):
            return self._call(node, scope)
        if isinstance(node, ast.JoinedStr):
            return self._formatted(node, scope)
        if isinstance(node, ast.Dict):
            return self._items(node.keys, node.values, scope)
        if isinstance(node, ast.ListComp | ast.DictComp):
            made = self._value(node.value if isinstance(node, ast.DictComp) else node.elt, scope)
            each = either([made], alike=True) if isinstance(made, Location) else None
            return Container({}, is_sequence=isinstance(node, ast.ListComp), each=each) if each else None
        if isinstance(node, ast.NamedExpr):
            return self._value(node.value, scope)
        if isinstance(node, ast.List | ast.Tuple):
            numbered = [ast.Constant(i) for i in range(len(node.elts))]
            items = self._items(numbered, node.elts, scope)
            return replace(items, is_sequence=True) if items is not None else None
        if isinstance(node, ast.IfExp):
            body, other = self._value(node.body, scope), self._value(node.orelse, scope)
            if not isinstance(body, Location) or not isinstance(other, Location):
                return None
            return replace(either([body, other], alike=True), key=body.key, ambiguous=body.ambiguous)
        if isinstance(node, ast.Await):
            return self._value(node.value, scope)
        return None

    def _added(self, parts: list[ast.expr], scope: Scope, *, texts: bool) -> _Value | None:
        """What operands give together: containers one with all that they hold, a place with a text a place below."""
        first = self._value(parts[0], scope)
        if isinstance(first, Location):
            return self._concatenated(parts, scope) if texts else None
        for part in parts[1:]:
            more = self._value(part, scope) if isinstance(first, Container) else None
            if not isinstance(first, Container) or not isinstance(more, Container):
                return None
            first = together(first, more)
        return first

    def _concatenated(self, parts: list[ast.expr], scope: Scope) -> Location | None:
        """`self.run_dir + "/" + name`: a place, a slash, and whatever comes then."""
        slash = parts[1]
        if not isinstance(slash, ast.Constant) or not str(slash.value).startswith("/"):
            return None
        head, rest = ast.Constant(str(slash.value).lstrip("/")), parts[2:]
        if not rest:
            return self._joined("str", [parts[0], head], scope)
        pieces = [p if isinstance(p, ast.Constant) else ast.FormattedValue(p, -1) for p in rest]
        return self._joined("str", [parts[0], formatted([head, *pieces])], scope)

    def _name(self, node: ast.Name, scope: Scope) -> _Value | None:
        values = scope.values_of(node.id)
        if not values:
            return None
        holder = scope.holder_of(node.id)
        if len(values) == 1:
            return self._filled(node.id, self._bound(values[0], holder, node.id), holder)
        last = reaching_value(holder.function, node)
        if last is not None:
            return self._value(last, holder)
        key = (node.id, values[0], holder.key)
        return self._values.of(key, lambda: self._any_of(values, holder, node.id))

    def _any_of(self, values: list[ast.AST], holder: Scope, name: str) -> _Value | None:
        """What a name is where it cannot be told which of its values it has."""
        found = [self._bound(bound, holder, name) for bound in values]
        places = [v for v in found if isinstance(v, Location)]
        if not places:
            return None
        first = next((p for p in places if p.is_file), places[0])
        if len(places) == len(values) and all(same_place(p, first) for p in places):
            return first
        return either(places, alike=len(places) == len(values))

    def _filled(self, name: str, value: _Value | None, holder: Scope) -> _Value | None:
        """A container with what is put into it later on; None where it cannot be told what that is."""
        if not isinstance(value, Container) or value.is_output:
            return value
        added: list[Location | None] = []
        for node in own_nodes(holder.function):
            if isinstance(node, ast.Assign):
                stores = [t for t in node.targets if isinstance(t, ast.Subscript) and _is_name(t.value, name)]
                added.extend(self.evaluate(node.value, holder) for _ in stores)
                if _is_name(node.value, name):
                    return None
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                if _is_name(node.func.value, name) and node.func.attr not in _LOOKING:
                    added.extend(self._put_in(node, holder))
            elif isinstance(node, ast.AugAssign | ast.Delete) and any(_is_name(n, name) for n in walk(node)):
                return None
            if isinstance(node, ast.Call):
                given = (*node.args, *(k.value for k in node.keywords))
                if any(_is_name(argument, name) for argument in given):
                    return None
        if not added:
            return value
        places = [place for place in added if place is not None]
        if len(places) != len(added):
            return None
        return replace(value, items={}, each=either([*value.places, *places], alike=True))

    def _put_in(self, call: ast.Call, holder: Scope) -> list[Location | None]:
        """What `append`, `extend` and `update` put into a container; an unknown place for anything else."""
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        if name == "update" and not call.args and all(k.arg for k in call.keywords):
            return [self.evaluate(k.value, holder) for k in call.keywords]
        if len(call.args) != 1 or call.keywords or name not in {"append", "extend", "update"}:
            return [None]
        value = self._value(call.args[0], holder)
        if name == "append":
            return [value if isinstance(value, Location) else None]
        return list(value.places) or [None] if isinstance(value, Container) else [None]

    def _bound(self, bound: ast.AST, holder: Scope, name: str) -> _Value | None:
        if isinstance(bound, ast.Tuple | ast.List) and isinstance(bound.ctx, ast.Store):
            return self._unpacked(unpacked(holder.function, bound, name), holder)
        if isinstance(bound, ast.withitem):
            return self._temporary(bound.context_expr, holder)
        if isinstance(bound, ast.For | ast.AsyncFor | ast.comprehension):
            return self._element(bound, holder)
        value = bound.value if isinstance(bound, ast.AnnAssign) else bound
        return self._value(value, holder) if isinstance(value, ast.expr) else None

    def _unpacked(self, found: Unpacked | None, holder: Scope) -> Location | None:
        value = self._value(found.source, holder) if found is not None else None
        if found is None or not isinstance(value, Container) or value.is_sequence is found.of_values:
            return None
        if found.index is None:
            return value.element()
        known = value.items.get(str(found.index))
        return known if known is not None or value.each is None else value.element()

    def _element(self, loop: ast.For | ast.AsyncFor | ast.comprehension, holder: Scope) -> Location | None:
        """What a loop over targets gives its variable, as far as it is the same for each."""
        over, target, values = loop.iter, loop.target, False
        if isinstance(over, ast.Call) and isinstance(over.func, ast.Attribute):
            pair = isinstance(target, ast.Tuple) and len(target.elts) == 2
            if over.func.attr == "values" or (over.func.attr == "items" and pair):
                over, values = over.func.value, True
        container = self._value(over, holder)
        if not isinstance(container, Container) or container.is_sequence is values:
            return None
        return container.element()

    def _temporary(self, node: ast.expr, scope: Scope) -> _Value | None:
        """The path that `with target.temporary_path() as path` gives."""
        if not makes_temporary_path(node):
            return None
        target = self._value(node.func.value, scope)  # type: ignore[attr-defined]
        if isinstance(target, Location) and target.kind == "target":
            return replace(target, kind="str", temporary=True)
        return None

    def _subscript(self, node: ast.Subscript, scope: Scope) -> _Value | None:
        value = self._value(node.value, scope)
        if isinstance(value, Location) and value.kind == "input":
            return value
        if not isinstance(value, Container):
            return None
        known = value.items.get(str(node.slice.value)) if isinstance(node.slice, ast.Constant) else None
        if known is not None or not value.places:
            return known
        if isinstance(node.slice, ast.Constant) and value.each is None:
            return None
        return replace(either(value.places, alike=True), key=None, ambiguous=True)

    def _attribute(self, node: ast.Attribute, scope: Scope) -> _Value | None:
        if is_task_name(node, scope, self._sources):
            return None
        if isinstance(node.value, ast.Name) and node.value.id == scope.self_name:
            return self._property(node.attr) or Location("path", base=f"self.{node.attr}")
        value = self._value(node.value, scope)
        if not isinstance(value, Location):
            return None
        if value.kind == "input":
            return value
        if value.kind == "target" and node.attr in {"path", "fn"}:
            return replace(value, kind="str")
        return None

    def _property(self, name: str) -> _Value | None:
        """What a property gives, where that is a target."""
        member = self._sources.classes.method(self._owner, name)
        if member is None or member.method is None or not member.has_decorator("property"):
            return None
        returned = _single_return(member.method)
        scope = Scope(member.owner.module, self._owner, member.method)
        value = self._value(returned, scope) if returned is not None else None
        return value if isinstance(value, Location) and value.kind == "target" else None

    def _below(self, directory: Location) -> Location:
        """A directory that a property names, as a place below the directory that the property makes it of.

        Its name is an example then: the property's own variables are in no other method. What the plan is called
        after stays as it is: the other places are told by it.
        """
        found = directory
        for _ in range(_MAX_PROPERTIES):
            name = (found.base or "").removeprefix("self.")
            if found.filename is not None or not found.base or name == found.base or name in self._plan_names:
                break
            member = self._sources.classes.method(self._owner, name)
            if member is None or member.method is None or not member.has_decorator("property"):
                break
            returned = _last_return(member.method)
            if returned is None or member.method in self._entered:
                break
            self._entered.add(member.method)
            try:
                value = self._value(returned, Scope(member.owner.module, self._owner, member.method))
            finally:
                self._entered.discard(member.method)
            if not isinstance(value, Location) or value.kind not in {"path", "str"} or value.base is None:
                break
            if value.ambiguous or value.temporary or value.trouble is not None:
                break
            found = replace(value, varies=True)
        return replace(found, kind=directory.kind)

    @cached_property
    def _plan_names(self) -> frozenset[str]:
        return plan_names(self._owner, self._sources)

    def _call(self, node: ast.Call, scope: Scope) -> _Value | None:
        function = node.func
        if isinstance(function, ast.Attribute):
            base = function.value
            if isinstance(base, ast.Name) and base.id == scope.self_name:
                return self._own_method(function.attr, node, scope)
            if function.attr == "joinpath":
                return self._joined("path", [base, *node.args], scope)
            if function.attr in _PATH_CALLS and not node.args:
                return self._value(base, scope)
            if isinstance(base, ast.Call) and isinstance(base.func, ast.Name) and base.func.id == "super":
                return self._own_method(function.attr, node, scope)
        dotted = dotted_name(function)
        if dotted is None:
            return None
        if dotted == "dict" and not node.args:
            keys = [ast.Constant(k.arg) for k in node.keywords]
            return self._items(keys, [k.value for k in node.keywords], scope)
        last = dotted.rpartition(".")[2]
        if last == "join" and dotted.endswith("path.join"):
            return self._joined("str", node.args, scope)
        if is_marker(node, scope, self._sources):
            return Location(MARKER)
        if (node.args or node.keywords) and makes_target(node, scope, self._sources):
            named = [k.value for k in sorted(node.keywords, key=lambda k: k.arg != "path")]
            target = self._as_target((node.args or named)[0], scope)
            return replace(target, trouble=target.trouble or target_trouble(node, scope, self._sources))
        if last in {"Path", "PurePath", "PosixPath"} and node.args:
            if len(node.args) > 1:
                return self._joined("path", node.args, scope)
            value = self._value(node.args[0], scope)
            return (
                replace(value, kind="path")
                if isinstance(value, Location) and value.kind != "input"
                else value
            )
        if last in _PATH_CALLS and len(node.args) == 1:
            value = self._value(node.args[0], scope)
            return (
                replace(value, kind="str") if isinstance(value, Location) and value.kind != "input" else value
            )
        return None

    def _as_target(self, argument: ast.expr, scope: Scope) -> Location:
        value = self._value(argument, scope)
        if isinstance(value, Location):
            return value if value.kind == "input" else replace(value, kind="target")
        below = self._below_written(argument, scope, "target")
        if below is not None:
            return replace(below, ambiguous=False)
        written = self._constant(argument, scope)
        text = relative_text(written)
        filename = ast.Constant(text) if text is not None else None
        relative = text is not None or begins_relative(written, scope, self._sources)
        base = WORKING if relative else None
        return Location("target", filename, module=scope.module, base=base, flat=is_flat(filename))

    def _constant(self, node: ast.expr, scope: Scope) -> ast.expr:
        """What a module says of a name, the expression itself for anything else."""
        if isinstance(node, ast.Name) and not scope.is_local(node.id):
            resolved = module_value(node, scope.module, self._sources)
            if resolved is not None and isinstance(resolved.node, ast.Constant):
                return resolved.node
        return node

    def _own_method(self, name: str, call: ast.Call, scope: Scope) -> _Value | None:
        if name == "input":
            return Location("input")
        if (
            name == "output"
            and not call.args
            and isinstance(scope.function, Function)
            and scope.function.name != "output"
        ):
            outputs = self.outputs
            if "" in outputs.targets:
                return outputs.targets[""]
            if not outputs.targets and outputs.each is None:
                return None
            return Container(
                outputs.targets, is_output=True, is_sequence=outputs.is_sequence, each=outputs.each
            )
        member = self._sources.classes.method(self._owner, name)
        if member is None and name in PLAN_TASK_PATHS and len(call.args) == 1 and self._on_plan_task:
            filename = ast.Attribute(call.args[0], "value", ast.Load())
            kind = PLAN_TASK_PATHS[name]
            return Location(kind, filename, module=scope.module, base=PLAN_TASK_DIRECTORY, flat=True)
        if member is None or member.method is None:
            return None
        returned = _single_return(member.method)
        arguments = bind_arguments(member.method, call, bound=not member.has_decorator("staticmethod"))
        if returned is None or arguments is None or member.method in self._entered:
            return None
        owner, method = member.owner, member.method
        key = (method, tuple(arguments.items()), scope.key)
        return self._values.of(key, lambda: self._returned(owner, method, returned, arguments, scope))

    def _returned(
        self,
        holder: ClassRef,
        method: Function,
        returned: ast.expr,
        arguments: Mapping[str, ast.expr],
        scope: Scope,
    ) -> _Value | None:
        """What a method returns, in the caller's terms; its scope's key has the whole way that led to it."""
        inner = _SubstitutedScope.of(Scope(holder.module, self._owner, method), scope)
        self._entered.add(method)
        try:
            value = self._value(substitute(returned, arguments), inner)
        finally:
            self._entered.discard(method)
        if isinstance(value, Location) and value.filename is not None:
            return replace(value, module=scope.module if arguments else value.module)
        return value

    def _joined(self, kind: str, parts: list[ast.expr], scope: Scope) -> Location | None:
        first = self._value(parts[0], scope)
        if isinstance(first, Location) and first.kind == "input":
            return None
        if not isinstance(first, Location):
            stays = all(self._leads_on(part, scope, behind_slash=False) for part in parts[1:])
            relative = stays and begins_relative(parts[0], scope, self._sources)
            if relative and relative_text(self._constant(parts[0], scope)) is None:
                # It may end with a slash, or hold one: what its row is called is told by the path as a whole.
                return Location(kind, None, None, scope.module, ambiguous=True, base=WORKING)
            if kind != "str" and not isinstance(parts[0], ast.Constant):
                return None
            first = Location(kind)
        rest = parts[1:]
        if not rest:
            return replace(first, kind=kind)
        first = self._below(first)
        base = first.base
        if (
            base is None
            and first.filename is None
            and (text := relative_text(self._constant(parts[0], scope)))
        ):
            base, first = WORKING, Location(kind, ast.Constant(text))
        if first.filename is not None or len(rest) > 1:
            names = ([first.filename] if first.filename is not None else []) + rest
            filename: ast.expr | None = joined_names(names)
        else:
            filename = self._follow_filename(rest[0], scope)
            if isinstance(filename, ast.Constant) and isinstance(filename.value, str):
                filename = ast.Constant(filename.value.lstrip("/"))
        if not all(self._leads_on(part, scope, behind_slash=False) for part in rest):
            base = None
        flat = first.filename is None and len(rest) == 1 and is_flat(filename)
        return Location(kind, filename, None, scope.module, base=base, flat=flat, varies=first.varies)

    def _leads_on(self, part: ast.expr, scope: Scope, *, behind_slash: bool) -> bool:
        """Whether a part of a path stays below what it is joined to, wherever its names were written."""
        inner = part.value if isinstance(part, ast.FormattedValue) else part
        home: Scope | None = scope
        while home is not None:
            if not leads_on(inner, home, self._sources, behind_slash=behind_slash):
                return False
            home = home.caller if isinstance(home, _SubstitutedScope) else None
        return True

    def _follow_filename(self, node: ast.expr, scope: Scope) -> ast.expr:
        if (
            isinstance(node, ast.Attribute)
            and self._sources.classes.enum_value(node, scope.module) is not None
        ):
            return ast.Attribute(node, "value", ast.Load())
        return node

    def _formatted(self, node: ast.JoinedStr, scope: Scope) -> Location | None:
        values = list(node.values)
        if not values or not isinstance(values[0], ast.FormattedValue):
            return None
        first = self._value(values[0].value, scope)
        if not isinstance(first, Location):
            return None
        rest = values[1:]
        if not rest or not isinstance(rest[0], ast.Constant) or not str(rest[0].value).startswith("/"):
            return None
        head = ast.Constant(str(rest[0].value)[1:])
        first = self._below(first)
        filename = formatted([head, *rest[1:]])
        if first.filename is not None:
            filename = joined_names([first.filename, filename])
        flat = first.filename is None and is_flat(filename)
        stays = all(self._leads_on(part, scope, behind_slash=True) for part in (head, *rest[1:]))
        base = first.base if stays else None
        return Location("str", filename, None, scope.module, base=base, flat=flat, varies=first.varies)

    def _items(
        self, keys: Sequence[ast.expr | None], values: Sequence[ast.expr], scope: Scope
    ) -> Container | None:
        items: dict[str, Location] = {}
        for key, value in zip(keys, values, strict=True):
            located = self._value(value, scope)
            if key is None and isinstance(located, Container) and together(Container(items), located):
                items |= located.items
                continue
            if not isinstance(key, ast.Constant) or not isinstance(located, Location):
                return None
            items[str(key.value)] = located
        return Container(items)


@dataclass
class _SubstitutedScope(Scope):
    """A helper method's scope whose parameters were replaced by the caller's expressions."""

    caller: Scope | None = None

    @classmethod
    def of(cls, inner: Scope, caller: Scope) -> _SubstitutedScope:
        return cls(inner.module, inner.owner, inner.function, caller=caller)

    @property
    def key(self) -> Hashable:
        return (super().key, self.caller.key if self.caller else None)

    def values_of(self, name: str) -> list[ast.AST] | None:
        own = super().values_of(name)
        bound_here = own is not None and not all(isinstance(v, ast.arg) for v in own)
        if bound_here or self.caller is None:
            return own
        return self.caller.values_of(name) or own


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _single_return(function: Function) -> ast.expr | None:
    body = [s for s in function.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    if len(body) == 1 and isinstance(body[0], ast.Return):
        return body[0].value
    return None


def _last_return(function: Function) -> ast.expr | None:
    """What a function returns that returns at its end and nowhere else."""
    returns = [n for n in own_nodes(function) if isinstance(n, ast.Return)]
    if len(returns) != 1 or returns[0] is not function.body[-1]:
        return None
    return (
        None
        if any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(function))
        else returns[0].value
    )


def _operands(node: ast.BinOp) -> list[ast.expr]:
    """What a chain of one operator puts together, from the left: read at once, for a chain may be long."""
    operator, right = type(node.op), [node.right]
    left = node.left
    while isinstance(left, ast.BinOp) and isinstance(left.op, operator):
        right.append(left.right)
        left = left.left
    return [left, *reversed(right)]
