"""Runs a command on a terminal of its own, and gives what it showed there."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .conftest import STAND_IN

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Shown:
    """What a terminal was sent, and how the command ended."""

    text: str
    status: int

    @property
    def plain(self) -> str:
        """The text without escape sequences."""
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.text)


def on_terminal(folder: Path, *arguments: str, stream: str = "stdout", **environment: str) -> Shown:
    """Runs `refactor` on the stand-in with one stream on a terminal, the others nowhere."""
    ours, theirs = pty.openpty()
    inherited = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR"}}
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, stream: theirs}
    with subprocess.Popen(
        [sys.executable, str(STAND_IN), *arguments],
        cwd=folder,
        env={**inherited, "TERM": "xterm-256color", "COLUMNS": "80", **environment},
        stdin=subprocess.DEVNULL,
        **streams,
    ) as process:
        os.close(theirs)
        shown = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # how Linux says that the other end is closed
                break
            if not piece:
                break
            shown += piece
        status = process.wait()
    os.close(ours)
    return Shown(shown.decode().replace("\r\n", "\n"), status)
