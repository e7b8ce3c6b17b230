"""Fields of objects: what is put into them is what runs, not what they are annotated with; defaults are made anew."""

from __future__ import annotations

import pytest

from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import WRITE, A, Form

OUT = f"return {A}"
PATH = "Path(self.output().path)"
QUIET = """\
from dataclasses import asdict, dataclass, field
from typing import NamedTuple


class Quiet:
    def text(self):
        return 'q'

    def note(self, d):
        pass

    def save(self, path):
        Path(path).write_text('q')


class Loud(BASE):
    n = 0

    def text(self):
        Loud.n += 1
        return str(Loud.n)

    def note(self, d):
        Path(d, 'extra').write_text('x')

    def save(self, path):
        Path(path).write_text('q')
        Path(path + '.2').write_text('q')


"""
DATACLASS = "@dataclass\nclass Holder:\n    item: Quiet\n"
TUPLE = "class Holder(NamedTuple):\n    item: Quiet\n"
SEVERAL = "@dataclass\nclass Holder:\n    items: list[Quiet]\n"
MADE = "h = Holder(Loud())\n"
NAMED = "h = Holder(item=Loud())\n"
BY_ANOTHER = "def made():\n    return Holder(Loud())\n"
CLASSES = (
    Form("extra-file", OUT, f"{MADE}h.item.note(self.run_dir)\n{WRITE}", before=DATACLASS),
    Form("extra-file-by-keyword", OUT, f"{NAMED}h.item.note(self.run_dir)\n{WRITE}", before=DATACLASS),
    Form("extra-file-made-elsewhere", OUT, f"made().item.note(self.run_dir)\n{WRITE}",
         before=f"{DATACLASS}\n\n{BY_ANOTHER}"),
    Form("extra-file-of-one-of-several", OUT,
         f"for i in Holder([Loud()]).items:\n    i.note(self.run_dir)\n{WRITE}", before=SEVERAL),
    Form("extra-file-of-a-value", OUT,
         f"items: dict[str, Quiet] = {{'a': Loud()}}\nfor v in items.values():\n    v.note(self.run_dir)\n{WRITE}"),
    Form("content", OUT, f"{MADE}{PATH}.write_text(h.item.text())", before=DATACLASS),
    Form("content-of-several", OUT, f"h = Holder([Loud()])\n{PATH}.write_text(''.join(i.text() for i in h.items))",
         before=SEVERAL),
    Form("second-file", OUT, f"{MADE}h.item.save(self.output().path)", before=DATACLASS),
    Form("second-file-of-a-tuple", OUT, f"{MADE}h.item.save(self.output().path)", before=TUPLE),
)  # fmt: skip
TEXTS = (
    "@dataclass\nclass Holder:\n    t: KIND\n\n    def save(self, p):\n        Path(p).write_text(SHOWN)\n"
)
OWN = (
    "class Holder:\n    def __init__(self, t: KIND):\n        self.t = t\n\n"
    "    def save(self, p):\n        Path(p).write_text(SHOWN)\n"
)
SHOWN = {
    "str": "f'{self.t}'",
    "list[str]": "''.join(self.t)",
    "list[list[str]]": "''.join(map(''.join, self.t))",
}
GIVEN = (
    ("str", "Counter()"),
    ("list[str]", "faraway.lines()"),
    ("list[str]", "iter(['a'])"),
    ("list[list[str]]", "[iter(['a'])]"),
)
DRAWN = "lambda: random.randint(0, 10**9)"
FACTORIES = (
    Form("value", OUT, f"{PATH}.write_text(str(H().t))"),
    Form("shown", OUT, f"{PATH}.write_text(f'{{H()}}')"),
    Form("as-dictionary", OUT, f"{PATH}.write_text(json.dumps(asdict(H())))"),
    Form("saved", OUT, "H().save(self.output().path)"),
    Form("inherited", OUT, f"{PATH}.write_text(f'{{K()}}')"),
    Form("inside", OUT, f"{PATH}.write_text(f'{{L()}}')"),
)
FACTORY = (
    "from dataclasses import asdict, dataclass, field\n\n\n"
    "@dataclass\nclass H:\n    t: int = field(default_factory=MADE)\n\n"
    "    def save(self, p):\n        Path(p).write_text(str(self.t))\n\n\n@dataclass\nclass K(H):\n    u: int = 1\n\n\n"
    "@dataclass\nclass L:\n    h: H = field(default_factory=H)\n"
)


def of(form: Form, before: str) -> Form:
    """The form with more in front of its module."""
    return Form(form.name, form.output, form.body, before=f"{before}{form.before}")


@pytest.mark.parametrize("base", ["Quiet", "object"])
@pytest.mark.parametrize("form", CLASSES, ids=lambda form: form.name)
def test_an_object_of_another_class(form: Form, base: str) -> None:
    found, code = broken(of(form, QUIET.replace("BASE", base)).project)
    assert found == []
    assert code in {"DBR406", "DBR411", "DBR421"}


@pytest.mark.parametrize("form", CLASSES, ids=lambda form: form.name)
def test_an_object_of_the_class_is_no_matter(form: Form) -> None:
    quiet = Form(
        form.name,
        form.output,
        form.body.replace("Loud(", "Quiet("),
        before=form.before.replace("Loud(", "Quiet("),
    )
    found, code = broken(of(quiet, QUIET.replace("BASE", "object")).project)
    assert found == []
    assert code in {"", "DBR421"}


@pytest.mark.parametrize(("kind", "given"), GIVEN)
@pytest.mark.parametrize("holder", [TEXTS, OWN], ids=["dataclass", "constructor"])
def test_a_value_that_is_not_what_it_is_called(holder: str, kind: str, given: str) -> None:
    before = "from dataclasses import dataclass\nfrom helpers import Counter\n\n\n"
    before += holder.replace("KIND", kind).replace("SHOWN", SHOWN[kind])
    form = Form("field", OUT, f"h = Holder({given})\nh.save(self.output().path)", before=before)
    assert broken(form.project) == ([], "DBR406")


@pytest.mark.parametrize("made", [DRAWN, "random.random", "count"])
@pytest.mark.parametrize("form", FACTORIES, ids=lambda form: form.name)
def test_a_default_that_is_made_anew(form: Form, made: str) -> None:
    before = "COUNT = itertools.count()\n\n\ndef count():\n    return next(COUNT)\n\n\n"
    found, code = broken(of(form, before + FACTORY.replace("MADE", made)).project)
    assert found == []
    assert code in {"DBR406", "DBR407"}


def test_a_default_that_writes() -> None:
    before = "def go():\n    Path('run/plan/extra').write_text('x')\n\n\n" + FACTORY.replace("MADE", "go")
    assert broken(Form("writes", OUT, f"h = H()\n{WRITE}", before=before).project) == ([], "DBR411")


@pytest.mark.parametrize("form", FACTORIES, ids=lambda form: form.name)
def test_a_default_that_is_the_same_twice(form: Form) -> None:
    assert broken(of(form, FACTORY.replace("MADE", "lambda: 1")).project) == ([], "")
