"""What the database cannot give back byte for byte is reported; what is replaced is kept."""

import bz2
import gzip
import os
import stat
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.database.records import FileNote, PlanRecord
from pipeline.database.service import DatabaseService
from pipeline.errors import PipelineError
from pipeline.plans.doctor import Diagnosis, examine
from pipeline.running.evidence import FileState
from pipeline.running.restore import restore_files

TEXT = "Grüße, tea ☕\nsecond line\n"
PLAIN = "no letter\nof another language\n"


@pytest.fixture
def plan(service: DatabaseService) -> PlanRecord:
    """A plan of plain Luigi: nobody has noted anything of its files."""
    store(service, "a.md", TEXT)
    return service.get_plan("p")


@pytest.fixture
def run_dir(tmp_path: Path) -> Path:
    directory = tmp_path / "run" / "p"
    directory.mkdir(parents=True)
    return directory


def store(service: DatabaseService, name: str, content: str | bytes) -> None:
    service.create_plan_content({"plan_id": "p", "filename": name, "stage": "s", "content": content})


def doctor(service: DatabaseService, run_dir: Path, *, replace: bool = False) -> Diagnosis:
    return examine(service, service.get_plan("p"), run_dir, repair=True, replace=replace)


def contents(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file()
    }


FORMS: dict[str, tuple[str, Callable[[str], bytes]]] = {
    "gzip": (TEXT, lambda text: gzip.compress(text.encode(), mtime=0)),
    "gzip of latin-1": (PLAIN + "é", lambda text: gzip.compress(text.encode("latin-1"), mtime=0)),
    "bzip2": (TEXT, lambda text: bz2.compress(text.encode())),
    "latin-1": (TEXT.replace("☕", "é"), lambda text: text.encode("latin-1")),
    "utf-16": (TEXT, lambda text: text.encode("utf-16")),
    "byte order mark": (TEXT, lambda text: text.encode("utf-8-sig")),
    "CR LF": (TEXT, lambda text: text.replace("\n", "\r\n").encode()),
    "CR LF in cp1252": (PLAIN + "€\n", lambda text: text.replace("\n", "\r\n").encode("cp1252")),
    "shift_jis": ("お茶\n", lambda text: text.encode("shift_jis")),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("replace", [False, True])
def test_a_file_in_another_form_than_its_row_is_never_overwritten(
    form: str, replace: bool, service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    text, write = FORMS[form]
    store(service, "a.md", text)
    (run_dir / "a.md").write_bytes(write(text))
    before = contents(run_dir)
    for _ in range(2):
        diagnosis = doctor(service, run_dir, replace=replace)
        assert not diagnosis.healthy
        assert contents(run_dir) == before
    # It is known from then on that the row would not be the file, so a lost file is not made of it.
    (run_dir / "a.md").unlink()
    (finding,) = doctor(service, run_dir, replace=replace).findings
    assert (finding.repaired, contents(run_dir)) == (False, {})
    assert "does not hold its bytes" in finding.problem


@pytest.mark.parametrize(
    "found",
    [
        b"\x89PNG not a text",
        b"edited by hand",
        TEXT.encode().swapcase(),
        TEXT.encode() + b"appended",
        b"\0" * 9,
    ],
)
def test_a_file_that_differs_is_reported_and_replaced_only_on_request(
    found: bytes, service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    (run_dir / "a.md").write_bytes(found)
    (finding,) = doctor(service, run_dir).findings
    assert (finding.repaired, contents(run_dir)) == (False, {"a.md": found})
    assert "no record shows that its row is its bytes; --replace takes the row and keeps" in finding.problem
    assert doctor(service, run_dir, replace=True).healthy
    assert contents(run_dir) == {"a.md": TEXT.encode(), ".a.md.kept-1": found}
    assert doctor(service, run_dir).findings == ()


@pytest.mark.parametrize("size", [0, 1, 8, len(TEXT.encode()) - 1])
def test_a_file_that_is_cut_off_is_repaired_and_leaves_nothing_behind(
    size: int, service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    (run_dir / "a.md").write_bytes(TEXT.encode()[:size])
    assert doctor(service, run_dir).healthy
    assert contents(run_dir) == {"a.md": TEXT.encode()}


@pytest.mark.parametrize("found", [b"tampered", TEXT.encode().upper(), gzip.compress(TEXT.encode(), mtime=0)])
def test_a_file_that_was_once_like_its_row_is_repaired_and_the_other_kept(
    found: bytes, service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    (run_dir / "a.md").write_bytes(TEXT.encode())
    assert doctor(service, run_dir).findings == ()
    (run_dir / "a.md").write_bytes(found)
    assert doctor(service, run_dir).healthy
    assert contents(run_dir) == {"a.md": TEXT.encode(), ".a.md.kept-1": found}


def test_what_is_kept_is_never_replaced(service: DatabaseService, plan: PlanRecord, run_dir: Path) -> None:
    (run_dir / "a.md").write_bytes(TEXT.encode())
    doctor(service, run_dir)
    for found in (b"one", b"two", b"one", b"three"):
        (run_dir / "a.md").write_bytes(found)
        assert doctor(service, run_dir).healthy
    kept = {name: content for name, content in contents(run_dir).items() if name != "a.md"}
    assert kept == {".a.md.kept-1": b"one", ".a.md.kept-2": b"two", ".a.md.kept-3": b"three"}


def test_a_file_that_was_written_from_its_row_proves_nothing(
    service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    """That a restored file is like its row is no wonder; what its task writes later is not overwritten."""
    assert doctor(service, run_dir).healthy
    assert doctor(service, run_dir).findings == ()
    (run_dir / "a.md").write_bytes(TEXT.encode("utf-16"))
    assert not doctor(service, run_dir).healthy
    assert contents(run_dir) == {"a.md": TEXT.encode("utf-16")}


@pytest.mark.parametrize("name", ["z.txt.gz", "deep/z.json.bz2", "t.parquet", "s.XLSX"])
def test_a_missing_file_is_not_made_of_a_row_that_cannot_be_it(
    name: str, service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    store(service, name, TEXT)
    (finding,) = (each for each in doctor(service, run_dir).findings if each.subject == name)
    assert not finding.repaired
    assert contents(run_dir) == {"a.md": TEXT.encode()}


def test_a_compressed_file_whose_row_is_its_bytes_comes_back(
    service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    store(service, "z.txt.gz", gzip.compress(b"z", mtime=0))
    assert doctor(service, run_dir).healthy
    assert contents(run_dir)["z.txt.gz"] == gzip.compress(b"z", mtime=0)


@pytest.mark.parametrize("elsewhere", ["de/a.md", "2026/01/a.md"])
def test_no_stray_file_is_made_for_a_row_that_may_be_another_files(
    elsewhere: str, service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    (run_dir / elsewhere).parent.mkdir(parents=True)
    (run_dir / elsewhere).write_bytes(b"in its place")
    (finding,) = doctor(service, run_dir).findings
    assert (finding.repaired, f"{elsewhere} has no row" in finding.problem) == (False, True)
    assert contents(run_dir) == {elsewhere: b"in its place"}
    # With a row of its own it is no such file.
    store(service, elsewhere, "in its place")
    assert doctor(service, run_dir).healthy


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_directory(path: Path) -> None:
    path.mkdir()
    (path / "mine.txt").touch()


def make_socket(path: Path) -> None:
    os.mknod(path, stat.S_IFSOCK | 0o600)


@pytest.mark.parametrize("make", [make_fifo, make_directory, make_socket])
@pytest.mark.parametrize("replace", [False, True])
def test_what_is_no_file_is_not_replaced(
    make: Callable[[Path], None], replace: bool, service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    make(run_dir / "a.md")
    before = (run_dir / "a.md").lstat()
    assert not doctor(service, run_dir, replace=replace).healthy
    with pytest.raises(PipelineError, match="where a file belongs"):
        restore_files(service, plan, run_dir)
    after = (run_dir / "a.md").lstat()
    assert (before.st_ino, before.st_mode) == (after.st_ino, after.st_mode)


@pytest.mark.parametrize("known", [False, True])
def test_a_link_is_kept_and_what_it_leads_to_left_alone(
    known: bool, service: DatabaseService, plan: PlanRecord, run_dir: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere.md"
    elsewhere.write_bytes(b"mine")
    if known:
        (run_dir / "a.md").write_bytes(TEXT.encode())
        doctor(service, run_dir)
        (run_dir / "a.md").unlink()
    (run_dir / "a.md").symlink_to(elsewhere)
    assert doctor(service, run_dir).healthy is known
    assert doctor(service, run_dir, replace=True).healthy
    assert (run_dir / ".a.md.kept-1").readlink() == elsewhere
    assert (elsewhere.read_bytes(), (run_dir / "a.md").read_bytes()) == (b"mine", TEXT.encode())


@pytest.mark.parametrize("target", ["outside", "run/p/inside"])
def test_no_file_is_read_or_written_behind_a_link(
    target: str, service: DatabaseService, plan: PlanRecord, run_dir: Path, tmp_path: Path
) -> None:
    store(service, "charts/b.md", "row")
    (tmp_path / target).mkdir(parents=True)
    (run_dir / "charts").symlink_to(tmp_path / target)
    for replace in (False, True):
        diagnosis = doctor(service, run_dir, replace=replace)
        (finding,) = (each for each in diagnosis.findings if each.subject == "charts/b.md")
        assert (finding.repaired, "is a link" in finding.problem) == (False, True)
    with pytest.raises(PipelineError, match="is a link"):
        restore_files(service, plan, run_dir)
    assert list((tmp_path / target).iterdir()) == []


def test_resume_refuses_where_nothing_shows_which_is_right(
    service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    """A plan of the time when nothing was noted: no line is run on a file that may be wrong, none is lost."""
    (run_dir / "a.md").write_bytes(b"other")
    store(service, "b.md", "b")
    with pytest.raises(PipelineError, match=r"a\.md differs from its row.*doctor p --replace"):
        restore_files(service, plan, run_dir)
    assert contents(run_dir) == {"a.md": b"other"}


def test_resume_leaves_a_good_file_that_its_row_is_not(
    service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    latin = "é".encode("latin-1")
    store(service, "a.md", "é")
    (run_dir / "a.md").write_bytes(latin)
    (left,) = restore_files(service, plan, run_dir)
    assert (left.filename, left.kept, "latin-1" in left.left) == ("a.md", None, True)
    assert contents(run_dir) == {"a.md": latin}
    # Cut off later: neither the row nor the file is right, so the task has to run again, and the file is kept.
    (run_dir / "a.md").write_bytes(b"")
    (left,) = restore_files(service, plan, run_dir)
    assert (left.state, left.kept) == (FileState.DIFFERENT, ".a.md.kept-1")
    assert contents(run_dir) == {".a.md.kept-1": b""}


def test_an_input_is_what_the_plan_says_and_the_other_is_kept(
    service: DatabaseService, run_dir: Path
) -> None:
    plan = service.create_plan(
        "q", prompt="tea", started_at=datetime(2025, 10, 1, tzinfo=UTC), speed_vs_detail="f", llm_models=["m"]
    )
    restore_files(service, plan, run_dir)
    before = contents(run_dir)
    (run_dir / "001-2-plan.txt").write_text("my own words")
    restore_files(service, plan, run_dir)
    assert contents(run_dir) == before | {".001-2-plan.txt.kept-1": b"my own words"}


def test_notes_are_none_of_a_row_that_has_been_replaced(
    service: DatabaseService, plan: PlanRecord, run_dir: Path
) -> None:
    """That a row is not its bytes is known of that row alone; that it is, of its task."""
    service.note_files("p", [FileNote("a.md", "0" * 64, "1" * 64, restored=False)])
    (run_dir / "a.md").write_bytes(b"other")
    assert "no record" in doctor(service, run_dir).findings[0].problem
    service.note_files("p", [FileNote("a.md", "1" * 64, "1" * 64, restored=False)])
    assert doctor(service, run_dir).healthy
    assert contents(run_dir)[".a.md.kept-1"] == b"other"


def test_long_names_have_kept_copies_too(service: DatabaseService, plan: PlanRecord, run_dir: Path) -> None:
    name = "é" * 127 + "x"
    store(service, name, "row")
    (run_dir / name).write_bytes(b"other")
    assert doctor(service, run_dir, replace=True).healthy
    assert sorted(contents(run_dir).values()) == sorted([b"row", b"other", TEXT.encode()])


def test_the_largest_row_that_is_promised(service: DatabaseService, run_dir: Path) -> None:
    """64 MB, stored, restored, found the same, and replaced from a cut off file."""
    content = b"0123456789abcde\n" * (4 << 20)
    store(service, "big.txt", content)
    path = run_dir / "big.txt"
    assert doctor(service, run_dir).healthy
    assert path.read_bytes() == content
    with path.open("r+b") as file:
        file.truncate(1 << 20)
    assert doctor(service, run_dir).healthy
    assert path.stat().st_size == len(content)
    assert doctor(service, run_dir).findings == ()
