"""What evaluating an expression once more does, and what its value is: an interpreter over the lattice of values."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence

from codemods.knowledge.library_functions import Use
from codemods.knowledge.verdicts import Verdict
from codemods.python.inference import ClassInference
from codemods.python.modules import Module
from codemods.python.repeating.annotations import Annotations
from codemods.python.repeating.applying import Calls
from codemods.python.repeating.bodies import Bodies
from codemods.python.repeating.definitions import REST
from codemods.python.repeating.fixpoint import Memo
from codemods.python.repeating.frames import SAME, Frame, Outcome, then, worst
from codemods.python.repeating.name_values import Names
from codemods.python.repeating.objects import Objects
from codemods.python.repeating.values import (
    BYTES,
    CALLED,
    CONTAINERS,
    DATA,
    DATE,
    NONE,
    NOTHING,
    NUMBER,
    ONE_SHOT,
    PATH,
    SCALARS,
    TEXT,
    UNKNOWN,
    Value,
    container,
    join,
    sequence,
)
from codemods.python.scopes import Sources

_CHOOSING = frozenset({"min", "max", "sum", "abs", "round", "next"})
_COMPREHENSIONS = {ast.ListComp: "list", ast.SetComp: "set", ast.GeneratorExp: "iterator"}

_SUBSCRIPTS = {"bytes": NUMBER, **dict.fromkeys(("text", "match", "environ"), TEXT)}
_SUBSCRIPTS["frame"] = DATA


class Evaluator:
    """Evaluates expressions."""

    def __init__(self, sources: Sources, inference: ClassInference) -> None:
        self.sources = sources
        self.inference = inference
        self.memo: Memo[Outcome] = Memo()
        self.annotations = Annotations(sources)
        self.names = Names(self)
        self.objects = Objects(self)
        self.calls = Calls(self)
        self.bodies = Bodies(self)
        self.home: Module | None = None

    def evaluate(self, node: ast.AST | None, frame: Frame) -> Outcome:
        """What evaluating the expression once more does, and its value."""
        if node is None:
            return SAME.giving(NONE)
        if isinstance(node, ast.Constant):
            return SAME.giving(_constant(node.value))
        if isinstance(node, ast.Name):
            return self.names.read(node, frame)
        if isinstance(node, ast.Attribute):
            return self.attribute(node, frame)
        if isinstance(node, ast.Call):
            found = self.calls.call(node, frame)
            if found.value.kind != "unknown" or _is_choice(node.func, frame):
                return found
            return found.giving(UNKNOWN if self._is_declared(node.func, frame) else CALLED)
        if isinstance(node, ast.JoinedStr):
            return worst(SAME, *(self.evaluate(v, frame) for v in node.values)).giving(TEXT)
        if isinstance(node, ast.FormattedValue):
            shown = self.use(self.evaluate(node.value, frame), Use.SHOW, node.value)
            if node.conversion in {ord("r"), ord("a")}:
                shown = worst(shown, self.written_as_code(shown.value, node.value))
            return worst(shown, self.evaluate(node.format_spec, frame)).giving(TEXT)
        if isinstance(node, ast.BinOp):
            return self._binary(node, frame)
        if isinstance(node, ast.BoolOp):
            return self._choice(node.values[:-1], node.values, frame)
        if isinstance(node, ast.IfExp):
            return self._choice([node.test], [node.body, node.orelse], frame)
        if isinstance(node, ast.UnaryOp):
            how = Use.SIZE if isinstance(node.op, ast.Not) else Use.SHOW
            return self.use(self.evaluate(node.operand, frame), how, node.operand).giving(NUMBER)
        if isinstance(node, ast.Compare):
            return self._compare(node, frame)
        if isinstance(node, ast.Subscript):
            return self._subscript(node, frame)
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            return self._display(node, frame)
        if isinstance(node, ast.Dict):
            return self._dict(node, frame)
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            return self._comprehension(node, frame)
        if isinstance(node, ast.Lambda):
            return SAME.giving(self.names.function(node, frame))
        if isinstance(node, ast.Starred):
            return self.use(self.evaluate(node.value, frame), Use.ITERATE, node.value)
        if isinstance(node, ast.Slice):
            parts = [p for p in (node.lower, node.upper, node.step) if p is not None]
            return worst(SAME, *(self.evaluate(p, frame) for p in parts)).giving(NUMBER)
        if isinstance(node, ast.NamedExpr):
            return Outcome(Verdict.EFFECT, self.value(node.value, frame), node, "binds a name")
        awaited = self.evaluate(node.value, frame).value if isinstance(node, ast.Await) else UNKNOWN
        if awaited.kind == "coroutine":
            awaited = awaited.inside
        elif awaited.kind not in {"answer", "instance"}:
            awaited = CALLED
        return Outcome(Verdict.EFFECT, awaited, node, "hands control to other code")

    def _is_declared(self, called: ast.expr, frame: Frame) -> bool:
        """Whether a function in sight is called that says which plain value it gives.

        Such a value is believed to be one where it is declared to be one a second time, by whom it is given to.
        """
        function = self.value(called, frame).node
        if not isinstance(function, ast.FunctionDef) or function.returns is None:
            return False
        scope = self.names.closure(function)
        module = scope.scope.module if scope is not None else frame.scope.module
        return self.annotations.value(function.returns, module, frame.scope.owner).kind in SCALARS

    def value(self, node: ast.AST | None, frame: Frame) -> Value:
        """The value of an expression."""
        return self.evaluate(node, frame).value

    def use(self, outcome: Outcome, how: Use, node: ast.AST) -> Outcome:
        """What using a value does, on top of evaluating it."""
        found = self.used(outcome.value, how, node)
        return worst(outcome, found.giving(outcome.value))

    def used(self, value: Value, how: Use, node: ast.AST) -> Outcome:
        """What using a value does."""
        kind = value.kind
        asked = None if how is Use.KEEP else self.objects.asked_of_class(value, node)
        if asked is not None:
            return asked
        if (
            how is Use.KEEP
            or kind in {"none", "nothing", "function", "method", "logger", "pydantic"}
            or value.is_data
        ):
            return SAME
        if kind in {"frame", "tree", "digest", "error"}:
            return SAME
        if kind in CONTAINERS:
            if how < Use.SHOW:
                return SAME
            inner = value.parts or (value.inside, *((value.key,) if value.key else ()))
            return worst(SAME, *(self.used(v, Use.SHOW, node) for v in inner))
        if kind in ONE_SHOT:
            if how is Use.SIZE:
                return SAME
            if how is Use.ITERATE and value.fresh:
                return SAME
            if how is Use.TOTAL and value.fresh:
                return self.used(self.element(value), Use.SHOW, node)
            return Outcome(
                Verdict.EFFECT, UNKNOWN, node, f"is {_described(kind)}, which is used up by reading it"
            )
        if kind == "answer" and how in {Use.SIZE, Use.SHOW}:
            return SAME  # a stream is none: showing an answer of one piece reads nothing on
        if kind in {"buffer", "writer"}:
            return (
                SAME if how is Use.SIZE else Outcome(Verdict.EFFECT, UNKNOWN, node, "is read on in a buffer")
            )
        if kind == "union":
            return worst(SAME, *(self.used(v, how, node) for v in value.parts))
        if kind == "instance":
            return self.objects.used(value, how, node)
        ways = {Use.SIZE: "asked whether it is true", Use.SHOW: "read as a whole"}
        what = ways.get(how, "run over")
        return Outcome(Verdict.UNKNOWN, UNKNOWN, node, f"is out of sight, and {what}")

    def written_as_code(self, value: Value, node: ast.AST) -> Outcome:
        """What `repr()` of a value gives: of a target its address, another one each time."""
        parts = value.parts if value.kind == "union" else (value,)
        if any(v.kind in {"target", "targets"} for v in parts):
            return Outcome(Verdict.UNKNOWN, UNKNOWN, node, "is shown by its address, another one each time")
        return SAME

    def _choice(self, tests: Sequence[ast.expr], values: Sequence[ast.expr], frame: Frame) -> Outcome:
        asked = [self.use(self.evaluate(t, frame), Use.SIZE, t) for t in tests]
        given = [self.evaluate(v, frame) for v in values]
        return worst(SAME, *asked, *given).giving(join(o.value for o in given))

    def _binary(self, node: ast.BinOp, frame: Frame) -> Outcome:
        # A long chain leans to the left: it is run down without recursion.
        chain: list[ast.BinOp] = []
        left: ast.expr = node
        while isinstance(left, ast.BinOp):
            chain.append(left)
            left = left.left
        found = self.evaluate(left, frame)
        for step in reversed(chain):
            right = self.evaluate(step.right, frame)
            both = [self.use(found, Use.SHOW, step.left), self.use(right, Use.SHOW, step.right)]
            if isinstance(step.op, ast.Add) and {found.value.kind, right.value.kind} <= CONTAINERS:
                both = [found, right]
            found = worst(*both).giving(_arithmetic(step.op, found.value, right.value))
        return found

    def _compare(self, node: ast.Compare, frame: Frame) -> Outcome:
        found = []
        operands = [node.left, *node.comparators]
        for index, op in enumerate(node.ops):
            left, right = operands[index], operands[index + 1]
            one, other = self.evaluate(left, frame), self.evaluate(right, frame)
            if not isinstance(op, ast.Is | ast.IsNot):
                contained = isinstance(op, ast.In | ast.NotIn)
                one = self.use(one, Use.SHOW, left)
                other = self.use(other, Use.ITERATE if contained else Use.SHOW, right)
            found += [one, other]
        return worst(SAME, *found).giving(NUMBER)

    def _subscript(self, node: ast.Subscript, frame: Frame) -> Outcome:
        owner = self.evaluate(node.value, frame)
        index = self.evaluate(node.slice, frame)
        value = owner.value
        both = worst(owner, self.use(index, Use.SHOW, node.slice))
        if value.kind == "nothing":
            return both.giving(NOTHING)
        if value.kind == "union" and all(v.kind in {*CONTAINERS, "data", "text"} for v in value.parts):
            if any(v.kind == "defaultdict" for v in value.parts):
                return then(
                    both, Outcome(Verdict.EFFECT, UNKNOWN, node, "makes a missing key of a defaultdict")
                )
            return both.giving(join(v.inside if v.kind in CONTAINERS else v for v in value.parts))
        if isinstance(node.slice, ast.Slice):
            if value.kind in {"data", "text", "bytes"}:
                return both.giving(value)
            if value.kind in CONTAINERS:
                return both.giving(value.made())
        if value.kind == "tuple" and value.parts and isinstance(node.slice, ast.Constant):
            position = node.slice.value
            if isinstance(position, int) and -len(value.parts) <= position < len(value.parts):
                return both.giving(value.parts[position])
        if value.kind == "defaultdict":
            return then(
                both, Outcome(Verdict.EFFECT, value.inside, node, "makes a missing key of a defaultdict")
            )
        if value.kind in CONTAINERS:
            return both.giving(value.inside)
        if value.kind in _SUBSCRIPTS:
            return both.giving(_SUBSCRIPTS[value.kind])
        asked = self.objects.asked_of_class(value, node, "__class_getitem__")
        if asked is not None:
            return then(both, asked)
        if value.kind in {"data", "pydantic", "targets", "class", "none"}:
            return both.giving(value)
        if value.kind == "instance":
            return then(both, self.objects.special(value, "__getitem__", node))
        if value.kind == "answer" and isinstance(node.slice, ast.Constant):
            return both.giving(value)
        return then(both, Outcome(Verdict.UNKNOWN, UNKNOWN, node, "is an element of something out of sight"))

    def attribute(self, node: ast.Attribute, frame: Frame) -> Outcome:
        """An attribute of a module, a class or an object."""
        named = self.names.dotted(node, frame)
        if named is not None:
            return named
        owner = self.evaluate(node.value, frame)
        if owner.value.kind == "answer":
            return owner
        found = self.objects.attribute(owner.value, node.attr, node)
        return worst(owner, found).giving(found.value)

    def _display(self, node: ast.List | ast.Tuple | ast.Set, frame: Frame) -> Outcome:
        given = [self.evaluate(e, frame) for e in node.elts]
        if isinstance(node, ast.Set):
            given = [self.use(o, Use.SHOW, e) for o, e in zip(given, node.elts, strict=True)]
        found = worst(SAME, *given)
        starred = any(isinstance(e, ast.Starred) for e in node.elts)
        if isinstance(node, ast.Tuple) and not starred:
            return found.giving(sequence(o.value for o in given))
        values = [
            self.element(o.value) if isinstance(e, ast.Starred) else o.value
            for o, e in zip(given, node.elts, strict=True)
        ]
        kind = type(node).__name__.lower()
        return found.giving(container(kind, join(values), fresh=True))

    def _dict(self, node: ast.Dict, frame: Frame) -> Outcome:
        found: list[Outcome] = []
        keys: list[Value] = []
        values: list[Value] = []
        for key, value in zip(node.keys, node.values, strict=True):
            given = self.evaluate(value, frame)
            if key is None:
                found.append(self.use(given, Use.ITERATE, value))
                values.append(self.element(given.value, values=True))
                keys.append(given.value.key or self.element(given.value))
                continue
            named = self.use(self.evaluate(key, frame), Use.SHOW, key)
            found += [named, given]
            keys.append(named.value)
            values.append(given.value)
        return worst(SAME, *found).giving(container("dict", join(values), join(keys), fresh=True))

    def _comprehension(
        self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp, frame: Frame
    ) -> Outcome:
        found: list[Outcome] = []
        for generator in node.generators:
            if generator.is_async:
                return Outcome(Verdict.EFFECT, UNKNOWN, generator.iter, "is awaited")
            run_over = self.use(self.evaluate(generator.iter, frame), Use.ITERATE, generator.iter)
            element = self.element(run_over.value)
            found.append(run_over)
            if isinstance(generator.target, ast.Tuple | ast.List):
                found.append(self.used(element, Use.ITERATE, generator.iter))
            frame = frame.within(self._bound(generator.target, element))
            found += [self.use(self.evaluate(test, frame), Use.SIZE, test) for test in generator.ifs]
        if isinstance(node, ast.DictComp):
            key = self.use(self.evaluate(node.key, frame), Use.SHOW, node.key)
            value = self.evaluate(node.value, frame)
            made = container("dict", value.value, key.value, fresh=True)
            return worst(SAME, *found, key, value).giving(made)
        element_outcome = self.evaluate(node.elt, frame)
        if isinstance(node, ast.SetComp):
            element_outcome = self.use(element_outcome, Use.SHOW, node.elt)
        made = container(_COMPREHENSIONS[type(node)], element_outcome.value, fresh=True)
        return worst(SAME, *found, element_outcome).giving(made)

    def _bound(self, target: ast.expr, value: Value) -> dict[str, Value]:
        """The names of a target with their values."""
        if isinstance(target, ast.Name):
            return {target.id: value}
        if not isinstance(target, ast.Tuple | ast.List):
            return {}
        starred = any(isinstance(e, ast.Starred) for e in target.elts)
        found: dict[str, Value] = {}
        for index, item in enumerate(target.elts):
            if isinstance(item, ast.Starred):
                found.update(self._bound(item.value, self.unpacked(value, [REST])))
                continue
            found.update(self._bound(item, self.unpacked(value, [-1 if starred else index])))
        return found

    def element(self, value: Value, *, values: bool = False) -> Value:
        """What running over a value gives; of a dictionary the keys, or the values where those are wanted."""
        if value.kind in {"dict", "defaultdict"}:
            return (value.element if values else value.key) or UNKNOWN
        if value.kind in {*CONTAINERS, "iterator"}:
            return value.inside
        if value.kind in {"text", "handle", "environ"}:
            return TEXT
        if value.kind == "bytes":
            return NUMBER
        if value.kind in {"data", "pydantic", "targets", "nothing", "tree", "none"}:
            return value
        if value.kind == "frame":
            return TEXT
        if value.kind == "instance":
            return self.objects.element(value)
        if value.kind == "union":
            return join(self.element(v, values=values) for v in value.parts)
        return UNKNOWN

    def unpacked(self, value: Value, path: Iterable[int]) -> Value:
        """The element of a value that unpacking gives to a target."""
        for index in path:
            if index == REST:
                value = container("list", self.element(value), fresh=True)
                continue
            inside = 0 <= index < len(value.parts)
            value = value.parts[index] if inside else self.element(value)
        return value


def _is_choice(called: ast.expr, frame: Frame) -> bool:
    """Whether a call gives one of what it is given, or what a lambda of a table that is written out makes of it."""
    if isinstance(called, ast.Subscript):
        return isinstance(called.value, ast.Dict) and all(
            isinstance(v, ast.Lambda) for v in called.value.values
        )
    if not isinstance(called, ast.Name) or called.id not in _CHOOSING:
        return False
    scope = frame.scope
    return called.id not in scope.module.bindings and not scope.is_local(called.id)


def _constant(value: object) -> Value:
    if isinstance(value, str):
        return TEXT
    if isinstance(value, bytes):
        return BYTES
    return NONE if value is None or value is ... else NUMBER


def _arithmetic(op: ast.operator, left: Value, right: Value) -> Value:
    kinds = {left.kind, right.kind}
    if "nothing" in kinds:
        return right if left.kind == "nothing" else left
    if isinstance(op, ast.Div) and "path" in kinds:
        return PATH
    if isinstance(op, ast.Mod) and left.kind in {"text", "bytes"}:
        return left
    if kinds in ({"date"}, {"date", "number"}):
        return DATE if not isinstance(op, ast.FloorDiv | ast.Div) else NUMBER
    if kinds <= {"text", "number"} and "text" in kinds:
        return TEXT
    if kinds == {"number"}:
        return NUMBER
    if "frame" in kinds:
        return Value("frame", fresh=True)
    if isinstance(op, ast.Mult) and left.kind in CONTAINERS:
        return left.made()
    return join([left, right]).made() if "unknown" not in kinds else UNKNOWN


def _described(kind: str) -> str:
    return "an open file" if kind == "handle" else "an iterator"
