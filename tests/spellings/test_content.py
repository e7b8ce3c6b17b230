"""Content and files in unusual spellings, executed before and after: the same files, a row for each, or the refusal."""

from __future__ import annotations

import pytest

from tests.properties.foreign.running import broken
from tests.shapes.test_output_forms import A, Form

OUT = f"return {A}"
OPEN = "with self.output().open('w') as f:\n"
COUNTING = "class E(json.JSONEncoder):\n    n = 0\n\n    def default(self, o):\n        E.n += 1\n        return E.n\n"
SORTING = (
    "class E(json.JSONEncoder):\n    def default(self, o):\n        if isinstance(o, set):\n"
    "            return sorted(o)\n        return super().default(o)\n"
)
WALRUS = (
    Form("path", OUT, "with open((p := self.output().path), 'w') as f:\n    f.write(p[-5:])", "DBR406"),
    Form("target", OUT, "if (t := self.output()):\n    with t.open('w') as f:\n        f.write('x')"),
    Form("text", OUT, "Path((p := self.output()).path).write_text(p.path[-5:])", "DBR406"),
    Form("in-the-content", OUT, f"x = 1\n{OPEN}    f.write(str(x := x + 1))\nprint(x)"),
    Form("behind-its-use", OUT, f"x = 'q'\n{OPEN}    f.write(x + (x := 'a'))"),
)
STARRED = (
    Form("write", OUT, f"{OPEN}    f.write(*['x'])"),
    Form("lines", OUT, f"{OPEN}    f.writelines(*[['x', 'y']])"),
    Form("write-text", OUT, "Path(self.output().path).write_text(*['x'])", "DBR406"),
)
GIVEN_TO_ANOTHER_ITEM = tuple(
    Form(name, OUT, body, "DBR405", before="import contextlib")
    for name, body in (
        ("redirected", "with self.output().open('w') as f, contextlib.redirect_stdout(f):\n    print('x')"),
        (
            "closed-by-another",
            "with self.output().open('w') as f, contextlib.closing(f), self.target('b').open() as g:\n    pass",
        ),
        (
            "held",
            "with self.output().open('w') as f, contextlib.nullcontext(f) as g:\n    g.write('x')",
        ),
    )
)
LEFT_BY_AN_ERROR = (
    Form(
        "raise",
        OUT,
        f"try:\n    {OPEN}        f.write('x')\n        raise ValueError\nexcept ValueError:\n    pass",
    ),
    Form(
        "assert",
        OUT,
        f"try:\n    {OPEN}        f.write('x')\n        assert not self.names\nexcept AssertionError:\n    pass",
    ),
    Form(
        "call", OUT, f"try:\n    {OPEN}        f.write('x')\n        int('a')\nexcept ValueError:\n    pass"
    ),
    Form(
        "suppressed",
        OUT,
        f"with contextlib.suppress(ValueError):\n    {OPEN}        f.write('x')\n        raise ValueError",
        before="import contextlib",
    ),
)
IMPORTED = "import string\nfrom string import Template\n\n\n"
OWN = (
    "class Own(Template):\n    n = 0\n\n    def substitute(self, **kinds):\n        Own.n += 1\n"
    "        return str(Own.n)\n"
)
TEMPLATES = tuple(
    Form(name, OUT, f"Path(self.output().path).write_text({text})", code, before=f"{IMPORTED}{before}")
    for name, text, code, before in (
        ("written-out", "string.Template('a $q').substitute(q=self.names[0])", "", ""),
        ("of-the-module", "ASK.safe_substitute({'q': 'x', 'r': 1})", "", "ASK = Template('a ${q} $r')\n"),
        ("in-a-function", "ask('x')", "", "def ask(q):\n    t = Template('a $q')\n    return t.substitute(q=q)\n"),
        ("value-out-of-sight", "Template('a $q').substitute(q=faraway.fetch('a'))", "DBR406", ""),
        ("of-its-own", "Own('a $q').substitute(q=1)", "DBR406", OWN),
    )
)  # fmt: skip
ENCODERS = (
    Form("that-counts", OUT, f"{OPEN}    json.dump({{'a': {{1}}}}, f, cls=E)", before=COUNTING),
    Form(
        "that-counts-in-a-loop",
        OUT,
        f"{OPEN}    for n in self.names:\n        json.dump({{n: {{1}}}}, f, cls=E)",
        before=COUNTING,
    ),
    Form(
        "that-counts-by-path",
        OUT,
        "Path(self.output().path).write_text(json.dumps({'a': {1}}, cls=E))",
        "DBR406",
        before=COUNTING,
    ),
    Form("out-of-sight", OUT, "Path(self.output().path).write_text(json.dumps({}, cls=faraway.E))", "DBR406"),
    Form(
        "the-same-twice",
        OUT,
        "Path(self.output().path).write_text(json.dumps({'a': {1}}, cls=E))",
        before=SORTING,
    ),
    Form("none", OUT, "Path(self.output().path).write_text(json.dumps({'a': 1}, cls=None))"),
)
NAMES_OF_THE_METHOD = (
    Form("listed", OUT, f"x = 1\n{OPEN}    f.write(str(sorted(locals())))", "DBR004"),
    Form("listed-by-dir", OUT, f"{OPEN}    f.write(str(len(dir())))", "DBR004"),
    Form("listed-by-vars", OUT, f"{OPEN}    f.write(str(len(vars())))", "DBR004"),
    Form("filled-in", OUT, f"x = 1\n{OPEN}    f.write('{{x}}'.format(**locals()))"),
)
FORMS = {
    "walrus": WALRUS,
    "starred": STARRED,
    "given-to-another-item": GIVEN_TO_ANOTHER_ITEM,
    "left-by-an-error": LEFT_BY_AN_ERROR,
    "template": TEMPLATES,
    "encoder": ENCODERS,
    "names": NAMES_OF_THE_METHOD,
}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize(
    "form", [pytest.param(f, id=f"{kind}-{f.name}") for kind, forms in FORMS.items() for f in forms]
)
def test_right_or_refused(form: Form) -> None:
    assert broken(form.project) == ([], form.code)
