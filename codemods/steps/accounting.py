"""Whether everything that a task writes was found: each output, and each use of one."""

from __future__ import annotations

import ast

from codemods.python.scopes import own_nodes
from codemods.refusals import Refused
from codemods.tasks.bound_anew import require_as_read
from codemods.tasks.context import TaskContext
from codemods.tasks.heirs import settle_for_heirs
from codemods.tasks.lineage import Lineage
from codemods.tasks.lost_files import require_kept
from codemods.tasks.output_flow import OutputFlow
from codemods.tasks.places import MARKER
from codemods.tasks.read_backs import with_read_backs
from codemods.tasks.swallowed_errors import require_errors_to_pass
from codemods.tasks.write_site import WriteSite
from codemods.tasks.writes import WriteFinder


def require_accounted(context: TaskContext, writes: tuple[WriteSite, ...]) -> tuple[WriteSite, ...]:
    """Refuses a task that may write a file which no row would be made for.

    Returns:
        The writes, as they are for every class that runs them.

    Raises:
        Refused: an output that no write was found for, or that goes where nobody can tell what is done with it.
    """
    methods = WriteFinder(context, frozenset()).of_method if context.row_after_file else None
    writes, flow = with_read_backs(context, writes, methods)
    flow.check()
    require_kept(context, writes, flow.removals)
    require_as_read(context, flow.own_functions())
    require_errors_to_pass(writes)
    outputs = context.locations.outputs
    if outputs.known:
        _require_each(context, writes)
    elif _may_declare(context) and not any(_is_of_output(w, flow) for w in writes):
        what = "the output" if not writes else "what output() names"
        raise Refused(
            "DBR409",
            f"output() is not understood, and no statement was found that writes {what}",
            context.entry,
        )
    return settle_for_heirs(context, writes, flow, _require_each)


def _require_each(context: TaskContext, writes: tuple[WriteSite, ...]) -> None:
    if not context.locations.outputs.known or any(w.outputs_by for w in writes):
        return
    by_name = [w.location.filename for w in writes if w.location.filename is not None]
    covered = frozenset[str]().union(*(w.location.covers for w in writes))
    by_key = {w.location.key for w in writes}
    for key, target in context.locations.outputs.targets.items():
        if (
            target.kind == MARKER
            or key in covered
            or key in by_key
            or any(same_name(target.filename, name) for name in by_name)
        ):
            continue
        if target.filename is None and any(w.location.filename is None for w in writes):
            continue
        label = f"output {key!r}" if key else "the output"
        raise Refused("DBR409", f"no statement was found that writes {label}", context.entry)


def _is_of_output(write: WriteSite, flow: OutputFlow) -> bool:
    return bool(write.outputs_by) or write.location.key is not None or flow.derives(write)


def _may_declare(context: TaskContext) -> bool:
    """Whether `output()` may name a file of the task's own; the sources can prove that it names none."""
    classes = context.sources.classes
    member = classes.method(context.owner, "output")
    if member is None or member.method is None:
        declared = classes.member(context.owner, "output") is not None
        return declared or bool(Lineage(context.sources.names, classes).unseen(context.owner))
    targets = context.locations.outputs.targets
    if targets and all(target.kind in {"input", MARKER} for target in targets.values()):
        return False
    returned = [n.value for n in own_nodes(member.method) if isinstance(n, ast.Return)]
    generates = any(isinstance(n, ast.Yield | ast.YieldFrom) for n in own_nodes(member.method))
    return generates or not all(value is None or _is_empty(value) for value in returned)


def _is_empty(value: ast.expr) -> bool:
    if isinstance(value, ast.Constant):
        return value.value is None
    if isinstance(value, ast.List | ast.Tuple):
        return not value.elts
    return isinstance(value, ast.Dict) and not value.keys


def same_name(left: ast.expr | None, right: ast.expr | None) -> bool:
    """Whether two expressions of file names are there and are the same."""
    return left is not None and right is not None and ast.dump(left) == ast.dump(right)
