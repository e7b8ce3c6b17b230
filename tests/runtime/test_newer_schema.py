"""Tables that a newer version has made: told apart from older ones, and used where that version says so."""

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from pipeline.cli.main import main
from pipeline.database import migrate
from pipeline.database.engine import get_engine
from tests.runtime.command import TINY


@pytest.fixture
def newer(database_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setenv("PIPELINE_ROOT", TINY)
    monkeypatch.setenv("PIPELINE_KEEP_ANSWERS", "0")  # set by the command; taken back after the test
    monkeypatch.chdir(tmp_path)
    # A newer version says itself what can work with its tables.
    execute(database_url, "UPDATE alembic_version SET version_num = '999'", "DROP TABLE schema_compatibility")
    return database_url


def execute(url: str, *statements: str) -> None:
    with get_engine(url).begin() as connection:
        for statement in statements:
            connection.execute(text(statement))


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.mark.parametrize(
    "command", [["run", "--prompt", "x"], ["resume", "p"], ["db", "upgrade"], ["db", "check"]]
)
def test_it_is_told_that_the_code_is_the_older_one(newer: str, command: list[str]) -> None:
    result = invoke(*command)
    assert result.exit_code == (1 if command == ["db", "check"] else 2)
    assert (
        "the database is at revision 999, which is newer than this version of the code knows" in result.output
    )
    assert "install the version that made it, or a later one" in result.output
    assert "pipeline db upgrade" not in result.output


def test_a_table_that_is_gone_since_is_explained(newer: str) -> None:
    execute(newer, "DROP TABLE llm_interactions")
    execute(
        newer,
        "INSERT INTO plans (plan_id, status, created_at, updated_at) VALUES ('p', 'running', "
        "'2025-10-01 08:00:00', '2025-10-01 08:00:00')",
    )
    result = invoke("show", "p")
    assert (result.exit_code, "which is newer than this version" in result.output) == (2, True)


def test_what_only_adds_is_worked_with_where_the_database_says_so(newer: str) -> None:
    execute(
        newer,
        "ALTER TABLE plans ADD COLUMN added_later VARCHAR(10)",
        "CREATE TABLE schema_compatibility (readable_from VARCHAR(32) NOT NULL)",
        f"INSERT INTO schema_compatibility VALUES ('{migrate.head_revision()}')",
    )
    for command in (
        ["run", "--prompt", "x", "--plan-id", "p"],
        ["resume", "p"],
        ["show", "p"],
        ["db", "upgrade"],
    ):
        result = invoke(*command)
        assert result.exit_code == 0, result.output
    checked = invoke("db", "check")
    assert (checked.exit_code, checked.stdout) == (0, "")
    assert "revision 999, newer than" in checked.stderr


@pytest.mark.parametrize("rows", [[], ["1000"], ["004", "003"]])
def test_it_must_say_so_for_code_as_old_as_this(newer: str, rows: list[str]) -> None:
    execute(
        newer,
        "CREATE TABLE schema_compatibility (readable_from VARCHAR(32) NOT NULL)",
        *(f"INSERT INTO schema_compatibility VALUES ('{row}')" for row in rows),
    )
    assert invoke("run", "--prompt", "x").exit_code == 2


def test_an_older_one_is_told_as_before(database_url: str) -> None:
    migrate.downgrade(get_engine(database_url), "003")
    assert migrate.check(get_engine(database_url)) == (
        f"the database is at revision 003, this version needs {migrate.head_revision()}",
    )


def test_the_version_before_leases_works_with_these_tables(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it needs of a newer revision is only that this one has said so."""
    before = migrate.known_revisions() - {"006", "007", "008", "009"}
    monkeypatch.setattr(migrate, "known_revisions", lambda: before)
    monkeypatch.setattr(migrate, "head_revision", lambda: "005")
    state = migrate.schema_state(get_engine(database_url))
    assert (state.current, state.is_newer, state.is_usable) == ("009", True, True)
