"""A task that always ends by an error, with nothing done before, needs no steps; another one is looked at."""

from pathlib import Path

import pytest

from codemods import api
from codemods.settings import Settings
from codemods.source import SourceFile

TASK = """\
import luigi
from pipeline.plan_task import PlanTask


class Failing(PlanTask):
    tries = 0

    @property
    def kept(self):
        return ""

    @kept.setter
    def kept(self, text):
        with self.output().open("w") as f:
            f.write(text)

    def output(self):
        return luigi.LocalTarget("a.txt")

    def run(self):
        \"\"\"Fails.\"\"\"
        {}
"""


@pytest.mark.parametrize(
    ("body", "exempt"),
    [
        ("raise ValueError", True),
        ("self.tries += 1; raise ValueError(self.tries)", True),
        ("text = 'not ' + 'yet'; raise ValueError(text)", True),
        ("n = m = self.tries = 2; raise ValueError(n)", True),
        ("self.kept = 'x'; raise ValueError", False),
        ("self.tries = self.kept; raise ValueError", False),
        ("n = unknown(); raise ValueError(n)", False),
        ("n = (yield); raise ValueError(n)", False),
        ("self.tries += 1", False),
    ],
)
def test_a_task_that_only_raises(body: str, *, exempt: bool) -> None:
    (inspection,) = api.inspect((SourceFile(Path("tasks.py"), TASK.format(body)),), Settings())
    (report,) = inspection.reports
    assert (report.reason == "run() only raises") is exempt


ABSTRACT = """\
from pipeline.plan_task import PlanTask
{0}


class Base(PlanTask):
{1}
    def run(self):
        {2}


class Heir(Base):
    def run(self):
        with self.output().open("w") as f:
            f.write("x")
"""


@pytest.mark.parametrize(
    ("line", "decorators", "body", "exempt"),
    [
        ("from abc import abstractmethod", "@abstractmethod", "pass", True),
        ("import abc", "@abc.abstractmethod", "...", True),
        ("from abc import abstractmethod as open_end", "@open_end", '"""What a task does."""', True),
        ("from abc import abstractmethod", "@abstractmethod", "self.prepare()", False),
        ("from elsewhere import abstractmethod", "@abstractmethod", "pass", False),
        ("def abstractmethod(f): return f", "@abstractmethod", "pass", False),
        ("from abc import abstractmethod\nfrom a import b", "@b\n    @abstractmethod", "pass", False),
        ("", "", "pass", False),
    ],
)
def test_a_class_whose_work_is_abstract(line: str, decorators: str, body: str, *, exempt: bool) -> None:
    """`run()` of it is nothing, and no object of it is ever made: its heirs are the tasks."""
    text = ABSTRACT.format(line, f"    {decorators}" if decorators else "", body)
    (inspection,) = api.inspect((SourceFile(Path("tasks.py"), text),), Settings())
    base, heir = inspection.reports
    assert (base.reason == "run() is abstract") is exempt
    assert heir.reason != "run() is abstract"
