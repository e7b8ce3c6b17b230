"""The plan of one task: what is inserted where. Raises Refused where a law could not be kept."""

from __future__ import annotations

import ast
from dataclasses import replace
from functools import partial

from codemods.model import FileWrite, TaskAnalysis
from codemods.python.names import dotted_name
from codemods.python.statements import read_names
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.settings import STEPS
from codemods.steps.accounting import require_accounted, same_name
from codemods.steps.block.calls import record_call, told_of
from codemods.steps.block.frame import require_block, wrap_in_block
from codemods.steps.block.methods import plan_helper_block
from codemods.steps.block.rows import BlockRows
from codemods.steps.brackets import bracket_call, parameters_of
from codemods.steps.helper_methods import described, find_helpers, let_through, plan_helper
from codemods.steps.method_frame import open_draft, require_static_names, wrap
from codemods.steps.rows import RowPlanner
from codemods.steps.sdk_columns import without_stored
from codemods.steps.task_flag import task_flag
from codemods.tasks.bound_anew import require_readable
from codemods.tasks.context import TaskContext
from codemods.tasks.lineage import Lineage
from codemods.tasks.literals import literal_text
from codemods.tasks.llm_calls import LlmCallFinder
from codemods.tasks.only_models import require_no_model
from codemods.tasks.own_packages import hiding_package
from codemods.tasks.service_class import imports_runtime
from codemods.tasks.undecided import Undecided
from codemods.tasks.unfollowed import require_followed
from codemods.tasks.unrecorded import require_recorded
from codemods.tasks.write_site import WriteSite
from codemods.tasks.writes import WriteFinder


def plan_task(context: TaskContext) -> TaskAnalysis | None:
    """Analyzes a task and plans its insertions.

    Returns:
        The analysis, or None for a task without an LLM call and without a file, or with `llm-only` without a call:
        there is nothing to record.

    Raises:
        Refused: a law of the pattern could not be kept.
    """
    missing, undecided = Undecided(), Undecided()
    with missing.collecting():
        _require_runtime(context)
        if context.settings.style == STEPS:
            require_block(context)
    with undecided.collecting():
        require_static_names(context)
    finder = LlmCallFinder(context)
    calls = finder.find(undecided)
    helpers = find_helpers(context, finder.call_nodes, undecided)
    recorded = finder.call_nodes.union(*(helper.call_nodes for helper in helpers))
    require_recorded(context, recorded, undecided)
    if context.settings.llm_only and not undecided and not calls and not helpers:
        require_no_model(context)
        return None
    writes = WriteFinder(context, finder.call_nodes).find(undecided)
    if not undecided:
        # A write that was not understood would be missed here once more.
        with undecided.collecting():
            require_followed(context, finder.call_nodes, writes)
            writes = require_accounted(context, writes)
    with undecided.collecting():
        require_readable(context.owner, context.sources, context.settings)
    if not undecided and not calls and not writes and not helpers:
        return None
    with undecided.collecting():
        _require_single_entry(context)
    undecided.settle(missing)

    in_block = context.settings.style == STEPS
    guarded = any(not g.in_threads for h in helpers for g in h.guards)
    flag = task_flag(context) if guarded and not in_block else None
    draft = open_draft(context, has_calls=bool(calls), flag=flag)
    if not in_block:
        let_through(draft, helpers)
    responses, files = [], []
    rows = BlockRows(draft, writes) if in_block else RowPlanner(draft, writes)
    for call in calls:
        with undecided.collecting():
            responses.append(
                record_call(draft, call, rows, calls) if in_block else bracket_call(draft, call, rows, calls)
            )
    for write in writes:
        with undecided.collecting():
            files.append(rows.add(write))
    plan_method = plan_helper_block if in_block else partial(plan_helper, helpers=helpers, flag=flag)
    methods = [plan_method(helper, undecided=undecided) for helper in helpers if helper.calls]
    undecided.settle()
    if in_block:
        wrap_in_block(draft)
    else:
        wrap(draft, has_calls=bool(calls))

    imports = draft.names.imports_of([i.code for i in draft.insertions])
    return TaskAnalysis(
        inputs=_inputs(context),
        calls=(
            *(
                described(
                    told_of(call, context) if in_block else without_stored(call, parameters_of(draft, call)),
                    response,
                )
                for call, response in zip(calls, responses, strict=True)
            ),
            *(call for method in methods for call in method.calls),
        ),
        writes=tuple(_with_key(context, write, file) for write, file in zip(writes, files, strict=True)),
        insertions=tuple(draft.insertions),
        imports=tuple(dict.fromkeys([*imports, *(line for method in methods for line in method.imports)])),
        methods=tuple(method.plan for method in methods),
    )


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
