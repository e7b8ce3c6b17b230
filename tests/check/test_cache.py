"""The cache gives what a check would find, or nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from codemods.checking.declaration import PATTERN
from codemods.checking.engine import Checker
from refactor.cli import main

CLASS = """\
class Summarise:
    @classmethod
    def execute(cls, llm, query) -> "Summarise":
        return cls()

    def {name}(self):
        return {{}}
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tasks.py").write_text(PATTERN)
    (tmp_path / "summarise.py").write_text(CLASS.format(name="to_dict"))
    return tmp_path


@pytest.fixture
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The files that were really checked."""
    seen: list[str] = []
    honest = Checker.check

    def check(self: Checker, source: object) -> object:
        seen.append(source.path.name)  # type: ignore[attr-defined]
        return honest(self, source)  # type: ignore[arg-type]

    monkeypatch.setattr(Checker, "check", check)
    return seen


def run(*arguments: str) -> str:
    return CliRunner().invoke(main, ["check", "tasks.py", *arguments], catch_exceptions=False).stdout


def test_an_unchanged_file_is_not_checked_again(checked: list[str]) -> None:
    assert run() == run() == ""
    assert checked == ["tasks.py"]


def test_findings_come_back_as_they_were(project: Path, checked: list[str]) -> None:
    (project / "tasks.py").write_text(PATTERN.replace('"prompt_text": query,', '"prompt_text": query[:9],'))
    assert run() == run() != ""
    assert checked == ["tasks.py"]


def test_a_changed_file_is_checked_again(project: Path, checked: list[str]) -> None:
    run()
    (project / "tasks.py").write_text(f"\n{PATTERN}")
    run()
    assert len(checked) == 2


def test_a_change_in_an_imported_module_counts(project: Path) -> None:
    assert run() == ""
    (project / "summarise.py").write_text(CLASS.format(name="as_dict"))
    assert "DBF951" in run()


def test_a_module_that_appears_counts(project: Path) -> None:
    (project / "summarise.py").unlink()
    assert run() == ""
    (project / "summarise.py").write_text(CLASS.format(name="as_dict"))
    assert "DBF951" in run()


RELATIVE = PATTERN.replace("from summarise import", "from .summarise import")


def test_a_module_that_appears_beside_a_relative_import_counts(project: Path) -> None:
    (project / "tasks.py").write_text(RELATIVE)
    (project / "summarise.py").unlink()
    assert run() == ""
    (project / "summarise.py").write_text(CLASS.format(name="as_dict"))
    assert "DBF951" in run()


def test_a_change_behind_two_imports_counts(project: Path) -> None:
    (project / "base.py").write_text(CLASS.format(name="to_dict").replace("Summarise:", "Base:"))
    (project / "summarise.py").write_text("from base import Base\n\n\nclass Summarise(Base):\n    pass\n")
    assert run() == ""
    (project / "base.py").write_text(CLASS.format(name="as_dict").replace("Summarise:", "Base:"))
    assert "DBF951" in run()


def test_a_change_behind_a_file_that_is_checked_itself_counts(project: Path) -> None:
    (project / "base.py").write_text(CLASS.format(name="to_dict").replace("Summarise:", "Base:"))
    (project / "a_task.py").write_text(
        PATTERN.replace("SummariseTask", "FirstTask").replace(
            "from summarise import", "from base import Base as"
        )
        + "\n\nclass Summarised(Summarise):\n    pass\n"
    )
    (project / "tasks.py").write_text(
        PATTERN.replace("from summarise import Summarise", "from a_task import Summarised as Summarise")
    )
    command = ["check", "a_task.py", "tasks.py"]
    assert CliRunner().invoke(main, command).exit_code == 0
    (project / "base.py").write_text(CLASS.format(name="as_dict").replace("Summarise:", "Base:"))
    assert CliRunner().invoke(main, command).output.count("DBF951") >= 2


def test_a_change_in_a_file_leaves_the_entries_of_others(project: Path, checked: list[str]) -> None:
    for name in ("first.py", "second.py", "third.py"):
        (project / name).write_text(PATTERN)
    CliRunner().invoke(main, ["check"])
    checked.clear()
    (project / "first.py").write_text(f"\n{PATTERN}")
    CliRunner().invoke(main, ["check"])
    assert checked == ["first.py"]


def test_the_configuration_counts(project: Path, checked: list[str]) -> None:
    run()
    (project / "pyproject.toml").write_text('[tool.refactor]\nexempt = ["SummariseTask"]\n')
    run()
    run("--strict")
    assert len(checked) == 3


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b'{"modules": 1}',
        b"\xff\xfe",
        b'{"modules": {}, "imports": [], "findings": [{"x": 1}]}',
    ],
)
def test_a_damaged_entry_is_no_entry(project: Path, damage: bytes) -> None:
    (project / "tasks.py").write_text(PATTERN.replace('"prompt_text": query,', '"prompt_text": query[:9],'))
    before = run()
    for entry in (project / ".refactor_cache").glob("*.json"):
        entry.write_bytes(damage)
    assert run() == before != ""


def test_a_cache_that_cannot_be_written_is_no_error(project: Path) -> None:
    (project / "file").write_text("")
    assert CliRunner().invoke(main, ["check", "tasks.py", "--cache-dir", "file/cache"]).exit_code == 0


def test_old_entries_go(project: Path) -> None:
    run()
    (entry,) = (project / ".refactor_cache").glob("*.json")
    left = entry.with_suffix(".tmp")
    left.write_text("")
    for file in (entry, left):
        os.utime(file, (0, 0))
    (project / "tasks.py").write_text(f"\n{PATTERN}")
    run()
    assert len(list((project / ".refactor_cache").glob("*.json"))) == 1
    assert not entry.exists()
    assert not left.exists()


def test_without_cache_nothing_is_written(project: Path) -> None:
    run("--no-cache")
    assert not (project / ".refactor_cache").exists()


def test_runs_at_the_same_time_do_not_disturb_each_other(project: Path) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-c", "from refactor.cli import main; main()", "check", "-j", "2"]
    for number in range(6):
        (project / f"task_{number}.py").write_text(
            PATTERN.replace('"prompt_text": query,', '"prompt_text": query[:9],')
        )
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ)
        for _ in range(3)
    ]
    outputs = {process.communicate()[0] for process in running}
    assert len(outputs) == 1
    assert not list((project / ".refactor_cache").glob("*.tmp"))


OLD = 60 * 24 * 3600


def aged(path: Path, content: str = "{}") -> Path:
    path.write_text(content)
    then = path.stat().st_mtime - OLD
    os.utime(path, (then, then))
    return path


def test_a_foreign_directory_keeps_its_files(project: Path) -> None:
    foreign = project / "precious"
    foreign.mkdir()
    kept = [aged(foreign / name) for name in ("results.json", "x.tmp", f"{'a' * 40}.json")]
    run("--cache-dir", str(foreign))
    assert all(path.exists() for path in kept)


def test_nothing_is_removed_or_written_through_a_link(project: Path) -> None:
    foreign = project / "precious"
    run("--cache-dir", str(foreign))  # its own, with its tag
    kept = aged(foreign / f"{'a' * 40}.json")
    before = sorted(foreign.iterdir())
    (project / ".refactor_cache").symlink_to(foreign)
    (project / "tasks.py").write_text(f"\n{PATTERN}")
    run()
    assert sorted(foreign.iterdir()) == before
    assert kept.exists()


def test_of_its_own_directory_only_its_own_old_files_go(project: Path) -> None:
    run()
    cache = project / ".refactor_cache"
    gone = [aged(cache / f"{'a' * 40}.json"), aged(cache / "check-abcd_123.tmp")]
    kept = [aged(cache / "notes.json"), aged(cache / "mine.tmp"), aged(cache / f"{'g' * 40}.json")]
    target = aged(project / "target.json")
    link = cache / f"{'b' * 40}.json"
    link.symlink_to(target)
    (project / "tasks.py").write_text(f"\n{PATTERN}")
    run()
    assert [path.exists() for path in gone] == [False, False]
    assert all(path.exists() for path in [*kept, target])
    assert link.is_symlink()


@pytest.mark.parametrize("kind", ["fifo", "zero", "null", "directory"])
def test_a_report_in_full_reads_only_what_the_check_read(project: Path, kind: str) -> None:
    folder = project / "odd"
    folder.mkdir()
    odd = folder / "x.py"
    if kind == "fifo":
        os.mkfifo(odd)
    elif kind == "directory":
        odd.mkdir()
    else:
        odd.symlink_to(f"/dev/{kind}")
    result = CliRunner().invoke(
        main, ["check", "--no-cache", "--output-format", "full", str(folder)], catch_exceptions=False
    )
    assert ("is not a regular file" in result.stdout) == (kind != "directory")
