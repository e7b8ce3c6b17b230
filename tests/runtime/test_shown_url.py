"""Where a database is can be shown; who may enter it, and with what, cannot."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli.main import main
from pipeline.database.engine import URL_VARIABLE, database_url
from pipeline.database.shown_url import shown_url
from pipeline.errors import ConfigurationError
from tests.runtime.command import TINY


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:hunter22@db.example/x", "postgresql://db.example/x"),
        ("postgres://db:5432/x?user=me&password=hunter22", "postgresql://db:5432/x"),
        ("postgresql://db/x?sslpassword=hunter22&sslmode=require", "postgresql://db/x"),
        ("postgresql:///x?host=/run/pg&password=hunter22", "postgresql:///x?host=/run/pg"),
        ("postgresql://me@db/x?host=a:1&host=b:2&passfile=hunter22", "postgresql://db/x?host=a:1&host=b:2"),
        ("postgresql://me:p@s/hunter22@db/x", "postgresql://s/[redacted]"),
        ("postgresql://me:p?hunter22@db/x", "postgresql://db/x"),
        ("sqlite:////var/lib/a@b.db", "sqlite:////var/lib/a@b.db"),
        ("sqlite:///p.db?key=hunter22", "sqlite:///p.db"),
    ],
)
def test_a_url_is_shown_without_its_secrets(url: str, shown: str) -> None:
    assert shown_url(url) == shown
    assert "hunter22" not in shown


@pytest.mark.parametrize("password", ["hun@ter22", "@hunter22", "a@b@hunter22"])
def test_an_at_that_is_not_escaped_is_told_without_the_password(password: str) -> None:
    with pytest.raises(ConfigurationError, match="must be written %40") as caught:
        shown_url(f"postgresql://me:{password}@db/x")
    assert "ter22" not in str(caught.value)
    assert database_url("postgresql://me:hun%40ter22@db/x").password == "hun@ter22"


@pytest.mark.parametrize(
    "query",
    ["user=u&password=Pa55w0rdXYZ", "sslpassword=Pa55w0rdXYZ&user=u", "password=Pa55w0rdXYZ&sslmode=disable"],
)
@pytest.mark.parametrize("command", [["show", "p"], ["db", "upgrade"], ["run", "--prompt", "x"]])
def test_an_error_does_not_show_a_password_of_the_query(
    query: str, command: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(URL_VARIABLE, f"postgresql://127.0.0.1:1/db?{query}")
    monkeypatch.setenv("PIPELINE_DATABASE_PATIENCE", "0.1")
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 2
    assert "postgresql://127.0.0.1:1/db" in result.output
    assert "Pa55w0rdXYZ" not in result.output


@pytest.mark.postgres
@pytest.mark.parametrize("query", ["password=Pa55w0rdXYZ", "sslpassword=Pa55w0rdXYZ"])
def test_the_last_line_of_a_run_does_not_show_it(
    query: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIPELINE_KEEP_ANSWERS", "0")  # set by the command; taken back after the test
    separator = "&" if "?" in postgres_url else "?"
    monkeypatch.setenv(URL_VARIABLE, f"{postgres_url}{separator}{query}")
    assert CliRunner().invoke(main, ["db", "upgrade"]).exit_code == 0
    result = CliRunner().invoke(main, ["run", "--prompt", "x", "--root", TINY])
    assert result.exit_code == 0, result.output
    assert result.stderr.splitlines()[-1].startswith("database: postgresql://")
    assert "Pa55w0rdXYZ" not in result.output
