"""The block around a method's statements, and what the task must have for one."""

from __future__ import annotations

import ast

from codemods.knowledge.vendored import STEPS as STEPS_CLASS
from codemods.model import Insertion, Step
from codemods.python.modules import ImportedName
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.settings import Settings
from codemods.steps.block import templates
from codemods.steps.draft import Draft
from codemods.steps.layout import laid_out, level_of
from codemods.steps.method_frame import stage_of_class
from codemods.tasks.context import TaskContext
from codemods.tasks.discovery import row_stage
from codemods.tasks.lineage import Lineage
from codemods.tasks.own_packages import hiding_package
from codemods.tasks.places import WORKING
from codemods.tasks.step_blocks import OPEN_BLOCK, RUNTIME_MODULES

NOT_IN_STEPS = "DBR007"
"""The code of what has its steps statement by statement only."""


def block_name(draft: Draft) -> str:
    """The variable of the block."""
    return draft.names.shared("steps")


def wrap_in_block(draft: Draft) -> None:
    """Adds the block around all statements of the method, when everything inside is planned."""
    entry = draft.context.entry
    header = templates.opened(draft.words.self_name, block_name(draft), _stage(draft))
    draft.insertions.insert(0, Insertion(Step.SERVICE, (), "block", header, entry.lineno))
    level = level_of(entry) + 2
    draft.insertions[:] = [laid_out(insertion, level, packed=False) for insertion in draft.insertions]


def require_block(context: TaskContext) -> None:
    """Raises Refused where the class has no `database_steps()`, or one that cannot be given the stage it needs."""
    member = context.sources.classes.member(context.owner, OPEN_BLOCK)
    if member is None and not _rests_on_plan_task(context):
        reason = f"the class has no {OPEN_BLOCK}(); refactor init --style steps adds it to the base class"
        raise Refused("DBR003", reason, context.owner.node)
    imported = (
        [n for n in walk(member.method) if isinstance(n, ast.ImportFrom)] if member and member.method else []
    )
    if member is not None and any(n.module in RUNTIME_MODULES and not n.level for n in imported):
        hiding = hiding_package(member.owner.module.path)
        if hiding is not None:
            reason = (
                f"{member.owner.name} imports the package pipeline of this distribution, which {hiding} hides"
            )
            raise Refused("DBR006", reason, context.owner.node)
    if member is not None and member.method is not None and _needs_stage(context):
        arguments = member.method.args
        if "stage" not in {a.arg for a in (*arguments.args, *arguments.kwonlyargs)}:
            reason = f"{OPEN_BLOCK}() of {member.owner.name} takes no stage, and row-stage names one"
            raise Refused(NOT_IN_STEPS, reason, context.owner.node)


def require_streams(context: TaskContext, node: ast.AST) -> None:
    """Raises Refused where the block is not known to record streams."""
    if not is_new_block(context):
        owner = context.owner.name
        reason = (
            f"the block of {owner} is not known to record streams; refactor init --update writes a newer one"
        )
        raise Refused(NOT_IN_STEPS, reason, node)


def is_new_block(context: TaskContext) -> bool:
    """Whether the block is known to record streams and parameters; one in the project may be older."""
    member = context.sources.classes.member(context.owner, OPEN_BLOCK)
    if member is None:
        return True
    module = member.owner.module
    named = [
        ImportedName(n.module or "", STEPS_CLASS, n.level)
        for n in (walk(member.method) if member.method is not None else ())
        if isinstance(n, ast.ImportFrom) and any(alias.name == STEPS_CLASS for alias in n.names)
    ]
    bound = module.bindings.get(STEPS_CLASS)
    named += [bound] if isinstance(bound, ImportedName) else []
    for imported in named:
        if imported.module in RUNTIME_MODULES and not imported.level:
            return True
        found = context.sources.names.finder.find(imported, module)
        if found is not None and any(
            isinstance(n, ast.FunctionDef) and n.name == "end_of_stream" for n in walk(found.tree)
        ):
            return True
    return False


def takes_parameters(context: TaskContext) -> bool:
    """Whether the block is known to store how a model is to answer: its service has a column for it."""
    member = context.sources.classes.member(context.owner, OPEN_BLOCK)
    named = member is None or (
        member.method is not None
        and any(isinstance(n, ast.Constant) and n.value == "parameters" for n in walk(member.method))
    )
    return named and is_new_block(context)


def knows_run_directory(context: TaskContext) -> bool:
    """Whether the block is known to be told the directory that the rows' names are relative to."""
    member = context.sources.classes.method(context.owner, OPEN_BLOCK)
    if member is None or member.method is None:
        return member is None and _rests_on_plan_task(context)
    given = [n.value for n in walk(member.method) if isinstance(n, ast.keyword) and n.arg == "run_directory"]
    if not given:
        # Relative to the working directory, then, which the rows' names may be, too.
        return context.run_directory == WORKING and any(
            isinstance(n, ast.Name) and n.id == "DatabaseSteps" for n in walk(member.method)
        )
    return all(ast.unparse(value) == context.run_directory for value in given)


def _rests_on_plan_task(context: TaskContext) -> bool:
    return Lineage(context.sources.names, context.sources.classes).rests_on_plan_task(context.owner)


def _needs_stage(context: TaskContext) -> bool:
    """Whether the stage of a class that runs the method is not the one that its name gives."""
    plain = Settings()
    names = [context.task.name, *(heir.name for heir in context.heirs)]
    return any(row_stage(name, context.settings) != row_stage(name, plain) for name in names)


def _stage(draft: Draft) -> str:
    return stage_of_class(draft.context, draft.names) if _needs_stage(draft.context) else ""
