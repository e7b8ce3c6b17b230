"""What lies out of the tool's sight when a generated pipeline is run: models, streams, clocks, writers, targets.

The text of this module is put beside the pipeline's directory, never below the paths that the tool is given. Whatever
is called leaves a line in LOG, so that a call that is made twice, or not at all, is seen.
"""

from __future__ import annotations

import itertools
import os
from typing import Any

import luigi
from luigi.mock import MockTarget

LOG: list[str] = []
ANSWERS: list[str] = []
ROWS: list[dict[str, Any]] = []
INTERACTIONS: dict[int, dict[str, Any]] = {}
_numbers = itertools.count(1)


class Row:
    def __init__(self, id: int) -> None:
        self.id = id


class Service:
    """Records what it is given; knows directories in names, as the runtime's own service does."""

    def create_llm_interaction(self, values: dict[str, Any]) -> Row:
        number = len(INTERACTIONS) + 1
        INTERACTIONS[number] = dict(values)
        return Row(number)

    def update_llm_interaction(self, number: int, values: dict[str, Any]) -> None:
        INTERACTIONS[number].update(values)

    def create_plan_content(self, values: dict[str, Any]) -> None:
        if not isinstance(values["content"], str | bytes) or not isinstance(values["filename"], str):
            raise TypeError(f"a row with {values}")
        ROWS.append(dict(values))

    def close(self) -> None:
        pass


def note(*what: object) -> None:
    LOG.append(" ".join(map(str, what)))


class Model:
    def ask(self, prompt: str) -> str:
        note("asked", prompt)
        ANSWERS.append(f"answer {next(_numbers)} to {prompt}")
        return ANSWERS[-1]

    def stream(self, prompt: str) -> Any:
        note("streamed", prompt)
        return iter(["one ", "two ", f"three {next(_numbers)}"])


class Bot:
    """A model that nothing gives away: its calls cannot be known, only that nothing is done twice."""

    def ask(self, prompt: str) -> str:
        note("told", prompt)
        return f"reply {next(_numbers)} to {prompt}"

    def stream(self, prompt: str) -> Any:
        note("told", prompt)
        return iter(["one ", "two ", f"three {next(_numbers)}"])


def fetch(what: str) -> str:
    note("fetched", what)
    return f"page {next(_numbers)} of {what}"


def lines() -> Any:
    note("lines")
    return iter(["first\n", "second\n"])


def listing() -> list[str]:
    note("listing")
    return ["first", "second"]


def clock() -> str:
    return f"{next(_numbers):06d}"


class Tally:
    """An object that says something else each time."""

    def __init__(self) -> None:
        self._count = 0

    def __str__(self) -> str:
        self._count += 1
        return f"tally {self._count}"

    __repr__ = __str__

    def __getitem__(self, key: object) -> str:
        return str(self)


class Frame:
    """Something with writers of its own."""

    def __init__(self, text: str) -> None:
        self.text = text

    def to_csv(self, path: Any) -> None:
        note("to_csv")
        if hasattr(path, "write"):
            path.write(f"csv {self.text}\n")
            return
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"csv {self.text}\n")

    def to_parquet(self, path: str) -> None:
        note("to_parquet")
        with open(path, "wb") as f:
            f.write(b"PAR1\xff\xfe" + self.text.encode())

    def save(self, path: str) -> None:
        note("saved")
        with open(path, "a", encoding="utf-8") as f:
            f.write(f"saved {self.text}\n")


def export(path: str, text: str) -> None:
    note("exported")
    with open(path, "w", encoding="utf-8") as f:
        f.write(f"exported {text}")
    with open(path + ".log", "w", encoding="utf-8") as f:
        f.write("log")


def put(path: Any, text: str) -> None:
    note("put")
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def show(what: object) -> None:
    note("shown")


class FarTask(luigi.Task):
    """A base class in an installed package."""

    run_dir = luigi.Parameter()

    def get_plan_id(self) -> str:
        return os.path.basename(str(self.run_dir))

    def get_database_service(self) -> Service:
        return Service()

    def far_target(self, name: str) -> Any:
        return luigi.LocalTarget(os.path.join(str(self.run_dir), name))

    def dump(self, text: str) -> None:
        with self.output().open("w") as f:
            f.write(text)


class FarMixin:
    """A mixin in an installed package."""

    def dump(self, text: str) -> None:
        with self.output().open("w") as f:  # type: ignore[attr-defined]
            f.write(text)


class MemoryTarget(MockTarget):
    """A target that is no file."""
