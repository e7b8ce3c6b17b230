"""What is known of the database service that a task gets from `get_database_service()`."""

from __future__ import annotations

import ast

from codemods.python.classes import ClassRef
from codemods.python.modules import ImportedName
from codemods.python.scopes import Sources
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
    """Whether the service that a class opens is known to be this distribution's own."""
    opened = sources.classes.method(owner, "get_database_service")
    if opened is None:
        return Lineage(sources.names, sources.classes).rests_on_plan_task(owner)
    imported = opened.method is not None and any(
        isinstance(node, ast.ImportFrom) and not node.level and node.module == _SERVICE
        for node in opened.method.body
    )
    return imported or imports_runtime(opened.owner)
