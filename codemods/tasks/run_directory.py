"""Which directory the rows of a plan are relative to: the one that the plan is called after."""

from __future__ import annotations

import ast

from codemods.python.classes import ClassRef
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, Sources, own_nodes
from codemods.python.trees import walk
from codemods.tasks.lineage import PLAN_TASK_DIRECTORY, Lineage
from codemods.tasks.locations import LocationEvaluator
from codemods.tasks.places import WORKING
from codemods.tasks.plan_names import plan_directories

_AROUND = frozenset(
    "str fspath normpath abspath realpath expanduser resolve absolute rstrip strip Path PurePath".split()
)
"""Calls that give the same directory as the one that they are given."""


def run_directory(owner: ClassRef, sources: Sources, locations: LocationEvaluator) -> str:
    """The directory whose name is the plan id, `self.run_dir`; the working directory where the id names none."""
    member = sources.classes.method(owner, "get_plan_id")
    if member is None or member.method is None:
        on_plan_task = Lineage(sources.names, sources.classes).rests_on_plan_task(owner)
        return PLAN_TASK_DIRECTORY if on_plan_task else WORKING
    scope = Scope(member.owner.module, owner, member.method)
    found: set[str] = set()
    for node in (n for s in own_nodes(member.method) if isinstance(s, ast.Return) for n in walk(s)):
        named = _named(_value_of(node, scope))
        if named is not None:
            located = locations.evaluate(_unwrapped(named, scope), scope)
            if located is not None and located.base and located.filename is None:
                found.add(located.base)
    if not found:
        found = {f"self.{name}" for name in plan_directories(owner, sources)}
    return found.pop() if len(found) == 1 else WORKING


def own_directories(plan: str, locations: LocationEvaluator) -> set[str]:
    """The attributes of a task that are directories of its files: the plan's own, `plan`, and those of its outputs."""
    outputs = locations.outputs
    places = [*outputs.targets.values(), *([outputs.each] if outputs.each is not None else [])]
    bases = {plan, *(place.base for place in places)}
    return {base.removeprefix("self.") for base in bases if base and base.startswith("self.")}


def _value_of(node: ast.AST, scope: Scope) -> ast.AST:
    """The expression that a name stands for, where there is only one."""
    if isinstance(node, ast.Name):
        values = scope.values_of(node.id) or []
        if len(values) == 1 and isinstance(values[0], ast.expr):
            return values[0]
    return node


def _named(node: ast.AST) -> ast.expr | None:
    """What an expression takes the last name of: `os.path.basename(x)`, `x.name`."""
    if isinstance(node, ast.Call) and len(node.args) == 1:
        name = (dotted_name(node.func) or "").rpartition(".")[2]
        if name == "basename":
            return node.args[0]
        return _named(node.args[0]) if name in {"str", "check_plan_id"} else None
    return node.value if isinstance(node, ast.Attribute) and node.attr == "name" else None


def _unwrapped(node: ast.expr, scope: Scope) -> ast.expr:
    for _ in range(16):
        value = _value_of(node, scope)
        node = value if isinstance(value, ast.expr) else node
        if not isinstance(node, ast.Call):
            return node
        name = node.func.attr if isinstance(node.func, ast.Attribute) else (dotted_name(node.func) or "")
        if name not in _AROUND:
            return node
        if isinstance(node.func, ast.Attribute) and name in {
            "resolve",
            "absolute",
            "expanduser",
            "rstrip",
            "strip",
        }:
            is_path_function = (dotted_name(node.func) or "").startswith("os.")
            node = node.args[0] if is_path_function else node.func.value
        elif node.args:
            node = node.args[0]
        else:
            return node
    return node
