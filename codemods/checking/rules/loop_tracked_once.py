"""DBF302: an LLM call in a loop with one interaction for all passes."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.checking.rules.untracked_call import CALL
from codemods.python.statements import Link, Site
from codemods.python.trees import walk
from codemods.tasks.tracking import LOOSE
from codemods.tasks.view import TaskView

_LOOP = ast.For | ast.AsyncFor | ast.While
_IN_LOOP = "            for part in query.split():\n                summary = Summarise.execute(llm, part)\n"
_RETRIED = (
    "            for attempt in range(3):\n"
    "                summary = Summarise.execute(llm, query)\n"
    "                if summary:\n"
    "                    break\n"
)


def check(task: TaskView) -> Iterator[Found]:
    """Yields calls in a loop, or a comprehension, that the open interaction was created outside of."""
    tracked = task.tracked[0]
    if task.delegates or tracked.exits is None:
        return
    for site, call in task.llm_calls:
        states = tracked.open_at.get(id(call))
        if site.in_nested_function or not states or not all(states) or task.tracks_inside(call):
            continue
        if any(LOOSE in indices for indices in states):
            continue
        created = [tracked.records[index].site for indices in states for index in indices]
        if _repeats_in_expression(site, call):
            what = "a comprehension"
        elif (loop := _loop_without(site, created)) is not None:
            what = f"the loop of line {loop.lineno}"
        else:
            continue
        yield Found(
            call, f"{ast.unparse(call.func)} runs in {what}, but one interaction stands for all passes"
        )


def _loop_without(site: Site, created: list[Site]) -> ast.stmt | None:
    """The loop around the call that no interaction was created in; None for one that is left early, as a retry is."""
    for link in reversed(site.own_links):
        loop = link.owner
        if not isinstance(loop, _LOOP) or link.field != "body":
            continue
        if any(_is_inside(loop, other.chain) for other in created):
            return None
        if not any(isinstance(n, ast.Break | ast.Return) for n in walk(loop)):
            return loop
    return None


def _is_inside(loop: ast.stmt, chain: tuple[Link, ...]) -> bool:
    return any(link.owner is loop for link in chain)


def _repeats_in_expression(site: Site, call: ast.Call) -> bool:
    for node in walk(site.statement):
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp):
            return any(n is call for n in walk(node.elt))
        if isinstance(node, ast.DictComp):
            return any(n is call for part in (node.key, node.value) for n in walk(part))
    return False


RULE = Rule(
    code="DBF302",
    name="loop-tracked-once",
    summary="an LLM call in a loop has one interaction for all passes",
    wrong="The interaction is created before the loop and completed after it, while the LLM is called in each pass.",
    why="All prompts but one, all responses but one, and the duration of each call are lost; when a pass fails, "
    "nobody can tell which.",
    remedy="Create and complete one interaction in each pass.",
    valid=(RIGHT, SEED, changed((CALL, _RETRIED))),
    invalid=(
        changed((CALL, _IN_LOOP)),
        changed((CALL, "            summary = [Summarise.execute(llm, part) for part in query.split()]\n")),
    ),
    check=check,
)
