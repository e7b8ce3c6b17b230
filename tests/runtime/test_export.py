"""`pipeline export`: what other programs get is what was recorded, whole, in constant memory."""

import csv
import io
import json
import tracemalloc
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from pipeline.cli.main import main
from pipeline.database.service import DatabaseService
from pipeline.plans.export import COLUMNS, csv_lines, jsonl, messages

SENT = [{"role": "system", "content": "be brief"}, {"role": "user", "content": 'grow té\n"a"'}]


@pytest.fixture
def plan(service: DatabaseService) -> DatabaseService:
    service.create_plan(
        "p",
        prompt="tea",
        started_at=datetime(2025, 10, 1, tzinfo=UTC),
        speed_vs_detail="fast",
        llm_models=["m"],
    )
    call(service, "plain", 'one, "two"\r\nthree', finish_reason="stop", input_tokens=3)
    call(service, "sent", "grow té", messages=SENT, parameters={"temperature": 0})
    call(service, "listed", json.dumps(SENT))
    call(service, "document", json.dumps({"system": "be brief", "messages": SENT[1:]}))
    call(service, "data", json.dumps({"query": "q", "items": [1]}))
    call(service, "replayed", "again", replayed_from=1)
    call(service, "failed", "never", status="failed")
    service.create_plan_content({"plan_id": "p", "filename": "a/é.md", "stage": "s", "content": "# é\r\n"})
    service.create_plan_content({"plan_id": "p", "filename": "b.bin", "stage": "s", "content": b"\x00\xff"})
    service.create_plan_content({"plan_id": "other", "filename": "a", "stage": "s", "content": ""})
    return service


def call(
    service: DatabaseService, stage: str, prompt: str, status: str = "completed", **columns: object
) -> None:
    made = service.create_llm_interaction(
        {"plan_id": "p", "llm_model": "m", "stage": stage, "prompt_text": prompt}
    )
    service.update_llm_interaction(made.id, {"status": status, "response_text": f"of {stage}", **columns})


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["export", *arguments], catch_exceptions=False)


def test_a_line_of_json_has_every_column(plan: DatabaseService) -> None:
    documents = [json.loads(line) for line in jsonl(plan, "p")]
    assert [tuple(document) for document in documents] == [COLUMNS] * 7
    first, second, *_ = documents
    assert (first["prompt_text"], first["finish_reason"], first["input_tokens"]) == (
        'one, "two"\r\nthree',
        "stop",
        3,
    )
    assert datetime.fromisoformat(first["created_at"]).tzinfo is not None
    assert (second["messages"], second["parameters"]) == (SENT, {"temperature": 0})


def test_messages_are_what_was_sent_and_said(plan: DatabaseService) -> None:
    """Not the calls that failed, and no answer twice."""
    lines = [json.loads(line)["messages"] for line in messages(plan, "p")]
    sent = [
        [{"role": "user", "content": 'one, "two"\r\nthree'}],
        SENT,
        SENT,
        SENT,
        [{"role": "user", "content": json.dumps({"query": "q", "items": [1]})}],
    ]
    said = [f"of {stage}" for stage in ("plain", "sent", "listed", "document", "data")]
    assert lines == [[*s, {"role": "assistant", "content": a}] for s, a in zip(sent, said, strict=True)]


def test_csv_is_read_back_as_it_was(plan: DatabaseService) -> None:
    heading, *records = csv.reader(io.StringIO("".join(csv_lines(plan, "p")), newline=""))
    assert tuple(heading) == COLUMNS
    rows = [dict(zip(heading, record, strict=True)) for record in records]
    assert [row["stage"] for row in rows][:2] == ["plain", "sent"]
    assert rows[0]["prompt_text"] == 'one, "two"\r\nthree'
    assert json.loads(rows[1]["messages"]) == SENT
    assert rows[0]["error_message"] == ""


@pytest.mark.parametrize("form", ["jsonl", "messages", "csv"])
def test_the_command_writes_what_the_functions_give(plan: DatabaseService, tmp_path: Path, form: str) -> None:
    lines = {"jsonl": jsonl, "messages": messages, "csv": csv_lines}[form]
    expected = "".join(lines(plan, "p")).encode()
    assert invoke("p", "--format", form).stdout_bytes == expected
    target = tmp_path / "out"
    target.write_text("old")
    target.chmod(0o640)
    written = invoke("p", "--format", form, "-o", str(target))
    assert (written.exit_code, written.stdout) == (0, "")
    assert written.stderr == f"wrote {target}: {5 if form == 'messages' else 7} calls\n"
    assert target.read_bytes() == expected
    assert target.stat().st_mode & 0o777 == 0o640


def test_a_zip_has_all_files_byte_for_byte(plan: DatabaseService, tmp_path: Path) -> None:
    target = tmp_path / "p.zip"
    assert invoke("p", "--format", "zip", "-o", str(target)).exit_code == 0
    with zipfile.ZipFile(target) as archive:
        assert archive.testzip() is None
        assert set(archive.namelist()) == {"001-1-start_time.json", "001-2-plan.txt", "a/é.md", "b.bin"}
        assert archive.read("a/é.md") == "# é\r\n".encode()
        assert archive.read("b.bin") == b"\x00\xff"
    # Into a pipe as well, which cannot be gone back in.
    piped = invoke("p", "--format", "zip")
    assert zipfile.ZipFile(io.BytesIO(piped.stdout_bytes)).read("b.bin") == b"\x00\xff"


@pytest.mark.parametrize("form", ["jsonl", "messages", "csv", "zip"])
def test_a_plan_that_is_not_there_leaves_the_file_alone(
    plan: DatabaseService, tmp_path: Path, form: str
) -> None:
    target = tmp_path / "out"
    target.write_text("old")
    result = invoke("nope", "--format", form, "-o", str(target))
    assert (result.exit_code, "nope" in result.stderr) == (2, True)
    assert target.read_text() == "old"
    assert list(tmp_path.glob(".out*")) == []


def test_a_plan_without_calls_is_empty(plan: DatabaseService) -> None:
    assert invoke("other").stdout == ""
    assert invoke("other", "--format", "csv").stdout.splitlines() == [",".join(COLUMNS)]


def test_a_directory_that_is_not_there_is_told(plan: DatabaseService, tmp_path: Path) -> None:
    result = invoke("p", "-o", str(tmp_path / "none" / "out"))
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "cannot write" in result.stderr


def test_any_number_of_calls_takes_the_same_memory(service: DatabaseService) -> None:
    service.create_plan_content({"plan_id": "p", "filename": "a", "stage": "s", "content": ""})
    insert = text(
        "INSERT INTO llm_interactions (interaction_key, plan_id, stage, llm_model, status, prompt_text, created_at) "
        "VALUES (:key, 'p', 's', 'm', 'completed', :prompt, '2025-10-01 08:00:00')"
    )

    def peak(calls: range) -> int:
        with service._engine.begin() as connection:
            connection.execute(insert, [{"key": f"k{n}", "prompt": "x" * 2000} for n in calls])
        tracemalloc.start()
        count = sum(1 for _ in jsonl(service, "p"))
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == calls.stop
        return top

    peak(range(200))
    few = peak(range(200, 400))
    many = peak(range(400, 6000))
    assert many < few * 1.5


def test_the_page_on_recording_has_every_column_in_order() -> None:
    page = Path(__file__).parents[2] / "docs" / "explanation" / "recording.md"
    table = page.read_text(encoding="utf-8").partition("## Column by column")[2].partition('"Caller"')[0]
    named = [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")]
    assert tuple(named) == COLUMNS
