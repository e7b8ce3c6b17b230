"""The laws, as checks that give back what is broken. An empty list is a proof for one case."""

from __future__ import annotations

import io
import json
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from pyflakes import api as pyflakes
from pyflakes import reporter

from codemods import api
from codemods.model import TaskState
from codemods.settings import Settings
from codemods.source import SourceFile
from tests.properties.execution import Outcome, Program

if TYPE_CHECKING:
    from codemods.model import FileInspection, FileRewrite, Refusal
    from tests.properties.modules import Generated

PATH = Path(__file__).parent / "target" / "generated.py"
SETTINGS = Settings()
_STAMP = re.compile(rb"<0\.\d+(?:e-\d+)?>")


@dataclass
class Refactored:
    """A generated module, before and after."""

    generated: Generated
    settings: Settings = SETTINGS

    @cached_property
    def source(self) -> SourceFile:
        """The module as a source file."""
        return SourceFile(PATH, self.generated.text)

    @cached_property
    def rewrite(self) -> FileRewrite:
        """What `apply` gives."""
        return api.apply(self.inspect(self.source), lambda _: True, self.settings)

    def inspect(self, source: SourceFile) -> FileInspection:
        """What `inspect` gives for one file."""
        return api.inspect([source], self.settings)[0]

    @cached_property
    def refusal(self) -> Refusal | None:
        """Why the task was refused, None where it was not."""
        return next((r.refusal for r in self.rewrite.reports if r.state is TaskState.REFUSED), None)

    @cached_property
    def before(self) -> Program:
        """The original, compiled."""
        return Program.of(self.source.text)

    @cached_property
    def after(self) -> Program:
        """The result, compiled."""
        return Program.of(self.rewrite.after.text)


def undefined_names(text: str) -> list[str]:
    """What pyflakes has to say about names that are bound nowhere."""
    out = io.StringIO()
    pyflakes.check(text, "generated", reporter.Reporter(out, out))
    messages = out.getvalue().splitlines()
    return [
        message
        for message in messages
        if "undefined name" in message or ("referenced before" in message and _is_about(message, text))
    ]


def _is_about(message: str, text: str) -> bool:
    """Whether the name of the message stands at its place: `io_module` of `import io as io_module` does not read `io`,
    though pyflakes books a use of an alias as one of the module's name.
    """
    place = re.match(r"generated:(\d+):(\d+): local variable '(\w+)'", message)
    if place is None:
        return True
    number, column, name = int(place[1]), int(place[2]), place[3]
    return re.match(rf"{name}\b", text.splitlines()[number - 1][column - 1 :]) is not None


def is_subsequence(before: list[str], after: list[str]) -> str | None:
    """The first line of `before` that is not found, in order and up to indentation, in `after`."""
    rest = iter(after)
    for number, line in enumerate(before, start=1):
        if number == len(before):  # it may have gained a line end
            line, rest = line.rstrip("\r\n"), (candidate.rstrip("\r\n") for candidate in rest)  # noqa: PLW2901
        if not any(_is_indented(line, candidate) for candidate in rest):
            return line
    return None


def _is_indented(line: str, candidate: str) -> bool:
    return candidate.endswith(line) and not candidate[: len(candidate) - len(line)].strip(" \t")


def same_outcome(before: Outcome, after: Outcome) -> list[str]:
    """What the result did differently from the original."""
    found = []
    if before.world.effects != after.world.effects:
        found.append(f"effects {before.world.effects} became {after.world.effects}")
    if before.error != after.error:
        found.append(f"error {before.error} became {after.error}")
    if before.result != after.result:
        found.append(f"result {before.result} became {after.result}")
    if _unstamped(before.files) != _unstamped(after.files):
        found.append(f"files {before.files} became {after.files}")
    return found


def _unstamped(files: dict[str, bytes]) -> dict[str, bytes]:
    return {name: _STAMP.sub(b"<stamp>", data) for name, data in files.items()}


def kept_records(outcome: Outcome, *, whole: bool) -> list[str]:
    """What is wrong with the rows and interactions of a run of the result.

    Args:
        outcome: the run.
        whole: whether nothing interrupted it, so that each file is complete and each call came back.
    """
    world = outcome.world
    found = [*world.broken, *_rows(outcome, whole=whole)]
    if world.opened > 1 or world.closed != world.opened:
        found.append(f"{world.opened} services opened, {world.closed} closed")
    found.extend(
        f"interaction {number} is {row['status']}"
        for number, row in world.interactions.items()
        if row["status"] == "pending" or (whole and row["status"] != "completed")
    )
    return found + _calls(outcome, whole=whole)


def _rows(outcome: Outcome, *, whole: bool) -> list[str]:
    found = []
    for name, data in outcome.files.items():
        row = outcome.world.row_of(name)
        if row is None:
            found.append(f"no row for {name}")
            continue
        content = row["content"].encode()
        if whole and content != data:
            found.append(f"{name} holds {data!r}, its row {content!r}")
        contents = [r["content"].encode() for r in outcome.world.rows if r["filename"] == name]
        if not whole and not any(_begins(data, c) for c in contents):
            found.append(f"{name} holds {data!r}, which is no part of its rows {contents!r}")
    return found


def _begins(data: bytes, content: bytes) -> bool:
    """Whether a file that was left half written, or whose next row is there already, belongs to a row."""
    return _unstamped({"": content})[""].startswith(_unstamped({"": data})[""])


def _calls(outcome: Outcome, *, whole: bool) -> list[str]:
    """Each call has its interaction with the whole prompt, and the whole response where it came back."""
    interactions = list(outcome.world.interactions.values())
    asked = outcome.world.asked
    found = []
    surplus = len(interactions) - len(asked)
    if surplus < 0 or surplus > (0 if whole else 1):
        found.append(f"{len(interactions)} interactions for {len(asked)} calls")
    rest = iter(interactions)
    for prompt, answer in asked:
        row = next((r for r in rest if r["prompt_text"] == prompt), None)
        if row is None:
            found.append(f"no interaction with the prompt {prompt!r}")
        elif row["status"] == "completed":
            found.extend(_completed(row, answer))
    return found


def _completed(row: dict[str, object], answer: str | None) -> list[str]:
    response = str(row["response_text"])
    found = []
    if answer is None:
        found.append("completed, though the call did not come back")
    elif not all(
        word in response or json.dumps(word)[1:-1] in response for word in re.findall(r"\w+", answer)
    ):
        found.append(f"the response {response!r} lacks a part of {answer!r}")
    if not isinstance(row["duration_seconds"], float) or row["duration_seconds"] < 0:
        found.append(f"lasted {row['duration_seconds']!r}")
    return found


def database_error_surfaces(
    before: Outcome, after: Outcome, *, has_finally: bool, in_block: bool = False
) -> list[str]:
    """What is wrong with a run whose database failed: `before` is the original's undisturbed run.

    In a block handlers run, whose error the block then lets go; but no model is asked any more.
    """
    world = after.world
    found = [*world.broken]
    surfaced = [e for e in after.error[:1] if e[0] == "DatabaseDownError" or "a database step failed" in e[1]]
    if not surfaced:
        found.append(f"the database's error came out as {after.error}")
    found.extend(f"{name} has no row" for name in after.files if world.row_of(name) is None)
    found.extend(_rows(after, whole=False))
    if world.closed != world.opened:
        found.append(f"{world.opened} services opened, {world.closed} closed")
    common = 0
    while common < min(len(before.world.effects), len(world.effects)):
        if before.world.effects[common] != world.effects[common]:
            break
        common += 1
    surplus = [e for e in world.effects[common:] if not (has_finally and _is_final(e))]
    if in_block:
        surplus = [e for e in surplus if e[0] == "llm"]
    if surplus:
        found.append(f"after the database's error the original code went on with {surplus}")
    return found


def _is_final(effect: tuple[object, ...]) -> bool:
    return any(str(part).startswith("finally") for part in effect)
