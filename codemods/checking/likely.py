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


def possible_calls(context: TaskContext, index: Index) -> tuple[Site, ...]:
    """The statements that can make an LLM call: they mention a model, a nested function or a helper method."""
    helpers = _helpers(context)
    models = set(context.settings.llm_arguments)
    models |= {site.statement.name for site in context.sites if isinstance(site.statement, Function)}
    grown = True
    while grown:
        grown = False
        for site in context.sites:
            statement = site.statement
            if not index.bound(statement) <= models and _mentions(statement, models, helpers, index):
                models |= index.bound(statement)
                grown = True
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


def can_write(call: ast.Call) -> bool:
    """Whether a call could write a file, by the name of what it calls and the mode that it opens with."""
    function = call.func
    name = (
        function.attr
        if isinstance(function, ast.Attribute)
        else function.id
        if isinstance(function, ast.Name)
        else ""
    )
    if name == "open" and opened_path(call) is not None:
        mode = open_mode(call)
        return mode is not None and not (
            isinstance(mode, ast.Constant)
            and isinstance(mode.value, str)
            and not set(mode.value) & set("wax+")
        )
    return name not in _NO_WRITERS and not is_logging_call(call)
