"""One task never stops the others, whatever goes wrong with it, and time grows with the code and not faster."""

from __future__ import annotations

import ast
import itertools
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from codemods import api
from codemods.checking import engine
from codemods.model import FileRewrite, TaskState
from codemods.python.classes import ClassRef
from codemods.python.memo import Memo
from codemods.settings import Settings
from codemods.source import SourceFile
from codemods.tasks import model_reach
from refactor.cli import main
from tests.check.tools import findings

PATH = Path("tasks.py")
SETTINGS = Settings()
LONGEST = 20
"""Seconds of this process that no test here may take; a guard against what does not end, a hundred times the usual."""

HEAD = """\
import os

import luigi


class PlanTask(luigi.Task):
    run_dir = luigi.Parameter()

    def get_plan_id(self):
        return os.path.basename(self.run_dir)

    def get_database_service(self):
        raise NotImplementedError


"""


def task(name: str, *lines: str, methods: str = "", base: str = "PlanTask", value: str = "value") -> str:
    """The source of a task that runs some lines and writes a value."""
    body = "".join(f"        {line}\n" for line in lines)
    return (
        f"class {name}({base}):\n    def output(self):\n"
        f'        return luigi.LocalTarget(os.path.join(self.run_dir, "{name.lower()}.txt"))\n\n'
        f"    def run(self):\n{body}"
        f'        with self.output().open("w") as f:\n            f.write(str({value}))\n{methods}\n\n'
    )


NEIGHBOUR = task("NeighbourTask", "value = 1")


def rewritten(text: str) -> FileRewrite:
    (inspection,) = api.inspect([SourceFile(PATH, text)], SETTINGS)
    return api.apply(inspection, lambda _: True, SETTINGS)


def states(text: str) -> dict[str, TaskState]:
    return {report.task.name: report.state for report in rewritten(text).reports}


@pytest.mark.parametrize(
    ("error", "code"),
    [(KeyError("surprise"), "DBR902"), (RecursionError(), "DBR905"), (MemoryError(), "DBR905")],
    ids=["error", "recursion", "memory"],
)
def test_what_goes_wrong_in_the_plan_of_one_task_refuses_that_task(
    error: Exception, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the error and its place, and the neighbour is rewritten."""
    plan = api.plan_task

    def planned(context: object) -> object:
        if getattr(context, "task").name == "BadTask":  # noqa: B009 - the context is the analysis's own
            raise error
        return plan(context)  # type: ignore[arg-type]

    monkeypatch.setattr(api, "plan_task", planned)
    reports = {r.task.name: r for r in rewritten(HEAD + task("BadTask", "value = 2") + NEIGHBOUR).reports}
    assert reports["NeighbourTask"].state is TaskState.DONE
    bad = reports["BadTask"]
    assert (bad.state, bad.refusal and bad.refusal.code) == (TaskState.REFUSED, code)
    assert code != "DBR902" or "KeyError: 'surprise'" in bad.reason
    assert bad.refusal is not None
    assert ("in planned" in bad.refusal.trace) == (code == "DBR902")


@pytest.mark.parametrize("command", [("apply", "--all"), ("status",), ("apply", "--all", "--check")])
def test_an_internal_error_ends_with_status_2_and_is_shown_whole_where_it_is_wanted(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The neighbour is done all the same."""
    plan = api.plan_task

    def planned(context: object) -> object:
        if getattr(context, "task").name == "BadTask":  # noqa: B009 - the context is the analysis's own
            raise KeyError("surprise")
        return plan(context)  # type: ignore[arg-type]

    monkeypatch.setattr(api, "plan_task", planned)
    file = tmp_path / "tasks.py"
    file.write_text(HEAD + task("BadTask", "value = 2") + NEIGHBOUR)
    brief = CliRunner().invoke(main, [*command, str(file)])
    whole = CliRunner().invoke(main, [*command, "-v", str(file)])
    assert (brief.exit_code, whole.exit_code) == (2, 2)
    assert "Traceback" not in brief.output
    assert "Traceback" in whole.output
    assert ("get_database_service()" in file.read_text()) == (command == ("apply", "--all"))


def test_more_functions_than_are_followed_are_a_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model behind the last function that was looked at would not be seen."""
    methods = "".join(f"\n    def m{i}(self):\n        return self.m{i + 1}()\n" for i in range(30))
    methods += "\n    def m30(self):\n        return 'text'\n"
    text = HEAD + task("DeepTask", "self.m0()", methods=methods, value="1")
    assert states(text) == {"DeepTask": TaskState.DONE}
    monkeypatch.setattr(model_reach, "_MOST_FUNCTIONS", 20)
    (report,) = rewritten(text).reports
    assert report.refusal is not None
    assert (report.refusal.code, report.task.name) == ("DBR106", "DeepTask")
    assert "self.m0" in report.refusal.reason


def test_what_goes_wrong_in_the_rewrite_of_one_task_refuses_that_task(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in its plan."""
    from codemods.rewriting import apply as rewriting

    real = rewriting.rewrite_method

    def rewrite(source: SourceFile, method: ast.FunctionDef, insertions: object) -> object:
        if "bad" in ast.unparse(method):
            raise AssertionError("surprise")
        return real(source, method, insertions)  # type: ignore[arg-type]

    monkeypatch.setattr(rewriting, "rewrite_method", rewrite)
    result = rewritten(HEAD + task("BadTask", "value = 'bad'") + NEIGHBOUR)
    assert result.changed == ("NeighbourTask",)
    assert result.reports[0].refusal is not None
    assert result.reports[0].refusal.code == "DBR902"


def test_a_task_that_the_check_fails_on_has_a_finding_and_the_others_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is no "No findings", and it hides nothing of its neighbours."""
    real = engine.Checker._of_task

    def of_task(self: engine.Checker, ref: ClassRef) -> object:
        if ref.name == "BadTask":
            raise KeyError("surprise")
        return real(self, ref)

    monkeypatch.setattr(engine.Checker, "_of_task", of_task)
    found = findings(HEAD + task("BadTask", "value = 2") + NEIGHBOUR)
    assert [(f.code, f.task) for f in found] == [("DBF998", "BadTask"), ("DBF000", "NeighbourTask")]


SIZE = "\n    def size(self, node):\n        return 1 + sum(self.size(n) for n in node)\n"
EVEN = """
    def even(self, n):
        return n == 0 or self.odd(n - 1)

    def odd(self, n):
        return n != 0 and self.even(n - 1)
"""
ROUND = """
    def one(self, n):
        return self.two(self.three(n))

    def two(self, n):
        return self.three(self.one(n))

    def three(self, n):
        return self.one(self.two(n))
"""


@pytest.mark.parametrize(
    ("call", "methods"),
    [("self.size([])", SIZE), ("self.even(4)", EVEN), ("self.one(1)", ROUND)],
    ids=["itself", "each-other", "in-a-ring"],
)
def test_methods_may_call_themselves(call: str, methods: str) -> None:
    """Alone, as a pair, in a ring in which each calls both others."""
    text = HEAD + task("LoopTask", f"value = {call}", methods=methods) + NEIGHBOUR
    assert states(text) == {"LoopTask": TaskState.DONE, "NeighbourTask": TaskState.DONE}
    assert [f.task for f in findings(text)] == ["LoopTask", "NeighbourTask"]


@pytest.mark.parametrize("first", ["ask", "tell"])
def test_a_model_that_is_called_in_a_ring_of_methods_is_found_from_each_of_them(first: str) -> None:
    """What was assumed of a method while it was being read must not be remembered of the others."""
    methods = """
    def ask(self, n):
        return self.tell(n)

    def tell(self, n):
        self.ask(n)
        llm = self.create_llm_executor()
        return llm.complete("what?")
"""
    text = HEAD + task("AskTask", f"value = self.{first}('x')", methods=methods)
    (inspection,) = api.inspect([SourceFile(PATH, text)], SETTINGS)
    (report,) = inspection.reports
    assert report.state is TaskState.REFUSED or (report.analysis is not None and report.analysis.calls)


@pytest.mark.parametrize("count", [3, 6, 7, 12, 40])
def test_a_model_is_one_by_any_number_of_names(count: int) -> None:
    """A private limit on depth made the seventh name no model, and its call invisible."""
    names = ["llm", *(f"model{i}" for i in range(count))]
    lines = [f"{name} = {before}" for before, name in itertools.pairwise(names)]
    text = HEAD + task("AskTask", *lines, f'value: str = {names[-1]}.complete("what?")', value="1").replace(
        "def run(self)", "def run_with_llm(self, llm)"
    )
    (inspection,) = api.inspect([SourceFile(PATH, text)], SETTINGS)
    assert [len(r.analysis.calls) for r in inspection.reports if r.analysis] == [1]


def conditions(count: int) -> list[str]:
    return ["x = 1", "value = 0", "if x == 0:", "    value = 0"] + [
        line for i in range(count) for line in (f"elif x == {i}:", f"    value = {i}")
    ]


DEEP: dict[str, Callable[[int], list[str]]] = {
    "elif": conditions,
    "operands": lambda n: ["x = 1", f"value = {' + '.join(['x'] * n)}"],
    "alternatives": lambda n: ["x = 1", f"value = {' or '.join(['x'] * n)}"],
    "texts added": lambda n: ["value = (", *[f"    'text {i} ' +" for i in range(n)], "    '')"],
    "adjacent texts": lambda n: ["value = (", *[f"    'text {i} '" for i in range(n)], ")"],
    "chained calls": lambda n: [f"value = 'text'{'.strip()' * n}"],
    "rebound": lambda n: ["value = 'text'", *[f"value = value[len(value) - {i} :]" for i in range(n)]],
    "rebound under conditions": lambda n: [
        "value = 'text'",
        *[line for i in range(n) for line in ("if value:", f"    value = value[{i}:]")],
    ],
    "text grown": lambda n: ["value = ''", *[f"value = value + 'line {i}'" for i in range(n)]],
}


@pytest.mark.parametrize("count", [400, 1000])
@pytest.mark.parametrize("shape", DEEP)
def test_deep_and_long_code_is_rewritten_and_comes_back(shape: str, count: int) -> None:
    """Generated code: what is nested deep or goes on for long is a task like others, in good time."""
    text = HEAD + task("DeepTask", *DEEP[shape](count)) + NEIGHBOUR
    begun = time.process_time()
    result = rewritten(text)
    assert {r.task.name: (r.state, r.reason) for r in result.reports} == {
        "DeepTask": (TaskState.DONE, ""),
        "NeighbourTask": (TaskState.DONE, ""),
    }
    assert api.verify(result.before, result.after, SETTINGS).findings == ()
    assert [f for f in findings(result.after.text) if f.code == "DBF998"] == []
    (again,) = api.inspect([result.after], SETTINGS)
    assert api.revert(again, lambda _: True, SETTINGS).after.text == text
    assert time.process_time() - begun < LONGEST


def evaluations(monkeypatch: pytest.MonkeyPatch, text: str) -> int:
    """How many questions an inspection answers."""
    answered = 0
    real = Memo.of

    def of(self: Memo[object], key: object, find: Callable[[], object]) -> object:
        def found() -> object:
            nonlocal answered
            answered += 1
            return find()

        return real(self, key, found)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(Memo, "of", of)
        api.inspect([SourceFile(PATH, text)], SETTINGS)
    return answered


def ring(count: int) -> str:
    """Methods that each call two others of them."""
    return "".join(
        f"\n    def m{i}(self, a):\n"
        f"        b = self.m{(i + 1) % count}(a)\n        return self.m{(i * 7 + 3) % count}(b)\n"
        for i in range(count)
    )


GROWING: dict[str, Callable[[int], str]] = {
    **{shape: lambda n, make=make: task("DeepTask", *make(n)) for shape, make in DEEP.items()},  # type: ignore[misc]
    "ring of methods": lambda n: task("DeepTask", "value = self.m0([])", methods=ring(n)),
}


@pytest.mark.parametrize("shape", GROWING)
def test_twice_the_code_is_about_twice_the_work(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: each question is answered once, whoever asks."""
    few, many = (evaluations(monkeypatch, HEAD + GROWING[shape](n)) for n in (40, 80))
    assert many <= 2.3 * few


def test_code_that_python_cannot_parse_is_the_error_of_its_file() -> None:
    """Beyond what the parser itself takes there is no tree; nobody crashes."""
    text = HEAD + task("DeepTask", *conditions(20_000))
    with pytest.raises(api.SourceError, match="nested too deep"):
        api.inspect([SourceFile(PATH, text)], SETTINGS)


@pytest.mark.parametrize(
    "output",
    [
        "{k: luigi.LocalTarget(v) for k, v in self.names.items()}",
        "self.somewhere()",
        "[luigi.LocalTarget(n) for n in self.names]",
    ],
    ids=["mapping", "out of reach", "list"],
)
def test_what_is_refused_is_no_clean_task(output: str) -> None:
    """`status` says refused, so `check` has a finding, with the same code."""
    text = HEAD + (
        "class SavingTask(PlanTask):\n    names = {'a': 'a.csv'}\n\n"
        f"    def output(self):\n        return {output}\n\n\n"
        "class OneTask(SavingTask):\n    def run(self):\n        self.save(1)\n"
    )
    (inspection,) = api.inspect([SourceFile(PATH, text)], SETTINGS)
    refusals = {r.task.name: r.refusal.code for r in inspection.reports if r.refusal}
    assert set(refusals) == {"OneTask"}
    (finding,) = findings(text)
    assert (finding.code, finding.task) == ("DBF000", "OneTask")
