"""A task that has written its outputs has not ended yet: what it writes after them is not lost either."""

from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from pipeline.database.deferred import DeferredWrites
from pipeline.database.engine import get_engine
from pipeline.database.records import StoredAnswer
from pipeline.database.service import DatabaseService
from pipeline.errors import DatabaseUnavailableError
from pipeline.faults import FaultPoint
from pipeline.llm.answers import DatabaseAnswerLog
from pipeline.llm.base import LLMResponse
from pipeline.running.cut_short import task_key
from tests.runtime.command import KILLED, Command, assert_ended
from tests.runtime.crashes import repeated_calls, wipe
from tests.runtime.late_pipeline import Sketch
from tests.runtime.tiny_pipeline import Answer

LATE = "tests.runtime.late_pipeline:Late"
FILES = [
    "001-1-start_time.json",
    "001-2-plan.txt",
    "late-appendix.md",
    "late.md",
    "sketch-appendix.md",
    "sketch.md",
]
CALLS = 4


@pytest.fixture
def late(request: pytest.FixtureRequest, tmp_path: Path) -> Command:
    """The pipeline on the database that the test names, else on SQLite."""
    database = getattr(request, "param", "sqlite")
    return Command(tmp_path / "work", request.getfixturevalue(f"{database}_tables_url"), LATE)


def running(command: Command) -> list[str]:
    """The tasks that have begun and not ended, as far as the database knows."""
    keys = DatabaseService(get_engine(command.database_url)).list_running_tasks("p1")
    return [key.partition("_")[0] for key in keys]


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("late", "workers", "point", "count", "task"),
    [
        ("sqlite", "1", FaultPoint.INTERACTION_CREATED, 2, "Sketch"),
        ("sqlite", "1", FaultPoint.LLM_ANSWERED, 2, "Sketch"),
        ("postgres", "1", FaultPoint.CONTENT_BEFORE_COMMIT, 2, "Sketch"),
        ("sqlite", "1", FaultPoint.CONTENT_COMMITTED, 4, "Late"),
        # Each task is a process of its own, and counts its own passes.
        ("postgres", "2", FaultPoint.CONTENT_BEFORE_COMMIT, 2, "Sketch"),
    ],
    indirect=["late"],
)
def test_a_task_killed_after_its_outputs_is_run_again(
    late: Command, workers: str, point: FaultPoint, count: int, task: str
) -> None:
    killed = late.run("--workers", workers, PIPELINE_FAULT=f"{point}:{count}")
    assert_ended(killed, KILLED if workers == "1" else 1)
    assert running(late) == [task]
    wipe(late.run_dir)
    resumed = late("resume", "p1", "--workers", workers)
    assert_ended(resumed, 0)
    assert f"{task} had not ended: it is run again" in resumed.stderr.decode()
    assert sorted(late.files()) == FILES
    assert running(late) == []
    # The answer that was on its way, at most.
    assert repeated_calls(late) <= (point in {FaultPoint.LLM_ANSWERED, FaultPoint.CONTENT_BEFORE_COMMIT})
    assert len(late.calls()) == CALLS + repeated_calls(late)


def test_a_task_that_has_ended_is_not_run_again(late: Command) -> None:
    """The next task's first row brings the news, so a kill in the middle of that one costs nothing more."""
    assert_ended(late.run(PIPELINE_FAULT="interaction_created:3"), KILLED)
    assert running(late) == ["Late"]
    assert "had not ended" not in late("resume", "p1").stderr.decode()
    again = late("resume", "p1")
    assert_ended(again, 0)
    assert "had not ended" not in again.stderr.decode()
    assert len(late.calls()) == CALLS


def test_what_a_complete_task_depends_on_has_ended_whatever_the_database_got_to_know(late: Command) -> None:
    assert_ended(late.run(), 0)
    service = DatabaseService(get_engine(late.database_url))
    before = late.files()
    service.begin_task("p1", task_key(Sketch(run_id_dir=late.run_dir)))
    assert running(late) == ["Sketch"]
    resumed = late("resume", "p1")
    assert_ended(resumed, 0)
    assert "had not ended" not in resumed.stderr.decode()
    assert late.files() == before


def test_begin_and_end_cost_no_commit_of_their_own(late: Command) -> None:
    service = DatabaseService(get_engine(late.database_url))
    commits: list[object] = []
    note = commits.append
    event.listen(service._engine, "commit", note)
    line = service.sharing(DeferredWrites())
    one = line.begin_task("p", "One")
    line.create_plan_content({"plan_id": "p", "filename": "1.md", "stage": "s", "content": "c"})
    line.end_task(one)
    line.begin_task("p", "Two")
    line.create_plan_content({"plan_id": "p", "filename": "2.md", "stage": "s", "content": "c"})
    event.remove(service._engine, "commit", note)
    assert len(commits) == 2
    assert list(service.list_running_tasks("p")) == ["Two"]


def test_kept_answers_are_known_from_the_first_write_at_no_further_transaction(
    service: DatabaseService,
) -> None:
    """A task asks for them before each call of a model, and nearly always there are none."""
    service.keep_answer("p", "k", StoredAnswer("m", "{}", None, None))
    line = service.sharing(DeferredWrites())
    begun = line.begin_task("p", "One")
    assert begun.answer_keys is None
    begins: list[object] = []
    note = begins.append
    event.listen(service._engine, "begin", note)
    line.create_llm_interaction({"plan_id": "p", "llm_model": "m", "stage": "s", "prompt_text": "t"})
    log = DatabaseAnswerLog(line, "p", "One", begun)
    log.begin()
    assert log.find("system", "user", Answer) is None
    event.remove(service._engine, "begin", note)
    assert (begun.answer_keys, len(begins)) == ({"k"}, 1)


def test_kept_answers_are_found_although_the_note_of_the_task_was_given_up(service: DatabaseService) -> None:
    first = DatabaseAnswerLog(service, "p", "One")
    first.begin()
    assert first.find("system", "user", Answer) is None
    parsed = Answer(summary="s", items=[])
    first.keep("m", LLMResponse(parsed, parsed.model_dump_json()))
    line = service.sharing(DeferredWrites())
    begun = line.begin_task("p", "One")

    def away(_: object) -> None:
        raise OperationalError("BEGIN", {}, ConnectionError("away"))

    event.listen(service._engine, "begin", away)
    with pytest.raises(DatabaseUnavailableError):
        line.flush()
    event.remove(service._engine, "begin", away)
    again = DatabaseAnswerLog(line, "p", "One", begun)
    again.begin()
    found = again.find("system", "user", Answer)
    assert found is not None
    assert found.response.parsed == parsed
