"""Writes generated source: lines with labels, indentation, and names that meet those of inserted code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from tests.properties.decisions import Decisions

T = TypeVar("T")

_NEUTRAL = ("text", "notes", "draft", "answer", "summary", "item", "total", "piece", "entry_text", "chosen")
_CLASHING = (
    "start_time plan_id f e error db_service interaction_id raw_content duration_seconds response_text llm_model "
    "database_step last_attempt buffer content written_content written_file file_content scratch_path scratch_dir "
    "report_content raw_chunk_content timezone io sys tempfile builtins db_error error_2 time_module Path_type"
).split()
STEALABLE = ("time", "datetime", "json", "len", "str", "os", "type", "getattr", "vars", "luigi")
"""Names of modules and builtins that a method may give to something of its own."""


class Pen:
    """Draws decisions and writes lines.

    Attributes:
        lines: the lines so far, with four spaces for each level.
        env: kind by name of what is bound for certain here.
        stolen: names of modules and builtins that the method binds.
    """

    def __init__(self, decisions: Decisions, level: int) -> None:
        self._decisions = decisions
        self.level = level
        self.lines: list[str] = []
        self.env: dict[str, str] = {}
        self.stolen: tuple[str, ...] = ()
        self.frozen: set[str] = set()
        self._kinds: dict[str, str] = {}
        self._labels = 0
        self._numbers = 0

    def upto(self, most: int) -> int:
        """A number from 0 to `most`; shrinks to 0."""
        return self._decisions.upto(most)

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices; shrinks to the first."""
        return choices[self.upto(len(choices) - 1)] if len(choices) > 1 else choices[0]

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases; shrinks to False."""
        return self.upto(99) >= 100 - percent

    def number(self) -> int:
        """A number that was not used before."""
        self._numbers += 1
        return self._numbers

    def line(self, text: str, *, label: bool = True) -> None:
        """Writes one line."""
        if label:
            self._labels += 1
            text = f"{text}  # L{self._labels}"
        self.lines.append("    " * self.level + text if text else "")

    def plain(self, text: str) -> None:
        """Writes one line without a label."""
        self.line(text, label=False)

    @contextmanager
    def indented(self) -> Iterator[None]:
        """One level deeper."""
        self.level += 1
        yield
        self.level -= 1

    def names(self, kind: str) -> list[str]:
        """The bound names of a kind, the latest first."""
        return [name for name, k in reversed(self.env.items()) if k == kind]

    def fresh(self, kind: str, *, rebinds: bool = True) -> str:
        """Binds a name to a kind: a new one, one that clashes, or one of the same kind again."""
        if rebinds and self.chance(12):
            same = [n for n in self.names(kind) if n not in self.frozen]
            if same:
                return self.pick(same)
        pool = _CLASHING if self.chance(55) else [*_NEUTRAL, *self.stolen]
        start = self.upto(len(pool) - 1)
        reuses = self.chance(4)
        for name in (*pool[start:], *pool[:start], *(f"{kind}_{n}" for n in range(99))):
            known = self._kinds.get(name, kind) == kind and kind != "function"
            if (
                name not in self.env
                and name not in self.frozen
                and (known or reuses or name not in self._kinds)
            ):
                self.env[name] = self._kinds[name] = kind
                return name
        raise AssertionError("out of names")

    def has_json(self) -> bool:
        """Whether `json` is the module here."""
        return "json" not in self.stolen

    def text(self) -> str:
        """An expression for some text."""
        forms = ['"Zürich ✓ {} %s"', '"fixed text"']
        for name in self.names("text")[:3]:
            forms += [name, f'f"<{{{name}}}>"', f"{name}.upper()", f'({name} + "!")', f"('\"' + {name})"]
        for name in self.names("answer")[:2]:
            forms += [f"{name}.markdown", f'f"{{{name}.text}}\\n"']
        forms.extend(f"{name}.text" for name in self.names("reply")[:1])
        forms.extend(f'"\\n".join({name})' for name in self.names("list")[:1])
        if "str" not in self.stolen:
            forms.extend(f"str({name})" for name in self.names("int")[:1])
        return self.pick(forms[::-1])

    def flag(self) -> str:
        """An expression for a condition that nothing but the names decides."""
        forms = ["True", "self.run_id_dir"]
        if "len" not in self.stolen:
            forms += [f"len({name}) % 2 == 0" for name in self.names("text")[:1]]
        forms += [f"{name} > 1" for name in self.names("int")[:1]]
        forms += [f'"third" in {name}' for name in self.names("text")[:1]]
        forms += [f"not {name}" for name in self.names("text")[:1]]
        return self.pick(forms)
