"""Which paths the names and expressions of one function may hold.

Over-approximated: the order of the statements is not followed, and whatever is made of a path counts as derived
from it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable

from codemods.python.classes import Function
from codemods.python.effects.model import NOWHERE, Place, Places
from codemods.python.names import dotted_name
from codemods.python.scopes import parameters
from codemods.python.trees import children, walk

_SAME_FILE = frozenset(
    {"str", "Path", "PurePath", "PosixPath", "fspath", "abspath", "realpath", "expanduser"}
)
_SAME_FILE_METHODS = frozenset({"resolve", "absolute", "expanduser", "as_posix", "temporary_path"})
_TARGETS = frozenset({"LocalTarget"})
_TELLS_OF_ERRORS = frozenset(
    {"format_exc", "format_exception", "print_exc", "exc_info", "exception", "format_stack", "format_tb"}
)
"""Functions that say what happened, and with it the values of whatever name was read there."""
_SAME_FILE_ATTRIBUTES = frozenset({"path", "fn"})


_BINDING: frozenset[type[ast.AST]] = frozenset(
    {
        *(ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign),
        *(ast.For, ast.AsyncFor, ast.comprehension, ast.withitem, ast.Call),
        *(ast.Try, ast.TryStar, ast.Match),
    }
)
"""What may give a path to a name."""


def is_open_call(call: ast.AST) -> bool:
    """Whether a node is `open(...)` or `x.open(...)`."""
    if not isinstance(call, ast.Call):
        return False
    if isinstance(call.func, ast.Name):
        return call.func.id == "open"
    return isinstance(call.func, ast.Attribute) and call.func.attr == "open"


class PathValues:
    """The paths behind the names of one function; nested functions are read as if they ran in place."""

    def __init__(self, function: Function, self_name: str | None) -> None:
        """Reads the function once or more, until no name holds another path than before.

        Args:
            function: the function.
            self_name: its instance parameter, None where it has none.
        """
        self.self_name = self_name
        self._body = function.body
        self.nodes = tuple(n for s in function.body for n in walk(s))
        self.nested = {n.name: n for n in self.nodes if isinstance(n, Function)}
        own = [p.arg for p in parameters(function)]
        self.parameters = frozenset(own[1:] if self_name is not None and own[:1] == [self_name] else own)
        self._locals = {n.id for n in self.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        self.handles: set[str] = set()
        self.names: dict[str, Places] = {name: frozenset({Place(name)}) for name in self.parameters}
        self._binding = [n for n in self.nodes if n.__class__ in _BINDING]
        self._closures: dict[str, list[ast.AST]] = {name: [node] for name, node in self.nested.items()}
        for node in self.nodes:
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda):
                for target in (t for t in node.targets if isinstance(t, ast.Name)):
                    self._closures.setdefault(target.id, []).append(node.value)
        while self._bind_all():
            pass

    def _bind_all(self) -> bool:
        changed = False
        for node in self._binding:
            changed |= self._bind(node)
        return changed

    def _bind(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Assign):
            return any(self._assign(target, node.value) for target in node.targets)
        if isinstance(node, ast.AnnAssign | ast.NamedExpr):
            return node.value is not None and self._assign(node.target, node.value)
        if isinstance(node, ast.AugAssign):
            return self._hold(_root(node.target), _derived(self.of(node.value)))
        if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            return self._hold_all(node.target, _derived(self.of(node.iter)))
        if isinstance(node, ast.withitem) and node.optional_vars is not None:
            if is_open_call(node.context_expr):
                return self._open(node.optional_vars)
            return self._hold_all(node.optional_vars, self.of(node.context_expr))
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Try | ast.TryStar):
            return self._caught(node)
        if isinstance(node, ast.Match):
            places = _derived(self.of(node.subject))
            return any(self._hold(name, places) for case in node.cases for name in _captured(case.pattern))
        return False

    def _caught(self, node: ast.Try | ast.TryStar) -> bool:
        """An error says which file it is about: it is made of each path that the block has."""
        caught = [h.name for h in node.handlers if h.name]
        if not caught:
            return False
        places = self._read_in(node.body)
        return any(self._hold(name, places) for name in caught)

    def _read_in(self, nodes: Iterable[ast.AST]) -> Places:
        """What is made of the paths that some code reads, wherever in it or in the nested functions that it names."""
        found: set[Place] = set()
        pending, seen = [*nodes], set[str]()
        while pending:
            for node in walk(pending.pop()):
                if isinstance(node, ast.Name | ast.Attribute):
                    found |= self.of(node)
                if isinstance(node, ast.Name) and node.id in self._closures and node.id not in seen:
                    seen.add(node.id)
                    pending += self._closures[node.id]
        return _derived(frozenset(found))

    def _assign(self, target: ast.expr, value: ast.expr) -> bool:
        if isinstance(target, ast.Name):
            return self._open(target) if is_open_call(value) else self._hold(target.id, self.of(value))
        if isinstance(target, ast.Tuple | ast.List):
            if isinstance(value, ast.Tuple | ast.List) and len(value.elts) == len(target.elts):
                pairs = zip(target.elts, value.elts, strict=True)
                return any(self._assign(t, v) for t, v in pairs)
            return self._hold_all(target, _derived(self.of(value)))
        if isinstance(target, ast.Starred):
            return self._hold_all(target.value, _derived(self.of(value)))
        # An element or an attribute of a local object: the whole object holds the path from then on.
        root = _root(target)
        return root in self._locals - self.parameters and self._hold(root, _derived(self.of(value)))

    def _call(self, call: ast.Call) -> bool:
        """What a call puts into names: arguments of a nested function, elements of a local container."""
        arguments = [*call.args, *(k.value for k in call.keywords)]
        if isinstance(call.func, ast.Name) and call.func.id in self.nested:
            inner = self.nested[call.func.id]
            places = frozenset[Place]().union(*(self.of(a) for a in arguments))
            return any(self._hold(p.arg, places) for p in parameters(inner))
        if isinstance(call.func, ast.Attribute):
            root = _root(call.func.value)
            if root in self._locals - self.handles - self.parameters:
                return self._hold(root, _derived(frozenset[Place]().union(*(self.of(a) for a in arguments))))
        return False

    def _open(self, target: ast.expr) -> bool:
        new = {n.id for n in walk(target) if isinstance(n, ast.Name)} - self.handles
        self.handles |= new
        return bool(new)

    def _hold_all(self, target: ast.expr, places: Places) -> bool:
        names = [n.id for n in walk(target) if isinstance(n, ast.Name)]
        return any(self._hold(name, places) for name in names)

    def _hold(self, name: str | None, places: Places) -> bool:
        if name is None or places <= self.names.get(name, NOWHERE):
            return False
        self.names[name] = self.names.get(name, NOWHERE) | places
        return True

    def of(self, node: ast.AST | None) -> Places:
        """The paths that an expression's value is, or is made of."""
        if node is None or isinstance(node, ast.Constant | ast.Lambda):
            return NOWHERE
        if isinstance(node, ast.Name):
            return self.names.get(node.id, NOWHERE)
        if isinstance(node, ast.Attribute):
            return self._attribute(node)
        if isinstance(node, ast.Await | ast.NamedExpr):
            return self.of(node.value)
        if isinstance(node, ast.IfExp):
            return self.of(node.body) | self.of(node.orelse)
        if isinstance(node, ast.BoolOp):
            return self._all(node.values)
        if isinstance(node, ast.Call):
            return self._of_call(node)
        return _derived(self._all(children(node)))

    def _all(self, nodes: Iterable[ast.AST]) -> Places:
        return frozenset[Place]().union(*(self.of(n) for n in nodes))

    def _attribute(self, node: ast.Attribute) -> Places:
        if isinstance(node.value, ast.Name) and node.value.id == self.self_name:
            return frozenset({Place(f"self.{node.attr}")})
        places = self.of(node.value)
        return places if node.attr in _SAME_FILE_ATTRIBUTES else _derived(places)

    def _of_call(self, call: ast.Call) -> Places:
        if is_open_call(call):
            return NOWHERE
        last = (dotted_name(call.func) or "").rpartition(".")[2]
        if last in _TELLS_OF_ERRORS:
            return self._read_in(self._body)
        if last in _SAME_FILE | _TARGETS and len(call.args) == 1:
            return self.of(call.args[0])
        if isinstance(call.func, ast.Attribute):
            receiver = self.of(call.func.value)
            if call.func.attr in _SAME_FILE_METHODS and not call.args:
                return receiver
            if isinstance(call.func.value, ast.Name) and call.func.value.id == self.self_name:
                receiver = NOWHERE
        else:
            receiver = self._told_by(call.func)
        given = [*call.args, *(k.value for k in call.keywords)]
        told = frozenset[Place]().union(*(self._told_by(a) for a in given))
        return _derived(receiver | self._all(given) | told)

    def _told_by(self, function: ast.expr) -> Places:
        """What a function of the method itself may give back, whoever calls it: it sees the method's names."""
        if isinstance(function, ast.Lambda):
            return self._read_in([function])
        if isinstance(function, ast.Name) and function.id in self._closures:
            return self._read_in(self._closures[function.id])
        return NOWHERE

    def is_exactly(self, node: ast.expr, parameter: str) -> bool:
        """Whether an expression is the path of the parameter and nothing else."""
        return self.of(node) == {Place(parameter)}


def _derived(places: Places) -> Places:
    return frozenset(place.derived() for place in places)


def _captured(pattern: ast.pattern) -> list[str]:
    """The names that a pattern binds."""
    found = (getattr(n, "name", None) or getattr(n, "rest", None) for n in walk(pattern))
    return [name for name in found if isinstance(name, str)]


def _root(node: ast.expr) -> str | None:
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None
