"""Methods that a class body binds in another way than by one `def`: refused, as a plain reading finds another one."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from textwrap import indent

import pytest

from tests.properties.foreign.projects import BASE, HEAD, HELPERS, Project
from tests.properties.foreign.running import broken, refactor
from tests.shapes.test_output_forms import A, B

RUN = "def run(self):\n    Path(self.output().path).write_text('x')\n"
GO = RUN.replace("def run", "def go")
OUTPUT = f"def output(self):\n    return {A}\n"
OTHER_OUTPUT = f"def output(self):\n    return {B}\n"
NOTE = "def note(self):\n    Path(self.run_dir, 'extra').write_text('x')\n"
NOTING = "def run(self):\n    self.note()\n    Path(self.output().path).write_text('x')\n"


@dataclass(frozen=True)
class Body:
    """The members of the task, in the order of their code."""

    name: str
    members: tuple[str, ...]
    before: str = ""
    behind: str = ""

    @property
    def project(self) -> Project:
        """The pipeline that it stands in."""
        members = indent("\n".join(self.members), "    ")
        text = f"{self.before}\n\nclass First(BaseTask):\n{members}\n\n{self.behind}\n"
        head = f"{HEAD}from base import BaseTask\n\n"
        return Project({"base.py": BASE, "helpers.py": HELPERS, "tasks.py": head + text}, ["First"])


def below(header: str, code: str) -> str:
    """The code in a suite of a compound statement."""
    return f"{header}\n{indent(code, '    ').rstrip()}\n"


UNDER = {
    "if": ("if True:", ""),
    "else": ("if os.name == 'none':\n    pass\nelse:", ""),
    "try": ("try:", "except NameError:\n    pass\n"),
    "for": ("for n in 'a':", ""),
    "with": ("with open(os.devnull):", ""),
    "match": ("match 1:\n    case 1:", ""),
}


def each(code: str, *others: str) -> tuple[Body, ...]:
    """The code below each kind of statement, behind other members."""
    bodies = []
    for name, (header, behind) in UNDER.items():
        inner = indent(code, "    ") if name == "match" else code
        bodies.append(Body(name, (*others, below(header, inner) + behind)))
    return tuple(bodies)


BOUND = (
    Body("lambda", (OUTPUT, "run = lambda self: Path(self.output().path).write_text('x')")),
    Body("function", (OUTPUT, "run = go"), before=GO),
    Body("own-method", (OUTPUT, GO, "run = go")),
    Body("wrapped", (OUTPUT, RUN.replace("'x'", "'y'"), GO, "run = functools.wraps(run)(go)")),
    Body("namespace", (OUTPUT, GO, "locals()['run'] = go")),
    Body("partialmethod", (OUTPUT, GO, "run = functools.partialmethod(go)")),
    Body("unpacked", (OUTPUT, "run, kind = (lambda self: Path(self.output().path).write_text('x')), 1")),
    Body("walrus", (OUTPUT, "(run := lambda self: Path(self.output().path).write_text('x'))")),
    Body("loop-variable", (OUTPUT, GO, "for run in (go,):\n    pass")),
    Body("setattr-below", (OUTPUT, GO), behind="setattr(First, 'run', First.go)"),
    Body("assigned-below", (OUTPUT, GO), behind="First.run = First.go"),
    Body("imported", (OUTPUT, "from helpers import put as run")),
)
NAMED_NOTE = NOTE.replace("self", "self, name", 1).replace("'extra'", "name")
PARTIAL = (
    Body("partial-method", (OUTPUT, NAMED_NOTE, "noted = functools.partialmethod(note, 'extra')")),
    Body("partial-method-by-keyword", (OUTPUT, NAMED_NOTE, "noted: object = functools.partialmethod(note, name='e')")),
    Body("partial-method-imported", (OUTPUT, NAMED_NOTE, "noted = partialmethod(note, 'extra')"),
         before="from functools import partialmethod"),
)  # fmt: skip
FORMS = {
    "partial": tuple(
        Body(b.name, (*b.members, NOTING.replace("note", "noted")), before=b.before) for b in PARTIAL
    ),
    "run": each(RUN, OUTPUT),
    "run-anew": each(RUN, OUTPUT, "def run(self):\n    pass\n"),
    "output": each(OTHER_OUTPUT, OUTPUT, RUN),
    "helper": each(NOTE, OUTPUT, "def note(self):\n    pass\n", NOTING),
    "attribute": each("word = 'y'", OUTPUT, "word = 'x'", RUN.replace("'x'", "self.word")),
    "bound": BOUND,
}


@pytest.mark.parametrize(
    "body", [pytest.param(b, id=f"{kind}-{b.name}") for kind, bodies in FORMS.items() for b in bodies]
)
def test_it_is_refused(body: Body) -> None:
    with tempfile.TemporaryDirectory() as directory:
        [report] = refactor(body.project, Path(directory)).reports
    assert report.refusal is not None
    # What else is wrong with the class, as it is read, may be told first.
    assert "DBR004" in {report.refusal.code, *(also.code for also in report.also)}


@pytest.mark.parametrize("member", ["run", "output", "text"])
def test_what_an_heir_binds_under_a_condition_refuses_the_class_it_inherits_from(member: str) -> None:
    of = {"run": RUN, "output": OTHER_OUTPUT, "text": "def text(self):\n    return str(random.random())\n"}
    run = RUN.replace("'x'", "self.text()")
    heir = below("class Second(First):", below("if True:", of[member]))
    body = Body("heir", (OUTPUT, "def text(self):\n    return 'x'\n", run), behind=heir)
    with tempfile.TemporaryDirectory() as directory:
        reports = refactor(body.project, Path(directory)).reports
    found = {report.task.name: report.refusal.code for report in reports if report.refusal is not None}
    assert found == {"First": "DBR430", "Second": "DBR004"}


@pytest.mark.parametrize(
    "members",
    [
        (OUTPUT, "@property\ndef word(self):\n    return 'x'\n",
         "@word.setter\ndef word(self, value):\n    pass\n", RUN),
        ("import typing", OUTPUT, "if typing.TYPE_CHECKING:\n    word: str\n", RUN),
        (OUTPUT, "word = None", "def word(self):\n    return 'x'\n", RUN),
        (OUTPUT, "names = [n for n in 'ab']", "others = [n for n in 'cd']", RUN),
        (OUTPUT, "word: str", "word = 'x'", RUN),
    ],
    ids=["setter", "for-types-only", "plain-then-method", "comprehensions", "declared-then-assigned"],
)  # fmt: skip
def test_one_binding_is_no_matter(members: tuple[str, ...]) -> None:
    assert broken(Body("plain", members).project) == ([], "")
