"""Calls: of functions and methods in sight by their source, of known ones by their declaration, else unknown."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping, Sequence

from codemods.knowledge.library_functions import BUILTINS, FUNCTIONS, PREFIXES, Known, Use
from codemods.knowledge.library_methods import METHODS
from codemods.knowledge.verdicts import Verdict
from codemods.python.call_facts import is_generator, is_logging_call, is_super, place
from codemods.python.classes import ClassRef, Function, Member
from codemods.python.constructions import default_factories, fields_of
from codemods.python.names import dotted_name
from codemods.python.repeating.frames import SAME, Frame, Outcome, then, worst
from codemods.python.repeating.interpreter import Interpreter
from codemods.python.repeating.name_values import _holder, believed, imported_by
from codemods.python.repeating.values import (
    DATA,
    NONE,
    NOTHING,
    NUMBER,
    PATH,
    TEXT,
    UNKNOWN,
    Value,
    container,
    join,
    sequence,
)
from codemods.python.scopes import Scope, parameters

_TRANSPARENT = frozenset(
    "staticmethod classmethod property cached_property lru_cache cache override final abstractmethod wraps "
    "computed_field field_validator model_validator validator root_validator setter".split()
)
_ERROR = Known(gives="error")
_MOST_CONTEXTS = 32
_RUN_OVER = ("iterable", "sequence")
"""Names by which library functions are given what they run over."""
_ASKED_BY_LUIGI = frozenset({"input", "output"})
_MANAGERS = frozenset("suppress nullcontext redirect_stdout localcontext ExitStack".split())

Given = Mapping[str, Value]


class Calls:
    """Evaluates calls."""

    def __init__(self, evaluator: Interpreter) -> None:
        self._evaluator = evaluator
        self._only_once: set[tuple[object, ...]] = set()
        self._once_in_lines: set[int] = set()
        self._contexts: dict[int, set[object]] = {}

    def never_again(self, call: ast.Call, scope: Scope) -> None:
        """Takes a call that must not be made a second time whatever its source says: an LLM call."""
        self._only_once.add(place(call, scope))
        self._once_in_lines.add(getattr(call, "lineno", 0))

    def call(self, node: ast.Call, frame: Frame) -> Outcome:
        """What a call does, and what it gives."""
        evaluator = self._evaluator
        arguments = [evaluator.evaluate(a, frame) for a in node.args]
        keywords = [evaluator.evaluate(k.value, frame) for k in node.keywords]
        found = worst(SAME, *arguments, *keywords)
        # The line is the cheaper question, and of nearly all calls the answer.
        in_line = getattr(node, "lineno", 0) in self._once_in_lines
        if in_line and place(node, frame.scope) in self._only_once:
            # Its class is the cheaper question, and what is asked of an answer is nearly always that alone.
            ref = evaluator.inference.of(node, frame.scope)
            value = (
                Value("instance", ref=ref)
                if ref is not None
                else self._apply(node, frame, arguments, keywords).value
            )
            if value.kind == "unknown":
                value = self._answer(node)
            return Outcome(Verdict.EFFECT, value, node, "asks a model")
        if is_logging_call(node):
            shown = [evaluator.use(o, Use.SHOW, a) for o, a in zip(arguments, node.args, strict=True)]
            return worst(found, *shown).giving(NONE)
        given = self._apply(node, frame, arguments, keywords)
        value = given.value
        if value.kind == "unknown":
            # `executor.run(ask)` gives what `ask` gives; that is inferred elsewhere.
            ref = evaluator.inference.of(node, frame.scope)
            value = Value("instance", ref=ref) if ref is not None else value
        return worst(found, given).giving(value)

    @staticmethod
    def _answer(node: ast.Call) -> Value:
        streamed = any(k.arg == "stream" for k in node.keywords) or "stream" in ast.dump(node.func)
        return UNKNOWN if streamed else Value("answer")

    def _apply(
        self, node: ast.Call, frame: Frame, arguments: Sequence[Outcome], keywords: Sequence[Outcome]
    ) -> Outcome:
        # What is unpacked was run over by then: its elements are what the function is given.
        positional = [
            self._evaluator.element(o.value) if isinstance(a, ast.Starred) else o.value
            for a, o in zip(node.args, arguments, strict=True)
        ]
        named = {k.arg or "**": o.value for k, o in zip(node.keywords, keywords, strict=True)}
        function = node.func
        if any(isinstance(a, ast.Starred) for a in node.args):
            named["*"] = UNKNOWN
        if isinstance(function, ast.Name):
            special = self._special_builtin(function.id, node, positional, frame)
            if special is not None:
                return special
        if dotted_name(function) == "asyncio.to_thread" and positional:
            run = self.value(positional[0], node, positional[1:], named, frame)
            return run.giving(Value("coroutine", run.value))
        known = self._declared(function, frame)
        if known is not None:
            return self.known(known, node, positional, named, frame)
        if isinstance(function, ast.Attribute):
            if is_super(function.value) and frame.scope.owner is not None:
                return self._inherited(frame.scope.owner, function.attr, node, positional, named, frame)
            return self._call_of_attribute(function, node, positional, named, frame)
        called = self._evaluator.evaluate(function, frame)
        return then(called, self.value(called.value, node, positional, named, frame))

    def _declared(self, function: ast.expr, frame: Frame) -> Known | None:
        """The declaration of a function out of sight that is named through imports, or of a builtin."""
        dotted = dotted_name(function)
        if dotted is None:
            return None
        root, _, rest = dotted.partition(".")
        module = frame.scope.module
        holder = _holder(root, frame)
        if holder is not None:
            return self._imported_inside(root, rest, holder)
        if root == frame.scope.self_name:
            return None
        if root not in module.bindings:
            if _is_builtin_error(dotted):
                return _ERROR
            # A carried expression may name a module that this one will import only with the steps.
            return BUILTINS.get(dotted) or FUNCTIONS.get(dotted)
        names = self._evaluator.sources.names
        origin = names.origin(function, module)
        if origin is None or names.resolve(function, module) is not None:
            return None
        return _named(origin)

    def _imported_inside(self, root: str, rest: str, holder: Frame) -> Known | None:
        """The declaration of what a function's own import statement, its only binding of the name, names."""
        bound = holder.scope.bindings.get(root, [])
        given = imported_by(bound[0], holder.scope.function) if len(bound) == 1 else None
        if given is None or given.level:
            return None
        parts = rest.split(".") if rest else []
        if self._evaluator.sources.names.follow(given, parts, holder.scope.module) is not None:
            return None
        return _named(".".join(p for p in (given.module, given.name or "", *parts) if p))

    def _special_builtin(self, name: str, node: ast.Call, given: list[Value], frame: Frame) -> Outcome | None:
        if _holder(name, frame) is not None or name in frame.scope.module.bindings:
            return None
        evaluator = self._evaluator
        if name == "open":
            return self._open(node, frame)
        if name == "next":
            if given and (given[0].fresh or given[0].kind == "nothing") and given[0].kind == "iterator":
                return SAME.giving(join([evaluator.element(given[0]), *given[1:]]))
            if given and given[0].kind == "instance":
                return evaluator.objects.special(given[0], "__next__", node)
            unknown = not given or given[0].kind == "unknown"
            verdict = Verdict.UNKNOWN if unknown else Verdict.EFFECT
            return Outcome(
                verdict, evaluator.element(given[0]) if given else UNKNOWN, node, "takes the next one"
            )
        if name in {"getattr", "hasattr"} and len(node.args) >= 2:
            attribute = node.args[1]
            if isinstance(attribute, ast.Constant) and isinstance(attribute.value, str):
                if given[0].kind == "answer":
                    found = SAME.giving(given[0])
                else:
                    found = evaluator.objects.attribute(given[0], attribute.value, node)
                return found.giving(NUMBER if name == "hasattr" else join([found.value, *given[2:]]))
            if given[0].kind in {"pydantic", "data"} or self._is_model(given[0]):
                return SAME.giving(given[0] if given[0].kind == "data" else Value("pydantic"))
            return Outcome(Verdict.UNKNOWN, UNKNOWN, node, "reads an attribute that is not named")
        if name == "type" and len(given) == 1 and given[0].kind == "instance":
            return SAME.giving(Value("class", ref=given[0].ref))
        if name in {"isinstance", "issubclass"} and len(given) == 2:
            asked = self._asked_of_kind(given[1], name, node)
            return None if asked is SAME else asked
        if name in {"repr", "ascii"} and given:
            shown = evaluator.written_as_code(given[0], node)
            return None if shown is SAME else shown
        if name == "vars":
            if given and given[0].kind == "handle":
                return Outcome(Verdict.UNKNOWN, Value("dict"), node, "is asked of an open file")
            return SAME.giving(Value("dict"))
        if name == "super":
            return SAME
        if name == "print":
            return (
                SAME.giving(NONE)
                if is_logging_call(node)
                else Outcome(Verdict.EFFECT, NONE, node, "writes to a file")
            )
        return None

    def _asked_of_kind(self, kind: Value, name: str, node: ast.Call) -> Outcome:
        """What a class, or an object in its place, does when it is asked whether something is of it."""
        objects = self._evaluator.objects
        if kind.kind == "union":
            return worst(SAME, *(self._asked_of_kind(part, name, node) for part in kind.parts))
        if kind.kind == "tuple":
            return self._asked_of_kind(self._evaluator.element(kind), name, node)
        if kind.kind == "instance":
            special = "__instancecheck__" if name == "isinstance" else "__subclasscheck__"
            return objects.special(kind, special, node).giving(NUMBER)
        return objects.asked_of_class(kind, node, "__subclasshook__") or SAME

    def _is_model(self, value: Value) -> bool:
        outside = self._evaluator.objects.outside(value.ref) if value.ref is not None else None
        return "pydantic" in (outside or ())

    @staticmethod
    def _open(node: ast.Call, frame: Frame) -> Outcome:
        """A file that is read by its name gives the same twice, but for an output, which the write changes."""
        path = node.args[0] if node.args else node
        if any(isinstance(n, ast.Attribute) and n.attr == "output" for n in ast.walk(path)):
            return Outcome(Verdict.UNKNOWN, Value("handle", fresh=True), node, "reads what the write changes")
        return _opened(node, 1, frame.scope.function)

    def _call_of_attribute(
        self,
        function: ast.Attribute,
        node: ast.Call,
        positional: list[Value],
        named: dict[str, Value],
        frame: Frame,
    ) -> Outcome:
        evaluator = self._evaluator
        named_in_sight = evaluator.names.dotted(function, frame)
        if named_in_sight is not None:
            value = named_in_sight.value
            if value.kind in {"function", "class", "method"}:
                return then(named_in_sight, self.value(value, node, positional, named, frame))
            return Outcome(Verdict.UNKNOWN, UNKNOWN, node, "is out of sight")
        receiver = evaluator.evaluate(function.value, frame)
        return then(receiver, self._called_on(receiver.value, function, node, positional, named, frame))

    def _called_on(
        self,
        value: Value,
        function: ast.Attribute,
        node: ast.Call,
        positional: list[Value],
        named: dict[str, Value],
        frame: Frame,
    ) -> Outcome:
        """Calling a method of a value."""
        evaluator, name = self._evaluator, function.attr
        if value.kind == "union":
            done = [self._called_on(v, function, node, positional, named, frame) for v in value.parts]
            return worst(SAME, *done).giving(join(o.value for o in done))
        if value.kind == "instance" and value.ref is not None:
            return self._of_instance(value, value.ref, name, node, positional, named, frame)
        if value.kind == "class" and value.ref is not None:
            found = evaluator.objects.class_attribute(value.ref, name, function)
            return then(found, self.value(found.value, node, positional, named, frame))
        if value.kind in {"none", "nothing"}:
            return SAME.giving(value)
        known = METHODS.get(value.kind, {}).get(name)
        if known is None:
            return Outcome(Verdict.UNKNOWN, UNKNOWN, node, "is a call of something out of sight")
        if known.gives == "handle":
            return _opened(node, 0, frame.scope.function)
        return self.known(known, node, positional, named, frame, receiver=value)

    def _of_instance(
        self,
        value: Value,
        ref: ClassRef,
        name: str,
        node: ast.Call,
        positional: list[Value],
        named: dict[str, Value],
        frame: Frame,
    ) -> Outcome:
        objects = self._evaluator.objects
        found = objects.implementations(ref, name)
        if found:
            done = []
            for variant, member in found:
                if member.has_decorator("property"):
                    got = objects.attribute(value, name, node.func)
                    done.append(then(got, self.value(got.value, node, positional, named, frame)))
                else:
                    given = (
                        value
                        if variant.node is ref.node
                        else Value("instance", ref=variant, fresh=value.fresh)
                    )
                    done.append(self.method(variant, member, given, positional, named, node))
            given_value = join(o.value for o in done)
            asked = (
                name in _ASKED_BY_LUIGI and not positional and "task" in (objects.outside(ref) or ("task",))
            )
            found_all = worst(SAME, *done)
            if asked and found_all.verdict is Verdict.UNKNOWN and not isinstance(found_all.culprit, ast.Call):
                # Luigi asks for them itself, again and again, and needs the same each time.
                return SAME.giving(given_value if given_value.kind != "unknown" else Value("targets"))
            return worst(SAME, *done).giving(given_value)
        if self._evaluator.sources.classes.member(ref, name) is not None:
            stored = objects.attribute(value, name, node.func)
            return then(stored, self.value(stored.value, node, positional, named, frame))
        kinds = objects.outside(ref)
        text = self._evaluator.sources.classes.is_enum(ref) or objects.is_text(ref)
        for kind in (*(kinds or ()), *(("text",) if text else ())):
            known = METHODS.get(kind, {}).get(name)
            if known is not None:
                receiver = value if kind in {"pydantic", "task"} else Value(kind)
                done_known = self.known(known, node, positional, named, frame, receiver=receiver)
                if kind == "pydantic":
                    return worst(done_known, self._serializers(ref, node)).giving(done_known.value)
                return done_known
        if kinds is None and name in _ASKED_BY_LUIGI and not positional:
            return SAME.giving(Value("targets"))
        return Outcome(Verdict.UNKNOWN, UNKNOWN, node, f"calls a method of {ref.name} that is out of sight")

    def _serializers(self, ref: ClassRef, node: ast.Call) -> Outcome:
        """What a model's own serializers and computed fields do when it is dumped."""
        found = []
        classes = self._evaluator.sources.classes
        for item in classes.line(ref):
            for statement in item.node.body:
                if isinstance(statement, ast.FunctionDef) and any(
                    word in ast.dump(d)
                    for d in statement.decorator_list
                    for word in ("serializer", "computed_field")
                ):
                    member = Member(item, statement)
                    given = Value("instance", ref=ref)
                    found.append(self.method(ref, member, given, [], {}, node))
        return worst(SAME, *found)

    def _inherited(
        self,
        owner: ClassRef,
        name: str,
        node: ast.Call,
        positional: list[Value],
        named: dict[str, Value],
        frame: Frame,
    ) -> Outcome:
        """`super().name()`: the method of the nearest base class behind the one that the call stands in."""
        line = self._evaluator.sources.classes.line(owner)
        here = next((i for i, item in enumerate(line) if frame.scope.function in item.node.body), 0)
        own = frame.scope.self_name
        given = (frame.parameter(own) if own else None) or Value("instance", ref=owner)
        for item in line[here + 1 :]:
            defined = [s for s in item.node.body if isinstance(s, Function) and s.name == name]
            method = defined[-1] if defined else None
            if method is not None:
                return self.method(owner, Member(item, method), given, positional, named, node)
        kinds = self._evaluator.objects.outside(owner)
        for kind in kinds or ():
            if name in METHODS.get(kind, {}):
                known = METHODS[kind][name]
                return self.known(known, node, positional, named, frame, receiver=given)
        if kinds is not None and name.startswith("__"):
            return SAME.giving(NONE)
        return Outcome(Verdict.UNKNOWN, UNKNOWN, node, "calls a base class that is out of sight")

    def value(
        self,
        called: Value,
        node: ast.AST,
        positional: list[Value],
        named: Mapping[str, Value],
        frame: Frame,
    ) -> Outcome:
        """Calling a value."""
        evaluator = self._evaluator
        if called.kind in {"none", "nothing"}:
            return SAME.giving(called)
        if called.kind == "class" and called.ref is not None:
            return self.construct(called.ref, positional, named, node)
        if called.kind == "method" and called.ref is not None and isinstance(called.node, Function):
            member = evaluator.sources.classes.method(called.ref, called.node.name)
            if member is not None:
                given = Value("instance", ref=called.ref)
                if not (member.has_decorator("staticmethod") or member.has_decorator("classmethod")):
                    own = parameters(called.node)[:1]
                    if len(positional) >= len(own) + _required(called.node) - 1 and _unbound(
                        node, frame, evaluator
                    ):
                        return self.method(called.ref, member, positional[0], positional[1:], named, node)
                return self.method(called.ref, member, given, positional, named, node)
        if called.kind == "function" and isinstance(called.node, Function | ast.Lambda):
            closure = evaluator.names.closure(called.node)
            if closure is not None:
                return self._function(called.node, closure, positional, named, node)
        if called.kind == "function" and isinstance(called.node, ast.expr):
            known = self._declared(called.node, evaluator.names.module_frame(frame.scope.module))
            if known is not None:
                return self.known(known, node, positional, named, frame)
        if called.kind == "function" and called.node is None:
            # It may look up any attribute of what it is given: `operator.attrgetter("text")`.
            shown = [evaluator.used(v, Use.SHOW, node) for v in positional]
            read = [evaluator.objects.properties(v) for v in positional]
            return worst(SAME, *shown, *read).giving(UNKNOWN)
        if called.kind == "instance" and called.ref is not None:
            return evaluator.objects.special(called, "__call__", node)
        return Outcome(Verdict.UNKNOWN, UNKNOWN, node, "is a call of something out of sight")

    def construct(
        self, ref: ClassRef, positional: list[Value], named: Mapping[str, Value], node: ast.AST
    ) -> Outcome:
        """Making an object of a class in sight."""
        evaluator = self._evaluator
        made = Value("instance", ref=ref, fresh=True)
        classes = evaluator.sources.classes
        if classes.is_enum(ref):
            return SAME.giving(Value("instance", ref=ref))
        found = []
        for name in ("__new__", "__init__", "__post_init__", "model_post_init"):
            member = classes.method(ref, name)
            if member is not None and member.method is not None:
                given = positional if name in {"__init__", "__new__"} else []
                found.append(self.method(ref, member, made, list(given), named, node))
        found += self._made_by_default(ref, positional, named, node)
        if not found and evaluator.objects.outside(ref) is None:
            return Outcome(
                Verdict.UNKNOWN, made, node, f"makes a {ref.name}, which has a base class out of sight"
            )
        if any(item.node.keywords for item in classes.line(ref)):
            found.append(Outcome(Verdict.UNKNOWN, made, node, f"makes a {ref.name}, which has a metaclass"))
        return worst(SAME, *found).giving(made)

    def _made_by_default(
        self, ref: ClassRef, positional: list[Value], named: Mapping[str, Value], node: ast.AST
    ) -> list[Outcome]:
        """What the functions do that make the values of the fields which are not given."""
        evaluator = self._evaluator
        known = {*named, *fields_of(ref, evaluator.sources)[: 0 if "*" in named else len(positional)]}
        found = []
        for name, factory, module in default_factories(evaluator.sources.classes.line(ref)):
            if name not in known:
                frame = evaluator.names.module_frame(module)
                made = evaluator.evaluate(factory, frame)
                call = ast.copy_location(ast.Call(factory, [], []), factory)
                known_one = self._declared(factory, frame)
                if known_one is not None:
                    found.append(self.known(known_one, call, [], {}, frame))
                else:
                    found.append(then(made, self.value(made.value, call, [], {}, frame)))
        return found

    def method(
        self,
        ref: ClassRef,
        member: Member,
        receiver: Value,
        positional: list[Value],
        named: Mapping[str, Value],
        node: ast.AST,
    ) -> Outcome:
        """Calling a method that was looked up on a class."""
        function = member.method
        if function is None:
            return Outcome(Verdict.UNKNOWN, UNKNOWN, node, "is out of sight")
        if member.has_decorator("abstractmethod") or _only_raises_not_implemented(function):
            known = self._evaluator.objects.variants(ref)
            why = "is left to subclasses" + ("" if len(known) > 1 else " that are out of sight")
            declared = self._evaluator.annotations.value(function.returns, member.owner.module, ref)
            return Outcome(Verdict.UNKNOWN, declared, node, why)
        scope = Scope(member.owner.module, ref, function)
        frame = Frame(scope, lasting=False)
        given = list(positional)
        if member.has_decorator("staticmethod"):
            pass
        elif member.has_decorator("classmethod") or function.name == "__new__":
            given.insert(0, Value("class", ref=ref))
        else:
            given.insert(0, receiver)
        return self._function(function, frame, given, named, node, own=True)

    def _function(
        self,
        function: Function | ast.Lambda,
        around: Frame,
        positional: list[Value],
        named: Mapping[str, Value],
        node: ast.AST,
        *,
        own: bool = False,
    ) -> Outcome:
        """Calling a function in sight: its body is run with what is known of the arguments."""
        if isinstance(function, ast.AsyncFunctionDef):
            holder = around.scope.owner
            given = self._evaluator.annotations.value(function.returns, around.scope.module, holder)
            return Outcome(Verdict.UNKNOWN, Value("coroutine", given), node, "is a coroutine")
        decorators = [] if isinstance(function, ast.Lambda) else function.decorator_list
        for decorator in decorators:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            last = (dotted_name(called) or "").rpartition(".")[2]
            if last not in _TRANSPARENT and "serializer" not in last:
                return Outcome(Verdict.UNKNOWN, UNKNOWN, node, f"is decorated with {last or 'an expression'}")
        scope = (
            around.scope if own else Scope(around.scope.module, around.scope.owner, function, around.scope)
        )
        at_module = isinstance(around.scope.function, ast.Lambda) and around.lasting and around.parent is None
        if not own and at_module and not isinstance(function, ast.Lambda):
            scope = Scope(around.scope.module, None, function)
        parent = None if own or scope.parent is None else around
        bound = self._bound(function, positional, named)
        if "*" in named and own and scope.self_name is not None:
            # What is unpacked may be any of the others, never the object itself.
            bound += tuple((scope.self_name, value) for value in positional[:1])
        contexts = self._contexts.setdefault(id(function), set())
        key = (bound, parent.key if parent is not None else None)
        if key not in contexts and len(contexts) >= _MOST_CONTEXTS:
            bound = tuple((n, v) for n, v in bound if n == scope.self_name)
        else:
            contexts.add(key)
        frame = Frame(scope, lasting=False, given=bound, parent=parent)
        unsettled = Outcome(Verdict.UNKNOWN, UNKNOWN, node, "is not settled")
        found = self._evaluator.memo.get(
            ("function", frame.key),
            (frame, function),
            lambda: self._run(function, frame),
            SAME.giving(NOTHING),
            unsettled,
        )
        if any(
            (dotted_name(d.func if isinstance(d, ast.Call) else d) or "").endswith("cache")
            for d in decorators
        ):
            return found.giving(found.value.stale())
        return found

    def _run(self, function: ast.FunctionDef | ast.Lambda, frame: Frame) -> Outcome:
        evaluator = self._evaluator
        if isinstance(function, ast.Lambda):
            return evaluator.evaluate(function.body, frame)
        verdict, values, yielded = evaluator.bodies.run(function, frame)
        declared = evaluator.annotations.value(function.returns, frame.scope.module, frame.scope.owner)
        if is_generator(function):
            return verdict.giving(Value("iterator", join(yielded), fresh=True))
        given = join(values) if values else NONE
        if given.kind == "none" and function.returns is not None:
            given = declared  # a stub
        return verdict.giving(believed(given, declared))

    @staticmethod
    def _bound(
        function: Function | ast.Lambda, positional: list[Value], named: Mapping[str, Value]
    ) -> tuple[tuple[str, Value], ...]:
        arguments = function.args
        names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
        given: dict[str, Value] = {}
        if arguments.kwarg is not None:
            # Each call has a dictionary of its own, and a tuple.
            given[arguments.kwarg.arg] = container("dict", UNKNOWN, TEXT, fresh=True)
        if arguments.vararg is not None:
            given[arguments.vararg.arg] = container("tuple", UNKNOWN)
        if "*" in named:
            return tuple(given.items())
        given.update(zip(names, positional, strict=False))
        known = {a.arg for a in parameters(function)}
        given.update({n: v for n, v in named.items() if n in known})
        if arguments.vararg is not None:
            given[arguments.vararg.arg] = container("tuple", join(positional[len(names) :]))
        if arguments.kwarg is not None and "**" not in named:
            more = join(v for n, v in named.items() if n not in known)
            given[arguments.kwarg.arg] = container("dict", more, TEXT, fresh=True)
        if "**" in named:
            return tuple(sorted(given.items(), key=lambda item: item[0]))
        defaults = dict(zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=True))
        defaults.update(
            {a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d}
        )
        for name, default in defaults.items():
            if name not in given and isinstance(default, ast.Constant):
                value = default.value
                given[name] = TEXT if isinstance(value, str) else NONE if value is None else NUMBER
        return tuple(sorted(given.items(), key=lambda item: item[0]))

    def known(
        self,
        known: Known,
        node: ast.AST,
        positional: list[Value],
        named: Mapping[str, Value],
        frame: Frame,
        receiver: Value | None = None,
    ) -> Outcome:
        """A call that is declared."""
        evaluator = self._evaluator
        changed = receiver is not None and receiver.fresh and receiver.kind != "logger"
        found = SAME
        if known.verdict is not Verdict.SAME and not (changed and known.verdict is Verdict.EFFECT):
            found = Outcome(known.verdict, UNKNOWN, node, known.why)
        everything: dict[int | str, Value] = dict(enumerate(positional))
        everything.update(named)
        callables = {n: everything[n] for n in known.calls if n in everything and not everything[n].is_data}
        used = []
        for name, value in everything.items():
            if name in callables or name == "*":
                continue
            how = known.takes
            if known.gives == "got":
                how = Use.SHOW if name == 0 else Use.KEEP
            used.append(evaluator.used(value, how, _argument(node, name)))
        element = self._handed_on(known, positional, receiver) if callables else UNKNOWN
        results = []
        for called, value in callables.items():
            if called == "default" and known.gives == "text":
                # It is given what is no plain data: nothing where all is, else whatever lies inside.
                written = positional[0] if positional else UNKNOWN
                if not written.is_data:
                    used.append(evaluator.used(written, Use.SHOW, _argument(node, 0)))
            results.append(self.value(value, node, [element], {}, frame))
            used.append(results[-1])
        encoder = everything.get("cls") if known.gives == "text" else None
        if encoder is not None and encoder.kind != "none":
            written = positional[0] if positional else UNKNOWN
            used.append(evaluator.used(written, Use.SHOW, node) if not written.is_data else SAME)
            used.append(self._encoder(encoder, node))
        if known.gives == "directory":
            # The second time it is there: only who says that this is fine makes it twice.
            there = SAME if _may_exist(node) else Outcome(Verdict.EFFECT, NONE, node, "makes a directory")
            return worst(there, found, *used).giving(NONE)
        if known.gives == "element" and "*" in named:
            # `max(*lists)` is one of the lists, however many there are.
            return worst(found, *used).giving(join([*positional, *map(evaluator.element, positional)]))
        return worst(found, *used).giving(
            self._result(known, positional or _run_over(known, named), results, receiver)
        )

    def _encoder(self, encoder: Value, node: ast.AST) -> Outcome:
        """What `json.dumps(x, cls=Encoder)` runs: the methods of a class in sight, of an object made for it."""
        objects = self._evaluator.objects
        if encoder.kind != "class" or encoder.ref is None:
            return Outcome(Verdict.UNKNOWN, TEXT, node, "writes by an encoder that is out of sight")
        made = Value("instance", ref=encoder.ref, fresh=True)
        return worst(
            SAME,
            *(
                self.method(variant, member, made, [Value("match")], {}, node)
                for name in ("__init__", "default", "encode", "iterencode")
                for variant, member in objects.implementations(encoder.ref, name)
            ),
        )

    def _handed_on(self, known: Known, positional: list[Value], receiver: Value | None) -> Value:
        """What a known function hands to the function that it is given."""
        if known.gives == "text":
            return Value("match")
        if receiver is not None and receiver.kind in METHODS and not positional:
            return self._evaluator.element(receiver)
        return self._evaluator.element(positional[-1]) if positional else UNKNOWN

    def _result(
        self, known: Known, positional: list[Value], results: list[Outcome], receiver: Value | None
    ) -> Value:
        evaluator = self._evaluator
        first = positional[0] if positional else NOTHING
        gives, of = known.gives, known.of
        if gives == "sum":
            # A list of lists, put one behind the other, begins with an empty one.
            return join([evaluator.element(first), *positional[1:]])
        if gives == "element":
            return join(positional) if len(positional) > 1 else evaluator.element(first)
        if gives == "argument":
            return first.made() if known.new and first.kind != "unknown" else first
        if gives == "shallow" or (
            gives == "receiver" and known.new and receiver is not None and receiver.kind == "data"
        ):
            return container("dict", DATA, DATA, fresh=True)
        if gives == "receiver" and receiver is not None:
            return receiver.made() if known.new else receiver
        if receiver is not None:
            inside = evaluator.element(receiver, values=True)
            if gives == "inside":
                return inside
            if gives == "got":
                return join([inside, *positional[1:]])
            if gives == "items":
                if receiver.kind == "data":
                    return container("view", sequence([TEXT, DATA]))
                return container("view", sequence([receiver.key or UNKNOWN, inside]))
            if gives == "keys":
                return container("view", TEXT if receiver.kind == "data" else receiver.key or UNKNOWN)
            if gives == "values":
                return container("view", inside)
            if gives == "target_items":
                return container("view", sequence([TEXT, Value("targets")]))
        if gives in {"text", "number", "none", "data"}:
            return {"text": TEXT, "number": NUMBER, "none": NONE}.get(gives) or Value("data", fresh=known.new)
        if gives in {"list", "tuple", "set", "dict", "view", "iterator", "defaultdict"}:
            return self._container(gives, of, known, positional, results)
        return UNKNOWN if gives == "unknown" else Value(gives, fresh=known.new)

    def _container(
        self, gives: str, of: str, known: Known, positional: list[Value], results: list[Outcome]
    ) -> Value:
        evaluator = self._evaluator
        first = positional[0] if positional else NOTHING
        inside = evaluator.element(first)
        key = None
        if of == "element":
            element = inside
        elif of == "pairs":
            element, key = self._pairs(first)
        elif of == "numbered":
            element = sequence([NUMBER, inside])
        elif of == "zipped":
            element = sequence([evaluator.element(v) for v in positional])
        elif of == "second":
            element = evaluator.element(positional[1]) if len(positional) > 1 else UNKNOWN
        elif of == "called":
            element = results[0].value if results else UNKNOWN
        elif of == "lines":
            element = container("list", TEXT, fresh=True)
        elif of == "records":
            element = container("dict", TEXT, TEXT, fresh=True)
        elif of == "nested":
            element = join(evaluator.element(v) for v in positional)
        elif of == "data":
            element = DATA
        else:
            element = Value(of) if of else UNKNOWN
        return container(gives, element, key, fresh=known.new)

    def _pairs(self, first: Value) -> tuple[Value, Value]:
        if first.kind == "nothing":
            return NOTHING, NOTHING
        if first.kind in {"dict", "defaultdict"}:
            return first.inside, first.key or UNKNOWN
        if first.kind == "data":
            return DATA, DATA
        pair = self._evaluator.element(first)
        if len(pair.parts) == 2:
            return pair.parts[1], pair.parts[0]
        return UNKNOWN, UNKNOWN

    def entered(self, node: ast.AST | None, frame: Frame) -> Value:
        """What a `with` binds, of a context manager that is no file."""
        last = (dotted_name(node.func) or "").rpartition(".")[2] if isinstance(node, ast.Call) else ""
        if last == "TemporaryDirectory":
            return TEXT
        return PATH if last == "as_file" else UNKNOWN

    def manager(self, node: ast.expr, frame: Frame) -> Outcome:
        """Entering and leaving a context manager."""
        given = self._evaluator.evaluate(node, frame)
        if given.value.kind in {"handle", "buffer"}:
            return given
        last = (dotted_name(node.func) or "").rpartition(".")[2] if isinstance(node, ast.Call) else ""
        if last in _MANAGERS or last in {"TemporaryDirectory", "as_file"}:
            return SAME
        return worst(given, Outcome(Verdict.UNKNOWN, UNKNOWN, node, "is entered, and out of sight"))


def _run_over(known: Known, named: Mapping[str, Value]) -> list[Value]:
    """What a call runs over where it is given by its name: `enumerate(iterable=x)`, or may be, `tqdm(**options)`."""
    if known.of not in {"element", "numbered"}:
        return []
    by_name = [named[name] for name in _RUN_OVER if name in named]
    return by_name or ([UNKNOWN] if "**" in named else [])


def _named(origin: str) -> Known | None:
    known = FUNCTIONS.get(origin)
    return known or next((k for prefix, k in PREFIXES.items() if origin.startswith(prefix)), None)


def _argument(node: ast.AST, index: int | str) -> ast.AST:
    if isinstance(node, ast.Call):
        if isinstance(index, int) and index < len(node.args):
            return node.args[index]
        return next((k.value for k in node.keywords if k.arg == index), node)
    return node


def _may_exist(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and any(
        k.arg == "exist_ok" and isinstance(k.value, ast.Constant) and k.value.value is True
        for k in node.keywords
    )


def _required(function: Function) -> int:
    return len(function.args.posonlyargs) + len(function.args.args) - len(function.args.defaults)


def _unbound(node: ast.AST, frame: Frame, evaluator: Interpreter) -> bool:
    """Whether a method is called through its class: `Report.render(report)`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    return evaluator.value(node.func.value, frame).kind == "class"


def _only_raises_not_implemented(function: Function) -> bool:
    work = [s for s in function.body if not (isinstance(s, ast.Expr) and isinstance(s.value, ast.Constant))]
    if len(work) != 1 or not isinstance(work[0], ast.Raise) or work[0].exc is None:
        return False
    raised = work[0].exc.func if isinstance(work[0].exc, ast.Call) else work[0].exc
    return (dotted_name(raised) or "") == "NotImplementedError"


def _is_builtin_error(name: str) -> bool:
    found = getattr(builtins, name, None)
    return isinstance(found, type) and issubclass(found, BaseException)


def _opened(node: ast.Call, position: int, function: Function | ast.Lambda) -> Outcome:
    """A file that is opened anew: read from its start, or written as a whole, it is the same twice."""
    handle = Value("handle", fresh=True)
    mode = next((k.value for k in node.keywords if k.arg == "mode"), None)
    if mode is None and len(node.args) > position:
        mode = node.args[position]
    if mode is None:
        return SAME.giving(handle)
    if isinstance(mode, ast.Name):
        mode = _default_of(mode.id, function)
    if not isinstance(mode, ast.Constant):
        return Outcome(Verdict.UNKNOWN, handle, node, "is opened in a mode that is not a literal")
    if set(str(mode.value)) & set("ax+"):
        return Outcome(Verdict.EFFECT, handle, node, "keeps what the file has")
    return SAME.giving(handle)


def _default_of(name: str, function: Function | ast.Lambda) -> ast.expr | None:
    arguments = function.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args)]
    defaults = dict(zip(names[len(names) - len(arguments.defaults) :], arguments.defaults, strict=True))
    defaults.update({a.arg: d for a, d in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True) if d})
    return defaults.get(name)
