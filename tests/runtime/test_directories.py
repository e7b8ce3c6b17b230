"""Outputs that are directories: the database has none of them, and no run stops at one."""

from pathlib import Path

import pytest

from pipeline.database.service import DatabaseService
from pipeline.files import set_aside, take_away
from pipeline.running.cut_short import task_key, undo_cut_short_tasks
from tests.runtime.command import Command, assert_ended
from tests.runtime.directory_pipeline import FAILING_VARIABLE, Chapters

BOOK = "tests.runtime.directory_pipeline:Book"
WHOLE = {"book/1.md", "book/2.md", "chapters/1.md", "chapters/2.md"}


@pytest.fixture
def book(tmp_path: Path, sqlite_tables_url: str) -> Command:
    return Command(tmp_path / "work", sqlite_tables_url, BOOK)


def files(command: Command) -> set[str]:
    """Those in directories, by their path."""
    found = (path.relative_to(command.run_dir) for path in command.run_dir.rglob("*.md"))
    return {path.as_posix() for path in found if len(path.parts) > 1}


def test_resume_sets_a_directory_aside_each_time(book: Command) -> None:
    """The database has no row of it, so its task is run again; the last one that was set aside is kept."""
    assert_ended(book.run(), 0)
    for mark in ("first.md", "second.md"):
        (book.run_dir / "book" / mark).touch()
        resumed = book("resume", "p1")
        assert_ended(resumed, 0)
        assert "set aside book" in resumed.stderr.decode()
    aside = {f".{name}" for name in ("book.unknown/1.md", "book.unknown/2.md", "book.unknown/second.md")}
    aside |= {".chapters.unknown/1.md", ".chapters.unknown/2.md"}
    assert files(book) == WHOLE | aside


def test_a_directory_that_a_killed_process_left_is_removed(book: Command) -> None:
    """Luigi's `temporary_path()` may have been made one."""
    assert_ended(book.run(), 0)
    left = book.run_dir / "book-luigi-tmp-0123456"
    left.mkdir()
    (left / "1.md").touch()
    checked = book("doctor", "p1")
    assert_ended(checked, 0)
    assert checked.stdout.decode() == f"{left.name}: left by a killed process (repaired)\n"
    assert files(book) == WHOLE


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_failed_task_whose_directory_is_half_written_is_not_done(book: Command, workers: str) -> None:
    failed = book.run("--workers", workers, **{FAILING_VARIABLE: "chapters"})
    assert_ended(failed, 1)
    assert "failed: Chapters" in failed.stderr.decode()
    assert files(book) == {".chapters.unknown/1.md"}
    assert_ended(book("resume", "p1", "--workers", workers), 0)
    assert files(book) == WHOLE | {".chapters.unknown/1.md"}


@pytest.mark.parametrize("first_is_directory", [True, False])
def test_what_is_set_aside_replaces_the_last_of_its_name_whatever_it_is(
    tmp_path: Path, first_is_directory: bool
) -> None:
    path, aside = tmp_path / "x", tmp_path / ".x.unknown"
    for is_directory in (first_is_directory, not first_is_directory):
        if is_directory:
            path.mkdir()
            (path / "1.md").touch()
        else:
            path.touch()
        set_aside(path)
        assert (path.exists(), aside.is_dir()) == (False, is_directory)


def test_a_link_to_a_directory_is_taken_away_and_what_it_leads_to_is_not(tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (tmp_path / "x").symlink_to(elsewhere)
    take_away(tmp_path / "x")
    take_away(tmp_path / "x")
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]


def test_a_directory_of_a_task_that_was_cut_short_is_set_aside(
    service: DatabaseService, tmp_path: Path
) -> None:
    task = Chapters(run_id_dir=tmp_path)
    task.run_inner()
    service.begin_task("p", task_key(task))
    assert undo_cut_short_tasks(service, "p", task) == ("Chapters",)
    assert (task.complete(), (tmp_path / ".chapters.unknown" / "2.md").read_text()) == (False, "two")
