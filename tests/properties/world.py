"""What a run can see and do: a recording database, deterministic answers, watched files, injected faults."""

from __future__ import annotations

import builtins
import contextlib
import io
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator


_SCRATCH = "-luigi-tmp-"
"""In the names of the files that Luigi writes before it moves them into place."""


class DatabaseDownError(Exception):
    """The only error that the recording database raises."""


@dataclass(frozen=True)
class Faults:
    """What goes wrong in a run.

    Attributes:
        ask: the number of the LLM call that raises.
        line: the label (or line number) and the occurrence at which an exception is raised.
        database: the number of the first database operation that raises.
        lasting: whether all later operations raise as well.
        error: what an LLM call or a line raises.
    """

    ask: int | None = None
    line: tuple[object, int] | None = None
    database: int | None = None
    lasting: bool = False
    error: type[BaseException] = RuntimeError


@dataclass
class World:
    """The surroundings of one run.

    Attributes:
        directory: the run directory.
        faults: what goes wrong.
        effects: what the original code did, in order.
        asked: prompt and answer of each LLM call.
        rows: the rows of `plan_content` in order.
        interactions: the rows of `llm_interactions` by id.
        broken: laws that were broken while the run went on.
    """

    directory: Path
    faults: Faults = Faults()
    watches_rows: bool = True
    input_text: str = "plan of Zürich ✓ second third"
    effects: list[tuple[object, ...]] = field(default_factory=list)
    asked: list[tuple[str, str | None]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    interactions: dict[int, dict[str, Any]] = field(default_factory=dict)
    broken: list[str] = field(default_factory=list)
    operations: int = 0
    opened: int = 0
    closed: int = 0
    _appeared: Counter[str] = field(default_factory=Counter)
    _handles: list[Any] = field(default_factory=list)

    def effect(self, *what: object) -> None:
        """Something that the original code does and that must happen as often and in the same order."""
        self.effects.append(what)

    def ask(self, callee: str, prompt: object) -> str:
        """One LLM call."""
        number = len(self.asked)
        self.effect("llm", callee, prompt)
        self.asked.append((str(prompt), None))
        if self.faults.ask == number:
            raise self.faults.error(f"call {number} failed")
        answer = f"answer {number} ü to {prompt}"
        self.asked[number] = (str(prompt), answer)
        return answer

    def open_service(self) -> Service:
        """The database service that a task asks for."""
        self.operation("open")
        self.opened += 1
        return Service(self)

    def operation(self, name: str) -> None:
        """Counts a database operation and raises where it is to fail."""
        number = self.operations
        self.operations += 1
        first = self.faults.database
        if first is not None and (number == first or (self.faults.lasting and number > first)):
            raise DatabaseDownError(f"{name}, operation {number}")

    def break_law(self, message: str) -> None:
        """Remembers what the run did wrong."""
        self.broken.append(message)

    def row_of(self, name: str) -> dict[str, Any] | None:
        """The last row of a file."""
        return next((row for row in reversed(self.rows) if row["filename"] == name), None)

    def files(self) -> dict[str, bytes]:
        """The files of the run directory."""
        found = {}
        for path in sorted(self.directory.iterdir()):
            if _SCRATCH not in path.name:
                found[path.name] = path.read_bytes()
        return found

    def appears(self, path: object) -> None:
        """A file is opened for writing, or moved into place: its row must be there by now."""
        place = Path(str(path))
        if not self.watches_rows or place.parent != self.directory or _SCRATCH in place.name:
            return
        self._appeared[place.name] += 1
        known = sum(row["filename"] == place.name for row in self.rows)
        if known < self._appeared[place.name]:
            self.break_law(f"{place.name} was written before its row")

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """Sees every file that is opened or moved, and closes handles that an interrupt left open."""
        plain_open, plain_replace = builtins.open, os.replace

        def watched_open(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
            if set(mode) & set("wax+") and not isinstance(file, int):
                self.appears(file)
            handle = plain_open(file, mode, *args, **kwargs)
            self._handles.append(handle)
            return handle

        def watched_replace(source: Any, target: Any) -> None:
            self.appears(target)
            plain_replace(source, target)

        builtins.open = io.open = watched_open  # type: ignore[assignment]
        os.replace = watched_replace  # type: ignore[assignment]
        try:
            yield
        finally:
            builtins.open = io.open = plain_open
            os.replace = plain_replace
            for handle in self._handles:
                handle.close()


class Service:
    """The database service of the target, recording."""

    _INTERACTION = frozenset({"plan_id", "llm_model", "stage", "prompt_text", "status"})
    _CONTENT = frozenset({"plan_id", "filename", "stage", "content_type", "content", "content_size_bytes"})

    def __init__(self, world: World) -> None:
        self._world = world
        self._open = True

    def _begin(self, name: str) -> None:
        if not self._open:
            self._world.break_law(f"{name} after close")
        self._world.operation(name)

    def create_llm_interaction(self, values: dict[str, Any]) -> SimpleNamespace:
        """A new interaction."""
        self._begin("create_llm_interaction")
        if set(values) != self._INTERACTION or values["status"] != "pending":
            self._world.break_law(f"an interaction begins with {values}")
        number = len(self._world.interactions) + 1
        self._world.interactions[number] = dict(values)
        return SimpleNamespace(id=number)

    def update_llm_interaction(self, number: int, values: dict[str, Any]) -> None:
        """More about an interaction."""
        self._begin("update_llm_interaction")
        if not isinstance(values["completed_at"], datetime):
            self._world.break_law("completed_at is no time")
        row = self._world.interactions[number]
        if row["status"] == values["status"]:
            self._world.break_law(f"interaction {number} was {values['status']} twice")
        row.update(values)

    def create_plan_content(self, values: dict[str, Any]) -> None:
        """The row of a file."""
        self._begin("create_plan_content")
        if set(values) != self._CONTENT or not isinstance(values["content"], str):
            self._world.break_law(f"a row with {values}")
        elif values["content_size_bytes"] != len(values["content"].encode()):
            self._world.break_law(f"wrong size of {values['filename']}")
        self._world.rows.append(dict(values))

    def close(self) -> None:
        """The end of the service."""
        if not self._open:
            self._world.break_law("closed twice")
        self._open = False
        self._world.closed += 1
