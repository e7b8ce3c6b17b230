"""A plan that was deleted does not come back under its old id, whoever deleted it and how."""

import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from pipeline.cli.main import main
from pipeline.database import migrate
from pipeline.database.engine import dispose_engines
from pipeline.database.service import DatabaseService
from pipeline.errors import ConfigurationError
from pipeline.running.plan_lock import hold_plan
from tests.runtime.command import TINY

TABLES = ("plans", "llm_interactions", "plan_content", "llm_answers", "plan_files")


@pytest.fixture
def run(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished plan p1, and the working directory."""
    monkeypatch.setenv("PIPELINE_ROOT", TINY)
    monkeypatch.setenv("PIPELINE_KEEP_ANSWERS", "0")
    monkeypatch.setenv("PIPELINE_OFFLINE_CALL_LOG", str(tmp_path / "calls.log"))
    monkeypatch.chdir(tmp_path)
    assert pipeline("run", "--prompt", "Grow tea", "--plan-id", "p1").exit_code == 0
    return tmp_path / "run" / "p1"


def pipeline(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def lose(directory: Path) -> None:
    for path in directory.iterdir():
        path.unlink()
    directory.rmdir()


def counts(engine: Engine) -> dict[str, int]:
    with engine.begin() as connection:
        return {
            name: connection.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in TABLES
        }


def assert_starts_empty(run_dir: Path) -> None:
    calls = Path("calls.log").read_text().count("\n")
    again = pipeline("run", "--prompt", "Raise dogs", "--plan-id", "p1")
    assert again.exit_code == 0, again.stderr
    assert Path("calls.log").read_text().count("\n") == 2 * calls
    assert b"Raise dogs" in (run_dir / "001-2-plan.txt").read_bytes()


def test_the_statement_of_the_documentation_takes_everything(run: Path, engine: Engine) -> None:
    statement = "DELETE FROM plans WHERE status = 'completed'"
    if engine.dialect.name == "sqlite":
        # As any client does it that knows nothing of foreign keys.
        dispose_engines()
        connection = sqlite3.connect(engine.url.database or "")
        connection.execute(statement)
        connection.commit()
        connection.close()
    else:
        with engine.begin() as connection:
            connection.execute(text(statement))
    assert set(counts(engine).values()) == {0}
    lose(run)
    assert_starts_empty(run)


def test_the_command_takes_everything_and_leaves_the_files(run: Path, engine: Engine) -> None:
    asked = CliRunner().invoke(main, ["delete", "p1"], input="n\n")
    assert (asked.exit_code, counts(engine)["plans"]) == (1, 1)
    with hold_plan(run.parent, "p1"):
        assert pipeline("delete", "p1", "--yes").exit_code == 1
    deleted = pipeline("delete", "p1", "--yes")
    assert deleted.exit_code == 0
    assert deleted.stderr.startswith("deleted plan p1: 5 LLM interactions, 6 files, ")
    assert set(counts(engine).values()) == {0}
    assert len(list(run.iterdir())) == 8
    refused = pipeline("run", "--prompt", "x", "--plan-id", "p1")
    assert (refused.exit_code, "is not empty, and the database has no plan p1" in refused.stderr) == (2, True)
    lose(run)
    assert_starts_empty(run)
    unknown = pipeline("delete", "p2", "--yes")
    assert (unknown.exit_code, unknown.stderr) == (2, "pipeline: there is no plan p2\n")


def leave_rows_behind(engine: Engine) -> None:
    """Delete the plan's own row alone, as on a database that has neither the trigger nor the keys."""
    if engine.dialect.name == "sqlite":
        raw = sqlite3.connect(engine.url.database or "")
        raw.execute("DROP TRIGGER delete_rows_of_plan")
        raw.execute("DELETE FROM plans")
        raw.commit()
        raw.close()
        return
    with engine.begin() as connection:
        for table in TABLES[1:]:
            connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT fk_{table}_plan_id_plans"))
        connection.execute(text("DELETE FROM plans"))


@pytest.mark.parametrize("left", [None, *TABLES[1:]])
def test_an_id_with_rows_of_a_deleted_plan_is_refused_with_the_way_out(
    left: str | None, run: Path, engine: Engine
) -> None:
    """Rows in any table, as every table's rows are taken for the plan's own."""
    leave_rows_behind(engine)
    with engine.begin() as connection:
        for table in TABLES[1:] if left is not None else ():
            if table != left:
                connection.execute(text(f"DELETE FROM {table}"))
    dispose_engines()
    lose(run)
    before = counts(engine)
    assert before["plans"] == 0
    refused = pipeline("run", "--prompt", "Raise dogs", "--plan-id", "p1")
    assert refused.exit_code == 2
    assert "rows of a plan p1 that was deleted" in refused.stderr
    assert "`pipeline delete p1`" in refused.stderr
    assert counts(engine) == before
    assert pipeline("delete", "p1", "--yes").exit_code == 0
    assert_starts_empty(run)


def test_a_task_of_plain_luigi_does_not_adopt_them_either(run: Path, engine: Engine) -> None:
    leave_rows_behind(engine)
    dispose_engines()
    from pipeline.database import transactions

    transactions._known_plans.clear()
    before = counts(engine)
    with DatabaseService(engine) as service, pytest.raises(ConfigurationError, match="pipeline delete p1"):
        service.create_plan_content({"plan_id": "p1", "filename": "a.md", "stage": "s", "content": "new"})
    assert counts(engine) == before


def test_a_plan_older_than_the_trigger_goes_with_its_row_after_the_migration(
    empty_engine: Engine,
) -> None:
    migrate.upgrade(empty_engine, "004")
    service = DatabaseService(empty_engine)
    service.create_plan_content({"plan_id": "old", "filename": "a.md", "stage": "s", "content": "c"})
    service.begin_task("old", "Task")
    migrate.upgrade(empty_engine)
    assert migrate.check(empty_engine) == ()
    with empty_engine.begin() as connection:
        connection.execute(text("DELETE FROM plans"))
    assert set(counts(empty_engine).values()) == {0}


def test_tables_that_are_older_are_written_and_read(empty_engine: Engine, tmp_path: Path) -> None:
    """The service of plain Luigi does not migrate, and a server is migrated on purpose."""
    from pipeline.plans.doctor import examine

    migrate.upgrade(empty_engine, "004")
    service = DatabaseService(empty_engine)
    service.create_plan_content({"plan_id": "old", "filename": "a/b.md", "stage": "s", "content": "c"})
    for _ in range(2):
        assert examine(service, service.get_plan("old"), tmp_path / "old", repair=True).healthy
    assert (tmp_path / "old" / "a" / "b.md").read_text() == "c"
    assert service.delete_plan("old") == {"files": 1}
