"""The frame: help, start-up, errors that are nobody's fault but ours."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from codemods import api
from refactor.cli import COMMANDS, main
from refactor.version import tool_version

if TYPE_CHECKING:
    from .conftest import Refactor


def test_the_help_names_every_command(refactor: Refactor) -> None:
    result = refactor("--help")

    assert result.exit_code == 0
    for name, line in COMMANDS.items():
        assert f"{name} " in result.stdout
        assert line in " ".join(result.stdout.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_exists_and_explains_itself(refactor: Refactor, name: str) -> None:
    command = main.get_command(click.Context(main), name)
    result = refactor(name, "--help")

    assert isinstance(command, click.Command)
    assert command.name == name
    assert result.exit_code == 0
    assert command.help
    assert all(parameter.help for parameter in command.params if isinstance(parameter, click.Option))


@pytest.mark.parametrize(
    ("arguments", "never"),
    [
        (
            ["--help"],
            ["libcst", "rich", "codemods", "difflib", "subprocess", "refactor.commands"],
        ),
        (["apply", "--help"], ["libcst", "rich", "codemods", "difflib", "tempfile", "subprocess"]),
        (["--version"], ["libcst", "rich", "codemods", "importlib.metadata", "pathlib"]),
    ],
)
def test_starting_up_imports_no_more_than_needed(arguments: list[str], never: list[str]) -> None:
    code = (
        "import sys\nfrom refactor.cli import main\n"
        f"try: main({arguments!r}, prog_name='refactor')\nexcept SystemExit: pass\n"
        "print('imported', *sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    imported = done.stdout.rsplit("imported", 1)[1].split()
    assert "click" in imported
    assert [name for name in imported for one in never if name == one or name.startswith(f"{one}.")] == []


def test_the_version_is_the_distribution_s(refactor: Refactor) -> None:
    from importlib.metadata import version

    assert refactor("--version").stdout == f"refactor, version {version('luigi-database-first')}\n"


def test_the_version_is_told_however_it_is_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path / "missing"), str(tmp_path)])
    assert tool_version() == "unknown"
    egg = tmp_path / "luigi_database_first_lint.egg-info"
    egg.mkdir()
    (egg / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: luigi-database-first-lint\nVersion: 1.2\n")
    assert tool_version() == "1.2"
    (tmp_path / "luigi_database_first_lint-3.4+local.dist-info").mkdir()
    assert tool_version() == "3.4+local"
    (tmp_path / "luigi_database_first-5.6.dist-info").mkdir()
    assert tool_version() == "5.6"


def test_an_unknown_command_is_2_with_the_nearest(refactor: Refactor) -> None:
    result = refactor("aply")

    assert result.exit_code == 2
    assert "no such command 'aply'; did you mean apply?" in result.stderr


def test_an_internal_error_is_one_line_and_2(refactor: Refactor, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise KeyError("first\nsecond")

    monkeypatch.setattr(api, "inspect", broken)
    plain, verbose = refactor("status"), refactor("status", "-v")

    assert (plain.exit_code, verbose.exit_code) == (2, 2)
    assert plain.stderr.count("\n") == 1
    assert plain.stderr.startswith("refactor: internal error: KeyError: ")
    assert "please report it" in plain.stderr
    assert "Traceback" in verbose.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
def test_standard_output_on_a_full_device_is_no_defect_of_the_tool() -> None:
    code = "from refactor.cli import main\nmain(['rule', '--all'], prog_name='refactor')"
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-c", code], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 2
    assert done.stderr == "refactor: standard output cannot be written: No space left on device\n"


def test_ctrl_c_while_reading_is_130_without_a_traceback(
    refactor: Refactor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "inspect", interrupted)
    result = refactor("apply", "--all")

    assert result.exit_code == 130
    assert result.stderr == "interrupted\n"
