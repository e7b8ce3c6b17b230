"""The promise: kill it anywhere, wipe the run directory, resume: the end is as if nothing had happened."""

import pytest

from pipeline.database.engine import get_engine
from pipeline.database.service import DatabaseService
from pipeline.faults import FaultPoint
from tests.runtime.command import KILLED, Command, assert_ended
from tests.runtime.crashes import CALLS, assert_as_undisturbed, assert_resumable_after_kill, wipe

# Each point once on the database that has more to lose there; all of them are in test_chaos.py.
ON_SQLITE = [
    (FaultPoint.INTERACTION_CREATED, 3),
    (FaultPoint.LLM_ANSWERED, 1),
    (FaultPoint.ANSWER_COMMITTED, 3),
    (FaultPoint.CONTENT_BEFORE_COMMIT, 2),
    (FaultPoint.CONTENT_COMMITTED, 1),
    (FaultPoint.RESTORE_BEFORE_REPLACE, 1),
]
ON_POSTGRES = [
    (FaultPoint.INTERACTION_COMPLETED, 5),
    (FaultPoint.CONTENT_BEFORE_COMMIT, 1),
    (FaultPoint.CONTENT_COMMITTED, 2),
]


@pytest.mark.parametrize(("point", "count"), ON_SQLITE)
def test_a_killed_run_is_resumed_on_sqlite(
    point: FaultPoint, count: int, sqlite_command: Command, undisturbed: Command
) -> None:
    assert_resumable_after_kill(sqlite_command, undisturbed, point, count)


@pytest.mark.postgres
@pytest.mark.parametrize(("point", "count"), ON_POSTGRES)
def test_a_killed_run_is_resumed_on_postgres(
    point: FaultPoint, count: int, postgres_command: Command, undisturbed: Command
) -> None:
    assert_resumable_after_kill(postgres_command, undisturbed, point, count)


def test_a_killed_resume_is_resumed(sqlite_command: Command, undisturbed: Command) -> None:
    command = sqlite_command
    assert_ended(command.run(), 0)
    wipe(command.run_dir)
    for point, count in ((FaultPoint.RESTORE_BEFORE_REPLACE, 4), (FaultPoint.RESTORE_REPLACED, 2)):
        assert_ended(command("resume", "p1", PIPELINE_FAULT=f"{point}:{count}"), KILLED)
    assert_ended(command("resume", "p1"), 0)
    assert_as_undisturbed(command, undisturbed)
    assert len(command.calls()) == CALLS


def test_files_that_are_not_what_they_should_be_are_replaced(
    sqlite_command: Command, undisturbed: Command
) -> None:
    """A file cut short by a crash exists, and Luigi would take its task for done."""
    command = sqlite_command
    assert_ended(command.run(PIPELINE_FAULT="content_committed:4"), KILLED)
    names = ["100-1-goals_raw.json", "100-2-goals.md", "001-1-start_time.json", "001-2-plan.txt"]
    emptied, cut, tampered, linked = (command.run_dir / name for name in names)
    emptied.write_bytes(b"")
    cut.write_bytes(cut.read_bytes()[:7])
    tampered.write_bytes(tampered.read_bytes().swapcase())
    elsewhere = command.directory / "elsewhere.txt"
    linked.replace(elsewhere)
    linked.symlink_to(elsewhere)
    (command.run_dir / "103-1-report.md-luigi-tmp-0123456").write_text("half a rep")
    (command.run_dir / "103-1-report.md").write_text("half a rep")
    before = elsewhere.read_bytes()
    resumed = command("resume", "p1")
    assert_ended(resumed, 0)
    assert "set aside 103-1-report.md" in resumed.stderr.decode()
    aside = command.run_dir / ".103-1-report.md.unknown"
    assert aside.read_text() == "half a rep"
    aside.unlink()
    kept = {path.name: path for path in command.run_dir.glob(".*.kept-*")}
    assert sorted(kept) == [f".{names[2]}.kept-1", f".{names[3]}.kept-1"]
    assert kept[f".{names[2]}.kept-1"].read_bytes() == tampered.read_bytes().swapcase()
    assert kept[f".{names[3]}.kept-1"].readlink() == elsewhere
    for path in kept.values():
        path.unlink()
    assert_as_undisturbed(command, undisturbed)
    assert not linked.is_symlink()
    assert elsewhere.read_bytes() == before
    assert len(command.calls()) == CALLS


@pytest.mark.postgres
def test_a_killed_worker_fails_its_task_and_resume_goes_on(
    postgres_command: Command, undisturbed: Command
) -> None:
    """With several workers the kill hits the worker; Luigi reports it and the others end their work."""
    command = postgres_command
    process = command.run("--workers", "2", PIPELINE_FAULT="content_committed:1")
    assert_ended(process, 1)
    assert b"failed: Goals" in process.stderr
    assert_ended(command("resume", "p1", "--workers", "2"), 0)
    assert_as_undisturbed(command, undisturbed)
    assert len(command.calls()) == CALLS


def test_a_failing_model_is_followed_by_the_next(sqlite_command: Command, undisturbed: Command) -> None:
    command = sqlite_command
    models = ("--llm-model", "offline-a", "--llm-model", "offline-b")
    assert_ended(command.run(*models, PIPELINE_OFFLINE_FAILING_MODELS="offline-a"), 0)
    assert command.files() == undisturbed.files()
    service = DatabaseService(get_engine(command.database_url))
    # Each failure is a row of its own, and so is each answer.
    assert service.count_interactions("p1") == {"completed": 5, "failed": 3}


def test_a_task_that_fails_is_told_and_resumed(sqlite_command: Command, undisturbed: Command) -> None:
    command = sqlite_command
    failed = command.run(PIPELINE_OFFLINE_FAIL_MATCHING="You do risks")
    assert_ended(failed, 1)
    assert b"failed: Risks; go on with: pipeline resume p1" in failed.stderr
    service = DatabaseService(get_engine(command.database_url))
    assert service.get_plan("p1").status == "failed"
    assert service.count_interactions("p1") == {"completed": 3, "failed": 1}
    assert_ended(command("resume", "p1"), 0)
    assert_as_undisturbed(command, undisturbed)
