"""Laws about running: the result does what the original did, and the database knows all of it."""

from __future__ import annotations

from codemods.settings import STEPS
from tests.properties.decisions import Decisions
from tests.properties.execution import Outcome, run
from tests.properties.laws import Refactored, database_error_surfaces, kept_records, same_outcome
from tests.properties.target.base import LlmError
from tests.properties.world import Faults

_ERRORS = (ValueError, LlmError, KeyboardInterrupt, RuntimeError)
_MOST_PLACES = 8


def _undisturbed(case: Refactored) -> tuple[Outcome, Outcome, list[str]]:
    before = run(case.before, watches_rows=False, traced=True)
    after = run(case.after, traced=True)
    whole = not before.error and not case.generated.deliberate
    return before, after, [*same_outcome(before, after), *kept_records(after, whole=whole)]


def run_law(case: Refactored, _: Decisions) -> list[str]:
    """Files, calls, logs and result are the original's; each file has its row first, each call its interaction."""
    return _undisturbed(case)[2]


def _disturbed(case: Refactored, faults: Faults) -> list[str]:
    before = run(case.before, faults, watches_rows=False)
    after = run(case.after, faults)
    found = [*same_outcome(before, after), *kept_records(after, whole=False)]
    return [f"{problem} ({faults})" for problem in found]


def failing_call_law(case: Refactored, _: Decisions) -> list[str]:
    """Whichever LLM call raises whatever: same files, calls and exception; no interaction stays pending."""
    calls = len(run(case.before, watches_rows=False).world.asked)
    return [
        problem
        for number in range(calls)
        for error in _ERRORS[:3]
        for problem in _disturbed(case, Faults(ask=number, error=error))
    ]


def interrupt_law(case: Refactored, decisions: Decisions) -> list[str]:
    """An error or Ctrl-C at an original statement: same files, calls and exception; nothing stays pending."""
    before, after, found = _undisturbed(case)
    if found:
        return found
    reached = set(after.visited)
    places = [place for place in before.visited if place in reached]
    step = max(1, len(places) // _MOST_PLACES)
    first = len(decisions.taken) % step
    return [
        problem
        for number, place in enumerate(places[first::step])
        for problem in _disturbed(case, Faults(line=place, error=_ERRORS[number % len(_ERRORS)]))
    ]


def database_law(case: Refactored, _: Decisions) -> list[str]:
    """Whichever database operation raises: its error comes out past all original handlers, no file without row."""
    before = run(case.before, watches_rows=False)
    operations = run(case.after).world.operations
    found = []
    for number in range(operations):
        faults = Faults(database=number, lasting=number % 2 == 1)
        after = run(case.after, faults)
        problems = database_error_surfaces(
            before, after, has_finally=case.generated.has_finally, in_block=case.settings.style == STEPS
        )
        found.extend(f"{problem} ({faults})" for problem in problems)
    return found


def ctrl_c_law(case: Refactored, decisions: Decisions) -> list[str]:
    """Ctrl-C at inserted lines too: no pending interaction, no file without its row, one service closed once."""
    lines = case.after.text.splitlines()
    end = next(n for n, line in enumerate(lines) if "also on Ctrl-C" in line or "# Step 9:" in line)
    # Nothing helps between the interaction's insert and the assignment of its id, nor while a `with` is left.
    gap = ("}).id", ".create_llm_interaction({", "with ")
    gaps = {n for n, line in enumerate(lines) if any(part in line for part in gap)}
    places = [
        (line, count)
        for line, count in run(case.after, traced=True, every_line=True).visited
        if isinstance(line, int) and line < end and line - 1 not in gaps
    ]
    step = max(1, len(places) // _MOST_PLACES)
    found = []
    for place in places[len(decisions.taken) % step :: step]:
        faults = Faults(line=place, error=KeyboardInterrupt)
        after = run(case.after, faults, every_line=True)
        problems = [p for p in kept_records(after, whole=False) if "failed twice" not in p]
        found.extend(f"{problem} ({faults})" for problem in problems)
    return found
