"""Pipelines to run the command line on."""

from __future__ import annotations


def task(name: str, comment: str = "", requires: str = "", base: str = "PlanTask") -> str:
    """A task class; the comment says what the stand-in shall find."""
    needed = f"    def requires(self):\n        return [{requires}]\n" if requires else ""
    return f"class {name}({base}):\n{needed}    def run_inner(self):\n        self.work()  # {comment}\n"


EVERY_STATE = "\n\n".join(
    [
        task("TodoTask"),
        task("DoneTask", "done"),
        task("RefusedTask", "refused"),
        task("DefectiveTask", "defective"),
        task("StartTask"),
    ]
)
EXEMPT_START = '[tool.refactor]\nexempt = ["StartTask"]\n'
