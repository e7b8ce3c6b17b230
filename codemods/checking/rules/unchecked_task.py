"""DBF998: a task that cannot be checked. Found by the engine."""

from __future__ import annotations

from codemods.checking.declaration import RIGHT, SEED, Rule

RULE = Rule(
    code="DBF998",
    name="unchecked-task",
    summary="the task cannot be checked",
    wrong="The check failed on this task, or its code is nested too deep to be followed. "
    "The other tasks of the file are checked.",
    why="Nothing is known of the task.",
    remedy="Take generated code out of the method; where the code is an ordinary one, please report it as a defect of "
    "this tool.",
    valid=(RIGHT, SEED),
    invalid=(),
)
