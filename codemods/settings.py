"""What the configuration says about a pipeline, as one frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

INLINE, STEPS = STYLES = ("inline", "steps")
"""The ways to write the steps into a task."""


def _empty() -> Mapping[str, str]:
    return MappingProxyType({})


@dataclass(frozen=True)
class DeclaredWriter:
    """A method of the tasks that writes the files which `output()` names, by the user's word.

    Attributes:
        path: how the path of one of these targets is read: `path`, or `path()`.
        content: position or keyword of the argument that is written, None where any arguments will do.
        form: what the file holds, for people: its bytes are read back whatever it is.
    """

    path: str = "path"
    content: int | str | None = None
    form: str = ""


@dataclass(frozen=True)
class DeclaredModelCall:
    """A function or method that asks a model, by the user's word.

    Attributes:
        prompt: the arguments that hold what is asked, each by its position, from 0, or its name.
        model: the argument that names the model, by position or name, None where none does.
        response: what the answer is recorded as, `text` or `json`; empty where the sources tell.
    """

    prompt: tuple[int | str, ...]
    model: int | str | None = None
    response: str = ""


def _no_model_calls() -> Mapping[str, DeclaredModelCall]:
    return MappingProxyType({})


def _no_writers() -> Mapping[str, DeclaredWriter]:
    return MappingProxyType({})


@dataclass(frozen=True)
class Settings:
    """`[tool.refactor]` after validation.

    Attributes:
        base_classes: names of the classes that a task inherits from, directly or through others.
        exempt: task classes that are never rewritten.
        entry_methods: method names that can hold a task's work, the first that a class defines is its entry.
        llm_arguments: variable names; a call that is given one of them is an LLM call, beside those of known packages.
        llm_calls: functions that ask a model, by their full name, `app.utils.ask`; methods of the tasks as `self.ask`.
        stages: group of tasks by task name, for `--stage` and `status`.
        row_stage: the `stage` column by task name, where it is not the class name in snake_case.
        not_outputs: patterns of files that are written and are no output, such as logs: they need no row.
        row_after_file: whether a file that is written by its path may be read back, so that its row comes after it.
        llm_only: whether tasks that call no model need no steps, whatever files they write.
        writers: methods of the tasks that write what `output()` names, by how they are called, `self.dump`; methods
            of the targets as `self.output().dump`.
        style: how the steps are written: `inline`, statement by statement, or `steps`, by `self.database_steps()`.
    """

    base_classes: tuple[str, ...] = ("PlanTask",)
    exempt: frozenset[str] = frozenset()
    entry_methods: tuple[str, ...] = ("run_with_llm", "run_inner", "run")
    llm_arguments: tuple[str, ...] = ("llm", "llm_executor")
    llm_calls: Mapping[str, DeclaredModelCall] = field(default_factory=_no_model_calls)
    stages: Mapping[str, str] = field(default_factory=_empty)
    row_stage: Mapping[str, str] = field(default_factory=_empty)
    row_after_file: bool = False
    llm_only: bool = False
    not_outputs: tuple[str, ...] = ()
    writers: Mapping[str, DeclaredWriter] = field(default_factory=_no_writers)
    style: str = INLINE
