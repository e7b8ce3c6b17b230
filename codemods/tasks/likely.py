"""Which statements are worth a closer look: a quick sieve that lets through too much, never too little."""

from __future__ import annotations

import ast
from collections.abc import Callable

from codemods.python.call_facts import called_name, is_logging_call
from codemods.python.classes import Function
from codemods.python.index import Index
from codemods.python.opening import open_mode, opened_path
from codemods.python.statements import Site
from codemods.tasks.context import TaskContext

_MAKERS = ("create_llm_executor", "as_", "with_", "bind")
_NO_WRITERS = frozenset(
    {
        *(
            "read",
            "load",
            "loads",
            "dumps",
            "encode",
            "decode",
            "join",
            "format",
            "strip",
            "append",
            "extend",
            "get",
        ),
        *(
            "items",
            "keys",
            "values",
            "close",
            "now",
            "utcnow",
            "perf_counter",
            "time",
            "len",
            "str",
            "type",
            "range",
        ),
        *(
            "enumerate",
            "getattr",
            "isinstance",
            "sorted",
            "input",
            "output",
            "getLogger",
            "to_dict",
            "print",
            "copy",
        ),
        *(
            "get_plan_id",
            "get_database_service",
            "get_last_attempt",
            "create_llm_executor",
            "readline",
            "splitlines",
        ),
        *("perf_counter_ns", "monotonic", "repr", "locals", "hasattr", "zip", "list", "dict", "set", "tuple"),
    }
)

_TEXT_WRITERS = frozenset({"write_text", "write_bytes", "touch"})
_PATH_ATTRIBUTES = frozenset({"joinpath", "LocalTarget", "Path", "path"})
_NO_PATHS = frozenset(
    {
        "input",
        "get_plan_id",
        "get_database_service",
        "create_llm_executor",
        "llm_models",
        "clone",
        "speedvsdetail",
    }
)


def possible_calls(context: TaskContext, index: Index) -> tuple[Site, ...]:
    """The statements that can make an LLM call: they mention a model, a nested function or a helper method."""
    helpers = _helpers(context)
    models = set(context.settings.llm_arguments)
    models |= {site.statement.name for site in context.sites if isinstance(site.statement, Function)}
    models = _with_aliases(models, context, index, lambda s, found: _mentions(s, found, helpers, index))
    return tuple(
        site
        for site in context.sites
        if index.calls(site.statement) and _mentions(site.statement, models, helpers, index)
    )


def _helpers(context: TaskContext) -> frozenset[str]:
    """Attributes that can give a model or make a call: those of the configuration and the class's own methods."""
    own = {
        statement.name
        for ref in context.sources.classes.line(context.owner)
        if ref.name not in context.settings.base_classes
        for statement in ref.node.body
        if isinstance(statement, Function)
    }
    return frozenset(own - {"input", "output", "requires"} | set(context.settings.llm_arguments))


def _mentions(statement: ast.stmt, models: set[str], helpers: frozenset[str], index: Index) -> bool:
    if not index.read(statement).isdisjoint(models):
        return True
    attributes = index.attributes(statement)
    if not attributes.isdisjoint(helpers) or any(name.startswith(_MAKERS) for name in attributes):
        return True
    return any(node.__class__ is ast.Lambda for node in index.header(statement))


def possible_writes(context: TaskContext, index: Index) -> tuple[Site, ...]:
    """The statements that can write a file: they open one, or mention a path and call what could write to it."""
    located = _possible_paths(context, index)
    found = []
    for site in context.sites:
        statement = site.statement
        calls = index.calls(statement)
        if not index.attributes(statement).isdisjoint(_TEXT_WRITERS) or any(
            isinstance(n, ast.Lambda) or (isinstance(n, ast.Constant) and n.value in _TEXT_WRITERS)
            for n in index.header(statement)
        ):
            # Also where it is named without being called: in a lambda, for `partial` or `getattr`.
            found.append(site)
        elif any(_opens_to_write(call) for call in calls) or (
            any(_can_write(call) for call in calls) and _mentions_path(statement, located, context, index)
        ):
            found.append(site)
    return tuple(found)


def _possible_paths(context: TaskContext, index: Index) -> set[str]:
    """The names that can hold a path or a target."""
    return _with_aliases(set(), context, index, lambda s, found: _mentions_path(s, found, context, index))


def _with_aliases(
    names: set[str], context: TaskContext, index: Index, mentions: Callable[[ast.stmt, set[str]], bool]
) -> set[str]:
    """The names, and those bound by a statement that mentions one of them, until there are no more."""
    found = set(names)
    grown = True
    while grown:
        grown = False
        for site in context.sites:
            statement = site.statement
            if not index.bound(statement) <= found and mentions(statement, found):
                found |= index.bound(statement)
                grown = True
    return found


def _mentions_path(statement: ast.stmt, located: set[str], context: TaskContext, index: Index) -> bool:
    read = index.read(statement)
    if not read.isdisjoint(located) or not index.attributes(statement).isdisjoint(_PATH_ATTRIBUTES):
        return True
    if any(name.endswith(("Path", "Target")) for name in read):
        return True
    if context.scope.self_name not in read:
        return False
    return any(
        node.__class__ is ast.Attribute
        and isinstance(node.value, ast.Name)
        and node.value.id == context.scope.self_name
        and node.attr not in _NO_PATHS
        for node in index.header(statement)
    )


def _opens_to_write(call: ast.Call) -> bool:
    name = called_name(call)
    if name in _TEXT_WRITERS:
        return True
    if name != "open" or opened_path(call) is None:
        return False
    mode = open_mode(call)
    return mode is not None and not (
        isinstance(mode, ast.Constant) and isinstance(mode.value, str) and not set(mode.value) & set("wax+")
    )


def _can_write(call: ast.Call) -> bool:
    """Whether a call could write a file, by the name of what it calls."""
    name = called_name(call)
    return name != "open" and name not in _NO_WRITERS and not is_logging_call(call)
