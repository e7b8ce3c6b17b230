"""`--log-format json`: whatever goes to standard error is a JSON document a line, and says what it is about."""

import json

import pytest
from sqlalchemy import text

from pipeline.database.engine import get_engine
from tests.runtime.command import PLAN, Command

SECRET = "zq81-Very.Secret/Value"
ODD = "tests.runtime.logging_pipeline:Chatty"
NAMES = ["time", "level", "logger", "message", "plan", "task", "interaction"]

Line = dict[str, object]


def lines_of(errors: bytes) -> list[Line]:
    assert SECRET.encode() not in errors
    assert not any(byte < 0x20 and byte != 0x0A for byte in errors)
    found: list[Line] = [json.loads(line) for line in errors.splitlines()]
    for line in found:
        assert [*line][: len(NAMES)] == NAMES
    return found


def said(lines: list[Line], message: str) -> Line:
    (line,) = [line for line in lines if message in str(line["message"])]
    return line


@pytest.fixture
def chatty(sqlite_command: Command) -> Command:
    return Command(sqlite_command.directory, sqlite_command.database_url, ODD)


def test_each_line_has_plan_task_and_interaction(chatty: Command) -> None:
    """Also those of worker processes."""
    ended = chatty("--log-format", "json", "run", *PLAN, "--workers", "2", EXAMPLE_API_KEY=SECRET)
    assert ended.returncode == 1
    lines = lines_of(ended.stderr)
    with get_engine(chatty.database_url).connect() as connection:
        call = connection.execute(text("SELECT id FROM llm_interactions")).scalar_one()
    about = {"plan": "p1", "task": "Chatty"}
    for message in ("between [redacted]", "printed [redacted]", "UserWarning: a warning"):
        assert said(lines, message).items() >= {**about, "interaction": call}.items()
    assert said(lines, "in a thread").items() >= {**about, "interaction": None}.items()
    assert said(lines, "moves \x1b[2J the cursor").items() >= about.items()
    failed = said(lines, "Chatty FAILED")
    assert failed.items() >= {**about, "level": "error", "interaction": None}.items()
    assert "ZeroDivisionError: [redacted]" in str(said(lines, "failed    Chatty")["traceback"])
    assert said(lines, "0 of 1 tasks done").items() >= {"plan": "p1", "task": None, "level": "info"}.items()


def test_errors_of_the_command_are_lines_too(sqlite_command: Command) -> None:
    for arguments, status, message in [
        (("resume", "none"), 2, "pipeline: there is no plan none"),
        (("resume",), 2, "Error: Missing argument 'PLAN_ID'."),
        (("run", *PLAN, "--root", "nothing.here:Root"), 2, "pipeline: "),
    ]:
        ended = sqlite_command(*arguments, PIPELINE_LOG_FORMAT="json")
        assert ended.returncode == status
        line = said(lines_of(ended.stderr), message)
        assert line["level"] == ("error" if message.startswith("pipeline:") else "info")
