"""Whether an expression gives the same value and no lasting effect when it is evaluated once more.

Inserting only means that a content expression runs twice: once for the row, once in the original write.
The answer is conservative: what cannot be shown is not repeatable.
"""

from __future__ import annotations

import ast

from codemods.analysis.scopes import ClassInference, Scope, Sources, own_nodes
from codemods.resolution.classes import ClassRef, Function
from codemods.resolution.names import dotted_name

_MAX_DEPTH = 14

_BUILTINS = frozenset(
    "abs all any bool bytes chr dict divmod enumerate float format frozenset getattr hasattr int isinstance issubclass "
    "len list map filter max min ord range repr reversed round set sorted str sum tuple type vars zip".split()
)
_FUNCTIONS = frozenset(
    "json.dumps json.loads dataclasses.asdict dataclasses.astuple dataclasses.replace copy.copy copy.deepcopy "
    "os.path.join os.path.basename os.path.dirname os.path.splitext os.fspath pathlib.Path html.escape textwrap.dedent "
    "textwrap.indent textwrap.fill re.sub re.match re.search re.findall re.compile re.split re.escape pprint.pformat "
    "collections.Counter collections.defaultdict collections.OrderedDict itertools.chain itertools.groupby io.StringIO "
    "datetime.datetime.fromisoformat datetime.date.fromisoformat datetime.timedelta datetime.date datetime.datetime "
    "datetime.datetime.strptime datetime.datetime.combine math.ceil math.floor math.sqrt operator.itemgetter "
    "operator.attrgetter urllib.parse.quote base64.b64encode decimal.Decimal fractions.Fraction".split()
)
_METHODS = frozenset(
    "format join strip lstrip rstrip replace split rsplit splitlines lower upper title capitalize casefold zfill ljust "
    "rjust center encode decode startswith endswith find rfind index count partition rpartition removeprefix "
    "removesuffix isdigit isalpha isspace isupper islower get items keys values copy model_dump model_dump_json "
    "isoformat strftime date time total_seconds getvalue as_posix with_suffix with_name union intersection difference "
    "group groups most_common hex expandtabs translate to_bytes astimezone".split()
)
_MUTATORS = frozenset(
    "append extend insert add update setdefault sort reverse pop popitem remove discard clear write writelines "
    "writerow writerows appendleft".split()
)
_LOGGING = frozenset("debug info warning error exception critical log".split())
_ITERATOR_MAKERS = frozenset({"iter", "map", "filter", "zip", "enumerate", "reversed", "open"})


def is_logging_call(node: ast.AST) -> bool:
    """Whether a node is `logger.info(...)` and the like, or `print(...)`."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id == "print"
    if isinstance(node.func, ast.Attribute) and node.func.attr in _LOGGING:
        base = (dotted_name(node.func.value) or "").lower()
        return "log" in base.rpartition(".")[2]
    return False


class Repeatability:
    """Decides for expressions and, through their sources, for the functions that they call."""

    def __init__(self, sources: Sources, inference: ClassInference) -> None:
        self._sources = sources
        self._inference = inference
        self._functions: dict[tuple[int, int], bool] = {}

    def expression(self, node: ast.AST | None, scope: Scope, depth: int = 0) -> bool:
        """Whether evaluating the expression again, right after, gives the same value without an effect."""
        if node is None or isinstance(node, ast.Constant | ast.Lambda | ast.operator | ast.unaryop | ast.cmpop):
            return True
        if depth > _MAX_DEPTH:
            return False
        if isinstance(node, ast.Name):
            return not self._is_iterator(node.id, scope)
        if isinstance(node, ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            return False
        if isinstance(node, ast.Attribute):
            return self.expression(node.value, scope, depth + 1) and self._attribute(node, scope, depth)
        if isinstance(node, ast.Call):
            return self._call(node, scope, depth)
        return all(self.expression(child, scope, depth + 1) for child in ast.iter_child_nodes(node))

    def _is_iterator(self, name: str, scope: Scope) -> bool:
        for value in scope.values_of(name) or ():
            if isinstance(value, ast.GeneratorExp):
                return True
            if (
                isinstance(value, ast.Call)
                and isinstance(value.func, ast.Name)
                and value.func.id in _ITERATOR_MAKERS
                and not scope.is_local(value.func.id)
            ):
                return True
            if isinstance(value, ast.withitem):
                return True
        return False

    def _attribute(self, node: ast.Attribute, scope: Scope, depth: int) -> bool:
        owner = self._inference.of(node.value, scope)
        if owner is None:
            return True
        member = self._sources.classes.member(owner, node.attr)
        if member is None or member.method is None or not member.has_decorator("property"):
            return True
        return self.function(member.method, Scope(member.owner.module, owner, member.method), depth + 1)

    def _call(self, call: ast.Call, scope: Scope, depth: int) -> bool:
        arguments = [*call.args, *(k.value for k in call.keywords)]
        if not all(self.expression(a, scope, depth + 1) for a in arguments):
            return False
        function = call.func
        if isinstance(function, ast.Name):
            return self._call_of_name(function, scope, depth)
        if not isinstance(function, ast.Attribute):
            return False
        origin = None
        root = dotted_name(function)
        if root is not None and not scope.is_local(root.partition(".")[0]):
            origin = self._sources.names.origin(function, scope.module)
            if origin in _FUNCTIONS:
                return True
            resolved = self._sources.names.resolve(function, scope.module)
            if resolved is not None and resolved.function_def is not None:
                return self.function(resolved.function_def, Scope(resolved.module, None, resolved.function_def), depth)
            if resolved is not None and resolved.class_def is not None:
                return self._construction(ClassRef(resolved.module, resolved.class_def), depth)
            holder = self._sources.classes.resolve(function.value, scope.module)
            if holder is not None:
                return self._method(holder, function.attr, depth)
        if not self.expression(function.value, scope, depth + 1):
            return False
        owner = self._inference.of(function.value, scope)
        if owner is not None and self._sources.classes.method(owner, function.attr) is not None:
            return self._method(owner, function.attr, depth)
        return origin is None and function.attr in _METHODS

    def _call_of_name(self, function: ast.Name, scope: Scope, depth: int) -> bool:
        nested = scope.nested_function(function.id)
        if nested is not None:
            return self.function(nested, Scope(scope.module, scope.owner, nested, scope), depth + 1)
        if scope.is_local(function.id):
            first = parameters_of_classmethod(scope)
            return function.id == first and scope.owner is not None and self._construction(scope.owner, depth)
        if self._sources.names.origin(function, scope.module) in _FUNCTIONS:
            return True
        if function.id not in scope.module.bindings:
            return function.id in _BUILTINS
        resolved = self._sources.names.resolve(function, scope.module)
        if resolved is None:
            return False
        if resolved.class_def is not None:
            return self._construction(ClassRef(resolved.module, resolved.class_def), depth)
        if resolved.function_def is not None:
            return self.function(resolved.function_def, Scope(resolved.module, None, resolved.function_def), depth + 1)
        return False

    def _construction(self, ref: ClassRef, depth: int) -> bool:
        init = self._sources.classes.method(ref, "__init__")
        if init is None or init.method is None:
            return self._sources.classes.is_dataclass(ref) or self._sources.classes.is_complete(ref)
        return self.function(init.method, Scope(init.owner.module, ref, init.method), depth + 1, fresh_self=True)

    def _method(self, owner: ClassRef, name: str, depth: int) -> bool:
        member = self._sources.classes.method(owner, name)
        if member is None or member.method is None:
            return name in _METHODS and self._sources.classes.is_pydantic(owner)
        return self.function(member.method, Scope(member.owner.module, owner, member.method), depth + 1)

    def function(self, function: Function, scope: Scope, depth: int, *, fresh_self: bool = False) -> bool:
        """Whether calling the function twice in a row gives the same result without a lasting effect."""
        key = (id(function), id(scope.owner.node) if scope.owner else 0)
        if key not in self._functions:
            self._functions[key] = True  # assumed while its own body is read: recursion alone breaks nothing
            generator = any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(function))
            self._functions[key] = (
                isinstance(function, ast.FunctionDef)
                and not generator
                and depth <= _MAX_DEPTH
                and all(self._statement(s, scope, depth, fresh_self) for s in function.body)
            )
        return self._functions[key]

    def _statement(self, node: ast.stmt, scope: Scope, depth: int, fresh_self: bool) -> bool:
        if isinstance(node, ast.Pass | ast.Break | ast.Continue | ast.Import | ast.ImportFrom | Function):
            return True
        if isinstance(node, ast.Return):
            return self.expression(node.value, scope, depth + 1)
        if isinstance(node, ast.Raise | ast.Assert):
            return True
        if isinstance(node, ast.Expr):
            return self._effect(node.value, scope, depth, fresh_self)
        if isinstance(node, ast.Assign):
            return all(self._target(t, scope, fresh_self) for t in node.targets) and self.expression(
                node.value, scope, depth + 1
            )
        if isinstance(node, ast.AnnAssign | ast.AugAssign):
            return self._target(node.target, scope, fresh_self) and self.expression(node.value, scope, depth + 1)
        if isinstance(node, ast.If | ast.While):
            return self.expression(node.test, scope, depth + 1) and self._suites(node, scope, depth, fresh_self)
        if isinstance(node, ast.For):
            return self.expression(node.iter, scope, depth + 1) and self._suites(node, scope, depth, fresh_self)
        if isinstance(node, ast.Try):
            return self._suites(node, scope, depth, fresh_self)
        return False

    def _suites(self, node: ast.stmt, scope: Scope, depth: int, fresh_self: bool) -> bool:
        suites = [getattr(node, name, []) for name in ("body", "orelse", "finalbody")]
        suites.extend(handler.body for handler in getattr(node, "handlers", []))
        return all(self._statement(s, scope, depth, fresh_self) for suite in suites for s in suite)

    def _target(self, target: ast.expr, scope: Scope, fresh_self: bool) -> bool:
        if isinstance(target, ast.Name):
            return target.id in scope.bindings
        if isinstance(target, ast.Tuple | ast.List):
            return all(self._target(t, scope, fresh_self) for t in target.elts)
        root: ast.expr = target
        while isinstance(root, ast.Attribute | ast.Subscript | ast.Starred):
            root = root.value
        return isinstance(root, ast.Name) and self._is_fresh(root.id, scope, fresh_self)

    def _is_fresh(self, name: str, scope: Scope, fresh_self: bool) -> bool:
        if name == scope.self_name:
            return fresh_self
        values = scope.bindings.get(name)
        return bool(values) and all(
            isinstance(v, ast.Call | ast.Dict | ast.List | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp | ast.Constant)
            or (isinstance(v, ast.AnnAssign) and not isinstance(v.value, ast.Name | ast.Attribute | ast.Subscript))
            for v in values
        )

    def _effect(self, node: ast.expr, scope: Scope, depth: int, fresh_self: bool) -> bool:
        if isinstance(node, ast.Constant) or is_logging_call(node):
            return True
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _MUTATORS
            and self._inference.of(node.func.value, scope) is None
        ):
            root: ast.expr = node.func.value
            while isinstance(root, ast.Attribute | ast.Subscript):
                root = root.value
            arguments = [*node.args, *(k.value for k in node.keywords)]
            return (
                isinstance(root, ast.Name)
                and self._is_fresh(root.id, scope, fresh_self)
                and all(self.expression(a, scope, depth + 1) for a in arguments)
            )
        return self.expression(node, scope, depth + 1)


def parameters_of_classmethod(scope: Scope) -> str | None:
    """The name of the class parameter where the scope is a class method, None elsewhere."""
    function = scope.function
    if not isinstance(function, ast.FunctionDef) or not function.args.args:
        return None
    decorated = any(isinstance(d, ast.Name) and d.id == "classmethod" for d in function.decorator_list)
    return function.args.args[0].arg if decorated else None
