"""The `pipeline` command: what it prints, where, and its exit status."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from pipeline.cli.main import main
from pipeline.database import migrate
from pipeline.database.engine import get_engine
from pipeline.database.service import DatabaseService
from pipeline.running.plan_lock import hold_plan
from tests.runtime.command import PLAN, REPOSITORY, TINY, Command

Invoke = Callable[..., Result]


@pytest.fixture
def invoke(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Invoke:
    monkeypatch.setenv("PIPELINE_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("PIPELINE_ROOT", TINY)
    monkeypatch.setenv("PIPELINE_KEEP_ANSWERS", "0")  # set by the command; taken back after the test
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def finished(invoke: Invoke) -> Invoke:
    result = invoke("run", "--prompt", "Grow tea", "--plan-id", "p1")
    assert result.exit_code == 0, result.stderr
    return invoke


def test_a_run_tells_its_progress_and_leaves_files(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "prompt.txt").write_text("Grow tea", encoding="utf-8")
    result = invoke("run", "--prompt-file", "prompt.txt", "--plan-id", "p1")
    assert (result.exit_code, result.stdout) == (0, "")
    lines = result.stderr.splitlines()
    assert lines[0] == "plan p1"
    assert lines[1].startswith("[  2/6] Goals done in ")
    assert lines[-3:] == [
        "plan p1: 6 of 6 tasks done",
        "files: run/p1",
        f"database: sqlite:///{tmp_path / 'pipeline.db'}",
    ]
    assert len(list((tmp_path / "run" / "p1").iterdir())) == 8


def test_a_plan_gets_an_id_of_its_own(invoke: Invoke, tmp_path: Path) -> None:
    result = invoke("-q", "run", "--prompt", "Grow tea")
    assert result.exit_code == 0
    (run_dir,) = (path for path in (tmp_path / "run").iterdir() if path.is_dir())
    assert run_dir.name.startswith("plan-20")


def test_show_gives_content_without_any_file(finished: Invoke, tmp_path: Path) -> None:
    expected = (tmp_path / "run" / "p1" / "100-2-goals.md").read_bytes()
    (tmp_path / "run").rename(tmp_path / "gone")
    assert finished("show", "p1", "100-2-goals.md").stdout_bytes == expected
    assert finished("show", "p1", "001-2-plan.txt").stdout.startswith("Plan:\nGrow tea\n")
    overview = finished("show", "p1").stdout
    assert overview.startswith(
        "plan p1: completed, 6 of 6 tasks done, 6 files\nLLM interactions: 5 completed\n"
    )
    assert "100-2-goals.md" in overview


def test_resume_and_doctor_bring_files_back(finished: Invoke, tmp_path: Path) -> None:
    victim = tmp_path / "run" / "p1" / "101-1-risks.json"
    content = victim.read_bytes()
    victim.unlink()
    checked = finished("doctor", "p1", "--check")
    assert (checked.exit_code, checked.stdout) == (1, "101-1-risks.json: missing\n")
    repaired = finished("doctor", "p1")
    assert (repaired.exit_code, repaired.stdout) == (0, "101-1-risks.json: missing (repaired)\n")
    assert victim.read_bytes() == content
    victim.write_bytes(b"")
    resumed = finished("resume", "p1")
    assert resumed.exit_code == 0
    assert "restored 101-1-risks.json (different)" in resumed.stderr
    assert victim.read_bytes() == content


def test_doctor_and_show_speak_json(finished: Invoke, tmp_path: Path) -> None:
    (tmp_path / "run" / "p1" / "101-1-risks.json").unlink()
    checked = finished("doctor", "p1", "--check", "--output-format", "json")
    assert (checked.exit_code, checked.stderr) == (1, "")
    assert json.loads(checked.stdout) == {
        "files": 8,
        "interactions": {"completed": 5},
        "findings": [{"subject": "101-1-risks.json", "problem": "missing", "repaired": False}],
    }
    shown = json.loads(finished("show", "p1", "--output-format", "json").stdout)
    assert (shown["plan_id"], shown["status"], shown["llm_models"]) == ("p1", "completed", ["offline"])
    (goals,) = (task for task in shown["tasks"] if task["name"] == "Goals")
    assert [file["name"] for file in goals["files"]] == ["100-1-goals_raw.json", "100-2-goals.md"]
    assert [call["state"] for call in goals["calls"]] == ["completed"]
    assert datetime.fromisoformat(goals["calls"][0]["started_at"]).tzinfo is not None
    refused = finished("show", "p1", "100-2-goals.md", "--output-format", "json")
    assert (refused.exit_code, refused.stdout) == (2, "")


def test_an_interrupt_ends_the_run_and_says_how_to_go_on(sqlite_command: Command) -> None:
    process = sqlite_command.start_run(PIPELINE_OFFLINE_LATENCY="30")
    deadline = time.monotonic() + 60
    while not sqlite_command.calls():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    errors = process.communicate(timeout=60)[1].decode()
    assert process.returncode == 130
    assert errors.splitlines() == [
        "plan p1",
        "pipeline: plan p1: interrupted; go on with: pipeline resume p1",
    ]
    service = DatabaseService(get_engine(sqlite_command.database_url))
    assert (service.get_plan("p1").status, service.count_interactions("p1")) == ("stopped", {"failed": 1})
    assert sqlite_command("resume", "p1").returncode == 0
    assert service.count_interactions("p1") == {"completed": 5, "failed": 1}


def test_a_failed_task_is_told_in_a_line_and_with_a_traceback_on_request(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_OFFLINE_FAIL_MATCHING", "You do goals")
    failed = invoke("run", "--prompt", "x", "--plan-id", "p1")
    assert failed.exit_code == 1
    assert "Goals FAILED: Goals failed in" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert "Traceback" in invoke("-v", "resume", "p1").stderr


@pytest.mark.parametrize("command", ["show", "doctor"])
def test_looking_at_a_plan_makes_no_database(command: str, invoke: Invoke, tmp_path: Path) -> None:
    result = invoke(command, "p1")
    assert (result.exit_code, "there is no database" in result.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


def test_db_check_and_upgrade(invoke: Invoke) -> None:
    before = invoke("db", "check")
    assert (before.exit_code, before.stdout) == (
        1,
        "the database is at revision none, this version needs 009\n",
    )
    assert invoke("db", "upgrade").exit_code == 0
    after = invoke("db", "check")
    assert (after.exit_code, after.stdout) == (0, "")
    assert after.stderr == "the database is at revision 009, as this version needs it\n"


def test_a_driver_that_is_not_installed_is_told_with_its_extra(
    invoke: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_DATABASE_URL", "postgresql://localhost/no_driver")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    result = invoke("show", "p1")
    assert (result.exit_code, "the extra 'postgres' of luigi-database-first" in result.stderr) == (2, True)
    assert "Traceback" not in result.stderr


@pytest.mark.postgres
def test_a_server_is_migrated_on_purpose_only(
    invoke: Invoke, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_DATABASE_URL", postgres_url)
    refused = invoke("run", "--prompt", "x")
    assert refused.exit_code == 2
    assert "pipeline db upgrade" in refused.stderr
    assert migrate.current_revision(get_engine(postgres_url)) is None


def test_a_plan_that_is_being_worked_on_is_left_alone(finished: Invoke, tmp_path: Path) -> None:
    with hold_plan(tmp_path / "run", "p1"):
        for command in (["resume", "p1"], ["doctor", "p1"]):
            result = finished(*command)
            assert (result.exit_code, result.stderr) == (
                1,
                "pipeline: another process is working on plan p1\n",
            )
        assert finished("show", "p1").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run"], "give either --prompt or --prompt-file"),
        (["run", "--prompt", " \n"], "the prompt is empty"),
        (["run", "--prompt", "x", "--run-root", "/proc/no/such"], "No such file or directory: '/proc/no'"),
        (["run", "--prompt", "x", "--plan-id", "../p"], "invalid plan id '../p'"),
        (["run", "--prompt", "x", "--llm-model", "big"], "unknown LLM 'big'"),
        (["run", "--prompt", "x", "--root", "nowhere:X"], "cannot import the root task 'nowhere:X'"),
        (["run", "--prompt", "x", "--root", "pathlib:Path"], "is no Luigi task"),
        (["run", "--prompt", "x", "--root", "luigi:WrapperTask"], "cannot be made for a plan"),
        (["run", "--prompt", "x", "--start-time", "soon"], "--start-time"),
        (["run", "--prompt", "x", "--workers", "0"], "--workers"),
        (["run", "--prompt", "x", "--plan-id", "p1"], "already a plan p1"),
        (["resume", "nope"], "there is no plan nope"),
        (["resume", "../p1"], "invalid plan id"),
        (["show", "nope"], "there is no plan nope"),
        (["show", "p1", "../../etc/passwd"], "invalid file name"),
        (["show", "p1", "nope.md"], "has no content for nope.md"),
        (["doctor", "/etc"], "invalid plan id"),
    ],
)
def test_bad_usage_is_one_line_and_status_two(
    finished: Invoke, tmp_path: Path, arguments: list[str], message: str
) -> None:
    (tmp_path / "run").rename(tmp_path / "gone")
    result = finished(*arguments)
    assert result.exit_code == 2, result.output
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_root_task_is_found_in_the_working_directory(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("from tests.runtime.tiny_pipeline import Tiny as Root\n")
    process = subprocess.run(
        [
            sys.executable,
            "-P",
            "-c",
            "from pipeline.cli.main import main; main()",
            "run",
            *PLAN,
            "--root",
            "beside:Root",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "PIPELINE_DATABASE_URL": "sqlite:///p.db"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr


def test_a_run_directory_in_use_is_not_overwritten(invoke: Invoke, tmp_path: Path) -> None:
    (tmp_path / "run" / "p1").mkdir(parents=True)
    (tmp_path / "run" / "p1" / "mine.txt").write_text("mine")
    result = invoke("run", "--prompt", "x", "--plan-id", "p1")
    assert (result.exit_code, "is not empty" in result.stderr) == (2, True)
    assert (tmp_path / "run" / "p1" / "mine.txt").read_text() == "mine"


def test_an_internal_error_is_reported_without_keys(
    finished: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    def explode(*_: object) -> None:
        raise RuntimeError("with sk-abcdef123456 inside")

    monkeypatch.setattr(DatabaseService, "get_plan", explode)
    result = finished("show", "p1")
    assert result.exit_code == 2
    assert "RuntimeError: with [redacted] inside" in result.stderr
    assert "sk-" not in result.stderr


def test_help_does_not_load_the_machinery() -> None:
    script = (
        "import sys\n"
        "from click.testing import CliRunner\n"
        "from pipeline.cli.main import main\n"
        "result = CliRunner().invoke(main, ['run', '--help'])\n"
        "assert result.exit_code == 0, result.output\n"
        "print(sorted({'sqlalchemy', 'luigi', 'alembic', 'pydantic', 'psycopg'} & set(sys.modules)))\n"
    )
    output = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, timeout=60)
    assert output.stdout.decode() == "[]\n"


def test_a_corrupt_row_stops_a_resume_that_says_how_to_go_on(
    finished: Invoke, sqlite_url: str, tmp_path: Path
) -> None:
    goals = tmp_path / "run" / "p1" / "100-2-goals.md"
    written = goals.read_bytes()
    goals.unlink()
    engine = get_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE plan_content SET content = 'x' WHERE filename = '100-2-goals.md'"))
    stopped = finished("resume", "p1")
    assert (stopped.exit_code, stopped.stdout, goals.exists()) == (2, "", False)
    assert stopped.stderr.splitlines()[-1] == (
        "pipeline: plan p1, 100-2-goals.md: the row's content does not have the checksum stored with it; once that "
        "row is deleted from plan_content, `pipeline resume p1` runs its task again"
    )
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM plan_content WHERE filename = '100-2-goals.md'"))
    resumed = finished("resume", "p1")
    assert resumed.exit_code == 0, resumed.stderr
    assert goals.read_bytes() == written


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"one\ncaf\xe9\n", "prompt.txt is not UTF-8: byte 0xe9 in line 2"),
        ("Öl".encode("utf-16"), "byte 0xff in line 1"),
        (b"cut off \xe2\x82", "byte 0xe2 in line 1"),
    ],
)
def test_a_prompt_in_another_encoding_is_told_with_the_byte(
    data: bytes, told: str, invoke: Invoke, tmp_path: Path
) -> None:
    (tmp_path / "prompt.txt").write_bytes(data)
    result = invoke("run", "--prompt-file", "prompt.txt", "--plan-id", "p1")
    assert (result.exit_code, told in result.stderr, "Traceback" in result.stderr) == (2, True, False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["prompt.txt"]


@pytest.mark.parametrize("data", [b"Tea\r\nand cake\r\n", b"\xef\xbb\xbfTea\r\nand cake\r\n"])
def test_a_prompt_file_is_taken_as_it_is_but_for_its_mark(
    data: bytes, invoke: Invoke, tmp_path: Path
) -> None:
    (tmp_path / "prompt.txt").write_bytes(data)
    assert invoke("run", "--prompt-file", "prompt.txt", "--plan-id", "p1").exit_code == 0
    assert (
        (tmp_path / "run" / "p1" / "001-2-plan.txt").read_bytes().startswith(b"Plan:\nTea\r\nand cake\r\n\n")
    )


SAME = ["--plan-id", "p1", "--start-time", "2025-10-01T08:00:00"]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (["--prompt", "Raise dogs"], "prompt"),
        (["--fast", "--prompt", "x"], "speed"),
        (["--llm-model", "offline-b", "--prompt", "x"], "models"),
        (["--start-time", "2025-10-02T08:00:00", "--fast", "--prompt", "x"], "start time, speed"),
    ],
)
def test_the_same_id_with_other_options_is_another_plan(
    changed: list[str], told: str, invoke: Invoke, tmp_path: Path
) -> None:
    assert invoke("run", *SAME, "--prompt", "x").exit_code == 0
    in_use = invoke("run", *SAME, "--prompt", "x")
    assert (in_use.exit_code, "`pipeline resume p1` goes on with it, or take another" in in_use.stderr) == (
        2,
        True,
    )
    (tmp_path / "run").rename(tmp_path / "gone")
    refused = invoke("run", *SAME, *changed)
    assert refused.exit_code == 2
    assert refused.stderr.rstrip().endswith(f"take another plan id; it differs in its {told}")
    same = invoke("run", *SAME, "--prompt", "x")
    assert same.exit_code == 0, same.stderr


def test_an_empty_plan_id_is_none(invoke: Invoke, tmp_path: Path) -> None:
    refused = invoke("run", "--prompt", "x", "--plan-id", "")
    assert (refused.exit_code, "invalid plan id ''" in refused.stderr) == (2, True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("root", ["luigi:WrapperTask", "tests.runtime.plain_tasks:Note"])
def test_a_root_that_cannot_be_made_leaves_no_plan(root: str, invoke: Invoke, tmp_path: Path) -> None:
    refused = invoke("run", "--prompt", "x", "--plan-id", "p1", "--root", root)
    assert (refused.exit_code, "has no parameter run_id_dir" in refused.stderr) == (2, True)
    assert not refused.stderr.startswith("plan ")
    assert "there is no plan p1; the database has none" in invoke("show", "p1").stderr


@pytest.mark.parametrize("command", ["show", "resume", "doctor"])
@pytest.mark.parametrize(
    ("name", "told"), [("p11", "did you mean p1?"), ("zzz", "the newest are p1"), ("P1", "did you mean p1?")]
)
def test_an_unknown_plan_is_told_with_those_that_are_near(
    command: str, name: str, told: str, finished: Invoke
) -> None:
    result = finished(command, name)
    assert (result.exit_code, result.stderr) == (2, f"pipeline: there is no plan {name}; {told}\n")


def test_many_restored_files_are_counted_and_named_on_request(
    finished: Invoke, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.running.lifecycle._NAMED", 3)
    shutil.rmtree(tmp_path / "run" / "p1")
    resumed = finished("resume", "p1")
    assert "restored 8 files that were missing\n" in resumed.stderr
    assert "(missing)" not in resumed.stderr
    shutil.rmtree(tmp_path / "run" / "p1")
    assert finished("-v", "resume", "p1").stderr.count("(missing)") == 8


def test_resume_names_all_corrupt_rows(finished: Invoke, sqlite_url: str, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "run" / "p1")
    with get_engine(sqlite_url).begin() as connection:
        connection.execute(text("UPDATE plan_content SET content = 'x' WHERE filename LIKE '100-%'"))
    told = finished("resume", "p1").stderr
    assert all(name in told for name in ("100-1-goals_raw.json: the row", "100-2-goals.md: the row"))


def test_a_completed_interaction_has_no_error_of_the_sweep(sqlite_url: str, invoke: Invoke) -> None:
    migrate.upgrade(get_engine(sqlite_url))
    service = DatabaseService(get_engine(sqlite_url))
    data = {"plan_id": "p", "llm_model": "m", "stage": "s", "prompt_text": "t"}
    one, two = (service.create_llm_interaction(data).id for _ in range(2))
    service.fail_pending_interactions("p", "abandoned")
    service.update_llm_interaction(one, {"status": "completed", "response_text": "r"})
    service.update_llm_interaction(two, {"status": "completed", "error_message": "mended"})
    assert [row.error_message for row in service.list_interactions("p")] == [None, "mended"]
