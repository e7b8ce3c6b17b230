"""Files that are written where no call of a known function stands: each would have no row, so the task is refused."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import A, Form

OUT = f"return {A}"
WRITE = "with self.output().open('w') as f:\n    f.write('x')"
GO = "def go(self):\n    Path(self.run_dir, 'extra').write_text('x')\n"
GO_FUNCTION = "def go(d):\n    Path(d, 'extra').write_text('x')\n"
WRITER = """\
class Writer:
    def __init__(self, d):
        self.path = os.path.join(d, 'extra')

    def note(self, text):
        with open(self.path, 'w') as f:
            f.write(text)
"""
SHOWN = (
    "class Shown:\n    def __init__(self, d):\n        self.d = d\n\n    @property\n    def shown(self):\n"
    "        Path(self.d, 'extra').write_text('x')\n"
)
NOISY = "class Noisy:\n    def note(self, d):\n        pass\n\n\n"
LOUD = f"{NOISY}class Loud(Noisy):\n    def note(self, d):\n        Path(d, 'extra').write_text('x')\n"


def special(method: str, use: str) -> Form:
    """A task that uses an object whose special method writes."""
    source = (
        "class Thing:\n    def __init__(self, d):\n        self.d = d\n\n"
        f"    def {method}:\n        Path(self.d, 'extra').write_text('x')\n        return VALUE\n"
    )
    value = {"__iter__(self)": "iter([])", "__str__(self)": "'s'"}.get(method, "True")
    return Form(method.partition("(")[0].strip("_"), OUT, use, before=source.replace("VALUE", value))


SPECIAL = (
    special("__lshift__(self, other)", "Thing(self.run_dir) << 'x'"),
    special("__call__(self)", "Thing(self.run_dir)()"),
    special("__iter__(self)", "for x in Thing(self.run_dir):\n    pass"),
    special("__str__(self)", "x = f'{Thing(self.run_dir)}'"),
    special("__del__(self)", "x = Thing(self.run_dir)\ndel x"),
    special("__eq__(self, other)", "Thing(self.run_dir) == 1"),
    special("__contains__(self, other)", "1 in Thing(self.run_dir)"),
    special("__getitem__(self, other)", "Thing(self.run_dir)[0]"),
    special("__setitem__(self, key, other)", "Thing(self.run_dir)[0] = 1"),
    special("__bool__(self)", "if Thing(self.run_dir):\n    pass"),
)
LOOKED_UP = (
    Form("getattr", OUT, "getattr(self, 'go')()", members=GO),
    Form("getattr-kept", OUT, "work = getattr(self, 'go')\nwork()", members=GO),
    Form("getattr-of-a-variable", OUT, "for n in ('go',):\n    getattr(self, n)()", members=GO),
    Form("table-of-methods", OUT, "{'a': self.go}['a']()", members=GO),
    Form("table", OUT, "STEPS['a'](self.run_dir)", before=f"{GO_FUNCTION}\n\nSTEPS = {{'a': go}}"),
    Form("list", OUT, "for step in STEPS:\n    step(self.run_dir)", before=f"{GO_FUNCTION}\n\nSTEPS = [go]"),
    Form("attribute", OUT, "self.hook(self.run_dir)", before=GO_FUNCTION, members="hook = staticmethod(go)"),
    Form("property-by-name", OUT, "getattr(Shown(self.run_dir), 'shown')", before=SHOWN),
    Form("property-kept", OUT, "s = Shown(self.run_dir)\nx = getattr(s, 'shown', None)", before=SHOWN),
    Form("property-asked-for", OUT, "hasattr(Shown(self.run_dir), 'shown')", before=SHOWN),
    Form("local-import", OUT, "import helpers\nhelpers.put(self.run_dir + '/extra', 'x')"),
)
OF_THE_TASK = (
    Form("setter", OUT, "self.made = 1", members="@property\ndef made(self):\n    return 1\n\n"
         "@made.setter\ndef made(self, v):\n    Path(self.run_dir, 'extra').write_text('x')\n"),
    Form("setattr", OUT, "self.made = 1", members="def __setattr__(self, k, v):\n    object.__setattr__(self, k, v)\n"
         "    if k == 'made':\n        Path(self.run_dir, 'extra').write_text('x')\n"),
    Form("getattr-hook", OUT, "self.nothing", members="def __getattr__(self, k):\n    if k == 'nothing':\n"
         "        return Path(self.run_dir, 'extra').write_text('x')\n    raise AttributeError(k)\n"),
    Form("on-success", OUT, "pass", members="def on_success(self):\n    Path(self.run_dir, 'extra').write_text('x')\n"),
    Form("complete", OUT, "pass", members="def complete(self):\n    Path(self.run_dir, 'seen').write_text('x')\n"
         "    return super().complete()\n"),
)  # fmt: skip
OBJECTS = (
    Form("attribute", OUT, "self.w = Writer(self.run_dir)\nself.w.note('x')", before=WRITER),
    Form("in-a-list", OUT, "for w in [Writer(self.run_dir)]:\n    w.note('x')", before=WRITER),
    Form(
        "parameter",
        OUT,
        "note(Writer(self.run_dir))",
        before=f"{WRITER}\n\ndef note(w):\n    w.note('x')\n",
    ),
    Form("global", OUT, "WRITER.note('x')", before=f"{WRITER}\n\nWRITER = Writer('run/plan')\n"),
    Form("of-the-class", OUT, "self.wr.note('x')", before=WRITER, members="wr = Writer('run/plan')\n"),
    Form(
        "subclass", OUT, "for n in ALL:\n    n.note(self.run_dir)", before=f"{LOUD}\n\nALL: list[Noisy] = [Loud()]"
    ),
    Form(
        "subclass-by-parameter",
        OUT,
        "note(Loud(), self.run_dir)",
        before=f"{LOUD}\n\ndef note(n: Noisy, d):\n    n.note(d)\n",
    ),
    Form(
        "thread",
        OUT,
        "t = Work(self.run_dir)\nt.start()\nt.join()",
        before="import threading\n\n\nclass Work(threading.Thread):\n    def __init__(self, d):\n"
        "        super().__init__()\n        self.d = d\n\n    def run(self):\n"
        "        Path(self.d, 'extra').write_text('x')\n",
    ),
)  # fmt: skip
GIVEN_THE_DIRECTORY = (*LOOKED_UP[4:7], *OBJECTS[:3], OBJECTS[5], OBJECTS[7])
FORMS = {"special": SPECIAL, "looked-up": LOOKED_UP, "task": OF_THE_TASK, "object": OBJECTS}
EACH = [pytest.param(form, id=f"{kind}-{form.name}") for kind, forms in FORMS.items() for form in forms]


@pytest.mark.parametrize("form", EACH)
def test_the_file_would_have_no_row(form: Form) -> None:
    found, code = broken(replace(form, body=f"{form.body}\n{WRITE}").project)
    assert found == []
    assert code in {"DBR411", "DBR421"}


@pytest.mark.parametrize("form", EACH)
def test_a_function_that_the_task_calls_itself_writes_there_too(form: Form) -> None:
    """That its writes are followed from one place says nothing of the other."""

    def by_function(text: str) -> str:
        return re.sub(
            r"Path\(([\w.]+), '(\w+)'\)\.write_text\('x'\)", r"put(os.path.join(\1, '\2'), 'x')", text
        )

    shared = replace(
        form,
        body=f"{by_function(form.body)}\nput(self.output().path, 'x')",
        before=f"from helpers import put\n\n\n{by_function(form.before)}",
        members=by_function(form.members),
    )
    found, code = broken(shared.project)
    assert found == []
    assert code in {"DBR411", "DBR421"}


NAMED = (
    "for f in (put,):\n            f(os.path.join(self.d, 'extra'), 'x')",
    "list(map(put, [os.path.join(self.d, 'extra')], ['x']))",
    "functools.partial(put, os.path.join(self.d, 'extra'))('x')",
    "{'a': put}['a'](os.path.join(self.d, 'extra'), 'x')",
    "p = put\n        p(os.path.join(self.d, 'extra'), 'x')",
)


@pytest.mark.parametrize("named", NAMED)
def test_it_is_seen_where_it_is_only_named(named: str) -> None:
    """A function that the task calls itself, in a special method that names it in place of a call."""
    before = (
        "import functools\n\nfrom helpers import put\n\n\n"
        "class Thing:\n    def __init__(self, d):\n        self.d = d\n\n"
        f"    def __getitem__(self, other):\n        {named}\n"
    )
    form = Form("named", OUT, "Thing(self.run_dir)[0]\nput(self.output().path, 'x')", before=before)
    found, code = broken(form.project)
    assert found == []
    assert code == "DBR411"


# Any of the class's methods may be meant, and one of the base class writes.
@pytest.mark.parametrize("form", [e for e in EACH if e.id != "looked-up-getattr-of-a-variable"])
def test_what_is_reached_and_writes_nothing_is_no_matter(form: Form) -> None:
    """The same spellings, without the write."""

    def quiet(text: str) -> str:
        return text.replace(".write_text('x')", ".exists()").replace("open(self.path, 'w')", "io.StringIO()")

    body = "\n".join(line for line in form.body.splitlines() if "helpers" not in line) or "pass"
    still = replace(
        form, body=f"{quiet(body)}\n{WRITE}", before=quiet(form.before), members=quiet(form.members)
    )
    # Where the run directory itself goes to what is not known before it runs, nobody can tell what is done there.
    code = "DBR421" if form in GIVEN_THE_DIRECTORY else ""
    assert broken(still.project) == ([], code)
