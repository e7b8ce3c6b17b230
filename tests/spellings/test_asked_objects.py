"""What an operator or an attribute asks of an object or a class that answers itself, each time with something else."""

from __future__ import annotations

import pytest

from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import A, Form

OUT = f"return {A}"
COUNTS = "N.append(1)\n        return str(len(N))"
BEFORE = f"""\
N = []


class Given:
    def __get__(self, instance, owner):
        {COUNTS}


class Holder:
    given = Given()


class Later:
    pass


Later.given = Given()


class Meta(type):
    @property
    def shown(cls):
        {COUNTS}

    def __getattr__(cls, name):
        {COUNTS}

    def __getitem__(cls, key):
        {COUNTS}

    def __iter__(cls):
        N.append(1)
        return iter(str(len(N)))

    def __len__(cls):
        N.append(1)
        return len(N)

    def __str__(cls):
        {COUNTS}


class Made(metaclass=Meta):
    pass


class Below(Made):
    pass


class Indexed:
    def __class_getitem__(cls, key):
        {COUNTS}


class Pathlike:
    def __fspath__(self):
        {COUNTS}


class Rounded:
    def __round__(self, digits=0):
        N.append(1)
        return len(N)


class Turned:
    def __invert__(self):
        N.append(1)
        return len(N)


class Plain:
    pass
"""
ASKED = (
    *("Holder().given", "Holder.given", "getattr(Holder(), 'given')", "Later.given", "f'{Holder.given}'"),
    *(
        "Made.shown",
        "Made.anything",
        "Made['a']",
        "''.join(Made)",
        "str(len(Made))",
        "str(Made)",
        "Below.shown",
    ),
    *("Indexed['a']", "Indexed[1] + 'x'", "f'{Indexed[0]}'"),
    *("os.path.join(Pathlike(), 'x')", "os.fspath(Pathlike())", "str(Path(Pathlike()))"),
    *("str(round(Rounded()))", "str(~Turned())"),
)
SHOWN = (
    *(
        "str(Plain())",
        "repr(Plain())",
        "f'{Plain()}'",
        "'%s' % Plain()",
        "str([Plain()])",
        "str({'a': Plain()})",
    ),
    *("repr(self.output())", "f'{self.output()!r}'", "ascii(self.output())"),
)


@pytest.mark.parametrize("asked", [*ASKED, *SHOWN])
def test_content(asked: str) -> None:
    form = Form("asked", OUT, f"Path(self.output().path).write_text({asked})", before=BEFORE)
    found, code = broken(form.project)
    assert found == []
    assert code == "DBR406"


@pytest.mark.parametrize("asked", ASKED)
def test_prompt(asked: str) -> None:
    body = f"llm = faraway.Model()\ntext = llm.ask({asked})\nPath(self.output().path).write_text(text)"
    found, code = broken(Form("asked", OUT, body, before=BEFORE).project)
    assert found == []
    assert code == "DBR202"


STILL = """\
import abc
import enum
from dataclasses import dataclass


class Base(metaclass=abc.ABCMeta):
    name = 'x'


class Kind(enum.Enum, metaclass=enum.EnumMeta):
    ONE = 'one'


@dataclass
class Pair:
    left: str = 'l'


class Shown:
    def __str__(self):
        return 'shown'
"""


@pytest.mark.parametrize(
    "asked", ["Base.name", "Kind.ONE.value", "str(Pair())", "str(Shown())", "Pair.__name__"]
)
def test_what_answers_the_same_is_written(asked: str) -> None:
    form = Form("asked", OUT, f"Path(self.output().path).write_text({asked})", before=STILL)
    assert broken(form.project) == ([], "")
