"""DBF950: a name that nothing defines."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.python.global_names import module_names
from codemods.python.scoping import late_bound_names, undefined_names
from codemods.tasks.view import TaskView


def check(task: TaskView) -> Iterator[Found]:
    """Yields the first use of each undefined name, and names read before they are bound."""
    known = module_names(task.context.scope.module)
    seen: set[str] = set()
    if known is not None:
        for name in undefined_names(task.entry, known, task.index):
            if name.id not in seen:
                seen.add(name.id)
                yield Found(name, f"{name.id} is not defined")
    for name in late_bound_names(task.entry, task.index):
        if name.id not in seen:
            seen.add(name.id)
            yield Found(name, f"{name.id} is read before it is bound")


_START = "            start_time = time.perf_counter()\n"

RULE = Rule(
    code="DBF950",
    name="undefined-name",
    summary="a name is not defined",
    wrong="The method reads a name that is bound nowhere: not in the method, not in the module, not a builtin. The "
    "usual one is `time`, imported inside of another method.",
    why="It raises NameError when the line is reached: before the call, so that the task can never run, or after it, "
    "when the call is paid for and its response is lost.",
    remedy="Import it at the top of the module.",
    valid=(
        RIGHT,
        SEED,
        changed(("import time\n", ""), (_START, f"            import time\n{_START}")),
        changed(("from plan import PlanTask\n", "from plan import *\n"), ("import time\n", "")),
    ),
    invalid=(
        changed(("import time\n", "")),
        changed(
            ("import time\n", ""),
            ("            raw_content = ", "            import time\n            raw_content = "),
        ),
    ),
    check=check,
    anywhere=True,
)
