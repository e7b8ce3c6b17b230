"""Values that are put where nobody looks: into a field, a container or a module, by another name or by none."""

from __future__ import annotations

import pytest

from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import A, Form

OUT = f"return {A}"
BOX = """\
import dataclasses
import operator


@dataclasses.dataclass
class Box:
    text: str = ''
    parts: list = dataclasses.field(default_factory=list)


"""
ONCE = "iter(['a', 'b'])"
COUNTED = "COUNT = [0]\n\n\ndef text():\n    COUNT[0] += 1\n    return str(COUNT[0])\n\n\n"


def used(name: str, body: str, value: str, before: str = BOX, members: str = "") -> Form:
    """A task whose content is an expression."""
    write = f"Path(self.output().path).write_text({value})"
    return Form(name, OUT, f"{body}\n{write}", before=before, members=members)


# What is read of something is believed to be the text or the number that it is declared to be, as the data of a JSON
# file is; what a call out of sight gives is not.
FIELDS = (
    used("later", f"b = Box()\nb.text = {ONCE}", "''.join(b.text)"),
    used("later-by-another-name", f"b = Box()\nc = b\nc.parts = {ONCE}", "''.join(b.parts)"),
    used("set", f"b = Box()\nsetattr(b, 'text', {ONCE})", "''.join(b.text)"),
    used("set-by-any-name", f"b = Box()\nsetattr(b, 'par' + 'ts', {ONCE})", "''.join(b.parts)"),
    used("namespace", f"b = Box()\nvars(b)['text'] = {ONCE}", "''.join(b.text)"),
    used("dictionary", f"b = Box()\nb.__dict__.update(parts={ONCE})", "''.join(b.parts)"),
    used("in-a-helper", "b = Box()\nfill(b)", "''.join(b.text)", f"{BOX}def fill(x):\n    x.text = {ONCE}\n"),
    used("namespace-by-a-name", f"b = Box()\nspace = vars(b)\nspace['text'] = {ONCE}", "''.join(b.text)"),
    used("namespace-handed-on", "b = Box()\nfill(b.__dict__)", "''.join(b.text)",
         f"{BOX}def fill(x):\n    x['text'] = {ONCE}\n"),
    used("namespace-joined", f"b = Box()\nb.__dict__ |= {{'text': {ONCE}}}", "''.join(b.text)"),
    used("namespace-held", f"b = Box()\nfor d in [vars(b)]:\n    d['text'] = {ONCE}", "''.join(b.text)"),
    used("replaced", f"b = dataclasses.replace(Box(), text={ONCE})", "''.join(b.text)"),
    used("unpacked", f"given = {{'text': {ONCE}}}\nb = Box(**given)", "''.join(b.text)"),
    used("set-by-unpacking", f"b = Box()\nsetattr(*(b, 'text', {ONCE}))", "''.join(b.text)"),
    used("of-the-task-by-name", f"self.__dict__['names'] = {ONCE}", "''.join(self.names)"),
    used("of-the-task-updated", f"self.__dict__.update(names={ONCE})", "''.join(self.names)"),
)  # fmt: skip
CONTAINERS = (
    used("slice", "items = ['']\nitems[:] = [faraway.lines()]", "''.join(items[0])"),
    used("alias", "items = ['']\nother = items\nother[0] = faraway.lines()", "''.join(items[0])"),
    used("in-a-helper", "items = ['']\nfill(items)", "''.join(items[0])", "def fill(x):\n    x[0] = faraway.lines()\n"),
    used("deeper", "items = ['']\nfill(items)", "''.join(items[0])",
         "def fill(x):\n    fill_one(x)\n\n\ndef fill_one(x):\n    x[0] = faraway.lines()\n"),
    used("out-of-sight", "items = ['']\nfaraway.show(items)", "''.join(items[0])"),
    used("table", "pass", "TABLE['a']()", f"{COUNTED}TABLE = {{}}\nTABLE['a'] = text\n"),
    used("table-by-a-function", "fill()", "TABLE['a']()",
         f"{COUNTED}TABLE = {{}}\n\n\ndef fill():\n    TABLE['a'] = text\n"),
    used("table-updated", "pass", "TABLE['a']()", f"{COUNTED}TABLE = {{}}\nTABLE.update(a=text)\n"),
    used("global", f"globals()['PARTS'] = {ONCE}", "''.join(PARTS)", "PARTS = ['a']\n"),
    used("of-the-module", f"import sys\nsys.modules[__name__].PARTS = {ONCE}", "''.join(PARTS)", "PARTS = ['a']\n"),
    used("global-by-any-name", f"for n in ('PARTS',):\n    globals()[n] = {ONCE}", "''.join(PARTS)", "PARTS = ['a']\n"),
)  # fmt: skip
TALLY = "faraway.Tally()"
TEXTS = BOX.replace("parts: list =", "parts: list[str] =")
MADE_WITH = "class Box:\n    def __init__(self, text: str) -> None:\n        self.text = text\n\n\n"
DECLARED = (
    used("given", f"b = Box({TALLY})", "str(b.text)"),
    used("given-to-a-constructor", f"b = Box(text={TALLY})", "str(b.text)", MADE_WITH),
    used("through-a-name", f"t = {TALLY} or ''\nb = Box(t if t else '')", "str(b.text)"),
    used("unpacked", f"b = Box(**dict(text={TALLY}))", "str(b.text)"),
    used("later", f"b = Box()\nb.text = {TALLY}", "str(b.text)", "class Box:\n    text: str = ''\n\n\n"),
    used("of-the-task", f"self.text = {TALLY}", "str(self.text)", members="text: str = ''\n"),
    used("element", f"b = Box(parts=[{TALLY}])", "str(b.parts)", TEXTS),
    used("element-of-anything", f"b = Box(parts=[{TALLY} for _ in 'ab'])", "str(b.parts)"),
    used("element-put-there", f"b = Box()\nb.parts.append({TALLY})", "str(b.parts)", TEXTS),
    used("element-of-a-local", f"parts: list[str] = [{TALLY}]", "str(parts)"),
    used("element-handed-on", f"parts = same([{TALLY}])", "str(parts)",
         "def same(x: list[str]) -> list[str]:\n    return x\n\n\n"),
    used("by-the-name-of-a-builtin", "b = Box(max())", "str(b.text)", f"{BOX}from faraway import Tally as max\n\n\n"),
)  # fmt: skip
READ = tuple(
    used(name, "p = P()", value, "import operator\n\n\nclass P:\n    n = 0\n\n    @property\n    def text(self):\n"
         "        P.n += 1\n        return str(P.n)\n\n    def ask(self):\n        return self.text\n\n\n")
    for name, value in {
        "attrgetter": "operator.attrgetter('text')(p)",
        "getattr": "getattr(p, 'te' + 'xt')",
        "methodcaller": "operator.methodcaller('ask')(p)",
        "mapped": "''.join(map(operator.attrgetter('text'), [p]))",
    }.items()
)  # fmt: skip
KINDS = {"field": FIELDS, "declared": DECLARED, "container": CONTAINERS, "read": READ}
EACH = [pytest.param(form, id=f"{kind}-{form.name}") for kind, forms in KINDS.items() for form in forms]


@pytest.mark.parametrize("form", EACH)
def test_what_may_differ_is_not_evaluated_twice(form: Form) -> None:
    found, code = broken(form.project)
    assert found == []
    assert code == "DBR406"


SAME = (
    used("read", "b = Box(json.loads('{\"a\": \"x\"}')['a'])", "str(b.text)"),
    used("one-of", "b = Box(max(json.loads('[\"a\"]')))", "str(b.text)"),
    used("given", "b = Box('a')", "b.text"),
    used("later", "b = Box()\nb.text = 'a'", "b.text"),
    used("set", "b = Box()\nsetattr(b, 'text', 'a')", "b.text"),
    used("handed-on", "items = ['a']\nprint(len(items), sorted(items))\nshow(items)", "''.join(items)",
         "def show(x):\n    print(x)\n"),
    used("handed-on-deeper", "items = ['a']\nshow(items)", "''.join(items)",
         "def show(x):\n    show_one(x)\n\n\ndef show_one(x):\n    print(json.dumps(x))\n"),
    used("table", "pass", "TABLE['a']", "TABLE = {}\nTABLE['a'] = 'x'\n"),
)  # fmt: skip


@pytest.mark.parametrize("form", SAME, ids=lambda form: form.name)
def test_what_is_the_same_is_written(form: Form) -> None:
    assert broken(form.project) == ([], "")
