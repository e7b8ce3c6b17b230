"""DBF953: a variable of the steps that is given another meaning while it is needed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.checking.rules.untracked_call import CALL
from codemods.python.bindings import variable
from codemods.python.call_facts import called_name
from codemods.python.frame_nodes import names_bound_by, nodes_of_frame
from codemods.python.names import dotted_name
from codemods.python.statements import Site
from codemods.python.trees import walk
from codemods.tasks.records import Kind, opens_service
from codemods.tasks.view import TaskView


def check(task: TaskView) -> Iterator[Found]:
    """Yields statements that bind the service, an interaction or the plan id to something of another kind."""
    names = dict.fromkeys(task.service_names, "the database service")
    for record in task.records_of(Kind.PENDING):
        names.update(dict.fromkeys(task.variables_of(record) or (), "an interaction"))
    names.update(dict.fromkeys(_plan_names(task), "the plan id"))
    for site in task.context.sites:
        if site.in_nested_function:
            continue
        for name in sorted(task.index.bound(site.statement) & names.keys()):
            if not _keeps(site, name, task) and _is_needed_after(site, name, task):
                yield Found(site.statement, f"{name} holds {names[name]} and is given something else")
    yield from _unbound(task)


def _keeps(site: Site, name: str, task: TaskView) -> bool:
    value = _given(site.statement, name)
    if isinstance(site.statement, ast.With | ast.AsyncWith):
        return any(opens_service(n) for item in site.statement.items for n in walk(item.context_expr))
    if not isinstance(value, ast.expr):
        return False
    if isinstance(value, ast.Constant) and value.value is None:
        return True
    inner = [n for n in walk(value) if isinstance(n, ast.Call)]
    if any(opens_service(n) for n in inner) or {id(n) for n in inner} & {id(r.call) for r in task.records}:
        return True
    read = {
        variable(n)
        for n in walk(value)
        if isinstance(n, ast.Name | ast.Attribute) and isinstance(n.ctx, ast.Load)
    }
    followed = {*task.service_names, *(n for r in task.records for n in task.variables_of(r) or ())}
    if name in read or read & followed:
        return True
    # What a method of the task or a container gives may be the record; what a function of values gives is none.
    return any(isinstance(n, ast.Subscript) for n in walk(value)) or any(
        (dotted_name(n.func) or "").startswith(f"{task.context.scope.self_name}.") for n in inner
    )


def _given(statement: ast.stmt, name: str) -> ast.AST | None:
    """What a statement binds a name to, where that is one expression."""
    for node in walk(statement) if not _has_body(statement) else ():
        if isinstance(node, ast.NamedExpr) and node.target.id == name:
            return node.value
    return getattr(statement, "value", None)


def _plan_names(task: TaskView) -> set[str]:
    """The variables that rows and interactions are given as their plan's id, and that hold it."""
    given = {name for record in task.records for name in _plan_given(record.call)}
    return {
        name
        for site in task.context.sites
        if _holds_plan_id(site)
        for name in task.index.bound(site.statement) & given
    }


def _holds_plan_id(site: Site) -> bool:
    value = getattr(site.statement, "value", None)
    return isinstance(value, ast.Call) and called_name(value) == "get_plan_id"


def _plan_given(call: ast.Call) -> Iterator[str]:
    for node in walk(call):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "plan_id" and isinstance(value, ast.Name):
                    yield value.id


def _is_needed_after(site: Site, name: str, task: TaskView) -> bool:
    """Whether a database call reads the variable further down."""
    after = (
        (site.statement.end_lineno or site.statement.lineno)
        if not _has_body(site.statement)
        else site.statement.lineno
    )
    held = any(
        name in task.index.bound(other.statement) and other.statement.lineno < site.statement.lineno
        for other in task.context.sites
        if _is_made(other, task)
    )
    return held and any(
        record.call.lineno > after
        and name
        in {
            variable(record.call.func.value) if isinstance(record.call.func, ast.Attribute) else None,
            record.interaction,
            *_plan_given(record.call),
        }
        for record in task.records
    )


def _is_made(site: Site, task: TaskView) -> bool:
    calls = {id(r.call) for r in task.records_of(Kind.PENDING)}
    return _holds_plan_id(site) or any(id(n) in calls or opens_service(n) for n in task.own_calls(site))


def _has_body(statement: ast.stmt) -> bool:
    return isinstance(getattr(statement, "body", None), list)


def _unbound(task: TaskView) -> Iterator[Found]:
    """Yields handlers whose `as` name is read after the `try`: Python deletes it at the end of the handler."""
    falling = [
        handler
        for site in task.index.own_sites
        for handler in getattr(site.statement, "handlers", ())
        if handler.name and not _never_falls(handler)
    ]
    if not falling:
        return
    own = list(nodes_of_frame(task.entry.body))
    bound: dict[str, list[int]] = {}
    for node in own:
        for name in names_bound_by(node):
            bound.setdefault(name, []).append(getattr(node, "lineno", 0))
    for handler in falling:
        end = handler.end_lineno or handler.lineno
        reads = [
            n.lineno
            for n in own
            if isinstance(n, ast.Name)
            and n.id == handler.name
            and isinstance(n.ctx, ast.Load)
            and n.lineno > end
        ]
        later = [line for line in bound[handler.name] if line > end]
        if reads and not any(line <= min(reads) for line in later):
            yield Found(
                handler, f"{handler.name} is deleted at the end of this handler and read in line {min(reads)}"
            )


def _never_falls(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.body[-1], ast.Raise | ast.Return | ast.Continue | ast.Break)


_REUSED = (
    f"            problem = query\n            try:\n    {CALL}"
    "            except ValueError as problem:\n                summary = None\n            print(problem)\n"
)

RULE = Rule(
    code="DBF953",
    name="name-rebound",
    summary="a variable of the steps is given another meaning",
    wrong="The variable of the service, of an open interaction or of the plan's id is bound to something else while "
    "later steps still use it; or a handler's `as` name, which Python deletes, is the name of a variable that is read "
    "afterwards.",
    why="The update goes to no interaction, or to the wrong one; the method raises where nobody expects it.",
    remedy="Give each its own name.",
    valid=(RIGHT, SEED),
    invalid=(
        changed(
            (
                CALL,
                f"{CALL}            for interaction_id in range(3):\n                print(interaction_id)\n",
            )
        ),
        changed((CALL, f"{CALL}            interaction_id = 7\n")),
        changed((CALL, f"{CALL}            interaction_id = len(query)\n")),
        changed((CALL, f"{CALL}            interaction_id = plan_id\n")),
        changed((CALL, f"{CALL}            print(interaction_id := len(query))\n")),
        changed((CALL, f"{CALL}            plan_id = query\n")),
        changed(
            (
                CALL,
                _REUSED,
            )
        ),
    ),
    check=check,
)
