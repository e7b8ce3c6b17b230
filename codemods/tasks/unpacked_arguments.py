"""What `call(**parameters)` gives, where the dictionary is written out and nothing changes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.python.modules import Module, ModuleFinder
from codemods.python.scopes import Scope
from codemods.python.trees import by_kind, walk


def keywords_of(call: ast.Call, scope: Scope, finder: ModuleFinder) -> list[ast.keyword] | None:
    """The keywords of a call with the unpacked ones spelled out; None where it cannot be told what they are.

    Only constants are spelled out: they are the same wherever they are read.

    Args:
        call: the call.
        scope: where it stands.
        finder: knows the other modules, which may change a dictionary of this one.
    """
    found: list[ast.keyword] = []
    for keyword in call.keywords:
        if keyword.arg is not None:
            found.append(keyword)
            continue
        items = _items(keyword.value, scope, finder)
        if items is None:
            return None
        found += items
    names = [k.arg for k in found]
    return found if len(set(names)) == len(names) else None


def _items(node: ast.expr, scope: Scope, finder: ModuleFinder) -> list[ast.keyword] | None:
    """The items of a dictionary that is written out, there or behind a name that is only ever unpacked."""
    if isinstance(node, ast.Name):
        value = _only_value(node.id, scope, finder)
        if value is None:
            return None
        node = value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "dict":
        if node.args or scope.is_local("dict") or "dict" in scope.module.bindings:
            return None
        items = list(node.keywords)
    elif isinstance(node, ast.Dict):
        items = [ast.keyword(_text(key), value) for key, value in zip(node.keys, node.values, strict=True)]
    else:
        return None
    return items if all(isinstance(i.arg, str) and _is_constant(i.value) for i in items) else None


def _text(key: ast.expr | None) -> str | None:
    return key.value if isinstance(key, ast.Constant) and isinstance(key.value, str) else None


def _only_value(name: str, scope: Scope, finder: ModuleFinder) -> ast.expr | None:
    """What a name is bound to, once, where every other mention of it unpacks it."""
    values = scope.values_of(name)
    if values is None:
        others = [m for m in finder.given_modules(scope.module, name) if m is not scope.module]
        return None if others else _of_module(name, scope.module)
    holder = scope.holder_of(name)
    if len(values) != 1 or not isinstance(values[0], ast.expr) or not _is_assigned(name, holder.function):
        return None
    return values[0] if _is_only_unpacked(name, walk(holder.function)) else None


def _of_module(name: str, module: Module) -> ast.expr | None:
    bound = [s for s in module.tree.body if isinstance(s, ast.Assign) and _names(s) == [name]]
    stores = [
        n
        for n in by_kind(module.tree).get(ast.Name, ())
        if isinstance(n, ast.Name) and n.id == name and not isinstance(n.ctx, ast.Load)
    ]
    given = [
        a for a in by_kind(module.tree).get(ast.alias, ()) if isinstance(a, ast.alias) and a.asname == name
    ]
    if len(bound) != 1 or len(stores) != 1 or given:
        return None
    return bound[0].value if _is_only_unpacked(name, walk(module.tree)) else None


def _is_assigned(name: str, function: ast.AST) -> bool:
    """Whether the one binding of a name is `name = value`, rather than a loop or a `with`."""
    return any(isinstance(n, ast.Assign) and _names(n) == [name] for n in walk(function))


def _names(statement: ast.Assign) -> list[str]:
    return [t.id for t in statement.targets if isinstance(t, ast.Name)]


def _is_only_unpacked(name: str, nodes: Iterator[ast.AST]) -> bool:
    loads: set[int] = set()
    unpacked: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Name) and node.id == name and not isinstance(node.ctx, ast.Store):
            loads.add(id(node))
        elif isinstance(node, ast.keyword) and node.arg is None:
            unpacked.add(id(node.value))
    return loads <= unpacked


def _is_constant(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True
