"""What a terminal is sent and nobody else: colour, a bar, no control characters."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner

from codemods.model import FileRewrite
from codemods.source import SourceFile
from refactor.changes import diff
from refactor.changes.diff import for_people
from refactor.cli import main
from refactor.output import terminal

from .conftest import STAND_IN
from .sources import task
from .terminals import on_terminal

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Git, Spawn

LONG = "WBSProjectLevel1AndLevel2AndLevel3WithANameThatNoTerminalIsWideEnoughForTask"
COLOUR = re.compile(r"\x1b\[[0-9;]*3[0-9]m")


@pytest.fixture
def pipeline(here: Path) -> Path:
    file = here / "pipeline.py"
    file.write_text(task("A") + task(LONG, requires="A") + task("R", "refused"))
    return file


@pytest.fixture
def committed(pipeline: Path, git: Git) -> Path:
    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    return pipeline


def test_a_diff_is_coloured_on_a_terminal(pipeline: Path) -> None:
    shown = on_terminal(pipeline.parent, "apply", "--task", "A", "--diff")

    assert "\x1b[32m+        # done\x1b[0m\n" in shown.text
    assert "\x1b[36m@@ -1,5 +1,6 @@\x1b[0m\n" in shown.text
    assert "\x1b[1m--- pipeline.py\x1b[0m\n" in shown.text
    assert shown.status == 1


def test_a_terminal_shows_what_is_inserted_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = "def run():\n    work()\n", "def run():\n    try:\n        work()\n"
    source = SourceFile(tmp_path / "a.py", before)
    shown: list[str] = []
    monkeypatch.setattr(diff, "is_terminal", lambda stream: True)
    monkeypatch.setattr(diff.click, "echo", lambda text, **_: shown.append(text))

    diff.show([FileRewrite(source, source.with_text(after), ())])

    patch, said = shown
    assert "+    try:" in patch
    assert "-    work()" not in patch
    assert said == diff.MOVED


def test_a_pipe_gets_the_bytes_that_git_applies(pipeline: Path, spawn: Spawn) -> None:
    pipeline.write_bytes(pipeline.read_bytes().replace(b"\n", b"\r\n"))

    patch = spawn("apply", "--task", "A", "--diff").stdout

    assert b"\x1b" not in patch
    subprocess.run(["git", "apply", "-p0", "--check", "-"], input=patch, cwd=pipeline.parent, check=True)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
@pytest.mark.parametrize("arguments", [["--diff"], []])
def test_no_colour_where_it_is_not_wanted(
    pipeline: Path, environment: dict[str, str], arguments: list[str]
) -> None:
    shown = on_terminal(pipeline.parent, "apply", "--all", *arguments, **environment)

    assert "pipeline.py" in shown.text
    assert "\x1b" not in shown.text


def test_an_empty_no_color_is_none(pipeline: Path) -> None:
    assert COLOUR.search(on_terminal(pipeline.parent, "apply", "--task", "A", "--diff", NO_COLOR="").text)


def test_outcomes_are_coloured(pipeline: Path) -> None:
    shown = on_terminal(pipeline.parent, "apply", "--all").text

    assert "pipeline.py:1: A: \x1b[32mrefactored\x1b[0m\n" in shown
    assert ": R: \x1b[31mrefused DBR002" in shown


def test_the_code_of_a_stranger_does_not_steer_the_terminal() -> None:
    patch = "+a\x1b]0;title\x07\x9b31m\tb\x0c\r\n -- c\n".encode()

    assert for_people(patch, colour=False) == "+a^[]0;title^G\\x9b31m\tb^L\n -- c\n"


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_commits_show_a_bar_that_fits_and_goes(committed: Path, git: Git, columns: int) -> None:
    shown = on_terminal(
        committed.parent,
        "apply",
        "--all",
        "--commit",
        stream="stderr",
        COLUMNS=str(columns),
    )

    frames = re.split(r"[\r\n]", shown.plain)
    assert any(re.match(r"[━╸╺ ]+ [012]/2 0:00:0\d +WBSProject\S+…", frame) for frame in frames), frames
    assert max(len(frame) for frame in frames) <= columns
    assert "committed" not in shown.plain
    assert shown.text.endswith("\x1b[2K2 refactored, 1 refused, 0 exempt, 0 already done\n")
    assert git("rev-list", "--count", "HEAD") == "3\n"


def test_apply_shows_a_bar_too(pipeline: Path) -> None:
    shown = on_terminal(pipeline.parent, "apply", "--all", stream="stderr")

    assert re.search(r"/2 0:00:0\d +(A|WBSProject\S+…)", shown.plain)


@pytest.mark.parametrize("arguments", [["-q"], ["--diff"], ["--check"]])
def test_no_bar_for_the_quiet_and_none_beside_a_pager(pipeline: Path, arguments: list[str]) -> None:
    shown = on_terminal(pipeline.parent, "apply", "--all", *arguments, stream="stderr")

    assert "━" not in shown.text


def test_without_a_terminal_there_is_a_line_each(committed: Path, spawn: Spawn) -> None:
    told = spawn("apply", "--all", "--commit").stderr.decode()

    assert told == f"committed A\ncommitted {LONG}\n2 refactored, 1 refused, 0 exempt, 0 already done\n"


@pytest.mark.parametrize("columns", [60, 80, 120])
def test_an_explanation_fits_the_terminal(pipeline: Path, columns: int) -> None:
    shown = on_terminal(pipeline.parent, "explain", "A", COLUMNS=str(columns))

    widest = max(len(line) for line in shown.plain.splitlines())
    assert widest <= min(columns, 100)
    assert widest > columns - 25


@pytest.mark.parametrize(("asked", "given"), [("20", 60), ("60", 60), ("80", 80), ("300", 110)])
def test_the_width_is_the_terminal_s_within_reason(
    monkeypatch: pytest.MonkeyPatch, asked: str, given: int
) -> None:
    monkeypatch.setenv("COLUMNS", asked)

    assert terminal.width() == given


@pytest.mark.parametrize(
    "arguments",
    [["apply", "--all", "--diff"], ["apply", "--all"], ["apply", "--all", "--commit"], ["status"], ["check"]],
)
def test_where_nobody_watches_rich_is_not_loaded(committed: Path, arguments: list[str]) -> None:
    code = (
        "import runpy, sys\n"
        f"sys.argv = ['refactor', *{arguments!r}]\n"
        f"try: runpy.run_path({str(STAND_IN)!r}, run_name='__main__')\n"
        "except SystemExit: pass\n"
        "print('\\nimported', *sorted(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=committed.parent
    )

    imported = done.stdout.rsplit("imported", 1)[1].split()
    assert "refactor.options" in imported
    assert [name for name in imported if name.partition(".")[0] == "rich"] == []


HOSTILE = "e\x1b[31m\u202e.py"


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["check", "--no-cache"],
        ["check", "--no-cache", "--output-format", "full"],
        ["check", "--no-cache", "--output-format", "github"],
        ["apply", "--all"],
    ],
)
def test_the_name_of_a_file_moves_no_cursor(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.refactor]\nbase-classes = ["Base"]\n')
    (tmp_path / HOSTILE).write_text(
        "class Base: ...\n\n\nclass NoteTask(Base):\n    def run(self):\n        open('a', 'w').write('x')\n"
    )
    shown = CliRunner().invoke(main, [*command, str(tmp_path)])
    assert "\\x1b" in shown.output
    assert not {"\x1b", "\u202e"} & set(shown.output)
