"""The service that is written into pipelines does with what tasks hand over what the whole service does."""

import re
import sqlite3
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, inspect, text

from pipeline.database import migrate
from pipeline.database.engine import get_engine
from pipeline.database.own_tables import READABLE_FROM, SCHEMA_REVISION, make_missing_tables
from pipeline.database.plain_service import DatabaseService as PlainService
from pipeline.database.retry import RetryPolicy
from pipeline.database.service import DatabaseService
from pipeline.errors import ConfigurationError, DatabaseError, DatabaseUnavailableError
from refactor.vendoring.assembling import AssemblyError, assembled
from refactor.vendoring.module import module_text
from refactor.version import tool_version

ROOT = Path(__file__).resolve().parents[2]
NEW = {"plan_id": "p", "llm_model": "m", "stage": "s", "prompt_text": "t\x00"}
FILE = {"plan_id": "p", "filename": "a.md", "stage": "s", "content": "one"}
CREATE, UPDATE, STORE = "create_llm_interaction", "update_llm_interaction", "create_plan_content"
SHORT = RetryPolicy(patience_seconds=0.3, first_wait_seconds=0.01, longest_wait_seconds=0.05)

CALLS: tuple[tuple[str, tuple[Any, ...]], ...] = (
    (CREATE, (NEW,)),
    (CREATE, ({**NEW, "interaction_key": "k", "task_id": "T", "cost": -1},)),
    (CREATE, ({**NEW, "interaction_key": "k"},)),
    (CREATE, ({"plan_id": "p"},)),
    (CREATE, ({**NEW, "plan_id": "../p"},)),
    (CREATE, ({**NEW, "stage": "x" * 129},)),
    (UPDATE, (1, {"status": "completed", "response_text": "r", "input_tokens": 3, "total_tokens": -1})),
    (UPDATE, (2, {"status": "failed", "error_message": "ValueError: sk-secret123456"})),
    (UPDATE, (2, {"llm_model": "other", "finish_reason": "stop", "messages": [{"role": "user"}]})),
    (UPDATE, (2, {"status": "done"})),
    (UPDATE, (2, {})),
    (UPDATE, (77, {"status": "failed"})),
    (UPDATE, ("2", {"status": "failed"})),
    (UPDATE, (2**70, {"status": "failed"})),
    (STORE, (FILE,)),
    (STORE, ({**FILE, "content": b"\xff\x00", "content_type": "binary"},)),
    (STORE, ({**FILE, "filename": "b/c.md", "content": "zw\u00f6lf", "content_size_bytes": 1},)),
    (STORE, ({**FILE, "filename": "/c.md"},)),
    (STORE, ({**FILE, "content": 7},)),
    (STORE, ({**FILE, "plan_id": "q"},)),
)
"""Calls, each of them on what those before have left."""

CHANGING = {"interaction_key", "created_at", "updated_at", "completed_at"}


def outcomes(service: Any) -> list[object]:
    def outcome(name: str, arguments: tuple[Any, ...]) -> object:
        try:
            return repr(getattr(service, name)(*arguments))
        except (ConfigurationError, DatabaseError) as error:
            return type(error), str(error)

    with closing(service):
        return [outcome(*call) for call in CALLS]


def rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    with engine.connect() as connection:
        return {
            table: [
                {k: v for k, v in row._mapping.items() if k not in CHANGING}
                for row in connection.execute(text(f"SELECT * FROM {table} ORDER BY 1"))
            ]
            for table in ("plans", "llm_interactions", "plan_content")
        }


def emptied(engine: Engine) -> Engine:
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("TRUNCATE plans RESTART IDENTITY CASCADE"))
        else:
            connection.execute(text("DELETE FROM plans"))
    return engine


def test_both_services_give_and_store_the_same(engine: Engine) -> None:
    expected = outcomes(DatabaseService(engine, SHORT)), rows(engine)
    assert (outcomes(PlainService(emptied(engine), SHORT)), rows(engine)) == expected
    assert len([one for one in expected[0] if isinstance(one, str)]) == 10


def test_an_error_of_the_database_does_not_replace_what_an_interaction_failed_of(engine: Engine) -> None:
    """It is marked when the service is closed, with the chain of causes."""
    service = PlainService(engine, SHORT)
    created = service.create_llm_interaction(NEW)
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE llm_interactions RENAME TO away"))
    with pytest.raises(ValueError, match="answer"), closing(service):  # noqa: PT012
        try:
            raise ValueError("answer") from KeyError("cause")
        except ValueError as error:
            change = {"status": "failed", "error_message": repr(error)}
            service.update_llm_interaction(created.id, change)
            with engine.begin() as connection:
                connection.execute(text("ALTER TABLE away RENAME TO llm_interactions"))
            raise
    (row,) = rows(engine)["llm_interactions"]
    assert (row["status"], row["error_message"]) == ("failed", "ValueError: answer (from KeyError: 'cause')")


def test_tables_are_made_as_the_migrations_make_them(empty_engine: Engine) -> None:
    """By the first of several that come at once; the command finds them up to date."""
    services = [PlainService(empty_engine, RetryPolicy(patience_seconds=20)) for _ in range(4)]
    threads = [
        threading.Thread(target=one.create_plan_content, args=({**FILE, "filename": f"{n}.md"},))
        for n, one in enumerate(services)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(rows(empty_engine)["plan_content"]) == 4
    assert migrate.check(empty_engine) == ()
    assert migrate.current_revision(empty_engine) == SCHEMA_REVISION == migrate.head_revision()
    with empty_engine.connect() as connection:
        said = connection.execute(text("SELECT readable_from FROM schema_compatibility")).scalars().all()
    assert said == [READABLE_FROM]


def test_sqlite_has_the_same_tables_indexes_and_triggers(tmp_path: Path, migrated_sqlite: Path) -> None:
    def schema(path: Path) -> dict[str, list[str]]:
        engine = create_engine(f"sqlite:///{path}")
        with engine.begin() as connection:
            make_missing_tables(connection)
            found = connection.execute(
                text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
            ).all()
        engine.dispose()
        return {name: sorted(re.split(r",|\s+", sql)) for name, sql in found}

    made = schema(tmp_path / "made.db")
    assert len(made) > 20
    assert {k: [*filter(None, v)] for k, v in made.items()} == {
        k: [*filter(None, v)] for k, v in schema(migrated_sqlite).items()
    }


@pytest.mark.parametrize(
    ("there", "said"),
    [
        ("CREATE TABLE plans (id INTEGER)", "tables called plans of another program"),
        (
            "CREATE TABLE alembic_version (version_num VARCHAR(32)); INSERT INTO alembic_version VALUES ('ab1')",
            "ab1",
        ),
    ],
)
def test_a_database_of_another_program_is_left_alone(empty_engine: Engine, there: str, said: str) -> None:
    with empty_engine.begin() as connection:
        for statement in there.split(";"):
            connection.execute(text(statement))
    before = inspect(empty_engine).get_table_names()
    with pytest.raises(ConfigurationError, match=said):
        PlainService(empty_engine, SHORT).create_llm_interaction(NEW)
    assert inspect(empty_engine).get_table_names() == before


def test_tables_that_are_too_old_are_said_so(empty_engine: Engine) -> None:
    migrate.upgrade(empty_engine, "001")
    with pytest.raises(ConfigurationError, match=r"revision 001.*pipeline db upgrade"):
        PlainService(empty_engine, SHORT).create_llm_interaction(NEW)


def test_a_database_that_is_away_is_waited_for(tmp_path: Path) -> None:
    engine = get_engine(f"sqlite:///{tmp_path / 'missing' / 'pipeline.db'}")
    with pytest.raises(DatabaseUnavailableError, match="unable to open"):
        PlainService(engine, SHORT).create_llm_interaction(NEW)


def test_the_module_is_what_the_sources_make_now() -> None:
    """`python -m refactor.vendoring` writes it anew."""
    assert module_text() == assembled(ROOT / "pipeline", tool_version())


def test_definitions_that_differ_are_not_put_into_one_module(tmp_path: Path) -> None:
    """And nothing is left out that is named."""
    for source in (ROOT / "pipeline").rglob("*.py"):
        copy = tmp_path / source.relative_to(ROOT / "pipeline")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
    values = tmp_path / "database" / "values.py"
    values.write_text(values.read_text().replace("UTF8", "PACKAGE_OF_TEXT"))
    assert "PACKAGE_OF_TEXT" in assembled(tmp_path, "1")
    values.write_text(values.read_text().replace("PACKAGE_OF_TEXT", "READ_ONLY"))
    with pytest.raises(AssemblyError, match="READ_ONLY is something else"):
        assembled(tmp_path, "1")


def test_rows_of_a_plan_that_was_deleted_are_not_taken_over(sqlite_url: str) -> None:
    engine = get_engine(sqlite_url)
    PlainService(engine, SHORT).create_plan_content(FILE)
    # As another program does it, whose connections keep no foreign keys.
    with closing(sqlite3.connect(engine.url.database or "")) as other:
        other.executescript("DROP TRIGGER delete_rows_of_plan; DELETE FROM plans")
    with pytest.raises(ConfigurationError, match="rows of a plan p that was deleted"):
        PlainService(engine, SHORT).create_llm_interaction(NEW)
