"""What `pipeline show` and `pipeline report` tell, also while somebody is at work and when nobody is any more."""

import json
import re
import subprocess
import time
from pathlib import Path

import jsonschema
import pytest

from refactor.reference.documents import schema
from tests.runtime.command import PLAN, Command, assert_ended

LLM_CONFIG = """
[models.remote]
api_key_env = "EXAMPLE_VARIABLE"

[prices.offline]
currency = "USD"
input_per_million = 1
output_per_million = 2
"""


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def command(request: pytest.FixtureRequest) -> Command:
    fixture: Command = request.getfixturevalue(f"{request.param}_command")
    return fixture


def show(command: Command) -> str:
    process = command("show", "p1")
    assert_ended(process, 0)
    return process.stdout.decode()


def report(command: Command, **environment: str) -> str:
    process = command("report", "p1", "--html", "report.html", **environment)
    assert_ended(process, 0)
    assert (process.stdout, process.stderr.decode()) == (b"", "wrote report.html\n")
    return (command.directory / "report.html").read_text(encoding="utf-8")


def wait_until(command: Command, pattern: str, run: subprocess.Popen[bytes]) -> str:
    text = ""
    for _ in range(600):
        process = command("show", "p1")
        text = process.stdout.decode()
        if process.returncode == 0 and re.search(pattern, text):
            return text
        assert run.poll() is None, f"the run ended before {pattern!r}: {text}"
        time.sleep(0.05)
    pytest.fail(f"never saw {pattern!r}, but: {text}")


def test_while_a_plan_runs(command: Command) -> None:
    run = command.start_run(PIPELINE_OFFLINE_LATENCY="60")
    try:
        # The plan is read before its calls: a look may see the first of them and the plan as it was before.
        text = wait_until(command, "(?s)plan p1: running.*1 pending", run)
        page = report(command)
    finally:
        run.kill()
        run.communicate()
    lines = text.splitlines()
    assert lines[:3] == [
        "plan p1: running, 1 of 6 tasks done, 0 files",
        "other tasks: 1 running, 4 waiting",
        "LLM interactions: 1 pending",
    ]
    assert re.fullmatch(r"running since [-0-9]+ [:0-9]+ UTC, last write [0-9.]+ s ago", lines[3])
    assert lines[4].startswith(f"owner: process {run.pid} on ")
    assert re.fullmatch(r"> running     Goals   [0-9.]+ s so far in 1 call, waiting for offline", lines[6])
    assert sorted(lines[-4:]) == [f"  waiting     {name}" for name in ("Report", "Risks", "Steps", "Tiny")]
    assert " running</span> 1" in page
    assert "so far" in page


def test_after_a_failure_and_after_the_next_try(command: Command) -> None:
    assert_ended(command.run(PIPELINE_OFFLINE_FAIL_MATCHING="steps"), 1)
    text = show(command)
    assert text.startswith("plan p1: failed, 3 of 6 tasks done, 3 files\nother tasks: 1 failed, 2 waiting\n")
    assert re.search(r"\n! failed      Steps .* 1 call, 1 failed, .*told to fail for this prompt\n", text)
    assert "What stands in the way" in report(command)
    assert_ended(command("resume", "p1"), 0)
    text = show(command)
    assert text.startswith("plan p1: completed, 6 of 6 tasks done, 6 files\n")
    assert re.search(r"\n\+ done        Steps .* 3 calls, 1 failed, 1 file\n", text)
    page = report(command)
    assert "What stands in the way" not in page
    assert "1 call failed on the way" in page


def test_following_a_run_tells_each_change_and_ends_with_it(command: Command) -> None:
    run = command.start_run(PIPELINE_OFFLINE_LATENCY="3")
    wait_until(command, "running", run)
    following = command("show", "--follow", "p1")
    assert run.wait(timeout=60) == 0
    run.communicate()
    assert_ended(following, 0)
    lines = following.stdout.decode().splitlines()
    assert lines[0].startswith("plan p1: running")
    assert any(line.startswith("plan p1: completed, 6 of 6 tasks done") for line in lines)
    done = [line.split()[2] for line in lines if line.startswith("+ done")]
    assert sorted(done) == sorted(set(done)) == ["Goals", "Inputs", "Report", "Risks", "Steps", "Tiny"]


def test_following_a_plan_that_nobody_works_on_ends_at_once(finished: Command) -> None:
    process = finished("show", "-f", "p1")
    assert_ended(process, 0)
    assert process.stdout.decode().startswith("plan p1: completed, 6 of 6 tasks done, 6 files\n")
    assert_ended(finished("show", "-f", "p1", "--output-format", "json"), 2)
    assert_ended(finished("show", "-f", "nope"), 2)


def test_json_of_run_resume_show_and_doctor_follows_the_schemas(sqlite_command: Command) -> None:
    def valid(process: subprocess.CompletedProcess[bytes], name: str) -> dict[str, object]:
        document: dict[str, object] = json.loads(process.stdout)
        jsonschema.validate(document, schema("pipeline", name))
        return document

    failed = sqlite_command.run("--output-format", "json", PIPELINE_OFFLINE_FAIL_MATCHING="steps")
    assert_ended(failed, 1)
    document = valid(failed, "run")
    assert (document["plan_id"], document["succeeded"], document["failed"]) == ("p1", False, ["Steps"])
    valid(sqlite_command("show", "p1", "--output-format", "json"), "show")
    (sqlite_command.run_dir / "100-1-goals_raw.json").unlink()
    valid(sqlite_command("doctor", "p1", "--check", "--output-format", "json"), "doctor")
    resumed = valid(sqlite_command("resume", "p1", "--output-format", "json"), "run")
    assert (resumed["done"], resumed["tasks"], resumed["run_dir"]) == (6, 6, "run/p1")


def test_the_id_of_a_plan_is_there_as_soon_as_the_plan_is(sqlite_command: Command) -> None:
    run = sqlite_command.start(
        "run", "--prompt", "Grow tea", "--output-format", "id", PIPELINE_OFFLINE_LATENCY="60"
    )
    try:
        assert run.stdout is not None
        plan_id = run.stdout.readline().decode().strip()
        assert sqlite_command("show", plan_id).stdout.decode().startswith(f"plan {plan_id}: ")
    finally:
        run.kill()
        run.communicate()
    assert sqlite_command("run", *PLAN, "--llm-model", "nope", "--output-format", "id").stdout == b""
    assert sqlite_command("resume", "nope", "--output-format", "id").stdout == b""


@pytest.fixture
def finished(sqlite_command: Command) -> Command:
    assert_ended(sqlite_command.run(), 0)
    return sqlite_command


def test_files_are_listed_in_the_order_of_numbers(finished: Command) -> None:
    names = [line.split()[-1] for line in show(finished).splitlines() if line.startswith("20")]
    assert names[0] == "100-1-goals_raw.json"
    assert names == sorted(names, key=lambda name: [int(part) for part in re.findall("[0-9]+", name)])


def test_prices_make_costs(finished: Command) -> None:
    (finished.directory / "llm.toml").write_text(LLM_CONFIG)
    without, with_prices = report(finished), report(finished, PIPELINE_LLM_CONFIG="llm.toml")
    assert "no price or no count known" in without
    assert re.search(r"<dd>USD 0\.0[0-9]+</dd>\s*<dd class=\"sub\">all calls counted", with_prices)


def test_the_key_of_a_configured_endpoint_is_not_told(finished: Command) -> None:
    (finished.directory / "llm.toml").write_text(LLM_CONFIG)
    secret = "Grow tea"  # what the plan was asked for
    page = report(finished, PIPELINE_LLM_CONFIG="llm.toml", EXAMPLE_VARIABLE=secret)
    assert secret not in page
    assert "[redacted]" in page
    assert secret in report(finished)


def test_the_page_goes_to_standard_output_too(finished: Command) -> None:
    process = finished("report", "p1", "--html", "-")
    assert_ended(process, 0)
    assert process.stdout.startswith(b"<!doctype html>")
    assert process.stderr == b""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["report", "nope", "--html", "r.html"], "there is no plan nope"),
        (["report", "../p1", "--html", "r.html"], "invalid plan id"),
        (["report", "p1", "--html", "missing/r.html"], "cannot write missing/r.html: No such file"),
        (["report", "p1"], "Missing option '--html'"),
        (["report", "p1", "--html", "r.html", "--root", "nowhere:X"], "cannot import the root task"),
        (["show", "p1", "--root", "nowhere:X"], "cannot import the root task"),
    ],
)
def test_bad_usage_is_told_and_writes_nothing(finished: Command, arguments: list[str], message: str) -> None:
    before = sorted(Path(finished.directory).rglob("*"))
    process = finished(*arguments)
    assert_ended(process, 2)
    assert message in process.stderr.decode()
    assert b"Traceback" not in process.stderr
    assert sorted(Path(finished.directory).rglob("*")) == before


def test_a_configuration_that_makes_no_sense_is_told(finished: Command) -> None:
    (finished.directory / "llm.toml").write_text("[prices.offline]\ncurrency = 3\n")
    process = finished("report", "p1", "--html", "r.html", PIPELINE_LLM_CONFIG="llm.toml")
    assert_ended(process, 2)
    assert "llm.toml: [prices.offline] takes" in process.stderr.decode()
    assert not (finished.directory / "r.html").exists()
