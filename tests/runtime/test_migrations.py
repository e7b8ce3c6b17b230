"""The history of the tables obeys its laws on both databases."""

import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic.config import Config
from pytest_alembic import MigrationContext
from pytest_alembic import tests as laws
from sqlalchemy import Connection, Engine, func, inspect, select, text

from pipeline.database import migrate, own_tables
from pipeline.database.engine import get_engine
from pipeline.database.models import Base
from pipeline.database.records import FileNote, StoredAnswer
from pipeline.database.service import DatabaseService
from pipeline.errors import DatabaseError


@pytest.fixture
def alembic_config(empty_engine: Engine) -> Config:
    return migrate.alembic_config(empty_engine)


@pytest.fixture
def alembic_engine(empty_engine: Engine) -> Engine:
    return empty_engine


def test_there_is_one_head(alembic_runner: MigrationContext) -> None:
    laws.test_single_head_revision(alembic_runner)


def test_an_empty_database_upgrades(alembic_runner: MigrationContext) -> None:
    laws.test_upgrade(alembic_runner)


def test_models_match_the_migrations(alembic_runner: MigrationContext, alembic_engine: Engine) -> None:
    laws.test_model_definitions_match_ddl(alembic_runner)


def test_each_migration_can_be_taken_back(alembic_runner: MigrationContext) -> None:
    laws.test_up_down_consistency(alembic_runner)


def test_alembic_check_finds_nothing_after_an_upgrade(engine: Engine) -> None:
    assert migrate.check(engine) == ()


def test_check_tells_an_old_database_from_a_changed_one(empty_engine: Engine) -> None:
    assert migrate.check(empty_engine) == ("the database is at revision none, this version needs 009",)
    migrate.upgrade(empty_engine)
    with empty_engine.begin() as connection:
        connection.execute(text("DROP INDEX ix_plan_content_stage"))
    (problem,) = migrate.check(empty_engine)
    assert "ix_plan_content_stage" in problem


def test_plan_content_has_its_three_indexes(engine: Engine) -> None:
    indexes = {
        tuple(index["column_names"]): bool(index["unique"])
        for index in inspect(engine).get_indexes("plan_content")
    }
    assert indexes == {("plan_id",): False, ("plan_id", "filename"): True, ("stage",): False}


def test_downgrading_to_base_leaves_no_table(engine: Engine) -> None:
    migrate.downgrade(engine, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}


def test_plan_content_arrives_in_a_database_that_has_rows(empty_engine: Engine) -> None:
    """002 on a database of the time of 001, and back, leaves the older rows alone."""
    migrate.upgrade(empty_engine, "001")
    with empty_engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO plans (plan_id, prompt, status, created_at, updated_at) "
                "VALUES ('old', 'Grow tea', 'running', '2025-10-01 08:00:00', '2025-10-01 08:00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO llm_interactions "
                "(interaction_key, plan_id, stage, llm_model, status, prompt_text, created_at) "
                "VALUES ('k1', 'old', 'redline_gate', 'm', 'completed', 'p', '2025-10-01 08:00:01')"
            )
        )

    def old_rows() -> tuple[object, object]:
        with empty_engine.begin() as connection:
            plans = connection.execute(text("SELECT plan_id, prompt, status FROM plans")).all()
            interactions = connection.execute(text("SELECT id, interaction_key FROM llm_interactions")).all()
        return [tuple(row) for row in plans], [tuple(row) for row in interactions]

    before = old_rows()
    assert before == ([("old", "Grow tea", "running")], [(1, "k1")])
    migrate.upgrade(empty_engine, "002")
    assert "plan_content" in inspect(empty_engine).get_table_names()
    assert old_rows() == before
    migrate.downgrade(empty_engine, "001")
    assert "plan_content" not in inspect(empty_engine).get_table_names()
    assert old_rows() == before


KEPT_BY = {
    "001": ["plans", "llm_interactions"],
    "002": ["plans", "llm_interactions", "plan_content"],
    "003": ["plans", "llm_interactions", "plan_content", "llm_answers"],
    "004": ["plans", "llm_interactions", "plan_content", "llm_answers", "running_tasks"],
    "005": ["plans", "llm_interactions", "plan_content", "llm_answers", "running_tasks", "plan_files"],
    "006": ["plans", "llm_interactions", "plan_content", "llm_answers", "running_tasks", "plan_files"],
}

ADDED_BY_006 = {"llm_interactions": 19, "llm_answers": 1}
"""How many columns, at the end of each table."""


def rows_of(engine: Engine, tables: list[str]) -> dict[str, list[tuple[object, ...]]]:
    """The rows, without the columns that 006 has added."""
    with engine.begin() as connection:
        found = {}
        for table in tables:
            names = [column["name"] for column in inspect(connection).get_columns(table)]
            if "trace_id" in names or "interaction_id" in names:
                names = names[: -ADDED_BY_006[table]]
            rows = connection.execute(text(f"SELECT {', '.join(names)} FROM {table} ORDER BY 1"))
            found[table] = [tuple(row) for row in rows]
        return found


def fill(service: DatabaseService) -> None:
    """Two plans with rows in each table, of each kind that a column can hold."""
    for plan_id in ("one", "two"):
        service.create_plan(
            plan_id,
            prompt="Grow tea \U0001f375",
            started_at=datetime(2025, 10, 1, tzinfo=UTC),
            speed_vs_detail="fast",
            llm_models=["a", "b"],
        )
        for status in ("pending", "completed", "failed"):
            interaction = service.create_llm_interaction(
                {"plan_id": plan_id, "llm_model": "a", "stage": "goals", "prompt_text": "p" * 100_000}
            )
            service.update_llm_interaction(
                interaction.id, {"status": status, "response_text": "r", "duration_seconds": 0.25}
            )
        for name, content in {"a.md": "\r\nA", "b.bin": b"\x00\xff", "empty.txt": ""}.items():
            service.create_plan_content(
                {"plan_id": plan_id, "filename": name, "stage": "goals", "content": content}
            )
        service.keep_answer(plan_id, "key", StoredAnswer("a", "{}", 1, None))
        service.begin_task(plan_id, "Goals")
        service.note_files(plan_id, [FileNote("a.md", "0" * 64, "1" * 64, restored=False)])
        # Nobody where the tables have no leases.
        assert service.leases().take(plan_id, "run", 60) is not None


@pytest.mark.parametrize("revision", ["006", "005", "004", "003", "002", "001"])
def test_down_and_up_again_with_data_keeps_every_row_of_the_tables_that_stay(
    engine: Engine, revision: str
) -> None:
    service = DatabaseService(engine)
    fill(service)
    before = rows_of(engine, KEPT_BY[revision])
    assert all(len(rows) >= 2 for rows in before.values())
    migrate.downgrade(engine, revision)
    assert rows_of(engine, KEPT_BY[revision]) == before
    migrate.upgrade(engine)
    assert rows_of(engine, KEPT_BY[revision]) == before
    assert migrate.check(engine) == ()
    # The tables are in use again, old keys and counters included.
    new = service.create_llm_interaction(
        {"plan_id": "one", "llm_model": "a", "stage": "goals", "prompt_text": "p"}
    )
    assert new.id == 7
    service.create_plan_content({"plan_id": "one", "filename": "a.md", "stage": "goals", "content": "B"})
    assert service.get_content("one", "a.md") == b"B"


def test_down_to_nothing_and_up_again_with_data(engine: Engine) -> None:
    service = DatabaseService(engine)
    fill(service)
    migrate.downgrade(engine, "base")
    migrate.upgrade(engine)
    assert migrate.check(engine) == ()
    assert rows_of(engine, ["plans"]) == {"plans": []}
    fill(service)
    assert service.count_interactions("two") == {"completed": 1, "failed": 1, "pending": 1}


def wait_for_lock_waiters(connection: Connection, count: int) -> None:
    waiting = text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")
    deadline = time.monotonic() + 60
    while connection.execute(waiting).scalar_one() < count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_migrators_that_start_together_wait_for_each_other(empty_engine: Engine) -> None:
    """Several containers come up at once; one migrates, the others find the work done."""
    with empty_engine.begin() as first_migrator:
        if empty_engine.dialect.name == "postgresql":
            first_migrator.execute(select(func.pg_advisory_xact_lock(own_tables.ADVISORY_LOCK)))
        others = [
            subprocess.Popen(
                [sys.executable, "-c", "from pipeline.database import migrate; migrate.upgrade()"],
                stderr=subprocess.PIPE,
            )
            for _ in range(3)
        ]
        if empty_engine.dialect.name == "postgresql":
            wait_for_lock_waiters(first_migrator, 3)
        else:
            # Nobody can see who waits for SQLite's lock.
            time.sleep(2.5)
        assert [other.poll() for other in others] == [None, None, None]
    errors = [other.communicate(timeout=60)[1].decode() for other in others]
    assert [other.returncode for other in others] == [0, 0, 0], errors
    assert migrate.check(empty_engine) == ()


def test_a_failed_migration_leaves_nothing_behind(
    empty_engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DDL is transactional on SQLite, too: half an upgrade does not exist."""

    def explode(*_: object, **__: object) -> None:
        raise RuntimeError("in the middle")

    with monkeypatch.context() as patch:
        patch.setattr("alembic.op.create_index", explode)
        with pytest.raises(RuntimeError, match="in the middle"):
            migrate.upgrade(empty_engine)
    assert "plans" not in inspect(empty_engine).get_table_names()
    migrate.upgrade(empty_engine)
    assert migrate.check(empty_engine) == ()


def test_an_unreachable_database_is_an_error_of_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_DATABASE_PATIENCE", "0.1")
    engine = get_engine(f"sqlite:///{tmp_path / 'missing' / 'pipeline.db'}")
    with pytest.raises(DatabaseError, match="unable to open database file"):
        migrate.upgrade(engine)


def test_models_are_all_covered() -> None:
    assert set(Base.metadata.tables) == {
        "plans",
        "llm_interactions",
        "plan_content",
        "llm_answers",
        "running_tasks",
        "plan_files",
        "plan_leases",
        "submissions",
        "task_leases",
        "schema_compatibility",
    }


def test_migrations_are_found_as_they_are_installed_and_in_a_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert migrate._scripts() == Path(__file__).resolve().parents[2] / "migrations"
    monkeypatch.setattr(migrate, "__file__", str(tmp_path / "pipeline" / "database" / "migrate.py"))
    (tmp_path / "pipeline" / "migrations").mkdir(parents=True)
    assert migrate._scripts() == tmp_path / "pipeline" / "migrations"
