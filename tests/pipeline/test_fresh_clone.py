"""What the README promises: one command, no key, no network; killed half way and wiped, it goes on."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.runs import PHYSICAL, REPOSITORY, Run, Setting, assert_as_undisturbed

NO_NETWORK = """
import socket

def refuse(*_):
    raise AssertionError("the network was used")

socket.socket.connect = socket.socket.connect_ex = socket.getaddrinfo = refuse
"""


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """The installed command in an empty directory, with an environment that has neither keys nor settings."""
    (tmp_path / "guard").mkdir()
    (tmp_path / "guard" / "sitecustomize.py").write_text(NO_NETWORK)
    (tmp_path / "work").mkdir()
    environment = {
        name: os.environ[name] for name in ("PATH", "HOME", "LANG", "TMPDIR") if name in os.environ
    }

    def start(*arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-c", "from pipeline.cli.main import main; main()", *arguments],
            cwd=tmp_path / "work",
            env={**environment, "PYTHONPATH": f"{tmp_path / 'guard'}{os.pathsep}{REPOSITORY}"},
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    return start


def test_a_plan_killed_half_way_is_finished_by_resume(
    command: Callable[..., subprocess.Popen[str]],
    undisturbed: Callable[[Setting], Run],
    tmp_path: Path,
) -> None:
    start = "2025-10-01T08:00:00Z"
    process = command("run", "--prompt", PHYSICAL, "--plan-id", "p1", "--start-time", start)
    assert process.stderr is not None
    lines = iter(process.stderr)
    for line in lines:
        if line.startswith("[ 31/62] "):
            break
    else:
        pytest.fail("the run did not get half way")
    # While it is at work, wherever it is, everything so far is in the database for whoever asks.
    process.send_signal(signal.SIGSTOP)
    shown = command("show", "p1").communicate(timeout=60)[0]
    assert re.match(r"plan p1: running, (\d+) of 62 tasks done", shown)
    content = command("show", "p1", "002-8-plan_type.md").communicate(timeout=60)[0]
    process.kill()
    process.communicate()
    reference = undisturbed(Setting())
    assert content.encode() == reference.files()["002-8-plan_type.md"]
    run = Run(
        reference.zygote, tmp_path / "work", database_url=f"sqlite:///{tmp_path / 'work' / 'pipeline.db'}"
    )
    run.wipe()

    resumed = command("resume", "p1")
    messages = resumed.communicate(timeout=120)[1]
    assert resumed.returncode == 0, messages
    told = re.search(r"^restored (\d+) files that were missing$", messages, re.MULTILINE)
    assert told is not None, messages
    assert int(told[1]) > 31
    assert messages.splitlines()[-3:] == [
        "plan p1: 62 of 62 tasks done",
        "files: run/p1/029-report.html",
        "database: sqlite:///pipeline.db",
    ]
    assert_as_undisturbed(run, reference)
    assert len(run.service().list_content("p1")) == len(run.files()) - 2
    assert PHYSICAL in (run.run_dir / "029-report.html").read_text(encoding="utf-8")
