"""Draws the diagrams of the documentation as SVG: `python -m tests.docs.diagrams`.

They are drawn here and not in a browser, so that a page needs no script for them, offline or anywhere.
"""

from __future__ import annotations

import html
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).resolve().parents[2] / "docs" / "assets"
_INK, _QUIET, _PAPER = "#1f2328", "#57606a", "#ffffff"
_ORIGINAL, _INSERTED, _LOST = "#0b5cad", "#116329", "#a40e26"
_FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'Liberation Sans', Arial, sans-serif"


@dataclass(frozen=True)
class Message:
    """What goes from one lane to another.

    Attributes:
        start: the lane that it comes from.
        end: the lane that it goes to.
        text: what is said above the arrow.
        colour: of the arrow and its text.
        dashed: whether it only happens where something fails.
    """

    start: int
    end: int
    text: str
    colour: str = _INSERTED
    dashed: bool = False


@dataclass(frozen=True)
class Gap:
    """A line across all lanes, with what it means there."""

    text: str
    colour: str = _LOST


NINE_STEPS = (
    Message(0, 1, "1  open the database service, ask for the plan's id"),
    Message(3, 0, "2  read the inputs", _ORIGINAL),
    Message(0, 1, "3  interaction: pending, with the whole prompt"),
    Message(0, 2, "4  the call, timed", _ORIGINAL),
    Message(0, 1, "5  completed: the whole response, the model, the duration"),
    Message(0, 1, "6  every output into plan_content"),
    Message(0, 3, "7  write the files, after the database has committed", _ORIGINAL),
    Message(0, 1, "8  on an error: failed, with the error; raised again", _INSERTED, dashed=True),
    Message(0, 1, "9  close the database service, whatever happened"),
)
KILL = (
    Message(0, 1, "interaction: pending"),
    Message(0, 2, "the call", _ORIGINAL),
    Gap("killed here: no answer was recorded. The row is closed as abandoned, the task runs again, the call is made again."),
    Message(0, 1, "interaction: completed"),
    Gap("killed here: pipeline run has kept the answer, the task runs again on it; under plain Luigi it asks again."),
    Message(0, 1, "every output into plan_content"),
    Gap("killed here: the rows are there and no file. doctor and resume write the files from the rows."),
    Message(0, 3, "write the files", _ORIGINAL),
    Gap("the disk is lost here: doctor and resume write all files again, byte for byte; no model is asked."),
)
MACHINES = (
    Message(0, 2, "pipeline submit: the plan, its parameters, its root task"),
    Message(1, 3, "luigid hands out a task that can run", _ORIGINAL),
    Message(3, 2, "the lease of the task, with a number"),
    Message(2, 3, "inputs that this disk lacks"),
    Message(3, 2, "calls and outputs: each write has that number"),
    Message(3, 1, "done", _ORIGINAL),
    Message(1, 4, "the task that waited for it, on another machine", _ORIGINAL),
    Message(2, 4, "its inputs, which A wrote"),
    Gap("a machine is away for longer than its lease: another takes the task over; writes of the first are refused."),
    Gap("luigid is restarted and knows nothing: the workers tell it again; what has rows is not run again."),
)
LANES = ("the task", "the database", "the model", "the files")
LANES_OF_MACHINES = ("submit", "luigid", "PostgreSQL", "worker A", "worker B")
LAYERS = (
    ("refactor: the command line", "commands, report page, check, editor: what users see"),
    ("codemods.rewriting", "writes the text, with LibCST; proves apart from the plan that lines were only inserted"),
    ("codemods.checking", "the rules: what is wrong with the steps that are there"),
    ("codemods.steps", "the nine steps: their text, and where each goes"),
    ("codemods.tasks", "what a Luigi task does: its calls of models, its outputs, its writes"),
    ("codemods.python", "what Python source says: names, values, effects; knows no Luigi, no model"),
    ("codemods.knowledge", "what is known of packages: which ask models, which write files"),
)


def sequence(
    messages: tuple[Message | Gap, ...],
    title: str,
    lanes: tuple[str, ...] = LANES,
    colours: tuple[str, str] = ("original code", "inserted"),
) -> str:
    """Lanes from top to bottom, and what goes between them; `colours` says what the two colours mean."""
    width, left, step = 1040, 115, 46
    lane = (width - 2 * left) // (len(lanes) - 1)
    height = 92 + step * len(messages) + 34
    parts = []
    for index, name in enumerate(lanes):
        x = left + index * lane
        parts += [
            _box(x - 75, 16, 150, 34, name),
            f'<line x1="{x}" y1="50" x2="{x}" y2="{height - 40}" stroke="#d0d7de" stroke-width="2"/>',
        ]
    y = 92
    for one in messages:
        if isinstance(one, Gap):
            parts += [
                f'<line x1="24" y1="{y - 4}" x2="{width - 24}" y2="{y - 4}" stroke="{one.colour}" stroke-dasharray="3 5"/>',
                _text(left + 14, y + 13, one.text, one.colour, size=13),
            ]
        else:
            start, end = left + one.start * lane, left + one.end * lane
            tip = end - 9 if end > start else end + 9
            back = tip - 9 if end > start else tip + 9
            dashes = ' stroke-dasharray="7 5"' if one.dashed else ""
            parts += [
                f'<line x1="{start}" y1="{y}" x2="{tip}" y2="{y}" stroke="{one.colour}" stroke-width="2"{dashes}/>',
                f'<path d="M{tip + (9 if end > start else -9)} {y} L{back} {y - 6} L{back} {y + 6} Z" fill="{one.colour}"/>',
                _text(min(start, end) + 14, y - 8, one.text, one.colour),
            ]
        y += step
    for index, (colour, name) in enumerate(zip((_ORIGINAL, _INSERTED), colours, strict=True)):
        x = left - 75 + index * 220
        parts += [
            f'<rect x="{x}" y="{height - 28}" width="12" height="12" fill="{colour}"/>',
            _text(x + 20, height - 17, name, _QUIET, size=13),
        ]
    return _svg(width, height, title, parts)


def layers() -> str:
    """The packages, each above what it imports."""
    width, row = 1040, 62
    parts = [_text(30, 34, "each imports only what is below it", _QUIET, size=13)]
    for index, (name, what) in enumerate(LAYERS):
        y = 48 + index * row
        parts += [
            f'<rect x="30" y="{y}" width="640" height="50" rx="6" fill="#f6f8fa" stroke="#8c959f"/>',
            _text(46, y + 21, name, _INK, weight=600),
            _text(46, y + 40, what, _QUIET, size=13),
        ]
    bottom = 48 + row * len(LAYERS)
    parts += [
        f'<rect x="740" y="48" width="270" height="{bottom - 60}" rx="6" fill="#f6f8fa" stroke="#8c959f"/>',
        _text(756, 73, "pipeline: the runtime", _INK, weight=600),
    ]
    runtime = (
        "what refactored tasks import:", "the database service, its tables,", "retries, DatabaseSteps", "",
        "running: plans, kept answers,", "restore, doctor, several machines", "",
        "reports, the server", "", "knows nothing of the tool,", "and codemods nothing of it",
    )  # fmt: skip
    parts += [_text(756, 98 + 22 * index, line, _QUIET, size=13) for index, line in enumerate(runtime)]
    return _svg(width, bottom + 10, "The packages of the tool in layers, and the runtime apart from them", parts)


def badge(subject: str, value: str) -> str:
    """A label for the README: what is said, and of what."""
    left, right = (18 + round(6.6 * len(text)) for text in (subject, value))
    texts = [
        f'<text x="{x}" y="14" text-anchor="middle" fill="{_PAPER}" font-size="11">{html.escape(text)}</text>'
        for x, text in ((left / 2, subject), (left + right / 2, value))
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + right} 20" width="{left + right}" height="20" '
        f'role="img" font-family="{_FONT}">\n<title>{html.escape(subject)}: {html.escape(value)}</title>\n'
        f'<rect width="{left + right}" height="20" rx="3" fill="{_INSERTED}"/>\n'
        f'<path d="M3 0H{left}V20H3A3 3 0 0 1 0 17V3A3 3 0 0 1 3 0Z" fill="{_INK}"/>\n'
        + "\n".join(texts)
        + "\n</svg>\n"
    )


def _project() -> dict[str, Any]:
    return tomllib.loads((ASSETS.parents[1] / "pyproject.toml").read_text(encoding="utf-8"))


def pythons() -> str:
    """The versions of Python that the package says it works with."""
    prefix = "Programming Language :: Python :: "
    named = [c.removeprefix(prefix) for c in _project()["project"]["classifiers"] if c.startswith(prefix)]
    return badge("Python", " | ".join(named))


def types() -> str:
    """How strictly the types are checked."""
    return badge("types", "mypy strict" if _project()["tool"]["mypy"]["strict"] else "mypy")


def luigis() -> str:
    """The versions of Luigi that the runtime is installed with."""
    wanted = _project()["project"]["optional-dependencies"]["runtime"]
    (one,) = (d for d in wanted if d.startswith("luigi"))
    return badge("Luigi", one.removeprefix("luigi").replace(",", ", "))


def _box(x: int, y: int, width: int, height: int, text: str) -> str:
    middle = x + width // 2
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" fill="#f6f8fa" stroke="#8c959f"/>'
        f'<text x="{middle}" y="{y + height // 2 + 5}" text-anchor="middle" fill="{_INK}" font-size="15" '
        f'font-weight="600">{html.escape(text)}</text>'
    )


def _text(x: int, y: int, text: str, colour: str, *, size: int = 14, weight: int = 400) -> str:
    return (
        f'<text x="{x}" y="{y}" fill="{colour}" font-size="{size}" font-weight="{weight}" stroke="{_PAPER}" '
        f'stroke-width="4" paint-order="stroke">{html.escape(text)}</text>'
    )


def _svg(width: int, height: int, title: str, parts: list[str]) -> str:
    body = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
        f'font-family="{_FONT}">\n<title>{html.escape(title)}</title>\n'
        f'<rect width="{width}" height="{height}" rx="8" fill="{_PAPER}"/>\n{body}\n</svg>\n'
    )


DIAGRAMS = {
    "nine-steps.svg": lambda: sequence(NINE_STEPS, "What a refactored task does, step by step"),
    "kill.svg": lambda: sequence(KILL, "What a kill leaves, and what brings it back"),
    "several-machines.svg": lambda: sequence(
        MACHINES,
        "How machines share the tasks of a plan",
        LANES_OF_MACHINES,
        ("luigid decides who works", "the database keeps what comes of it"),
    ),
    "architecture.svg": layers,
    "badge-python.svg": pythons,
    "badge-luigi.svg": luigis,
    "badge-types.svg": types,
}

if __name__ == "__main__":
    for file, draw in DIAGRAMS.items():
        (ASSETS / file).write_text(draw(), encoding="utf-8")
