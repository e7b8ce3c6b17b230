"""Which directory the rows of a plan are relative to: the one that the plan is called after."""

from __future__ import annotations

from codemods.python.classes import ClassRef
from codemods.python.scopes import Sources
from codemods.tasks.lineage import PLAN_TASK_DIRECTORY, Lineage
from codemods.tasks.locations import LocationEvaluator
from codemods.tasks.places import WORKING
from codemods.tasks.plan_names import plan_directories
from codemods.tasks.written_directories import named_directories


def run_directory(owner: ClassRef, sources: Sources, locations: LocationEvaluator) -> str:
    """The directory whose name is the plan id, as source: `self.run_dir`, or `'/data/plan'` where it is written out.

    The working directory where the id names none.
    """
    member = sources.classes.method(owner, "get_plan_id")
    if member is None or member.method is None:
        on_plan_task = Lineage(sources.names, sources.classes).rests_on_plan_task(owner)
        return PLAN_TASK_DIRECTORY if on_plan_task else WORKING
    found: set[str] = set()
    for node, scope in named_directories(owner, sources):
        located = locations.evaluate(node, scope)
        if located is not None and located.base and located.filename is None:
            found.add(located.base)
    if not found and locations.written_directory:
        return repr(locations.written_directory)
    if not found:
        found = {f"self.{name}" for name in plan_directories(owner, sources)}
    return found.pop() if len(found) == 1 else WORKING


def own_directories(plan: str, locations: LocationEvaluator) -> set[str]:
    """The attributes of a task that are directories of its files: the plan's own, `plan`, and those of its outputs."""
    outputs = locations.outputs
    places = [*outputs.targets.values(), *([outputs.each] if outputs.each is not None else [])]
    bases = {plan, *(place.base for place in places)}
    return {base.removeprefix("self.") for base in bases if base and base.startswith("self.")}
