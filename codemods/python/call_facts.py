"""What one call, name or function is by its looks: a log call, an open file, a new value."""

from __future__ import annotations

import ast
import re

from codemods.knowledge.call_names import LOGGING, NEW_FROM_BUILTINS, NEW_FROM_METHODS
from codemods.python.classes import Function
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, own_nodes

_WORD = re.compile(r"[A-Z]*[a-z0-9]*")
_TERMINAL = frozenset({"sys.stderr", "sys.stdout", "stderr", "stdout"})


def is_logging_call(node: ast.AST) -> bool:
    """Whether a node is `logger.info(...)` and the like, or a `print(...)` to the terminal."""
    if not isinstance(node, ast.Call):
        return False
    if isinstance(node.func, ast.Name):
        return node.func.id == "print" and all(
            dotted_name(k.value) in _TERMINAL for k in node.keywords if k.arg in {"file", None}
        )
    if isinstance(node.func, ast.Attribute) and node.func.attr in LOGGING:
        base = (dotted_name(node.func.value) or "").lower()
        return "log" in base.rpartition(".")[2]
    return False


def called_name(call: ast.Call) -> str:
    """The last name of what a call calls: `write_text` for `path.write_text()`; empty where it has none."""
    function = call.func
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def place(call: ast.Call, scope: Scope) -> tuple[object, ...]:
    """Where a call stands, which copies of it keep."""
    names = ("lineno", "col_offset", "end_lineno", "end_col_offset")
    return (scope.module.path, *(getattr(call, name, None) for name in names))


def is_super(node: ast.expr) -> bool:
    """Whether an expression is `super()`."""
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"


def takes_first(call: ast.Call) -> bool:
    """Whether a call is `next((... for ...), default)`: a new generator each time."""
    return (
        isinstance(call.func, ast.Name)
        and call.func.id == "next"
        and bool(call.args)
        and isinstance(call.args[0], ast.GeneratorExp)
    )


def root_name(node: ast.expr) -> str | None:
    """The variable that an attribute or an element is taken from, None where there is none."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def first_word(call: ast.Call) -> str:
    """The first word of the name of what is called, in lower case: `checkpoint` does not check.

    Words are parted by underscores and capitals.
    """
    found = _WORD.match(called_name(call).lstrip("_"))
    return found.group().lower() if found is not None else ""


def opens_file(node: ast.expr) -> bool:
    """Whether an expression is `open(...)` or `x.open(...)`."""
    return isinstance(node, ast.Call) and (
        (isinstance(node.func, ast.Name) and node.func.id == "open")
        or (isinstance(node.func, ast.Attribute) and node.func.attr == "open")
    )


def is_open_file(name: str, scope: Scope) -> bool:
    """Whether a name is nothing but the handle of a file."""
    values = scope.values_of(name) or []
    return bool(values) and all(isinstance(v, ast.withitem) and opens_file(v.context_expr) for v in values)


def is_generator(function: Function) -> bool:
    """Whether calling a function gives a generator."""
    return any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(function))


def is_new_value(value: ast.AST | None, scope: Scope) -> bool:
    """Whether an expression makes a new object, so that changing it changes nothing else."""
    if isinstance(
        value,
        ast.Dict
        | ast.List
        | ast.Set
        | ast.ListComp
        | ast.DictComp
        | ast.SetComp
        | ast.Constant
        | ast.JoinedStr
        | ast.BinOp,
    ):
        return True
    if not isinstance(value, ast.Call):
        return False
    if isinstance(value.func, ast.Name):
        name = value.func.id
        return name in NEW_FROM_BUILTINS or (not scope.is_local(name) and name[:1].isupper())
    return isinstance(value.func, ast.Attribute) and (
        value.func.attr in NEW_FROM_METHODS or value.func.attr[:1].isupper()
    )


def class_parameter(scope: Scope) -> str | None:
    """The name of the class parameter where the scope is a class method, None elsewhere."""
    function = scope.function
    if not isinstance(function, ast.FunctionDef) or not function.args.args:
        return None
    decorated = any(isinstance(d, ast.Name) and d.id == "classmethod" for d in function.decorator_list)
    return function.args.args[0].arg if decorated else None
