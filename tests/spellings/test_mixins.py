"""Tasks whose work stands in a class that is no task: refused and found, and never counted as exempt."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from codemods.checking.engine import Checker
from codemods.model import TaskReport, TaskState
from codemods.source import SourceFile
from tests.properties.foreign.projects import BASE, HEAD, HELPERS, Project
from tests.properties.foreign.running import SETTINGS, broken, refactor

OUTPUT = "    def output(self):\n        return self.target('a.txt')\n"
WRITING = "    def run(self):\n        with self.output().open('w') as f:\n            f.write('x')\n"
ASKING = "    def run(self):\n        llm = faraway.Model()\n        print(llm.ask('q'))\n"
IDLE = "    def run(self):\n        print('nothing to do')\n"
TASKS = {
    "writes": f"class Work:\n{WRITING}\n\nclass First(Work, BaseTask):\n{OUTPUT}",
    "asks": f"class Work:\n{ASKING}\n\nclass First(Work, BaseTask):\n    pass\n",
    "of-a-mixin-of-a-mixin": f"class Deep:\n{WRITING}\n\nclass Work(Deep):\n    pass\n\n\n"
    f"class First(Work, BaseTask):\n{OUTPUT}",
}


def _looked_at(text: str) -> tuple[TaskReport, list[str]]:
    files = {
        "base.py": BASE,
        "helpers.py": HELPERS,
        "tasks.py": f"{HEAD}from base import BaseTask\n\n\n{text}",
    }
    project = Project(files, ["First"])
    assert broken(project)[0] == []
    with tempfile.TemporaryDirectory() as directory:
        case = refactor(project, Path(directory))
        source = SourceFile(Path(directory, "tasks.py"), files["tasks.py"])
        findings = [finding.code for finding in Checker(SETTINGS).check(source)]
    [report] = [r for r in case.reports if r.task.name == "First"]
    return report, findings


@pytest.mark.parametrize("name", TASKS)
def test_it_is_refused_and_found(name: str) -> None:
    report, findings = _looked_at(TASKS[name])
    assert report.state is TaskState.REFUSED
    assert findings == ["DBF000"]


def test_a_mixin_without_work_needs_no_steps() -> None:
    report, findings = _looked_at(f"class Work:\n{IDLE}\n\nclass First(Work, BaseTask):\n    pass\n")
    assert report.state is TaskState.EXEMPT
    assert findings == []


def test_a_task_that_inherits_from_a_task_is_covered_by_it() -> None:
    text = f"class Work(BaseTask):\n{OUTPUT}\n{WRITING}\n\nclass First(Work):\n    pass\n"
    report, findings = _looked_at(text)
    assert report.state is TaskState.EXEMPT
    assert findings == ["DBF000"]  # of Work
