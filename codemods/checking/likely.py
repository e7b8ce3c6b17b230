"""Which statements are worth a closer look: a quick sieve that lets through too much, never too little."""

from __future__ import annotations

import ast

from codemods.analysis.context import TaskContext
from codemods.analysis.opening import open_mode, opened_path
from codemods.analysis.repeatable import is_logging_call
from codemods.analysis.statements import Site
from codemods.checking.index import Index
from codemods.resolution.classes import Function

_MAKERS = ("create_llm_executor", "as_", "with_", "bind")
_NO_WRITERS = frozenset(
    {
        *("read", "load", "loads", "dumps", "encode", "decode", "join", "format", "strip", "append", "extend", "get"),
        *("items", "keys", "values", "close", "now", "utcnow", "perf_counter", "time", "len", "str", "type", "range"),
        *("enumerate", "getattr", "isinstance", "sorted", "input", "output", "getLogger", "to_dict", "print", "copy"),
        *("get_plan_id", "get_database_service", "get_last_attempt", "create_llm_executor", "readline", "splitlines"),
        *("perf_counter_ns", "monotonic", "repr", "locals", "hasattr", "zip", "list", "dict", "set", "tuple"),
    }
)


def possible_calls(context: TaskContext, index: Index) -> tuple[Site, ...]:
    """The statements that can make an LLM call: they mention a model, a nested function or a helper method."""
    models = _possible_models(context, index)
    return tuple(
        site
        for site in context.sites
        if any(_mentions_model(node, models, context) for node in index.header(site.statement))
        and index.calls(site.statement)
    )


def _possible_models(context: TaskContext, index: Index) -> set[str]:
    """The names that can hold a model, something made with one, or a function that uses one."""
    found = set(context.settings.llm_arguments)
    found |= {site.statement.name for site in context.sites if isinstance(site.statement, Function)}
    while True:
        before = len(found)
        for site in context.sites:
            names = index.bound(site.statement)
            if names - found and any(
                _mentions_model(node, found, context) for node in index.header(site.statement)
            ):
                found |= names
        if len(found) == before:
            return found


def _mentions_model(node: ast.AST, models: set[str], context: TaskContext) -> bool:
    if isinstance(node, ast.Name):
        return node.id in models
    if isinstance(node, ast.Attribute):
        if node.attr in context.settings.llm_arguments or node.attr.startswith(_MAKERS):
            return True
        return isinstance(node.value, ast.Name) and node.value.id == context.scope.self_name and _is_helper(node, context)
    return isinstance(node, ast.Lambda)


def _is_helper(node: ast.Attribute, context: TaskContext) -> bool:
    member = context.sources.classes.method(context.owner, node.attr)
    return member is not None and member.owner.name not in context.settings.base_classes


def can_write(call: ast.Call) -> bool:
    """Whether a call could write a file, by the name of what it calls and the mode that it opens with."""
    function = call.func
    name = function.attr if isinstance(function, ast.Attribute) else function.id if isinstance(function, ast.Name) else ""
    if name == "open" and opened_path(call) is not None:
        mode = open_mode(call)
        return mode is not None and not (
            isinstance(mode, ast.Constant) and isinstance(mode.value, str) and not set(mode.value) & set("wax+")
        )
    return name not in _NO_WRITERS and not is_logging_call(call)
