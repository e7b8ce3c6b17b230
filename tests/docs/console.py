"""Runs the commands that a page of the documentation shows, and compares what they print.

A page's ```console blocks are run from top to bottom in one shell. A line that begins with `$ ` is a command, lines
that begin with `> ` continue it, what follows is what it prints, both streams together. Where nothing follows, anything
may be printed. A line `…` stands for any lines, `…` within a line for anything in that line.

A ```block with title="NAME" is a file: it is written when its turn comes.

Comments right above a block say what a reader need not see:

    <!-- exit: 1 -->          the exit status of the block's last command, 0 otherwise
    <!-- not run: reason -->  the block is shown only
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_BLOCK = re.compile(
    r"(?:^[ \t]*<!-- *(?P<key>exit|not run): *(?P<value>.*?) *-->\n\s*)?"
    r"^(?P<indent>[ \t]*)```(?P<language>\w+)(?P<info>[^\n]*)\n(?P<body>.*?)^(?P=indent)```[ \t]*$",
    re.MULTILINE | re.DOTALL,
)
_TITLE = re.compile(r'title="([^"]+)"')
_ELISION = "…"


@dataclass(frozen=True)
class Command:
    """A command of a page.

    Attributes:
        line: 1-based line in the page.
        text: what is typed.
        output: what is printed according to the page; None where it shows nothing.
        status: the exit status according to the page.
    """

    line: int
    text: str
    output: str | None
    status: int


@dataclass(frozen=True)
class PageFile:
    """A file that the page asks its reader to write."""

    line: int
    name: str
    content: str


@dataclass(frozen=True)
class NotRun:
    """A block that is shown only."""

    line: int
    text: str
    reason: str


Step = Command | PageFile | NotRun


def steps(markdown: str) -> Iterator[Step]:
    """What a page has its reader do, in order.

    Raises:
        ValueError: a block has no command in its first line, or a comment makes no sense.
    """
    for match in _BLOCK.finditer(markdown):
        line = markdown.count("\n", 0, match.start("body"))
        indent = match["indent"]
        body = "".join(text.removeprefix(indent) for text in match["body"].splitlines(keepends=True))
        if match["key"] == "not run":
            if not match["value"]:
                raise ValueError(f"line {line}: a reason is missing")
            yield NotRun(line, body, match["value"])
        elif match["language"] == "console":
            yield from _commands(body, line + 1, int(match["value"] or 0))
        elif title := _TITLE.search(match["info"]):
            yield PageFile(line, title[1], body)


def _commands(body: str, line: int, last_status: int) -> Iterator[Command]:
    found: list[tuple[int, list[str], list[str]]] = []
    for number, text in enumerate(body.splitlines(), line):
        if text.startswith("$ "):
            found.append((number, [text[2:]], []))
        elif not found:
            raise ValueError(f"line {number}: a command begins with `$ `")
        elif text.startswith("> ") and not found[-1][2]:
            found[-1][1].append(text[2:])
        else:
            found[-1][2].append(text)
    for position, (number, command, output) in enumerate(found, 1):
        status = last_status if position == len(found) else 0
        yield Command(number, "\n".join(command), "\n".join(output) if output else None, status)


def matches(expected: str, printed: str) -> bool:
    """Whether a command printed what the page shows; spaces at line ends and blank lines around do not count."""
    lines = [line.rstrip() for line in expected.strip("\n").splitlines()]
    parts = [
        r"(?:.*\n)*" if line.strip() == _ELISION else _line_pattern(line) + r"[ \t]*\n" for line in lines
    ]
    return re.fullmatch("".join(parts) + r"\s*", printed.lstrip("\n").rstrip() + "\n") is not None


def _line_pattern(line: str) -> str:
    return ".*".join(re.escape(part) for part in line.split(_ELISION))


def run_page(markdown: str, directory: Path, environment: Mapping[str, str], timeout: float) -> list[str]:
    """Does what a page says and tells what was otherwise.

    Stops at the first command that fails where it should not, or the other way round: what follows builds upon it.

    Args:
        markdown: the page.
        directory: where its reader stands at first.
        environment: of the shell.
        timeout: seconds, for the whole page.

    Returns:
        One text for each command that did otherwise.
    """
    done = list(steps(markdown))
    script = directory.parent / f"{directory.name}.commands"
    script.mkdir()
    # The shell reads one file after another, so that variables, `cd` and `$!` last from one to the next.
    lines = ["exec </dev/null"]
    for number, step in enumerate(done):
        log, status = script / f"{number}.out", script / f"{number}.status"
        if isinstance(step, PageFile):
            (script / f"{number}.file").write_text(step.content, encoding="utf-8")
            lines.append(f'mkdir -p "$(dirname "{step.name}")" && cp "{script}/{number}.file" "{step.name}"')
        elif isinstance(step, Command):
            (script / f"{number}.sh").write_text(step.text + "\n", encoding="utf-8")
            lines.append(f'. "{script}/{number}.sh" >"{log}" 2>&1; echo $? >"{status}"')
            lines.append(f'[ "$(cat "{status}")" = {step.status} ] || exit 1')
    (script / "page.sh").write_text("\n".join(lines) + "\n", encoding="utf-8")
    late = None
    with subprocess.Popen(
        ["bash", script / "page.sh"], cwd=directory, env=environment, start_new_session=True
    ) as shell:
        try:
            shell.wait(timeout)
        except subprocess.TimeoutExpired:
            late = f"the page took more than {timeout:g} s"
        finally:
            # With everything that it left in the background.
            with suppress(ProcessLookupError):
                os.killpg(shell.pid, signal.SIGKILL)
    told = [text for number, step in enumerate(done) if (text := _judge(step, script, number))]
    return [*told, late] if late else told


def _judge(step: Step, script: Path, number: int) -> str | None:
    status_file, log = script / f"{number}.status", script / f"{number}.out"
    if not isinstance(step, Command):
        return None
    if not status_file.exists():
        return None if not log.exists() else f"line {step.line}: `{step.text}` did not end"
    status = int(status_file.read_text())
    printed = log.read_text(encoding="utf-8", errors="replace")
    if status != step.status:
        return f"line {step.line}: `{step.text}` ended with {status}, not {step.status}:\n{printed}"
    if step.output is not None and not matches(step.output, printed):
        return f"line {step.line}: `{step.text}` printed\n{printed}\nwhere the page has\n{step.output}"
    return None
