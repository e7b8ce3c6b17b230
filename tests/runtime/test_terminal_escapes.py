"""Nothing that a database or a model holds moves the cursor of whoever looks."""

import io
import json
import logging
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from rich.console import Console
from sqlalchemy import text

from pipeline.cli.main import main
from pipeline.database.engine import get_engine
from pipeline.logs import RedactingFormatter
from pipeline.running.progress import PlainProgress, TerminalProgress
from pipeline.terminal import printable, printable_json, printable_line
from tests.runtime.command import TINY

BAD = "x\x1b[2J\u202e\x9b\r\ny"
HOSTILE = {
    "\x1b[2J": "\\x1b[2J",
    "\x1b]0;title\x07": "\\x1b]0;title\\x07",
    "a\rb\x08": "a\\x0db\\x08",
    "\x9b31m": "\\x9b31m",
    "\x7f\x00": "\\x7f\\x00",
    "\u202egnp.exe": "\\u202egnp.exe",
    "\u2066x\u2069\u200f": "\\u2066x\\u2069\\u200f",
    "\ud800": "\\ud800",
}


@pytest.mark.parametrize(("hostile", "shown"), HOSTILE.items())
def test_what_a_terminal_would_obey_is_shown(hostile: str, shown: str) -> None:
    assert printable(hostile) == printable_line(hostile) == shown


@pytest.mark.parametrize("ordinary", ["repair café, 茶 🍵 e\u0301", "tab\there", "👩\u200d🌾", "\\x1b"])
def test_everything_else_stays(ordinary: str) -> None:
    assert printable(ordinary) == printable_line(ordinary) == ordinary


def test_a_line_stays_one() -> None:
    assert printable("a\nb") == "a\nb"
    assert printable_line("a\nplan p: completed") == "a\\x0aplan p: completed"


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_url: str) -> str:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIPELINE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("PIPELINE_ROOT", TINY)
    monkeypatch.setenv("PIPELINE_KEEP_ANSWERS", "0")  # set by the command; taken back after the test
    assert invoke("run", "--prompt", "x", "--plan-id", "p").exit_code == 0
    with get_engine(sqlite_url).begin() as connection:
        parameters = {"bad": "x\x1b[2J\u202e\x9b\r\ny"}
        connection.execute(text("UPDATE llm_interactions SET stage = :bad, llm_model = :bad"), parameters)
        connection.execute(
            text("UPDATE llm_interactions SET status = 'failed', error_message = :bad"), parameters
        )
        connection.execute(text("UPDATE plan_content SET stage = :bad"), parameters)
        connection.execute(text("UPDATE plan_content SET filename = :bad WHERE id = 1"), parameters)
    return sqlite_url


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False, color=True)


@pytest.mark.parametrize(
    "command", [["show", "p"], ["doctor", "--check", "p"], ["resume", "p"]], ids=" ".join
)
def test_no_command_sends_it(hostile: str, command: list[str]) -> None:
    output = invoke(*command).output
    assert "\\x1b" in output
    assert not {"\x1b", "\x9b", "\u202e", "\r"} & set(output)


def test_json_says_it_in_its_own_way(hostile: str) -> None:
    shown = invoke("show", "p", "--output-format", "json").stdout
    assert "x\\u001b[2J\\u202e" in shown
    assert json.loads(shown)["plan_id"] == "p"


def test_a_file_goes_through_a_pipe_as_it_is(hostile: str) -> None:
    with get_engine(hostile).begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM plan_content WHERE id = 2")).scalar_one() == 1
    assert b"\\x1b" not in invoke("show", "p", "100-2-goals.md").stdout_bytes


def test_progress_and_logs_show_it() -> None:
    lines: list[str] = []
    PlainProgress(lines.append).failed(1, 2, "Task", "said \x1b[2J")
    terminal = io.StringIO()
    shown = TerminalProgress(Console(file=terminal, force_terminal=True, width=80))
    shown.failed(1, 2, "Task\x1b]0;t\x07", "said \x9b2J")
    record = logging.LogRecord("n", logging.ERROR, "f", 1, "said \x1b[2J\u202e", None, None)
    logged = RedactingFormatter("%(message)s", "\r\x1b[2K").format(record)
    assert lines == ["[  1/2] Task FAILED: said \\x1b[2J"]
    assert "]0;t\\x07" in terminal.getvalue()
    assert "\x9b" not in terminal.getvalue()
    assert logged == "\r\x1b[2Ksaid \\x1b[2J\\u202e"


@pytest.mark.parametrize(("hostile", "shown"), HOSTILE.items())
def test_a_document_says_the_same(hostile: str, shown: str) -> None:
    document = json.dumps({"a": hostile}, ensure_ascii=False)
    safe = printable_json(document)
    assert json.loads(safe) == {"a": hostile}
    assert printable(safe) == safe


@pytest.mark.parametrize("form", ["jsonl", "messages", "csv", "plan"])
def test_what_is_exported_to_a_terminal_is_shown(
    form: str, hostile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with get_engine(hostile).begin() as connection:
        connection.execute(
            text("UPDATE llm_interactions SET status = 'completed', response_text = :bad"), {"bad": BAD}
        )
    plain = invoke("export", "p", "--format", form).stdout
    monkeypatch.setattr("pipeline.cli.actions.export._is_terminal", lambda: True)
    shown = invoke("export", "p", "--format", form).stdout
    assert "\x9b" in plain
    assert printable(shown) == shown
    if form != "csv":
        assert [json.loads(line) for line in shown.splitlines()] == [
            json.loads(line) for line in plain.split("\n")[:-1]
        ]


@pytest.mark.parametrize("command", [("show", "p"), ("list",)])
def test_json_is_shown_too(command: tuple[str, ...], hostile: str) -> None:
    shown = invoke(*command, "--output-format", "json").stdout
    assert printable(shown) == shown
