"""What the rows of a plan say of its tasks: nothing more than is known."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import luigi
import pytest
from sqlalchemy import Engine

from pipeline.database import migrate
from pipeline.database.records import PlanRecord
from pipeline.database.service import DatabaseService
from pipeline.errors import ConfigurationError, DatabaseError, PlanNotFoundError
from pipeline.llm.prices import Price
from pipeline.plans.doctor import STALE_REASON
from pipeline.report.facts import CallState, Money, TaskState
from pipeline.report.gather import OTHER_PIPELINE, gather
from pipeline.report.slowest import longest_chain, slowest_tasks
from pipeline.report.spending import spend, spend_by_model
from pipeline.report.task_graph import expected_tasks, usual_stage
from pipeline.report.troubles import group_failures, recoveries
from tests.runtime.recorded_plan import GRAPH, RecordedPlan, expected
from tests.runtime.wide_pipeline import Wide

PRICES = {"large": Price("USD", Decimal(3), Decimal(15)), "small": Price("EUR", Decimal(1), Decimal(2))}


@pytest.fixture
def plan(sqlite_tables_url: str, monkeypatch: pytest.MonkeyPatch) -> RecordedPlan:
    monkeypatch.setenv("PIPELINE_DATABASE_URL", sqlite_tables_url)
    return RecordedPlan(DatabaseService())


def states(plan: RecordedPlan) -> list[TaskState]:
    return [task.state for task in plan.facts().tasks]


# -- states of tasks


def test_tasks_of_a_plan_that_begins_wait(plan: RecordedPlan) -> None:
    assert states(plan) == [TaskState.WAITING] * 3


def test_a_task_is_done_when_all_of_its_files_are_stored(plan: RecordedPlan) -> None:
    graph = (expected("Goals", files=("goals.md", "goals.json")),)
    plan.call("goals")
    plan.file("goals.md")
    assert plan.task("Goals", graph).state is TaskState.RUNNING
    plan.file("goals.json")
    assert plan.task("Goals", graph).state is TaskState.DONE


def test_a_pending_call_means_running_only_while_the_plan_runs(plan: RecordedPlan) -> None:
    plan.call("goals", status="pending")
    assert states(plan) == [TaskState.RUNNING, TaskState.WAITING, TaskState.WAITING]
    assert plan.task("Goals").calls[0].state is CallState.PENDING
    plan.becomes("failed")
    assert states(plan)[0] is TaskState.UNFINISHED
    assert plan.task("Goals").calls[0].state is CallState.ABANDONED


def test_a_task_whose_last_call_failed_has_failed(plan: RecordedPlan) -> None:
    plan.call("goals", status="failed", begins=0)
    assert states(plan)[0] is TaskState.FAILED
    plan.call("goals", "small", begins=2)
    assert states(plan)[0] is TaskState.RUNNING
    plan.file("goals.md")
    assert states(plan)[0] is TaskState.DONE


def test_after_a_failed_run_what_could_have_been_done_is_unfinished(plan: RecordedPlan) -> None:
    plan.file("goals.md")
    plan.becomes("failed")
    assert states(plan) == [TaskState.DONE, TaskState.UNFINISHED, TaskState.WAITING]


def test_after_a_stop_what_had_not_begun_still_waits(plan: RecordedPlan) -> None:
    plan.file("goals.md")
    plan.becomes("stopped")
    assert states(plan) == [TaskState.DONE, TaskState.WAITING, TaskState.WAITING]


def test_rows_of_an_earlier_run_do_not_make_a_task_running_or_failed(plan: RecordedPlan) -> None:
    plan.call("goals", status="failed", begins=-100)
    assert states(plan)[0] is TaskState.WAITING
    plan.becomes("failed")
    assert states(plan)[0] is TaskState.FAILED


def test_a_task_known_to_have_begun_runs_and_is_not_done_before_it_has_ended(plan: RecordedPlan) -> None:
    plan.service.begin_task("p1", "Goals_key")
    assert states(plan)[0] is TaskState.RUNNING
    plan.file("goals.md")
    # The end of a task is written with whatever comes next, so during a run its files decide.
    assert states(plan)[0] is TaskState.DONE
    plan.becomes("failed")
    assert states(plan)[0] is TaskState.UNFINISHED


def test_a_task_without_files_is_done_with_what_it_needs(plan: RecordedPlan) -> None:
    graph = (expected("Goals"), expected("All", "Goals", files=()))
    assert plan.task("All", graph).state is TaskState.WAITING
    plan.file("goals.md")
    assert plan.task("All", graph).state is TaskState.DONE


def test_input_files_are_there_from_the_start(plan: RecordedPlan) -> None:
    graph = (expected("Inputs", files=("001-2-plan.txt",)),)
    assert plan.task("Inputs", graph).state is TaskState.DONE


# -- which rows are whose


def test_a_file_tells_the_stage_of_a_task_whose_stage_has_another_name(plan: RecordedPlan) -> None:
    plan.call("vital_few")
    plan.file("goals.md", stage="vital_few")
    plan.file("extra.txt", stage="vital_few")
    goals = plan.task("Goals")
    assert (goals.stage, len(goals.calls)) == ("vital_few", 1)
    assert [file.name for file in goals.files] == ["extra.txt", "goals.md"]


def test_no_call_is_counted_twice_when_two_tasks_write_one_stage(plan: RecordedPlan) -> None:
    graph = (expected("Goals"), expected("Risks", "Goals"))
    plan.call("shared")
    plan.file("goals.md", stage="shared")
    plan.file("risks.md", stage="shared")
    facts = plan.facts(graph)
    assert len(facts.calls) == 1
    assert [[file.name for file in task.files] for task in facts.tasks] == [["goals.md"], ["risks.md"]]


def test_a_stage_of_no_known_task_is_shown_as_it_is(plan: RecordedPlan) -> None:
    plan.file("goals.md")
    plan.call("surprise")
    assert [task.name for task in plan.facts().tasks] == ["Goals", "Risks", "Report", "surprise"]
    assert plan.task("surprise").state is TaskState.RUNNING
    plan.file("surprise.md")
    assert plan.task("surprise").state is TaskState.DONE


def test_the_root_of_another_pipeline_is_told_and_left_out(plan: RecordedPlan) -> None:
    plan.file("goals.md")
    facts = plan.facts((expected("Other"), expected("Another")))
    assert ([task.name for task in facts.tasks], facts.note) == (["goals"], OTHER_PIPELINE)
    assert plan.facts().note is None


def test_a_graph_that_cannot_be_told_leaves_what_is_on_record(plan: RecordedPlan) -> None:
    class Broken(luigi.Task):
        run_id_dir = luigi.PathParameter()
        speedvsdetail = luigi.Parameter()
        llm_models = luigi.ListParameter()

        def requires(self) -> luigi.Task:
            raise OSError("sk-abcdef123456 is not there")

    def expect_tasks(record: PlanRecord) -> object:
        return expected_tasks(Broken, Path("run"), record)

    plan.file("goals.md")
    facts = gather(plan.service, "p1", expect_tasks)  # type: ignore[arg-type]
    assert [task.name for task in facts.tasks] == ["goals"]
    assert facts.note is not None
    assert "OSError: [redacted] is not there" in facts.note


def test_tasks_of_one_class_are_told_apart(plan: RecordedPlan) -> None:
    record = plan.service.get_plan("p1")
    tasks = expected_tasks(Wide, Path("run"), record)
    assert [task.name for task in tasks][-1] == "Wide"
    assert {task.name for task in tasks} >= {"Leaf(number=0)", "Leaf(number=15)"}
    assert set(tasks[-1].needs) == {task.name for task in tasks[:-1]}
    assert not Path("run").exists()


@pytest.mark.parametrize(
    ("family", "stage"),
    [
        ("SWOTAnalysisTask", "swot_analysis"),
        ("CreateWBSLevel1Task", "create_wbs_level1"),
        ("Task", "task"),
        ("space.PitchTask", "pitch"),
    ],
)
def test_the_usual_stage_is_what_refactored_tasks_write(family: str, stage: str) -> None:
    assert usual_stage(family) == stage


# -- calls


def test_durations_are_those_measured_or_the_distance_of_moments(plan: RecordedPlan) -> None:
    plan.call("goals", seconds=2.5)
    plan.call("goals", status="failed", begins=10, seconds=4)
    plan.call("goals", status="pending", begins=20)
    assert [call.seconds for call in plan.task("Goals").calls] == [2.5, 4, 40]


def test_an_abandoned_call_has_no_end_and_no_duration(plan: RecordedPlan) -> None:
    plan.call("goals", status="pending")
    plan.service.fail_pending_interactions("p1", STALE_REASON)
    (call,) = plan.task("Goals").calls
    assert (call.state, call.ended_at, call.seconds) == (CallState.ABANDONED, None, None)


def test_a_clock_behind_the_rows_gives_no_negative_time(plan: RecordedPlan) -> None:
    plan.call("goals", status="pending", begins=30)
    facts = plan.facts(later=-60)
    assert facts.as_of == plan.now + timedelta(seconds=30)
    assert facts.calls[0].seconds == 0


def test_the_last_write_is_no_reading_of_ones_own_clock(plan: RecordedPlan) -> None:
    assert plan.facts().last_write is None
    plan.call("goals", status="pending", begins=5)
    assert plan.facts().last_write == plan.now + timedelta(seconds=5)


# -- tokens and cost


def test_sums_say_what_they_miss_and_estimate_nothing(plan: RecordedPlan) -> None:
    plan.call("goals", tokens=(1_000_000, 100_000))
    plan.call("goals", tokens=(5, None))
    plan.call("goals", status="failed")
    plan.call("goals", status="pending")
    spending = spend(plan.facts(prices=PRICES).calls)
    assert (spending.input_tokens, spending.output_tokens) == (1_000_005, 100_000)
    assert (spending.without_tokens, spending.without_cost) == (2, 2)
    assert spending.costs == (Money("USD", Decimal("4.5")),)


def test_nothing_known_is_unknown_not_nothing(plan: RecordedPlan) -> None:
    plan.call("goals")
    spending = spend(plan.facts().calls)
    assert (spending.input_tokens, spending.output_tokens, spending.costs) == (None, None, ())


def test_currencies_are_not_added_up(plan: RecordedPlan) -> None:
    plan.call("goals", "large", tokens=(1_000_000, 0))
    plan.call("goals", "small", tokens=(1_000_000, 0), begins=1)
    plan.call("goals", "free", tokens=(1, 1), begins=2)
    facts = plan.facts(prices=PRICES)
    assert spend(facts.calls).costs == (Money("EUR", Decimal(1)), Money("USD", Decimal(3)))
    by_model = {item.model: item for item in spend_by_model(facts.calls, PRICES)}
    assert by_model["free"].price is None
    assert by_model["free"].spending.without_cost == 1
    assert by_model["small"].spending.costs == (Money("EUR", Decimal(1)),)


# -- troubles and time


def test_failures_with_one_message_are_one_group_and_open_ones_come_first(plan: RecordedPlan) -> None:
    plan.call("goals", status="failed", error="overloaded")
    plan.call("goals", status="failed", error="overloaded", begins=1)
    plan.call("goals", "small", begins=2)
    plan.file("goals.md")
    plan.call("risks", "small", status="failed", error="refused", begins=3)
    groups = group_failures(plan.facts().tasks)
    assert [(group.model, group.message, group.count) for group in groups] == [
        ("small", "refused", 1),
        ("large", "overloaded", 2),
    ]
    assert [[task.name for task in group.open_tasks] for group in groups] == [["Risks"], []]
    assert [(item.task.name, item.failed, item.fallbacks) for item in recoveries(plan.facts().tasks)] == [
        ("Goals", 2, 1),
        ("Risks", 1, 0),
    ]


def test_messages_that_differ_in_numbers_are_of_one_group(plan: RecordedPlan) -> None:
    plan.call("goals", status="failed", error="busy, request req_a71 failed, wait 3 s\nfirst")
    plan.call("goals", status="failed", error="busy, request req_b9 failed, wait 20 s\nsecond", begins=1)
    plan.call("goals", status="failed", error="busy, request failed", begins=2)
    groups = group_failures(plan.facts().tasks)
    assert [(group.count, group.variants) for group in groups] == [(2, 2), (1, 1)]
    assert groups[0].message.endswith("first")


def test_the_slowest_come_first_with_the_time_of_failed_calls(plan: RecordedPlan) -> None:
    plan.call("goals", seconds=2)
    plan.call("risks", status="failed", seconds=3)
    plan.call("risks", "small", seconds=1, begins=3)
    first, second = slowest_tasks(plan.facts().tasks)
    assert [(first.task.name, first.seconds), (second.task.name, second.seconds)] == [
        ("Risks", 4),
        ("Goals", 2),
    ]
    assert [(part.state, part.left, part.width) for part in first.parts] == [
        (CallState.COMPLETED, 0, 25),
        (CallState.FAILED, 25, 75),
    ]
    assert second.parts[0].width == 50


def test_the_longest_chain_follows_the_graph(plan: RecordedPlan) -> None:
    graph = (
        expected("Goals"),
        expected("Risks", "Goals"),
        expected("Steps", "Goals"),
        expected("Markdown", "Steps"),
        expected("Report", "Markdown", "Risks"),
    )
    for stage, seconds in (("goals", 1), ("risks", 2), ("steps", 5), ("report", 1)):
        plan.call(stage, seconds=seconds)
    assert [task.name for task in longest_chain(plan.facts(graph).tasks)] == ["Goals", "Steps", "Report"]
    assert longest_chain(plan.facts(()).tasks) == ()


# -- reading


def test_both_databases_say_the_same(service: DatabaseService) -> None:
    plan = RecordedPlan(service)
    plan.call("goals", status="failed", error="overloaded")
    plan.call("goals", "small", begins=1, seconds=2.5, tokens=(10, 3))
    plan.file("goals.md", content="schön")
    plan.call("risks", begins=4, status="pending")
    facts = plan.facts(prices=PRICES)
    assert [task.state for task in facts.tasks] == [TaskState.DONE, TaskState.RUNNING, TaskState.WAITING]
    failed, completed, pending = facts.calls
    assert (failed.error, failed.seconds, failed.cost) == ("overloaded", 1, None)
    assert (completed.seconds, completed.total_tokens, completed.fallback) == (2.5, None, True)
    assert completed.cost == Money("EUR", Decimal("0.000016"))
    assert (pending.seconds, pending.ended_at) == (56, facts.as_of)
    assert facts.calls[1].started_at == plan.now + timedelta(seconds=1)
    assert [(file.name, file.size_bytes) for file in facts.files] == [("goals.md", 6)]


def test_an_unknown_plan(service: DatabaseService) -> None:
    with pytest.raises(PlanNotFoundError, match="there is no plan p9"):
        gather(service, "p9", lambda _: GRAPH)
    with pytest.raises(ConfigurationError, match="invalid plan id"):
        gather(service, "../p9", lambda _: GRAPH)


def test_older_tables_are_told_with_what_to_do(empty_engine: Engine) -> None:
    migrate.upgrade(empty_engine, "003")
    service = DatabaseService(empty_engine)
    RecordedPlan(service)
    with pytest.raises(DatabaseError, match=r"at revision 003, this version needs .*: pipeline db upgrade"):
        gather(service, "p1", lambda _: GRAPH)
