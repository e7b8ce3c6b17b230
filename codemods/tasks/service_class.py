"""What is known of the database service that a task gets from `get_database_service()`."""

from __future__ import annotations

import ast

from codemods.knowledge.vendored import SERVICE, vendored_module
from codemods.python.classes import ClassRef, Function, Member
from codemods.python.modules import ImportedName, Module
from codemods.python.scopes import Sources, own_nodes
from codemods.tasks.context import TaskContext
from codemods.tasks.lineage import Lineage

_SERVICE = "pipeline.database.service"


def imports_runtime(owner: ClassRef) -> bool:
    """Whether the module of a class takes the database service from this distribution."""
    return any(
        isinstance(binding, ImportedName) and not binding.level and binding.module == _SERVICE
        for binding in owner.module.bindings.values()
    )


def takes_bytes(context: TaskContext) -> bool:
    """Whether the service is known to store bytes as well as text: this distribution's own does."""
    return is_ours(context)


def is_ours(context: TaskContext) -> bool:
    """Whether the service is known to be this distribution's own."""
    return opens_ours(context.owner, context.sources)


def opens_ours(owner: ClassRef, sources: Sources) -> bool:
    """Whether the service that a class opens is known to be this distribution's own, imported or vendored."""
    opened = sources.classes.method(owner, "get_database_service")
    if opened is None:
        return Lineage(sources.names, sources.classes).rests_on_plan_task(owner)
    return opens_installed(opened) or vendored_import(opened, sources) is not None


def opens_installed(opened: Member) -> bool:
    """Whether a method opens the service of this distribution as it is installed."""
    imported = opened.method is not None and any(
        isinstance(node, ast.ImportFrom) and not node.level and node.module == _SERVICE
        for node in opened.method.body
    )
    return imported or imports_runtime(opened.owner)


def vendored_import(opened: Member, sources: Sources) -> str | None:
    """The module, as it is imported, whose service a method opens, where that is one that `init` has vendored.

    None where the module was changed since, or where the method may give something else: what such a service stores
    is not known.
    """
    if opened.method is None or opened.method.decorator_list:
        return None
    returned = [n for n in own_nodes(opened.method) if isinstance(n, ast.Return)]
    found = {_vendored_by(one.value, opened, sources) for one in returned}
    return found.pop() if len(found) == 1 else None


def _vendored_by(value: ast.expr | None, opened: Member, sources: Sources) -> str | None:
    """The module of a vendored service that an expression makes."""
    if not isinstance(value, ast.Call) or not isinstance(value.func, ast.Name) or opened.method is None:
        return None
    imported = _imported(value.func.id, opened.method, opened.owner.module)
    if imported is None or imported.name != SERVICE:
        return None
    module = sources.names.finder.find(imported, opened.owner.module)
    known = vendored_module(module.source.text) if module is not None else None
    return "." * imported.level + imported.module if known is not None and known.is_intact else None


def _imported(name: str, function: Function, module: Module) -> ImportedName | None:
    """What an import binds a name to, in a function or in its module; None where anything else may bind it."""
    inside = [
        ImportedName(node.module or "", alias.name, node.level)
        for node in own_nodes(function)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if (alias.asname or alias.name) == name
    ]
    bound = [n for n in own_nodes(function) if isinstance(n, ast.Name) and n.id == name]
    if inside or any(not isinstance(n.ctx, ast.Load) for n in bound):
        return inside[0] if len(inside) == 1 else None
    binding = module.bindings.get(name)
    return binding if isinstance(binding, ImportedName) and name not in module.alternatives else None
