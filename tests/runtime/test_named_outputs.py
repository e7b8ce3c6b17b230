"""What a user names to be written: links are followed, pipes and devices written into, nothing else replaced."""

import os
import stat
import threading
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.main import main
from pipeline.database.service import DatabaseService


@pytest.fixture
def report(service: DatabaseService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    service.create_plan_content({"plan_id": "p", "filename": "a.md", "stage": "s", "content": "c"})
    return tmp_path


def write(path: str) -> Result:
    return CliRunner().invoke(main, ["report", "p", "--html", path], catch_exceptions=False)


@pytest.mark.parametrize("there", ["nothing", "file", "chain"])
def test_a_link_is_followed(there: str, report: Path) -> None:
    (report / "pages").mkdir()
    target = report / "pages" / "target.html"
    target_of_link = target
    if there == "file":
        target.write_text("old")
        target.chmod(0o600)
    if there == "chain":
        (report / "second").symlink_to(target)
        target_of_link = report / "second"
    (report / "link.html").symlink_to(target_of_link)
    assert write("link.html").exit_code == 0
    assert (report / "link.html").readlink() == target_of_link
    assert target.read_text().startswith("<!doctype html>")
    assert there != "file" or stat.S_IMODE(target.stat().st_mode) == 0o600
    assert [path.name for path in (report / "pages").iterdir()] == ["target.html"]


def test_a_pipe_is_written_into(report: Path) -> None:
    os.mkfifo(report / "pipe")
    read: list[bytes] = []
    reader = threading.Thread(target=lambda: read.append((report / "pipe").read_bytes()), daemon=True)
    reader.start()
    assert write("pipe").exit_code == 0
    reader.join(30)
    assert read[0].rstrip().endswith(b"</html>")
    assert stat.S_ISFIFO((report / "pipe").lstat().st_mode)


@pytest.mark.parametrize(("device", "status"), [("/dev/null", 0), ("/dev/full", 2)])
def test_a_device_stays_one(device: str, status: int, report: Path) -> None:
    before = Path(device).stat()
    result = write(device)
    assert (result.exit_code, "Traceback" in result.stderr) == (status, False)
    after = Path(device).stat()
    assert (before.st_ino, before.st_rdev) == (after.st_ino, after.st_rdev)
    (report / "node").symlink_to(device)
    assert write("node").exit_code == status
    assert (report / "node").readlink() == Path(device)


@pytest.mark.parametrize("make", ["loop", "directory"])
def test_what_cannot_be_written_is_told_in_a_line(make: str, report: Path) -> None:
    path = report / "there"
    if make == "loop":
        path.symlink_to(path)
    else:
        path.mkdir()
    result = write("there")
    assert result.exit_code == 2
    assert "Traceback" not in result.stderr
    assert path.is_symlink() or path.is_dir()
