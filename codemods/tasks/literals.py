"""What the sources say of a file's name: its text, or enough of its end for a content type."""

from __future__ import annotations

import ast

from codemods.python.scopes import Scope, module_scope
from codemods.tasks.context import TaskContext
from codemods.tasks.places import Location


def home_of(location: Location, scope: Scope) -> Scope:
    """Where the names of a location's file name live: here, or at module level where `output()` is inherited from."""
    if location.module is None or location.module is scope.module:
        return scope
    return module_scope(location.module)


def _definition(node: ast.Name, scope: Scope, context: TaskContext) -> tuple[ast.expr, Scope] | None:
    """The only expression that a name stands for, and where that is to be read."""
    values = scope.values_of(node.id)
    if values is None:
        resolved = context.sources.names.resolve(node, scope.module)
        if resolved is not None and isinstance(resolved.node, ast.expr):
            return resolved.node, module_scope(resolved.module)
        return None
    return (values[0], scope) if len(values) == 1 and isinstance(values[0], ast.expr) else None


def literal_text(node: ast.expr | None, scope: Scope, context: TaskContext) -> str | None:
    """The text of a file name expression where the sources give it: literals, constants and enum members."""
    if node is None:
        return None
    if isinstance(node, ast.Constant):
        return str(node.value)
    if isinstance(node, ast.Attribute):
        member = node.value if node.attr == "value" else node
        enum_value = context.sources.classes.enum_value(member, scope.module)
        return enum_value if enum_value is not None else _class_constant(node, scope, context)
    if isinstance(node, ast.Name):
        found = _definition(node, scope, context)
        return literal_text(*found, context) if found is not None else None
    return None


def _class_constant(node: ast.Attribute, scope: Scope, context: TaskContext) -> str | None:
    """The text of `SomeClass.NAME` or `self.name` where a class body says `name = "text"`."""
    classes = context.sources.classes
    is_self = isinstance(node.value, ast.Name) and node.value.id == context.scope.self_name
    ref = context.owner if is_self else classes.resolve(node.value, scope.module)
    for item in classes.line(ref) if ref is not None else ():
        for statement in item.node.body:
            if isinstance(statement, ast.Assign) and any(
                isinstance(t, ast.Name) and t.id == node.attr for t in statement.targets
            ):
                return literal_text(statement.value, module_scope(item.module), context)
    return None


def literal_tail(node: ast.expr | None, scope: Scope, context: TaskContext) -> str:
    """What is known of the end of a file name: enough for its content type."""
    if isinstance(node, ast.Name):
        found = _definition(node, scope, context)
        return literal_tail(*found, context) if found is not None else ""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        return literal_text(node.func.value, scope, context) or literal_tail(node.func.value, scope, context)
    if isinstance(node, ast.JoinedStr) and node.values:
        last = node.values[-1]
        return literal_tail(last.value if isinstance(last, ast.FormattedValue) else last, scope, context)
    if isinstance(node, ast.BinOp):
        # What is filled in stands in the text on the left.
        return literal_tail(node.left if isinstance(node.op, ast.Mod) else node.right, scope, context)
    return literal_text(node, scope, context) or ""


def ending_of(location: Location, scope: Scope, context: TaskContext) -> str:
    """The ending of a file's name with its dot, of each where it is one after the other; empty where one has none."""
    if location.covers:
        targets = context.locations.outputs.targets
        endings = [ending_of(targets[key], scope, context) for key in sorted(location.covers)]
        return endings[0] if all(endings) else ""
    home = home_of(location, scope)
    name = literal_text(location.filename, home, context) or literal_tail(location.filename, home, context)
    return name[name.rindex(".") :] if "." in name.rpartition("/")[2] else ""
