"""The frame of a method with steps: its names, and steps 1, 8 and 9 around its statements."""

from __future__ import annotations

import ast

from codemods.model import Insertion, Step
from codemods.python.call_facts import called_name
from codemods.python.scopes import own_nodes
from codemods.python.statements import bound_names
from codemods.refusals import Refused
from codemods.steps import templates
from codemods.steps.draft import Draft
from codemods.steps.layout import laid_out, level_of, one_a_line
from codemods.steps.step_names import InsertedNames
from codemods.steps.templates import Vocabulary, shielded
from codemods.tasks.context import TaskContext
from codemods.tasks.discovery import row_stage
from codemods.tasks.returned_answers import rebound_parameters
from codemods.tasks.service_class import is_ours

_DYNAMIC = frozenset({"exec", "eval"})
_OF_NAMES = frozenset({"locals", "vars", "dir"})
"""What lists the names of the method where it is given nothing: the inserted ones too."""

_NAMED = _DYNAMIC | {"locals"}
_OF_FRAMES = frozenset({"f_locals", "co_nlocals", "co_varnames", "co_names", "co_cellvars", "co_freevars"})
"""Attributes of frames and of code that tell the same."""


def open_draft(
    context: TaskContext, *, has_calls: bool, flag: str | None = None, marks_all: bool = False
) -> Draft:
    """The plan of one method with nothing in it yet.

    Args:
        context: the task, with the method as its entry.
        has_calls: whether the method makes model calls that are recorded in it.
        flag: the attribute that says for all methods of the task whether a database step runs, None for a name of the
            method's own where one is needed.
        marks_all: whether every step is marked by it.
    """
    names = InsertedNames(context.entry, context.scope.module, _local_names(context))
    words = _vocabulary(context, names, timed=has_calls)
    return Draft(context, names, words, flag=flag, marks_all=marks_all)


def require_static_names(context: TaskContext) -> None:
    """Raises Refused for a method in which any name may be read or bound by its text."""
    filled = {
        id(keyword.value)
        for node in own_nodes(context.entry)
        if isinstance(node, ast.Call) and called_name(node) == "format"
        for keyword in node.keywords
        if keyword.arg is None
    }
    for node in own_nodes(context.entry):
        if isinstance(node, ast.Attribute) and _is_of_a_frame(node):
            raise Refused("DBR004", f"the method reads {ast.unparse(node)}", node)
        if isinstance(node, ast.Assign | ast.keyword) and _is_unbound(node.value, _NAMED, context):
            # By another name it is called all the same.
            raise Refused("DBR004", f"the method hands {ast.unparse(node.value)} on", node.value)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or id(node) in filled:
            continue
        if node.func.id in _DYNAMIC or (node.func.id in _OF_NAMES and not node.args):
            raise Refused("DBR004", f"the method calls {node.func.id}()", node)


def _is_of_a_frame(node: ast.Attribute) -> bool:
    """Whether an attribute lists the names of a method, or runs a text, by way of a frame or of `builtins`."""
    return node.attr in _OF_FRAMES or (
        node.attr in _NAMED
        and isinstance(node.value, ast.Name)
        and node.value.id in {"builtins", "__builtins__"}
    )


def _is_unbound(node: ast.expr, names: frozenset[str], context: TaskContext) -> bool:
    return (
        isinstance(node, ast.Name)
        and node.id in names
        and not context.scope.is_local(node.id)
        and node.id not in context.scope.module.bindings
    )


def wrap(draft: Draft, *, has_calls: bool) -> None:
    """Adds what stands around all statements of the method, when everything inside is planned."""
    words, line = draft.words, draft.context.entry.lineno
    recording = draft.recording
    shared = {} if recording is None else {recording.start: "0.0", **dict.fromkeys(recording.read, '""')}
    marked = {draft.flag: "True"} if draft.marks_all and draft.flag is not None else {}
    prologue = templates.prologue(words, has_calls=has_calls, shared={**shared, **marked})
    opening = templates.opening(words)
    if draft.flag is not None:
        lowered = f"{draft.flag} = False\n"
        prologue, opening = (prologue, opening + lowered) if marked else (prologue + lowered, opening)
    error = draft.names.fresh("error") if has_calls else None
    draft.insertions[:0] = [
        Insertion(Step.SERVICE, (), "prologue", prologue, line),
        Insertion(Step.SERVICE, (), "opening", opening, line),
    ]
    if recording is not None:
        function = draft.names.fresh("answered")
        flag = [draft.flag] if draft.flag is not None and draft.flag.isidentifier() else []
        names = [words.interaction, *shared, *flag, *rebound_parameters(draft.context)]
        draft.add(Step.CALL, (), "function", templates.answered(function, names), line)
        code = templates.answer_recorded(
            words,
            answer=recording.answer,
            function=function,
            completion=shielded(draft.flag, recording.code) if marked and draft.flag else recording.code,
        )
        draft.add(Step.COMPLETED, (), "returning", code, line)
    if error is not None:
        kept = (draft.flag, draft.names.shared("database_step_before")) if marked and draft.flag else None
        draft.add(Step.FAILED, (), "closing", templates.failing(words, error=error, kept=kept), line)
    kept = (draft.flag, draft.names.shared("database_step_before")) if marked and draft.flag else None
    draft.add(Step.CLOSE, (), "closing", templates.closing(words, kept=kept), line)
    level = level_of(draft.context.entry) + 2
    packed = not one_a_line(draft.context.scope.module)
    draft.insertions[:] = [laid_out(insertion, level, packed=packed) for insertion in draft.insertions]


def _vocabulary(context: TaskContext, names: InsertedNames, *, timed: bool) -> Vocabulary:
    now = ""
    if timed:
        clock, utc = names.module("datetime", "datetime"), names.module("datetime", "timezone")
        now = f"{clock}.now({utc}.utc).replace(tzinfo=None)"
    return Vocabulary(
        self_name=context.scope.self_name or "self",
        service=names.shared("db_service"),
        plan_id=names.shared("plan_id"),
        interaction=names.shared("interaction_id"),
        now=now,
        stage=stage_of_class(context, names),
        length=names.builtin("len"),
        type_of=names.builtin("type"),
        repr_of=names.builtin("repr"),
        any_error=names.builtin("BaseException"),
        is_complete=is_ours(context),
    )


def stage_of_class(context: TaskContext, names: InsertedNames) -> str:
    """The stage of the class that runs, which can be one that inherits the method."""
    own = f'"{context.task.stage}"'
    stages = {heir.name: row_stage(heir.name, context.settings) for heir in context.heirs}
    if not stages:
        return own
    by_class = ", ".join(f'"{name}": "{stage}"' for name, stage in sorted(stages.items()))
    instance = context.scope.self_name or "self"
    return f"{{{by_class}}}.get({names.builtin('type')}({instance}).__name__, {own})"


def _local_names(context: TaskContext) -> set[str]:
    found = set(context.scope.bindings)
    for site in context.sites:
        found |= set(site.scope.bindings) | bound_names(site.statement)
    return found
