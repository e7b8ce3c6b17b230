"""Generates whole modules: header, task class with `requires()` and `output()`, what follows, line ends, tabs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.properties.pen import STEALABLE
from tests.properties.shapes import Shapes

if TYPE_CHECKING:
    from tests.properties.decisions import Decisions

_IMPORTS = (
    "from tests.properties.target.answers import Answer, Expert, Exporter, Review",
    "from tests.properties.target.base import LlmError, LocalTarget, Names, PlanTask, aspan, counted, each, span, trip",
)
_EXTRA_IMPORTS = (
    "import time",
    "from datetime import datetime",
    "import datetime",
    "import datetime as dt",
    "from time import perf_counter as time",
    "import os",
    "import sys as _sys",
    "import io",
)


@dataclass(frozen=True)
class Generated:
    """A module with one task.

    Attributes:
        text: the source.
        deliberate: whether it raises or suppresses on its own account, so that a call may end as failed.
        has_finally: whether original code runs while an exception passes.
    """

    text: str
    deliberate: bool
    has_finally: bool

    def __repr__(self) -> str:
        return f"Generated(\n{self.text})"


def generate(decisions: Decisions) -> Generated:
    """A module with one generated task class, as the decisions say."""
    probe = Shapes(decisions, 2, model="llm_executor", is_async=False)
    entry = probe.pick(["run_inner", "run_with_llm", "run"])
    is_async = probe.chance(20)
    model = "llm" if entry == "run_with_llm" else "llm_executor"
    body = Shapes(decisions, 2, model=model, is_async=is_async)
    if body.chance(40):
        body.stolen = tuple(name for name in STEALABLE if body.chance(35))
    imports_json = body.pick(["module", "module", "function"]) if body.has_json() else "none"
    if model == "llm_executor":
        body.line("llm_executor = self.create_llm_executor()")
    if imports_json == "function":
        body.line("import json")
    _read(body)
    body.method_body()
    header = _header(body, imports_json == "module")
    signature = f"def {entry}(self{', llm' if model == 'llm' else ''}):"
    lines = [
        *header,
        "",
        "",
        "class GeneratedTask(PlanTask):",
        '    """A task."""',
        "",
        "    def requires(self):  ",
        "        return []   # none",
        "",
        "    def output(self):",
        *_output(body),
        "",
        f"    {'async ' if is_async else ''}{signature}",
        *_docstring(body),
        *body.lines,
        *body.pick([(), ("", "    def later(self):", "        return 1"), ("", "", "FINAL = 1", "# end")]),
    ]
    return Generated(_ended(body, lines), body.deliberate, body.has_finally)


def _read(body: Shapes) -> None:
    handle = body.pick(["f", "stream"])
    body.line(f'with self.input()["setup"].open("r") as {handle}:')
    body.env[handle] = "closed"
    with body.indented():
        name = body.fresh("text")
        body.line(f"{name} = {handle}.read()")
    if body.chance(40):
        del body.env[handle]  # may be bound again, to anything


def _docstring(body: Shapes) -> list[str]:
    if not body.chance(30):
        return []
    return ['        """Runs.', "", "        All of it.", '        """']


def _header(body: Shapes, with_json: bool) -> list[str]:
    lines = ["import json"] if with_json else []
    lines += ["import logging", "from contextlib import suppress", "from pathlib import Path"]
    extra = body.pick(_EXTRA_IMPORTS) if body.chance(40) else ""
    if extra and not set(extra.replace(",", " ").split()) & set(body.stolen):
        lines.append(extra)
    lines += [*_IMPORTS, "", "logger = logging.getLogger(__name__)"]
    if body.chance(15):
        lines = ['"""A module."""', "from __future__ import annotations", "", *lines]
    if body.chance(15):
        lines += ["", "", "def len_of(value):", "    return value", "", "open_service = datetime_type = None"]
    return lines


def _output(body: Shapes) -> list[str]:
    forms = (
        "self.local_target({})",
        "LocalTarget(self.file_path({}))",
        "LocalTarget(self.run_id_dir / {}.value)",
    )
    if not body.keys:
        return ["        return {}"]
    if "" in body.keys:
        return [f"        return {body.pick(forms).format(body.keys[''])}"]
    items = [f'            "{key}": {body.pick(forms).format(name)},' for key, name in body.keys.items()]
    return ["        return {", *items, "        }"]


def _ended(body: Shapes, lines: list[str]) -> str:
    """The text with its line ends and its kind of indentation."""
    if body.chance(12):
        lines = [_tabbed(line) for line in lines]
    newline = "\r\n" if body.chance(25) else "\n"
    text = newline.join(lines)
    return text if body.chance(20) else text + newline


def _tabbed(line: str) -> str:
    stripped = line.lstrip(" ")
    width = len(line) - len(stripped)
    return "\t" * (width // 4) + " " * (width % 4) + stripped
