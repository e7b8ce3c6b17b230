"""Runs a generated module in this process and gathers what it did."""

from __future__ import annotations

import dis
import inspect
import re
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from tests.properties.target import base
from tests.properties.world import Faults, World

_LABEL = re.compile(r"# (L\d+)\s*$")
_FILENAME = "<generated>"


@dataclass(frozen=True)
class Program:
    """A module, compiled.

    Attributes:
        code: the compiled module.
        labels: the label of each line that ends with one; insertions keep comments, so labels mean the
            same statement before and after.
        text: the source.
    """

    code: CodeType
    labels: dict[int, str]
    text: str

    @classmethod
    def of(cls, text: str) -> Program:
        """Compiles a module."""
        lines = enumerate(text.splitlines(), start=1)
        labels = {number: m[1] for number, line in lines if (m := _LABEL.search(line))}
        return cls(compile(text, _FILENAME, "exec", dont_inherit=True), labels, text)


@dataclass
class Outcome:
    """What a run did.

    Attributes:
        world: the surroundings, with everything recorded.
        files: the files that it left.
        error: types and messages of the exception that came out and of its causes; empty for none.
        result: what the entry method returned, as text.
        visited: labels (or line numbers) with their occurrence, in the order they were reached.
    """

    world: World
    files: dict[str, bytes]
    error: tuple[tuple[str, str], ...]
    result: str
    visited: list[tuple[object, int]] = field(default_factory=list)


class _Log:
    """Stands in for the module's logger."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, level: str) -> Any:
        def record(message: object, *args: object) -> None:
            self._world.effect("log", level, message, *map(str, args))

        return record


class _Tracer:
    def __init__(self, program: Program, faults: Faults, *, every_line: bool) -> None:
        self._labels = program.labels
        self._faults = faults
        self._every_line = every_line
        self._counts: Counter[object] = Counter()
        self._codes: dict[CodeType, bytes] = {}
        self.visited: list[tuple[object, int]] = []

    def begin(self, frame: FrameType, event: str, _: object) -> Any:
        """The tracing function of a frame; only the generated module's frames are traced."""
        return self.step if event == "call" and frame.f_code.co_filename == _FILENAME else None

    def step(self, frame: FrameType, event: str, _: object) -> Any:
        """Sees one line."""
        if event == "line":
            key: object = frame.f_lineno if self._every_line else self._labels.get(frame.f_lineno)
            if key is not None and self._can_raise(frame):
                self._counts[key] += 1
                place = (key, self._counts[key])
                self.visited.append(place)
                if place == self._faults.line:
                    raise self._faults.error(f"at {key}")
        return self.step

    def _can_raise(self, frame: FrameType) -> bool:
        """Whether an exception may really begin here; `try:` and `pass` are outside of all exception tables."""
        code = self._codes.setdefault(frame.f_code, frame.f_code.co_code)
        return not dis.opname[code[frame.f_lasti]].startswith(("NOP", "JUMP"))


def run(
    program: Program,
    faults: Faults = Faults(),  # noqa: B008 - frozen
    *,
    traced: bool = False,
    every_line: bool = False,
    watches_rows: bool = True,
) -> Outcome:
    """Runs the entry method of the module's task once, in a directory of its own."""
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory, "plan-1"), faults, watches_rows)
        world.directory.mkdir()
        Path(directory, "setup.txt").write_text(world.input_text, encoding="utf-8")
        base.STATE["world"] = world
        namespace: dict[str, Any] = {"__name__": "generated"}
        exec(program.code, namespace)
        namespace["logger"] = _Log(world)
        task = namespace["GeneratedTask"](world.directory)
        entry = next(getattr(task, n) for n in ("run_with_llm", "run_inner", "run") if hasattr(task, n))
        arguments = (base.LLM(),) if entry.__name__ == "run_with_llm" else ()
        tracer = _Tracer(program, faults, every_line=every_line)
        with world.watching():
            error, result = _call(entry, arguments, tracer if traced or faults.line else None)
        return Outcome(world, world.files(), error, result, tracer.visited)


def _call(entry: Any, arguments: tuple[Any, ...], tracer: _Tracer | None) -> tuple[Any, str]:
    before = sys.gettrace()
    if tracer is not None:
        sys.settrace(tracer.begin)
    try:
        value = entry(*arguments)
        if inspect.iscoroutine(value):
            value = _awaited(value)
    except BaseException as raised:
        return _chain(raised), ""
    finally:
        if tracer is not None:
            sys.settrace(before)
    return (), repr(value)


def _awaited(coroutine: Any) -> Any:
    """The result of a coroutine that never really waits."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("the stubs never wait")


def _chain(error: BaseException | None) -> tuple[tuple[str, str], ...]:
    found = []
    while error is not None:
        found.append((type(error).__name__, str(error)))
        error = error.__cause__
    return tuple(found)
