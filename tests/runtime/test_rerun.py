"""`pipeline rerun` and `pipeline compare`: a plan from a task on, and two plans side by side."""

import json

import jsonschema
import pytest
from click.testing import CliRunner

from pipeline.cli.main import main
from pipeline.database.engine import get_engine
from pipeline.database.records import ContentInfo, PlanRecord
from pipeline.database.service import DatabaseService
from pipeline.errors import ConfigurationError
from pipeline.plans.compare import compare_plans
from pipeline.report.task_graph import ExpectedTask
from pipeline.running.rerun import taken_over
from refactor.reference.documents import schema
from tests.runtime.command import KILLED, Command, assert_ended
from tests.runtime.recorded_plan import STARTED_AT
from tests.runtime.test_recording import rows

PLAN = PlanRecord("p", "completed", "tea", STARTED_AT, None, ("m",))


def task(name: str, *needs: str, files: tuple[str, ...] | None = None) -> ExpectedTask:
    return ExpectedTask(f"{name}_key", name, name.lower(), needs, (f"{name}.md",) if files is None else files)


def row(filename: str, stage: str) -> ContentInfo:
    return ContentInfo(filename, stage, "text/plain", 1, "0", STARTED_AT)


GRAPH = (task("A"), task("B", "A"), task("Side", "A"), task("C", "B"), task("End", "C", "Side"))
STORED = [
    row("A.md", "a"),
    row("A-extra.md", "a"),
    row("B.md", "b"),
    row("Side.md", "side"),
    row("C.md", "c"),
]


@pytest.mark.parametrize(
    ("name", "tasks", "files"),
    [
        ("A", set(), set()),
        ("C", {"A", "B"}, {"A.md", "A-extra.md", "B.md"}),
        # What it does not depend on is run again.
        ("Side", {"A"}, {"A.md", "A-extra.md"}),
        ("End", {"A", "B", "C", "Side"}, {"A.md", "A-extra.md", "B.md", "Side.md", "C.md"}),
    ],
)
def test_what_a_task_depends_on_is_taken_over(name: str, tasks: set[str], files: set[str]) -> None:
    taken = taken_over(PLAN, name, GRAPH, STORED, ())
    assert (set(taken.tasks), taken.filenames) == (tasks, files)
    assert taken.stages == {t.lower() for t in tasks}


def test_all_tasks_of_one_class_are_run_again() -> None:
    graph = (task("A"), task("Part(n=1)", "A"), task("Part(n=2)", "Part(n=1)"), task("End", "Part(n=2)"))
    stored = [row("A.md", "a"), row("Part(n=1).md", "part"), row("Part(n=2).md", "part")]
    assert taken_over(PLAN, "Part", graph, stored, ()).tasks == ("A",)
    taken = taken_over(PLAN, "Part(n=2)", graph, stored, ())
    assert taken.tasks == ("A", "Part(n=1)")
    # Rows of a stage that is not theirs alone are not known to be theirs.
    assert taken.stages == {"a"}
    assert taken.filenames == {"A.md", "Part(n=1).md"}


@pytest.mark.parametrize(
    ("name", "stored", "begun", "message"),
    [
        ("Ed", STORED, (), r"has no task Ed; did you mean End\?"),
        ("zzzzzz", STORED, (), "has no task zzzzzz; it has A, B, Side, C, End"),
        ("C", STORED[:2], (), r"C depends on B, which is not done \(the database has no B.md\)"),
        (
            "C",
            STORED,
            ("B_key",),
            r"B, which is not done \(it has begun and not ended\): first `pipeline resume p`",
        ),
    ],
)
def test_what_cannot_be_taken_over_is_refused(
    name: str, stored: list[ContentInfo], begun: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        taken_over(PLAN, name, GRAPH, stored, begun)


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_a_plan_is_run_again_from_a_task_on(database: str, request: pytest.FixtureRequest) -> None:
    command: Command = request.getfixturevalue(f"{database}_command")
    assert_ended(command.run(), 0)
    before = command.files()
    again = command("rerun", "p1", "--from", "Risks", "--as", "p2")
    assert_ended(again, 0)
    assert "taken over from p1: 2 tasks, 2 files" in again.stderr.decode()
    files = {path.name: path.read_bytes() for path in sorted((command.directory / "run" / "p2").iterdir())}
    assert files == before == command.files()
    # Two tasks of two calls each are run again, and nothing of the one before them.
    assert len(command.calls()) == 5 + 4
    service = DatabaseService(get_engine(command.database_url))
    of_both = rows(
        service, "plan_id", "stage", "status", "input_tokens", "replayed_from", "prompt_text", "id"
    )
    first = next(r for r in of_both if r[:2] == ("p1", "goals"))
    copied = next(r for r in of_both if r[:2] == ("p2", "goals"))
    assert copied[2:6] == ("completed", 0, first[6], first[5])
    assert [r[4] for r in of_both if r[0] == "p2" and r[1] != "goals"] == [None] * 4
    comparison = compare_plans(service, "p1", "p2")
    assert {file.state for file in comparison.files} == {"same"}
    assert len(comparison.files) == 6
    a, b = comparison.a_total, comparison.b_total
    assert (a.calls, b.calls, a.found_again, b.found_again) == (5, 5, 0, 1)
    (goals,) = (stage for stage in comparison.stages if stage.stage == "goals")
    assert goals.b.input_tokens == 0
    assert a.input_tokens is not None
    assert b.input_tokens == a.input_tokens - (goals.a.input_tokens or 0)


def test_a_killed_rerun_is_resumed_and_errors_leave_nothing(
    sqlite_command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = sqlite_command
    assert_ended(command.run(), 0)
    monkeypatch.chdir(command.directory)
    monkeypatch.setenv("PIPELINE_DATABASE_URL", command.database_url)

    def refused(*arguments: str) -> str:
        result = CliRunner().invoke(main, arguments, env={"PIPELINE_ROOT": command.root})
        assert result.exit_code == 2
        return result.stderr

    assert "is the one that is run again" in refused("rerun", "p1", "--from", "Risks", "--as", "p1")
    assert "did you mean Risks" in refused("rerun", "p1", "--from", "Risk", "--as", "p2")
    assert "invalid plan id" in refused("rerun", "p1", "--from", "Risks", "--as", "../p2")
    assert "there is no plan nope" in refused("rerun", "nope", "--from", "Risks", "--as", "p2")
    assert "unknown LLM" in refused("rerun", "p1", "--from", "Risks", "--as", "p2", "--llm-model", "no")
    assert "there is no plan p2" in refused("compare", "p1", "p2")
    assert not (command.directory / "run" / "p2").exists()
    killed = command("rerun", "p1", "--from", "Risks", "--as", "p2", PIPELINE_FAULT="interaction_created:2")
    assert_ended(killed, KILLED)
    assert_ended(command("resume", "p2"), 0)
    assert len(command.calls()) == 5 + 4
    assert "there is already a plan p2" in refused("rerun", "p1", "--from", "Risks", "--as", "p2")


def test_what_differs_is_told(sqlite_command: Command) -> None:
    command = sqlite_command
    command.directory.mkdir()
    config = command.directory / "llm.toml"
    config.write_text('[prices.m]\ncurrency = "EUR"\ninput_per_million = 1000000\noutput_per_million = 0\n')
    service = DatabaseService(get_engine(command.database_url))
    for plan, content, tokens in (("a", "one", 3), ("b", "two!", 5)):
        made = service.create_llm_interaction(
            {"plan_id": plan, "llm_model": "m", "stage": "s", "prompt_text": "x"}
        )
        ending = {"status": "completed", "input_tokens": tokens, "output_tokens": 1}
        service.update_llm_interaction(made.id, ending)
        service.create_plan_content({"plan_id": plan, "filename": "f.md", "stage": "s", "content": content})
        service.create_plan_content({"plan_id": plan, "filename": f"{plan}.md", "stage": "s", "content": ""})
    failed = service.create_llm_interaction(
        {"plan_id": "b", "llm_model": "n", "stage": "t", "prompt_text": "x"}
    )
    service.update_llm_interaction(failed.id, {"status": "failed", "error_message": "x"})
    environment = {"PIPELINE_DATABASE_URL": command.database_url}
    priced = {**environment, "PIPELINE_LLM_CONFIG": str(config)}
    shown = CliRunner().invoke(main, ["compare", "a", "b"], env=priced)
    assert shown.stdout.splitlines() == [
        "a: a",
        "b: b",
        "files: 0 same, 3 not",
        "  only in a  a.md  0 -> - bytes",
        "  only in b  b.md  - -> 0 bytes",
        "  different  f.md  3 -> 4 bytes",
        "calls:",
        "  s      calls 1, input tokens 3 -> 5, output tokens 1, cost 3 EUR -> 5 EUR",
        "  t      calls 0 -> 1, failed 0 -> 1, input tokens unknown, output tokens unknown",
        "  total  calls 1 -> 2, failed 0 -> 1, input tokens 3 -> 5, output tokens 1, cost 3 EUR -> 5 EUR and 1 unknown",
    ]
    assert "cost" not in CliRunner().invoke(main, ["compare", "a", "b"], env=environment).stdout
    as_json = CliRunner().invoke(main, ["compare", "a", "b", "--output-format", "json"], env=environment)
    document = json.loads(as_json.stdout)
    jsonschema.validate(document, schema("pipeline", "compare"))
    assert document["b_total"] == {
        "calls": 2,
        "failed": 1,
        "found_again": 0,
        "input_tokens": 5,
        "output_tokens": 1,
        "without_tokens": 1,
        "costs": [],
        "without_cost": 2,
    }
