"""A method that is mapped over a pool of threads records each call with a service of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from codemods import api
from codemods.settings import Settings
from codemods.source import SourceFile
from pipeline.errors import DatabaseError, LLMError
from tests.shapes import laws
from tests.shapes.bench import Bench, Fault
from tests.shapes.catalogue import DIRECTORY
from tests.shapes.rewriting import rewrite
from tests.shapes.test_reverting import revert

if TYPE_CHECKING:
    from codemods.model import FileRewrite

MODULE = '''"""Topics are asked about at the same time."""

from concurrent.futures import ThreadPoolExecutor

from pipeline.plan_task import PlanTask

from fixtures.shapes.support.files import FileName
from fixtures.shapes.support.results import Outline


class TopicsTask(PlanTask):
    def output(self):
        return self.local_target(FileName.TEXT)

    def run_with_llm(self, llm):
        self.model = llm
        topics = [f"topic {number}" for number in range(8)]
        with ThreadPoolExecutor(4) as pool:
            texts = TAKEN
        with self.output().open("w") as f:
            f.write("\\n".join(texts))

    def ask(self, topic: str) -> str:
        query = "about " + topic
        return Outline.execute(self.model, query).markdown
'''
SETTINGS = Settings(llm_arguments=("llm", "model"))
FORMS = (
    "list(pool.map(self.ask, topics))",
    "tuple(pool.map(self.ask, topics))",
    "[''.join(pool.map(self.ask, topics))]",
)


def refactored(taken: str) -> FileRewrite:
    return rewrite(SourceFile(DIRECTORY / "topics_of_a_test.py", MODULE.replace("TAKEN", taken)), SETTINGS)


@pytest.mark.parametrize("taken", FORMS)
def test_each_call_of_a_thread_is_recorded(bench: Bench, taken: str):
    """The same prompts and the same file; a row for each call with its own prompt and answer."""
    done = refactored(taken)
    assert done.changed == ("TopicsTask",), [r.reason for r in done.reports]
    before, after = (bench.run(bench.load(s.to_bytes()), ["TopicsTask"]) for s in (done.before, done.after))
    assert (before.error, after.error) == (None, None)
    assert (
        sorted(before.prompts) == sorted(after.prompts) == sorted(i.prompt_text for i in after.interactions)
    )
    assert len(after.prompts) == 8
    assert before.files == after.files
    assert {name: after.content(name) for name in after.rows} == after.files
    assert {i.status for i in after.interactions} == {"completed"}
    (text,) = after.files.values()
    assert all(i.response_text in text.decode() for i in after.interactions)
    laws.check_rows_come_before_files(after)
    assert len(after.of("open")) == len(after.of("close")) == 9


@pytest.mark.parametrize(
    "fault", [Fault("model", 2, LLMError("asleep")), Fault("database", 4, DatabaseError("full"))]
)
def test_an_error_in_a_thread_ends_the_task(bench: Bench, fault: Fault):
    """It is raised again where the answers are taken; nothing stays pending, no file comes."""
    outcome = bench.run(bench.load(refactored(FORMS[0]).after.to_bytes()), ["TopicsTask"], fault)
    assert outcome.error is not None
    assert outcome.files == {}
    assert "pending" not in {i.status for i in outcome.interactions}
    assert len(outcome.of("open")) - len(outcome.of("close")) in {0, 1}


def test_the_rewrite_is_proven_and_comes_back():
    done = refactored(FORMS[0])
    laws.check_only_insertions(done.before.text, done.after.text)
    assert list(api.verify(done.before, done.after, SETTINGS).findings) == []
    assert revert(done.after).after.text == done.before.text


REFUSED = {
    "an answer that nobody takes": "[pool.map(self.ask, topics)]",
    "some of the answers": "[text for text in pool.map(self.ask, topics)][:1]",
    "submitted": "[pool.submit(self.ask, topic).result() for topic in topics]",
    "a map of another kind": "list(map(self.ask, topics))",
    "given twice": "list(pool.map(self.ask, [self.ask]))",
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_may_keep_an_error_to_itself_is_refused(kind: str):
    (report,) = refactored(REFUSED[kind]).reports
    assert report.refusal is not None
    assert report.refusal.code in {"DBR105", "DBR106"}


OTHERS = {
    "a pool of processes": ("ThreadPoolExecutor", "ProcessPoolExecutor"),
    "a pool of one's own": (
        "from concurrent.futures import ThreadPoolExecutor",
        "from mine import ThreadPoolExecutor",
    ),
    "handlers around another call": (
        "        topics = ",
        "        try:\n            self.ask('x')\n        except OSError:\n            pass\n        topics = ",
    ),
}


@pytest.mark.parametrize("kind", OTHERS)
def test_other_pools_are_refused(kind: str):
    text = MODULE.replace("TAKEN", FORMS[0]).replace(*OTHERS[kind])
    (report,) = rewrite(SourceFile(DIRECTORY / "topics_of_a_test.py", text), SETTINGS).reports
    assert report.refusal is not None
    assert report.refusal.code == "DBR106"
