"""Files are replaced, whole or not at all, and stay themselves."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from codemods.errors import SourceError
from refactor.changes import writing
from refactor.changes.writing import replace

from .conftest import STAND_IN, Refactor
from .sources import task


@pytest.fixture
def file(here: Path) -> Path:
    path = here / "a.py"
    path.write_text(task("A"))
    return path


@pytest.mark.parametrize("mode", [0o600, 0o644, 0o755, 0o664])
def test_the_mode_stays(refactor: Refactor, file: Path, mode: int) -> None:
    file.chmod(mode)

    assert refactor("apply", "--all").exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == mode


def test_extended_attributes_stay(refactor: Refactor, file: Path) -> None:
    try:
        os.setxattr(file, "user.origin", b"x")
    except OSError:
        pytest.skip("no extended attributes here")

    assert refactor("apply", "--all").exit_code == 0
    assert os.getxattr(file, "user.origin") == b"x"


def test_the_modification_time_moves(refactor: Refactor, file: Path) -> None:
    """A build that compares times must see the change."""
    os.utime(file, (1, 1))

    refactor("apply", "--all")

    assert file.stat().st_mtime > 1


def test_a_link_stays_a_link_and_its_target_is_rewritten(refactor: Refactor, file: Path) -> None:
    (file.parent / "deep").mkdir()
    link = file.parent / "deep" / "link.py"
    link.symlink_to("../a.py")

    result = refactor("apply", "--all", "deep/link.py")

    assert result.stdout == "deep/link.py:1: A: refactored\n"
    assert link.is_symlink()
    assert not file.is_symlink()
    assert "# done" in file.read_text()
    assert sorted(path.name for path in file.parent.iterdir()) == ["a.py", "deep"]


def test_a_file_and_a_link_to_it_are_one_file(refactor: Refactor, file: Path) -> None:
    (file.parent / "0_link.py").symlink_to("a.py")

    result = refactor("apply", "--all", ".", "a.py")

    assert (result.stdout, result.exit_code) == ("a.py:1: A: refactored\n", 0)


def test_a_read_only_file_is_left_and_said(refactor: Refactor, file: Path) -> None:
    (file.parent / "b.py").write_text(task("B"))
    file.chmod(0o444)
    before = file.read_bytes()

    result = refactor("apply", "--all")

    assert "a.py: error: is read-only; left as it is" in result.stderr
    assert result.stdout == "a.py:1: A: unchanged (todo)\nb.py:1: B: refactored\n"
    assert "1 refactored, 0 refused, 0 exempt, 0 already done, 1 left as they were" in result.stderr
    assert result.exit_code == 1
    assert file.read_bytes() == before


def test_a_read_only_directory_is_said(refactor: Refactor, here: Path) -> None:
    folder = here / "package"
    folder.mkdir()
    (folder / "a.py").write_text(task("A"))
    folder.chmod(0o555)
    try:
        result = refactor("apply", "--all")
    finally:
        folder.chmod(0o755)

    assert "package/a.py: error: its directory" in result.stderr
    assert result.exit_code == 1
    assert list(folder.iterdir()) == [folder / "a.py"]
    assert (folder / "a.py").read_text() == task("A")


def test_a_file_that_changed_meanwhile_is_not_overwritten(file: Path) -> None:
    with pytest.raises(SourceError, match="changed on disk"):
        replace(file, b"what was read", b"what would be written")

    assert file.read_text() == task("A")


def test_a_file_that_went_away_is_an_error(here: Path) -> None:
    with pytest.raises(SourceError, match=r"a\.py: cannot be written: No such file"):
        replace(here / "a.py", b"", b"new")

    assert list(here.iterdir()) == []


@pytest.mark.parametrize("point", ["fsync", "replace"])
def test_a_failure_on_the_way_leaves_the_old_file_and_no_other(
    file: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(*((os, "fsync") if point == "fsync" else (Path, "replace")), full)
    with pytest.raises(SourceError, match="No space left on device; left as it is"):
        replace(file, file.read_bytes(), b"new")

    assert file.read_text() == task("A")
    assert list(file.parent.iterdir()) == [file]


def test_ctrl_c_between_two_files_says_which_were_written(
    refactor: Refactor, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "abc":
        (here / f"{name}.py").write_text(task(name.upper()))
    real = writing.replace

    def interrupted(path: Path, before: bytes, after: bytes) -> None:
        real(path, before, after)
        if path.name == "b.py":
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(writing, "replace", interrupted)
    result = refactor("apply", "--all")

    assert result.exit_code == 130
    assert "refactor: interrupted; written: a.py, b.py; left as they were: c.py" in result.stderr
    assert "Traceback" not in result.stderr
    assert ["# done" in (here / f"{name}.py").read_text() for name in "abc"] == [True, True, False]


def test_ctrl_c_while_a_file_is_being_written_leaves_no_trace(
    refactor: Refactor, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupted)
    result = refactor("apply", "--all")

    assert result.exit_code == 130
    assert "interrupted; nothing was written" in result.stderr
    assert file.read_text() == task("A")
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("delay", [0.15, 0.3, 0.45])
def test_ctrl_c_in_a_process_leaves_every_file_old_or_new(here: Path, delay: float) -> None:
    old = {here / f"f{number:03}.py": task(f"T{number}") for number in range(200)}
    for path, text in old.items():
        path.write_text(text)
    command = [sys.executable, str(STAND_IN), "apply", "--all"]
    with subprocess.Popen(command, cwd=here, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        time.sleep(delay)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)

    new = {path: text.replace("(self):\n", "(self):\n        # done\n") for path, text in old.items()}
    assert set(here.iterdir()) == set(old)
    assert all(path.read_text() in {old[path], new[path]} for path in old)
    # Python itself handles a Ctrl-C during its start; from then on it is ours to tell.
    if b"interrupted" in said:
        assert b"Traceback" not in said
        assert process.returncode == 130
