"""DBF999: a file that cannot be checked. Found by the engine."""

from __future__ import annotations

from codemods.checking.declaration import RIGHT, SEED, Example, Rule

RULE = Rule(
    code="DBF999",
    name="unreadable-file",
    summary="the file cannot be checked",
    wrong="The file cannot be read, decoded or parsed, or the check itself failed on it. The other files are checked.",
    why="Nothing is known of the tasks in it.",
    remedy="Mend the file; an internal error is a defect of this tool, please report it.",
    valid=(RIGHT, SEED),
    invalid=(
        Example(
            "class SummariseTask(PlanTask):\n    def run(self:\n",
            before="def run(self:",
            after="def run(self):",
        ),
    ),
)
