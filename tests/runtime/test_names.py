"""No name from the command line or the database leads out of a run directory."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sqlalchemy import text

from pipeline.database.service import DatabaseService
from pipeline.errors import InvalidNameError, PipelineError, PlanNotFoundError
from pipeline.names import (
    MAX_FILENAME_BYTES,
    check_filename,
    check_plan_id,
    name_below,
    plan_directory,
    plan_file,
)
from pipeline.plans.doctor import examine
from pipeline.running.run_directory import Kind, RunDirectory

HOSTILE_PLAN_IDS = ["a/b", "charts/a.md", "a\x85b"]

HOSTILE = [
    "",
    ".",
    "..",
    "../x",
    "a/../x",
    "a/..",
    "a/./x",
    "a//x",
    "a/",
    "/a",
    "//a",
    "a/.git/config",
    "s3://bucket/a.md",
    "a/b\\..\\c",
    "C:\\a",
    "a/b\x9bc",
    "a\u2028b",
    "d/" * 126 + "long",
    "/etc/passwd",
    "a\\b",
    "a\x00b",
    "a\nb",
    ".hidden",
    "x" * 256,
    "\ud800",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_file_names_are_refused(name: str) -> None:
    with pytest.raises(InvalidNameError):
        plan_file(Path("run"), name)


@pytest.mark.parametrize("name", [*HOSTILE, *HOSTILE_PLAN_IDS, "a b", "é", "-rf", "x" * 129, "p1\n"])
def test_hostile_plan_ids_are_refused(name: str) -> None:
    with pytest.raises(InvalidNameError):
        plan_directory(Path("run"), name)


@pytest.mark.parametrize(
    "name", ["001-1-start_time.json", "a b.md", "é.txt", "a..b", "charts/a.md", "a/b/c/d.x", "ü/ö.md"]
)
def test_ordinary_file_names_are_taken(name: str) -> None:
    assert check_filename(name) == name


@pytest.mark.parametrize("name", ["plan-20251001-080000-a1b2c3", "1", "a.b_c-d", "x" * 128])
def test_ordinary_plan_ids_are_taken(name: str) -> None:
    assert check_plan_id(name) == name


PARTS = st.sampled_from(
    [
        "",
        ".",
        "..",
        "...",
        ".x",
        "a",
        "b.md",
        "link",
        "file",
        "\\",
        "a\\..",
        "\x00",
        "\n",
        "\x7f",
        "é" * 130,
        "x" * 255,
        "~",
        "C:",
    ]
) | st.text(max_size=6)
NAMES = st.lists(PARTS, min_size=1, max_size=6).map("/".join)


@given(NAMES)
@example("link/../../x")
@example("link/secret")
@example("file/x")
def test_no_name_at_all_leads_out(name: str) -> None:
    """Whatever the name: it is refused, or what is written lies in the run directory, under that very name."""
    with tempfile.TemporaryDirectory() as root:
        outside, run_dir = Path(root, "outside"), Path(root, "run", "p")
        run_dir.mkdir(parents=True)
        outside.mkdir()
        (outside / "secret").write_bytes(b"secret")
        (run_dir / "link").symlink_to(outside)
        (run_dir / "file").write_bytes(b"file")
        directory = RunDirectory(run_dir)
        try:
            assert directory.look(name).kind in Kind
            kept = directory.write(name, b"new", keep=False)
        except (PipelineError, OSError):
            pass
        else:
            assert kept is None
            assert name_below(run_dir, run_dir / name) == name == check_filename(name)
            written = run_dir / name
            assert (written.read_bytes(), written.resolve()) == (b"new", run_dir.resolve() / name)
            assert len(os.fsencode(name)) <= MAX_FILENAME_BYTES
        assert [path.name for path in outside.iterdir()] == ["secret"]
        assert (outside / "secret").read_bytes() == b"secret"
        assert sorted(path.name for path in Path(root).iterdir()) == ["outside", "run"]
        assert [path.name for path in Path(root, "run").iterdir()] == ["p"]
        assert not list(run_dir.rglob("*.partial"))


@given(NAMES)
def test_no_path_has_a_name_that_is_refused(name: str) -> None:
    found = name_below(
        Path("run/p"), Path("run/p", *[part for part in name.split("/") if "\x00" not in part])
    )
    assert found is None or check_filename(found) == found


def test_a_path_outside_of_the_run_directory_has_no_name(tmp_path: Path) -> None:
    outside = [
        tmp_path / "q" / "a.md",
        tmp_path,
        tmp_path / "p",
        tmp_path / "p" / ".." / "a.md",
        Path("/a.md"),
    ]
    assert {name_below(tmp_path / "p", path) for path in outside} == {None}
    assert name_below(tmp_path / "p", tmp_path / "p" / "x" / ".." / "charts" / "a.md") == "charts/a.md"


@pytest.mark.parametrize(
    "name", ["charts/a.md", "a/b/c/d/e.txt", "d/" * 126 + "a.m", "é" * 100 + "/" + "ü" * 27]
)
def test_names_with_directories_are_stored_shown_and_restored(
    name: str, service: DatabaseService, tmp_path: Path
) -> None:
    service.create_plan_content({"plan_id": "p", "filename": name, "stage": "s", "content": b"\x00row"})
    assert service.get_content("p", name) == b"\x00row"
    assert [row.filename for row in service.list_content("p")] == [name]
    for _ in range(2):
        diagnosis = examine(service, service.get_plan("p"), tmp_path / "p", repair=True)
        assert diagnosis.healthy
        assert (tmp_path / "p" / name).read_bytes() == b"\x00row"
    assert diagnosis.findings == ()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_refused_by_the_service(name: str, service: DatabaseService) -> None:
    with pytest.raises(InvalidNameError):
        service.create_plan_content({"plan_id": "p", "filename": name, "stage": "s", "content": "c"})
    with pytest.raises(PlanNotFoundError):
        service.get_plan("p")


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/tmp/x", "s3://bucket/a", "a\\..\\x"])
def test_a_hostile_name_in_the_database_stops_the_doctor(
    name: str, service: DatabaseService, tmp_path: Path
) -> None:
    service.create_plan_content({"plan_id": "p", "filename": "a.md", "stage": "s", "content": "c"})
    with service._engine.begin() as connection:
        connection.execute(text("UPDATE plan_content SET filename = :name"), {"name": name})
    with pytest.raises(InvalidNameError):
        examine(service, service.get_plan("p"), tmp_path / "run" / "p", repair=True)
    assert [
        path.name for path in tmp_path.rglob("*") if path.is_file() and "pipeline.db" not in path.name
    ] == []
