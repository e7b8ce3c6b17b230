"""Classes that run the entry method of another: whether what was read of the one holds for all of them.

A literal that was read from one class (the name of a file, a stage) is wrong for a class that overrides it.
Subclasses out of sight are not known.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from dataclasses import replace

from codemods.model import ContentOrigin
from codemods.python.classes import ClassRef, ClassResolver, Function
from codemods.python.scopes import Scope
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.tasks.bound_anew import require_readable
from codemods.tasks.context import TaskContext
from codemods.tasks.lineage import OF_LUIGI, OF_THE_CONTRACT
from codemods.tasks.literals import home_of, literal_tail, literal_text
from codemods.tasks.locations import LocationEvaluator
from codemods.tasks.output_flow import OutputFlow
from codemods.tasks.places import Location
from codemods.tasks.plain_places import require_local, require_local_text
from codemods.tasks.write_site import WriteSite

_AS_IT_IS = frozenset({ContentOrigin.MOVED_FILE, ContentOrigin.READ_BACK})
"""Ways in which the bytes of a file are read, whatever they are."""

Check = Callable[[TaskContext, tuple[WriteSite, ...]], None]


def settle_for_heirs(
    context: TaskContext, writes: tuple[WriteSite, ...], flow: OutputFlow, require_written: Check
) -> tuple[WriteSite, ...]:
    """The writes as they are for every class that runs the entry method; those whose file's name varies are marked.

    Args:
        context: the task that defines the entry method.
        writes: its writes, as read from its own `output()`.
        flow: the way of its outputs.
        require_written: refuses a task with an output that no write goes to.

    Raises:
        Refused: a class overrides what the steps rest on.
    """
    if context.heirs and context.sources.classes.member(context.owner, "output") is None:
        writes = tuple(replace(w, location=replace(w.location, varies=not w.outputs_by)) for w in writes)
    for heir in context.heirs:
        try:
            require_readable(heir, context.sources, context.settings)
        except Refused as refused:
            raise Refused("DBR430", f"{heir.name} inherits it, and {refused.reason}") from refused
        overridden = _overridden(heir, context)
        _require_same_methods(heir, overridden, flow, context)
        locations = LocationEvaluator(context.sources, heir)
        inner = replace(context, owner=heir, locations=locations, heirs=())
        try:
            seen = tuple(_as_in(write, inner) for write in writes)
            require_written(inner, seen)
        except Refused as refused:
            raise Refused(refused.code, f"for {heir.name}, which inherits it: {refused.reason}") from refused
        writes = tuple(
            _joined(write, other, heir, context) for write, other in zip(writes, seen, strict=True)
        )
    return writes


def _overridden(heir: ClassRef, context: TaskContext) -> dict[str, Function | None]:
    """What the classes between an heir and the entry method's class define: methods, and None for attributes."""
    found: dict[str, Function | None] = {}
    for item in context.sources.classes.line(heir):
        if item.node is context.owner.node:
            break
        for statement in item.node.body:
            if isinstance(statement, Function):
                found.setdefault(statement.name, statement)
            elif isinstance(statement, ast.Assign | ast.AnnAssign):
                targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                for target in targets:
                    if isinstance(target, ast.Name):
                        found.setdefault(target.id, None)
    return found


def _require_same_methods(
    heir: ClassRef, overridden: dict[str, Function | None], flow: OutputFlow, context: TaskContext
) -> None:
    """The content, the prompts and the model's calls were read from the methods of one class."""
    methods = {name for name, method in overridden.items() if method is not None}
    methods -= {*OF_LUIGI, *OF_THE_CONTRACT, *context.settings.entry_methods}
    for function in flow.own_functions():
        names = {n.attr: n for n in walk(function) if isinstance(n, ast.Attribute)}
        for name in sorted(methods & set(names)):
            node = names[name] if function is context.entry else None
            raise Refused(
                "DBR430", f"{heir.name} overrides {name}(), which {context.entry.name}() uses", node
            )


def _as_in(write: WriteSite, context: TaskContext) -> WriteSite:
    """A write as it is in an heir."""
    if write.outputs_by:
        return write
    located = context.locations.evaluate(write.path, _scope_in(write.site.scope, context.owner))
    location = located if located is not None else write.location
    if write.content.origin in _AS_IT_IS:
        require_local(location, write.path)
    else:
        require_local_text(location, write.path)
    run = context.run_directory
    if location.base != run and (location.base != write.location.base or location.filename is None):
        raise Refused(
            "DBR423", f"the file of {ast.unparse(write.path)} is not shown to lie below the run directory"
        )
    return replace(write, location=location)


def _scope_in(scope: Scope, owner: ClassRef) -> Scope:
    """The same function as a method of another class."""
    parent = _scope_in(scope.parent, owner) if scope.parent is not None else None
    return Scope(scope.module, owner, scope.function, parent)


def _joined(write: WriteSite, other: WriteSite, heir: ClassRef, context: TaskContext) -> WriteSite:
    if write.outputs_by:
        return write
    mine, theirs = write.location, other.location
    if mine.key != theirs.key or mine.kind != theirs.kind or mine.temporary:
        raise Refused("DBR430", f"{heir.name} has another file for {ast.unparse(write.path)}", write.call)
    if _suffix(mine, write, context) != _suffix(theirs, other, replace(context, owner=heir)):
        raise Refused(
            "DBR430", f"{heir.name} writes another type of file to {ast.unparse(write.path)}", write.call
        )
    if _same(mine, theirs) and not mine.varies:
        return write
    return replace(write, location=replace(mine, varies=True, flat=mine.flat and theirs.flat))


def path_doubt(write: WriteSite, context: TaskContext) -> str:
    """Why the path of a write may be another the second time, for a class that runs it; empty where it is the same."""
    owners = [*context.heirs]
    if context.sources.classes.member(context.owner, "output") is not None or not owners:
        owners.append(context.owner)
    scope = write.site.scope
    reasons = (context.repeatable.reason(write.path, _scope_in(scope, owner)) for owner in owners)
    return next((reason for reason in reasons if reason), "")


def _same(left: Location, right: Location) -> bool:
    def name(location: Location) -> str:
        return ast.dump(location.filename) if location.filename is not None else ""

    return (left.kind, left.key, left.base, name(left), left.module) == (
        right.kind,
        right.key,
        right.base,
        name(right),
        right.module,
    )


def _suffix(location: Location, write: WriteSite, context: TaskContext) -> str:
    home = home_of(location, write.site.scope)
    text = literal_text(location.filename, home, context) or literal_tail(location.filename, home, context)
    return text.rpartition(".")[2] if "." in text else ""


def heirs_by_class(
    classes: Iterable[ClassRef], resolver: ClassResolver, entries: tuple[str, ...]
) -> dict[int, tuple[ClassRef, ...]]:
    """The classes that run the entry method of another one, by the identity of the class statement that defines it."""
    found: dict[int, list[ClassRef]] = {}
    known: dict[int, ClassRef | None] = {}

    def runs(ref: ClassRef) -> bool:
        return any(isinstance(s, Function) and s.name in entries for s in ref.node.body)

    for ref in classes:
        provider = None if runs(ref) else resolver.nearest_base(ref, runs, known)
        if provider is not None:
            found.setdefault(id(provider.node), []).append(ref)
    return {key: tuple(refs) for key, refs in found.items()}
