"""Writes that share a commit: in order, all or none, and none left behind."""

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, event

from pipeline.database.deferred import DeferredWrites
from pipeline.database.records import StoredAnswer
from pipeline.database.service import DatabaseService
from pipeline.errors import DatabaseError
from tests.runtime.conftest import IMPATIENT

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
