"""The plan of one task: what is inserted where. Raises Refused where a law could not be kept."""

from __future__ import annotations

import ast
from dataclasses import replace

from codemods.model import FileWrite, Insertion, LlmCall, Step, TaskAnalysis
from codemods.python.call_facts import called_name
from codemods.python.names import dotted_name
from codemods.python.scopes import own_nodes
from codemods.python.sourcing import source_of
from codemods.python.statements import bound_names, read_names
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.steps import templates
from codemods.steps.accounting import require_accounted, same_name
from codemods.steps.brackets import bracket_call
from codemods.steps.draft import Draft
from codemods.steps.rows import RowPlanner
from codemods.steps.step_names import InsertedNames
from codemods.steps.templates import Vocabulary
from codemods.tasks.context import TaskContext
from codemods.tasks.discovery import row_stage
from codemods.tasks.lineage import Lineage
from codemods.tasks.literals import literal_text
from codemods.tasks.llm_calls import LlmCallFinder
from codemods.tasks.own_packages import hiding_package
from codemods.tasks.service_class import imports_runtime
from codemods.tasks.undecided import Undecided
from codemods.tasks.unfollowed import require_followed
from codemods.tasks.unrecorded import require_recorded
from codemods.tasks.write_site import WriteSite
from codemods.tasks.writes import WriteFinder

_DYNAMIC = frozenset({"exec", "eval"})
_OF_NAMES = frozenset({"locals", "vars", "dir"})
"""What lists the names of the method where it is given nothing: the inserted ones too."""


def plan_task(context: TaskContext) -> TaskAnalysis | None:
    """Analyzes a task and plans its insertions.

    Returns:
        The analysis, or None for a task without an LLM call and without a file: there is nothing to record.

    Raises:
        Refused: a law of the pattern could not be kept.
    """
    missing, undecided = Undecided(), Undecided()
    with missing.collecting():
        _require_runtime(context)
    with undecided.collecting():
        _require_static_names(context)
    finder = LlmCallFinder(context)
    calls = finder.find(undecided)
    require_recorded(context, finder.call_nodes, undecided)
    writes = WriteFinder(context, finder.call_nodes).find(undecided)
    if not undecided:
        # A write that was not understood would be missed here once more.
        with undecided.collecting():
            require_followed(context, finder.call_nodes, writes)
            writes = require_accounted(context, writes)
    if not undecided and not calls and not writes:
        return None
    with undecided.collecting():
        _require_single_entry(context)
    undecided.settle(missing)

    names = InsertedNames(context.entry, context.scope.module, _local_names(context))
    words = _vocabulary(context, names, timed=bool(calls))
    draft = Draft(context, names, words)
    responses, files = [], []
    for call in calls:
        with undecided.collecting():
            responses.append(bracket_call(draft, call, writes, calls))
    rows = RowPlanner(draft, writes)
    for write in writes:
        with undecided.collecting():
            files.append(rows.add(write))
    undecided.settle()
    _wrap(draft, has_calls=bool(calls))

    return TaskAnalysis(
        inputs=_inputs(context),
        calls=tuple(
            LlmCall(
                callee=source_of(call.call.func),
                line=call.call.lineno,
                prompt=source_of(call.prompt),
                result=source_of(call.result),
                response=response,
                in_loop=call.site.in_loop(),
                conditional=call.site.conditional() or call.only_if is not None,
                left_out=call.left_out,
            )
            for call, response in zip(calls, responses, strict=True)
        ),
        writes=tuple(_with_key(context, write, file) for write, file in zip(writes, files, strict=True)),
        insertions=tuple(draft.insertions),
        imports=names.imports_of([i.code for i in draft.insertions]),
    )


def _wrap(draft: Draft, *, has_calls: bool) -> None:
    words, line = draft.words, draft.context.entry.lineno
    prologue = templates.prologue(words, has_calls=has_calls)
    if draft.flag is not None:
        prologue += f"{draft.flag} = False\n"
    error = draft.names.fresh("error") if has_calls else None
    draft.insertions[:0] = [
        Insertion(Step.SERVICE, (), "prologue", prologue, line),
        Insertion(Step.SERVICE, (), "opening", templates.opening(words), line),
    ]
    if error is not None:
        draft.add(Step.FAILED, (), "closing", templates.failing(words, error=error), line)
    draft.add(Step.CLOSE, (), "closing", templates.closing(words), line)


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
        stage=_stage(context, names),
        length=names.builtin("len"),
        type_of=names.builtin("type"),
        repr_of=names.builtin("repr"),
        any_error=names.builtin("BaseException"),
    )


def _stage(context: TaskContext, names: InsertedNames) -> str:
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


def _require_runtime(context: TaskContext) -> None:
    classes = context.sources.classes
    lineage = Lineage(context.sources.names, classes)
    missing = [m for m in ("get_database_service", "get_plan_id") if classes.member(context.owner, m) is None]
    if missing and not lineage.rests_on_plan_task(context.owner):
        what = f"no {' and no '.join(missing)}()"
        unseen = lineage.unseen(context.owner)
        if unseen:
            reason = f"the source of {' and '.join(unseen)} is not in sight, and {what} is"
        else:
            known = [r for r in classes.line(context.owner) if r.name in context.settings.base_classes]
            reason = f"{known[0].name if known else 'luigi.Task'} has {what}"
        raise Refused("DBR003", reason, context.owner.node)
    opened = classes.method(context.owner, "get_database_service")
    if opened is not None and imports_runtime(opened.owner):
        hiding = hiding_package(opened.owner.module.path)
        if hiding is not None:
            reason = (
                f"{opened.owner.name} imports the package pipeline of this distribution, which {hiding} hides"
            )
            raise Refused("DBR006", reason, context.owner.node)


def _require_static_names(context: TaskContext) -> None:
    filled = {
        id(keyword.value)
        for node in own_nodes(context.entry)
        if isinstance(node, ast.Call) and called_name(node) == "format"
        for keyword in node.keywords
        if keyword.arg is None
    }
    for node in own_nodes(context.entry):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or id(node) in filled:
            continue
        if node.func.id in _DYNAMIC or (node.func.id in _OF_NAMES and not node.args):
            raise Refused("DBR004", f"the method calls {node.func.id}()", node)


def _require_single_entry(context: TaskContext) -> None:
    own = [s for s in context.owner.node.body if isinstance(s, ast.FunctionDef | ast.AsyncFunctionDef)]
    others = [f for f in own if f.name in context.settings.entry_methods and f is not context.entry]
    for other in others:
        raise Refused("DBR001", f"{other.name}() is an entry method beside {context.entry.name}()", other)


def _with_key(context: TaskContext, write: WriteSite, file: FileWrite) -> FileWrite:
    if file.key is not None:
        return file
    for key, target in context.locations.outputs.targets.items():
        if target.filename is not None and same_name(target.filename, write.location.filename):
            return replace(file, key=key)
        resolved = literal_text(target.filename, context.scope, context)
        if resolved is not None and resolved == file.resolved_filename:
            return replace(file, key=key)
    return file


def _inputs(context: TaskContext) -> tuple[str, ...]:
    """The keys of `self.input()` that the method reads, in source order; empty for a single input."""
    found: dict[str, None] = {}
    holders = {context.scope.self_name}
    calls = [
        n
        for s in context.entry.body
        for n in walk(s)
        if isinstance(n, ast.Call)
        and isinstance(n.func, ast.Attribute)
        and n.func.attr == "input"
        and read_names(n.func) & {h for h in holders if h}
    ]
    keyed = {
        id(n.value): str(n.slice.value)
        for s in context.entry.body
        for n in walk(s)
        if isinstance(n, ast.Subscript) and isinstance(n.slice, ast.Constant)
    }
    for call in sorted(calls, key=lambda c: (c.lineno, c.col_offset)):
        if dotted_name(call.func) is not None:
            found[keyed.get(id(call), "")] = None
    return tuple(found)
