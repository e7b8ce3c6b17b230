"""Writes that share a commit: in order, all or none, and none left behind."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from pipeline.database.deferred import DeferredWrites, line_of_this_process
from pipeline.database.records import StoredAnswer
from pipeline.database.service import DatabaseService
from pipeline.errors import DatabaseError
from pipeline.llm.answers import DatabaseAnswerLog
from pipeline.llm.base import LLM, LLMResponse
from pipeline.plan_task import KEEP_ANSWERS_VARIABLE, PlanTask
from tests.runtime.conftest import IMPATIENT
from tests.runtime.tiny_pipeline import Answer

INTERACTION = {"plan_id": "p", "llm_model": "m", "stage": "s", "prompt_text": "t"}
CONTENT = {"plan_id": "p", "filename": "f.md", "stage": "s", "content": "c"}
ANSWER = StoredAnswer("m", "{}", 1, 2)


@pytest.fixture
def line() -> DeferredWrites:
    return DeferredWrites()


@pytest.fixture
def answered(engine: Engine, line: DeferredWrites) -> DatabaseService:
    """A service with an answer and a completed interaction waiting."""
    service = DatabaseService(engine, IMPATIENT, deferred=line)
    interaction = service.create_llm_interaction(INTERACTION)
    service.keep_answer("p", "k", ANSWER)
    service.update_llm_interaction(interaction.id, {"status": "completed", "response_text": "r"})
    return service


def test_they_share_the_commit_of_the_next_write(
    engine: Engine, answered: DatabaseService, service: DatabaseService
) -> None:
    assert (service.count_interactions("p"), service.find_answer("p", "k")) == ({"pending": 1}, None)
    commits: list[object] = []
    note = commits.append
    event.listen(engine, "commit", note)
    answered.create_plan_content(CONTENT)
    event.remove(engine, "commit", note)
    assert len(commits) == 1
    assert (service.count_interactions("p"), service.find_answer("p", "k")) == ({"completed": 1}, ANSWER)
    assert service.get_content("p", "f.md") == b"c"


@pytest.mark.parametrize("end", [DatabaseService.flush, DatabaseService.close])
def test_nothing_waits_for_ever(
    end: Callable[[DatabaseService], None],
    engine: Engine,
    line: DeferredWrites,
    answered: DatabaseService,
    service: DatabaseService,
) -> None:
    # Another service of the same task will do.
    end(DatabaseService(engine, IMPATIENT, deferred=line))
    assert (service.count_interactions("p"), service.find_answer("p", "k")) == ({"completed": 1}, ANSWER)
    assert line.writes == []


def test_a_failure_is_told_once_and_takes_all_with_it(
    line: DeferredWrites, answered: DatabaseService, service: DatabaseService
) -> None:
    answered.update_llm_interaction(99, {"status": "completed"})
    with pytest.raises(DatabaseError, match="no LLM interaction 99"):
        answered.create_plan_content(CONTENT)
    answered.close()
    assert (service.count_interactions("p"), service.list_content("p")) == ({"pending": 1}, ())


def test_an_answer_waits_no_longer_than_until_the_next_model_is_asked(
    engine: Engine, line: DeferredWrites, service: DatabaseService
) -> None:
    waiting = DatabaseService(engine, IMPATIENT, deferred=line)
    log = DatabaseAnswerLog(waiting, "p", "Task", waiting.begin_task("p", "Task"))
    parsed = Answer(summary="s", items=[])
    log.begin()
    assert log.find("system", "first", Answer) is None
    log.keep("m", LLMResponse(parsed, parsed.model_dump_json()))
    assert service.list_answer_keys("p") == frozenset()
    assert log.find("system", "second", Answer) is None
    assert len(service.list_answer_keys("p")) == 1


class Asks(PlanTask):
    """Makes a call and writes nothing: no service that it would close."""

    def run_with_llm(self, llm: LLM) -> None:
        llm.complete("system", "user", Answer)


def test_nothing_waits_when_a_task_has_ended(
    service: DatabaseService, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(KEEP_ANSWERS_VARIABLE, "1")
    (tmp_path / "p").mkdir()
    Asks(run_id_dir=tmp_path / "p").run()
    assert len(service.list_answer_keys("p")) == 1


def test_what_waits_in_a_process_is_not_written_by_the_one_forked_from_it(service: DatabaseService) -> None:
    line = line_of_this_process()
    service.sharing(line).keep_answer("p", "k", ANSWER)
    try:
        child = os.fork()
        if child == 0:
            os._exit(len(line.writes))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert len(line.writes) == 1
    finally:
        line.writes.clear()
