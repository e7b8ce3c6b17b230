"""Files that are damaged, disks that are full, databases that go: nothing half-done counts, nothing is lost."""

import time
from collections.abc import Callable

import pytest

from tests.pipeline.conftest import MakeRun
from tests.pipeline.runs import KILLED, Run, Setting, assert_as_undisturbed, assert_ended
from tests.pipeline.zygote import FILE_SIZE_VARIABLE, RECORD_VARIABLE
from tests.postgres import PostgresServer

Undisturbed = Callable[[Setting], Run]
FAST = Setting(fast=True)


@pytest.mark.postgres
@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_damaged_files_are_repaired_before_luigi_looks(
    database: str, make_run: MakeRun, undisturbed: Undisturbed
) -> None:
    run, reference = make_run(database, FAST), undisturbed(FAST)
    assert_ended(run.begin(PIPELINE_FAULT="content_committed:80"), KILLED)
    calls = run.requests().total()
    emptied, cut, tampered, removed, linked = (
        run.run_dir / name
        for name in (
            "002-9-potential_levers_raw.json",
            "002-14-strategic_decisions.md",
            "005-2-project_plan.md",
            "001-2-plan.txt",
            "002-8-plan_type.md",
        )
    )
    emptied.write_bytes(b"")
    cut.write_bytes(cut.read_bytes()[:-1])
    tampered.write_bytes(tampered.read_bytes().swapcase())
    removed.unlink()
    elsewhere = run.directory / "elsewhere.md"
    linked.replace(elsewhere)
    linked.symlink_to(elsewhere)
    # The report of somebody else: without a row it is no result of this plan.
    (run.run_dir / "029-report.html").write_text("<html>")
    checked = run.start("doctor", "p1", "--check")
    assert_ended(checked, 1)

    resumed = run.resume()
    assert_ended(resumed)
    for path in (emptied, cut, tampered, linked):
        assert f"{path.name}: different\n" in checked.messages()
        assert f"restored {path.name} (different)" in resumed.messages()
    assert f"restored {removed.name} (missing)" in resumed.messages()
    assert not linked.is_symlink()
    aside = run.run_dir / ".029-report.html.unknown"
    assert aside.read_text() == "<html>"
    aside.unlink()
    kept = sorted(path.name for path in run.run_dir.glob(".*.kept-*"))
    assert kept == sorted(f".{path.name}.kept-1" for path in (tampered, linked) if path is not None)
    for name in kept:
        (run.run_dir / name).unlink()
    assert_as_undisturbed(run, reference)
    assert run.requests() == reference.requests()
    assert calls < run.requests().total()


@pytest.mark.postgres
def test_a_full_disk_is_an_error_and_leaves_no_file_that_counts(
    make_run: MakeRun, undisturbed: Undisturbed
) -> None:
    # On a server, so that the disk is full for the files alone.
    run, reference = make_run("postgres", FAST), undisturbed(FAST)
    too_big = {name for name, content in reference.files().items() if len(content) > 12_000}
    assert too_big
    full = run.begin(**{FILE_SIZE_VARIABLE: "12000", RECORD_VARIABLE: ""})
    assert_ended(full, 1)
    assert "File too large" in full.messages()
    assert "go on with: pipeline resume p1" in full.messages()
    # Neither Luigi nor the report takes a temporary file for a result, and resume removes it.
    left = {name: content for name, content in run.files().items() if "-luigi-tmp-" not in name}
    assert left.items() <= reference.files().items()
    assert not left.keys() & too_big
    assert run.service().get_plan("p1").status == "failed"

    assert_ended(run.resume())
    assert_as_undisturbed(run, reference)
    assert run.requests() == reference.requests()


@pytest.mark.postgres
def test_a_database_gone_for_good_is_one_clear_error_and_the_plan_goes_on_when_it_is_back(
    make_run: MakeRun, undisturbed: Undisturbed, postgres_server: PostgresServer
) -> None:
    run, reference = make_run("postgres", FAST), undisturbed(FAST)
    process = run.begin(PIPELINE_DATABASE_PATIENCE="0.5", PIPELINE_OFFLINE_LATENCY="0.05")
    wait_for_calls(run, 10)
    postgres_server.crash()
    try:
        assert_ended(process, 2)
    finally:
        postgres_server.start()
    last_line = process.messages().splitlines()[-1]
    assert last_line.startswith("pipeline: plan p1: the database has been unavailable for ")
    assert last_line.endswith("once it is back, go on with: pipeline resume p1")
    assert run.files().items() <= reference.files().items()

    assert_ended(run.resume())
    assert_as_undisturbed(run, reference)
    # The one that was being answered, at most.
    assert run.requests().total() <= reference.requests().total() + 1


@pytest.mark.postgres
def test_an_answer_outlives_a_database_that_comes_back(
    make_run: MakeRun, undisturbed: Undisturbed, postgres_server: PostgresServer
) -> None:
    run, reference = make_run("postgres", FAST), undisturbed(FAST)
    process = run.begin("--workers", "4", PIPELINE_OFFLINE_LATENCY="0.05")
    wait_for_calls(run, 20)
    postgres_server.crash()
    time.sleep(0.3)
    postgres_server.start()
    assert_ended(process)
    assert "database unavailable, attempt 1" in process.messages()
    assert_as_undisturbed(run, reference)
    assert run.requests() == reference.requests()


def wait_for_calls(run: Run, count: int) -> None:
    deadline = time.monotonic() + 60
    while run.requests().total() < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)
