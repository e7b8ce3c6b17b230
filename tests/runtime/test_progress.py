"""Progress: plain lines in a log, one line that is rewritten on a terminal."""

import io
import os
import pty
import sys
from pathlib import Path

import pytest
from rich.console import Console

from pipeline.running.progress import PlainProgress, Progress, QuietProgress, TerminalProgress
from tests.runtime.command import PLAN, REPOSITORY, TINY


def tell(progress: Progress) -> None:
    """A run of two tasks, one of which fails."""
    progress.line("restored a.md (missing)")
    progress.began(0, 2, "Goals")
    progress.ended(1, 2, "Goals", 1.25)
    progress.began(1, 2, "Risks")
    progress.failed(1, 2, "Risks", "refused sk-abcdef123456")
    progress.close()


def test_a_log_gets_a_line_for_each_end_and_no_control_character() -> None:
    lines: list[str] = []
    tell(PlainProgress(lines.append))
    assert lines == [
        "restored a.md (missing)",
        "[  1/2] Goals done in 1.2 s",
        "[  1/2] Risks FAILED: refused [redacted]",
    ]


def test_quiet_says_only_what_went_wrong() -> None:
    lines: list[str] = []
    tell(QuietProgress(lines.append))
    assert lines == ["Risks FAILED: refused [redacted]"]


def on_screen(output: str) -> list[str]:
    """What a terminal shows after this output: the text after the last erasure of each line."""
    return [line.rpartition("\r\x1b[2K")[2].rstrip("\r") for line in output.split("\n")]


def test_a_terminal_keeps_what_matters_and_rewrites_the_rest() -> None:
    file = io.StringIO()
    tell(TerminalProgress(Console(file=file, force_terminal=True, width=60, color_system=None)))
    assert on_screen(file.getvalue()) == [
        "restored a.md (missing)",
        "[  1/2] Risks FAILED: refused [redacted]",
        "",
    ]
    assert "━━━━━━━━━━━━──────────── [  1/2] 0:00 Risks" in file.getvalue()


def test_no_line_that_is_rewritten_is_wider_than_the_terminal() -> None:
    file = io.StringIO()
    progress = TerminalProgress(Console(file=file, force_terminal=True, width=50, color_system=None))
    progress.began(0, 2, "T" * 100)
    (line,) = on_screen(file.getvalue())
    assert len(line) == 49
    assert line.endswith("T…")


@pytest.mark.parametrize("term", ["xterm", "dumb"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_run_on_a_terminal(term: str, workers: str, tmp_path: Path) -> None:
    """The whole command, on a terminal of its own; one that cannot rewrite a line gets plain lines."""
    environment = {
        **os.environ,
        "TERM": term,
        "PYTHONPATH": str(REPOSITORY),
        "PIPELINE_DATABASE_URL": f"sqlite:///{tmp_path}/pipeline.db",
        "PIPELINE_ROOT": TINY,
        "PIPELINE_RUN_ROOT": str(tmp_path / "run"),
    }
    command = ["-c", "from pipeline.cli.main import main; main()", "run", *PLAN, "--workers", workers]
    pid, descriptor = pty.fork()
    if pid == 0:
        os.execve(sys.executable, [sys.executable, *command], environment)
    output = b""
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:
            # How Linux says that the other end is closed.
            break
        if not chunk:
            break
        output += chunk
    os.close(descriptor)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0, output
    lines = on_screen(output.decode())
    assert lines[0] == "plan p1"
    if term == "xterm":
        assert lines[1] == "plan p1: 6 of 6 tasks done"
        assert "[  6/6] 0:0" in output.decode()
    else:
        assert b"\x1b" not in output
        assert sum(" done in " in line for line in lines) == 5
