"""Which expressions are data that JSON can say whole, where the sources show it.

Over-approximated in what is left out: a value of which anything is not in sight is not data. What other code may have
put into a list or a dictionary that it was given is not followed; an object in there stands as what it holds.
"""

from __future__ import annotations

import ast

from codemods.python.classes import Function
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope
from codemods.python.trees import walk
from codemods.tasks.context import TaskContext
from codemods.tasks.texts import is_text

_READS_JSON = frozenset({"json.load", "json.loads"})
_GIVES_A_NUMBER = frozenset({"len", "int", "bool", "abs"})
_KEEPS_ELEMENTS = frozenset({"list", "sorted"})
_TAKES_OUT = frozenset({"get", "copy", "pop", "setdefault", "split", "splitlines"})
_RUN_OVER = frozenset({"reversed", "enumerate", "zip"})
_RUN_OVER_METHODS = frozenset({"values", "keys", "items"})
_ADDING_METHODS = frozenset({"append", "extend", "insert", "update", "setdefault", "add"})
_PLAIN_CLASSES = frozenset({"str", "int", "float", "bool"})


def is_data(node: ast.AST | None, scope: Scope, context: TaskContext) -> bool:
    """Whether the sources show that JSON can say an expression.

    Such are text, numbers, flags, None, members of enumerations, and lists and dictionaries of them.
    """
    if node is None:
        return False
    return context.data.of((node, scope.key), lambda: _is_data(node, scope, context))


def _is_data(node: ast.AST, scope: Scope, context: TaskContext) -> bool:
    if is_text(node, scope, context):
        return True
    if isinstance(node, ast.Constant):
        return node.value is None or isinstance(node.value, str | int | float | bool)
    if isinstance(node, ast.List | ast.Tuple):
        return all(is_data(element, scope, context) for element in node.elts)
    if isinstance(node, ast.Dict):
        keyed = all(k is None or is_text(k, scope, context) for k in node.keys)
        return keyed and all(is_data(value, scope, context) for value in node.values)
    if isinstance(node, ast.IfExp):
        return all(is_data(part, scope, context) for part in (node.body, node.orelse))
    if isinstance(node, ast.BoolOp):
        return all(is_data(part, scope, context) for part in node.values)
    if isinstance(node, ast.BinOp):
        return is_data(node.left, scope, context) and is_data(node.right, scope, context)
    if isinstance(node, ast.Compare):
        return True
    if isinstance(node, ast.Starred | ast.NamedExpr | ast.Subscript):
        return is_data(node.value, scope, context)
    if isinstance(node, ast.AnnAssign):
        return _names_plain(node.annotation) or is_data(node.value, scope, context)
    if isinstance(node, ast.arg):
        return node.annotation is not None and _names_plain(node.annotation)
    if isinstance(node, ast.For | ast.comprehension):
        return _has_data_in_it(node.iter, scope, context)
    if isinstance(node, ast.ListComp):
        return is_data(node.elt, scope, context)
    if isinstance(node, ast.Name):
        return _is_data_name(node, scope, context)
    if isinstance(node, ast.Attribute):
        return _is_enum_member(node, scope, context) or _is_plain_attribute(node, scope, context)
    return isinstance(node, ast.Call) and _gives_data(node, scope, context)


def _names_plain(annotation: ast.expr) -> bool:
    return isinstance(annotation, ast.Name) and annotation.id in _PLAIN_CLASSES


def _is_data_name(node: ast.Name, scope: Scope, context: TaskContext) -> bool:
    name = node.id
    values = _earlier(node, scope)
    if not values or not all(is_data(v, scope, context) for v in values if not isinstance(v, ast.AugAssign)):
        return False
    if any(isinstance(v, ast.AugAssign) and not is_data(v.value, scope, context) for v in values):
        return False
    holder = scope.holder_of(name).function
    return all(is_data(added, scope, context) for added in _added_to(name, holder))


def _earlier(node: ast.Name, scope: Scope) -> list[ast.AST] | None:
    """What binds a name, without what comes after the place where it is read and cannot come back there."""
    values = scope.values_of(node.id)
    line = getattr(node, "lineno", None)
    if values is None or line is None or node.id not in scope.bindings:
        return values
    if any(
        isinstance(n, ast.For | ast.AsyncFor | ast.While) and n.lineno <= line <= (n.end_lineno or line)
        for n in walk(scope.function)
    ):
        return values
    return [v for v in values if getattr(v, "lineno", line) <= line]


def _added_to(name: str, function: Function | ast.Lambda) -> list[ast.expr]:
    """What the function itself puts into a list or dictionary, by a method or an item, at any depth of it."""
    added: list[ast.expr] = []
    for node in walk(function):
        if isinstance(node, ast.Assign):
            added += [node.value for target in node.targets if _is_item_of(target, name)]
        elif isinstance(node, ast.AugAssign) and _is_item_of(node.target, name):
            added.append(node.value)
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in _ADDING_METHODS
            and _root(node.func.value) == name
        ):
            added += [*node.args, *(k.value for k in node.keywords)]
    return added


def _is_item_of(target: ast.expr, name: str) -> bool:
    return isinstance(target, ast.Subscript) and _root(target) == name


def _root(node: ast.expr) -> str | None:
    """The name that an expression takes something out of: `a` of `a["x"].get("y")`."""
    while True:
        if isinstance(node, ast.Subscript | ast.Attribute | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        else:
            return node.id if isinstance(node, ast.Name) else None


def _is_enum_member(node: ast.Attribute, scope: Scope, context: TaskContext) -> bool:
    """`Purpose.BUSINESS`, or a parameter of the task that is one of an enumeration."""
    classes = context.sources.classes
    holder = dotted_name(node.value)
    if holder is not None and not scope.is_local(holder.partition(".")[0]):
        ref = classes.resolve(node.value, scope.module)
        return ref is not None and classes.is_enum(ref) and classes.member(ref, node.attr) is not None
    if holder != scope.self_name or scope.owner is None:
        return False
    for item in classes.line(scope.owner):
        for statement in item.node.body:
            if isinstance(statement, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == node.attr for t in statement.targets
            ):
                called = statement.value.func if isinstance(statement.value, ast.Call) else None
                return called is not None and (dotted_name(called) or "").endswith("EnumParameter")
    return False


def _has_data_in_it(node: ast.expr, scope: Scope, context: TaskContext) -> bool:
    """Whether what a loop over an expression gives is data; `enumerate(x)` and `x.items()` themselves are none."""
    if isinstance(node, ast.Call):
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in _RUN_OVER_METHODS:
            return is_data(function.value, scope, context)
        if _is_builtin(function, _RUN_OVER, scope):
            return bool(node.args) and all(_has_data_in_it(a, scope, context) for a in node.args)
        if _is_builtin(function, frozenset({"range"}), scope):
            return True
    return is_data(node, scope, context)


def _is_builtin(function: ast.expr, names: frozenset[str], scope: Scope) -> bool:
    return (
        isinstance(function, ast.Name)
        and function.id in names
        and not scope.is_local(function.id)
        and function.id not in scope.module.bindings
    )


def _is_plain_attribute(node: ast.Attribute, scope: Scope, context: TaskContext) -> bool:
    """Whether the class of what holds an attribute declares it as a text, a number or a flag."""
    ref = context.inference.of(node.value, scope)
    return ref is not None and any(
        isinstance(statement, ast.AnnAssign)
        and isinstance(statement.target, ast.Name)
        and statement.target.id == node.attr
        and _names_plain(statement.annotation)
        for item in context.sources.classes.line(ref)
        for statement in item.node.body
    )


def _gives_data(call: ast.Call, scope: Scope, context: TaskContext) -> bool:
    function = call.func
    dotted = dotted_name(function)
    is_global = dotted is not None and not scope.is_local(dotted.partition(".")[0])
    if is_global and context.sources.names.origin(function, scope.module) in _READS_JSON:
        # What hooks make of it can be anything.
        return all(k.arg in {"fp", "s"} for k in call.keywords)
    if _is_builtin(function, _GIVES_A_NUMBER, scope):
        return True
    if _is_builtin(function, _KEEPS_ELEMENTS, scope):
        return bool(call.args) and all(_has_data_in_it(a, scope, context) for a in call.args)
    if isinstance(function, ast.Attribute) and function.attr in _TAKES_OUT:
        return is_data(function.value, scope, context) and all(is_data(a, scope, context) for a in call.args)
    return False
