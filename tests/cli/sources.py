"""Pipelines to run the command line on."""

from __future__ import annotations


def task(name: str, comment: str = "", requires: str = "", base: str = "PlanTask") -> str:
    """A task class; the comment says what the stand-in shall find."""
    needed = f"    def requires(self):\n        return [{requires}]\n" if requires else ""
    return f"class {name}({base}):\n{needed}    def run_inner(self):\n        self.work()  # {comment}\n"


BASE = """
class PlanTask(luigi.Task):
    def get_plan_id(self):
        return self.run_dir.name

    def get_database_service(self):
        return open_service()

    def work(self):
        pass


import luigi
"""
"""What `check` asks for before it calls a task done; behind the tasks, whose lines are counted."""

EVERY_STATE = "\n\n".join(
    [
        task("TodoTask"),
        task("DoneTask", "done"),
        task("RefusedTask", "refused"),
        task("DefectiveTask", "defective"),
        task("StartTask"),
        BASE,
    ]
)
EXEMPT_START = '[tool.refactor]\nexempt = ["StartTask"]\n'
