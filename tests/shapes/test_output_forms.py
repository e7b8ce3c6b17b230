"""Forms of `output()` and what becomes of it: each task is right when it is run, or refused with this code."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import indent

import pytest

from tests.properties.foreign.projects import BASE, HEAD, HELPERS, Project
from tests.properties.foreign.running import broken

WRITE = "with self.output().open('w') as f:\n    f.write('text')"
FIRST = "with self.output()[0].open('w') as f:\n    f.write('text')"
KEYED = "with self.output()['a'].open('w') as f:\n    f.write('text')"
A = "luigi.LocalTarget(os.path.join(self.run_dir, 'a.txt'))"
B = "luigi.LocalTarget(os.path.join(self.run_dir, 'b.txt'))"
BOTH_KEYS = """\
with self.output()['a'].open('w') as f:
    f.write('a')
with self.output()['b'].open('w') as f:
    f.write('b')"""
EACH = "for t in self.output():\n    with t.open('w') as f:\n        f.write('x')"
IMPORTS = "from base import BaseTask\nfrom helpers import LoudTarget\n"


@dataclass(frozen=True)
class Form:
    """One task.

    Attributes:
        name: for the test's id.
        output: the body of `output()`.
        body: the body of `run()`.
        code: the refusal, empty where the task is rewritten.
        members: more members of the class.
        before: what stands in the module above the class.
        behind: what stands below it.
        tasks: the classes to run.
        base: the module of the base class.
    """

    name: str
    output: str
    body: str = WRITE
    code: str = ""
    members: str = ""
    before: str = ""
    behind: str = ""
    tasks: tuple[str, ...] = ("First",)
    base: str = BASE

    @property
    def project(self) -> Project:
        """The pipeline that it stands in."""
        output = f"def output(self):\n{indent(self.output, '    ')}\n" if self.output else ""
        prepared = "os.makedirs(os.path.join(self.run_dir, 'de'), exist_ok=True)\n"
        run = f"def run(self):\n{indent(prepared + self.body, '    ')}\n"
        members = "\n".join(m for m in ("names = ['a.txt', 'b.txt']", self.members, output, run) if m)
        above = f"{HEAD}{IMPORTS}\n\n{self.before}\n\n"
        text = f"{above}class First(BaseTask):\n{indent(members, '    ')}\n\n{self.behind}\n"
        return Project({"base.py": self.base, "helpers.py": HELPERS, "tasks.py": text}, [*self.tasks])


def child(members: str) -> str:
    """A class that inherits `run()`."""
    return f"\nclass Second(First):\n{indent(members, '    ')}\n"


BOTH = ("First", "Second")
FORMS = (
    # Values that are understood
    Form("target", f"return {A}"),
    Form("dictionary", f"return {{'a': {A}}}", KEYED),
    Form("list", f"return [{A}]", FIRST),
    Form("tuple", f"return ({A},)", FIRST),
    Form("call-of-dict", f"return dict(a={A})", KEYED),
    Form("name", f"target = {A}\nreturn target"),
    Form("path-in-a-name", "path = os.path.join(self.run_dir, 'a.txt')\nreturn luigi.LocalTarget(path)"),
    Form("keyword", "return luigi.LocalTarget(format=None, path=os.path.join(self.run_dir, 'a.txt'))"),
    Form("f-string", "return luigi.LocalTarget(f'{self.run_dir}/a.txt')"),
    Form("concatenated", "return luigi.LocalTarget(self.run_dir + '/' + 'a.txt')"),
    Form("pathlib", "return luigi.LocalTarget(str(Path(self.run_dir) / 'a.txt'))"),
    Form("by-helpers", "return self.target('a.txt')"),
    Form(
        "loop-over-the-list",
        f"return [{A}, {B}]",
        "for t in self.output():\n    with t.open('w') as f:\n        f.write('x')",
    ),
    Form(
        "loop-over-the-values",
        f"return {{'a': {A}, 'b': {B}}}",
        "for t in self.output().values():\n    with t.open('w') as f:\n        f.write('x')",
    ),
    # Containers that are put together, or taken apart
    Form("either-dictionary", f"if self.names:\n    return {{'a': {A}}}\nreturn {{'a': {B}}}", KEYED),
    Form(
        "more-in-one-case",
        f"if self.names:\n    return {{'a': {A}, 'b': {B}}}\nreturn {{'a': {B}}}",
        BOTH_KEYS,
    ),
    Form("either-list", f"if not self.names:\n    return [{B}]\nreturn [{A}]", FIRST),
    Form("spread", f"made = {{'a': {A}}}\nreturn {{**made, 'b': {B}}}", BOTH_KEYS),
    Form("spread-over", f"made = {{'a': {B}, 'b': {B}}}\nreturn {{**made, 'a': {A}}}", BOTH_KEYS),
    Form("joined-dictionaries", f"return {{'a': {A}}} | {{'b': {B}}}", BOTH_KEYS),
    Form("updated", f"made = {{'a': {A}}}\nmade.update({{'b': {B}}})\nreturn made", BOTH_KEYS),
    Form("updated-by-keyword", f"made = {{'a': {A}}}\nmade.update(b={B})\nreturn made", BOTH_KEYS),
    Form("extended", f"made = [{A}]\nmade.extend([{B}])\nreturn made", EACH),
    Form("joined-lists", f"return [{A}] + [{B}]", EACH),
    Form("yielded", f"yield {A}\nyield {B}", EACH),
    Form("yielded-in-a-loop", "for n in self.names:\n    yield self.target(n)", EACH, code="DBR424"),
    Form(
        "zipped",
        f"return [{A}, {B}]",
        "for t, x in zip(self.output(), 'ab'):\n    with t.open('w') as f:\n        f.write(x)",
    ),
    Form(
        "counted",
        f"return [{A}, {B}]",
        "for i, t in enumerate(self.output()):\n    with t.open('w') as f:\n        f.write(str(i))",
    ),
    Form(
        "items",
        f"return {{'a': {A}, 'b': {B}}}",
        "for k, t in self.output().items():\n    with t.open('w') as f:\n        f.write(k)",
    ),
    Form(
        "target-that-is-asked",
        "return Sized(os.path.join(self.run_dir, 'a.txt'))",
        f"if not self.output().size():\n{indent(WRITE, '    ')}",
        before="class Sized(luigi.LocalTarget):\n    def size(self):\n"
        "        return os.path.getsize(self.path) if self.exists() else 0\n",
    ),
    Form(
        "target-that-is-asked-and-writes",
        "return Sized(os.path.join(self.run_dir, 'a.txt'))",
        f"if not self.output().size():\n{indent(WRITE, '    ')}",
        "DBR421",
        before="class Sized(luigi.LocalTarget):\n    def size(self):\n"
        "        Path(self.path + '.asked').write_text('x')\n        return 0\n",
    ),
    Form("nothing-written", f"return {A}", "with self.output().open('w'):\n    pass"),
    Form("nothing-written-by-name", f"return {A}", "with open(self.output().path, 'w'):\n    print('x')"),
    Form(
        "taken-apart",
        f"return {A}, {B}",
        "a, b = self.output()\nwith a.open('w') as f:\n    f.write('a')\nwith b.open('w') as f:\n    f.write('b')",
    ),
    Form(
        "taken-apart-the-other-way",
        f"return {A}, {B}",
        "b, a = self.output()\nwith a.open('w') as f:\n    f.write('a')\nwith b.open('w') as f:\n    f.write('b')",
    ),
    Form(
        "one-of-two-left-out",
        f"return {A}, {B}",
        "a, b = self.output()\nwith a.open('w') as f:\n    f.write('a')",
        code="DBR409",
    ),
    Form(
        "property",
        "return self.made",
        "with self.made.open('w') as f:\n    f.write('x')",
        members=f"@property\ndef made(self):\n    return {A}\n",
    ),
    Form(
        "called-like-a-module", f"return {A}", "io = self.output()\nwith io.open('w') as f:\n    f.write('x')"
    ),
    Form(
        "called-like-another",
        f"return {A}",
        "codecs = self.output()\nwith codecs.open('w') as f:\n    f.write('x')",
    ),
    Form(
        "mode-by-keyword", f"return {A}", "io = self.output()\nwith io.open(mode='w') as f:\n    f.write('x')"
    ),
    Form(
        "mode-in-a-variable",
        f"return {A}",
        "io, mode = self.output(), 'w'\nwith io.open(mode) as f:\n    f.write('x')",
        code="DBR404",
    ),
    Form(
        "helper-with-such-a-parameter",
        f"return {A}",
        "put(self.output())",
        before="def put(io):\n    with io.open('w') as f:\n        f.write('x')\n",
        code="DBR421",
    ),
    Form("read-before", f"return {A}", f"if self.output().exists():\n    print(self.output().path)\n{WRITE}"),
    Form(
        "directory-made",
        f"return {A}",
        f"self.output().makedirs()\nos.makedirs(os.path.dirname(self.output().path), exist_ok=True)\n{WRITE}",
    ),
    Form("read-after", f"return {A}", f"{WRITE}\nwith self.output().open() as f:\n    print(len(f.read()))"),
    Form(
        "nested-function-reads",
        f"return {A}",
        f"def there():\n    return self.output().exists()\nprint(there())\n{WRITE}",
    ),
    # Names with a directory
    Form("sub-directory", "return luigi.LocalTarget(f'{self.run_dir}/de/a.txt')"),
    Form("sub-directory-joined", "return luigi.LocalTarget(os.path.join(self.run_dir, 'de', 'a.txt'))"),
    Form(
        "sub-directory-by-steps",
        "folder = os.path.join(self.run_dir, 'de')\nreturn luigi.LocalTarget(os.path.join(folder, 'a.txt'))",
    ),
    Form(
        "sub-directory-at-run-time",
        "name = self.names[0]\nreturn luigi.LocalTarget(os.path.join(self.run_dir, 'de', name))",
    ),
    Form("bare-name", "return luigi.LocalTarget('a.txt')"),
    Form("elsewhere", "return luigi.LocalTarget('elsewhere/a.txt')", code="DBR423"),
    Form("elsewhere-joined", "return luigi.LocalTarget(os.path.join('elsewhere', 'a.txt'))", code="DBR423"),
    Form("elsewhere-formatted", "return luigi.LocalTarget('data/%s.txt' % self.names[0])", code="DBR423"),
    Form("absolute", "return luigi.LocalTarget('/tmp/a.txt')", code="DBR423"),
    Form("above", "return luigi.LocalTarget(os.path.join(self.run_dir, '../a.txt'))", code="DBR423"),
    Form(
        "another-attribute", "return luigi.LocalTarget(os.path.join(self.names[0], 'a.txt'))", code="DBR423"
    ),
    Form(
        "a-clock-in-the-name",
        "return luigi.LocalTarget(os.path.join(self.run_dir, faraway.clock() + 'a.txt'))",
        code="DBR412",
    ),
    # Values that are not understood
    Form("filled-dictionary", f"d = {{}}\nd['a'] = {A}\nreturn d", KEYED),
    Form("comprehension", "return [self.target(n) for n in self.names]", FIRST),
    Form(
        "filled-list",
        "found = []\nfor name in self.names:\n    found.append(self.target(name))\nreturn found",
        FIRST,
    ),
    Form(
        "filled-by-a-helper",
        "d = {}\nself.fill(d)\nreturn d",
        KEYED,
        "DBR424",
        members=f"def fill(self, d):\n    d['a'] = {A}\n",
    ),
    Form(
        "filled-by-a-helper-and-not-written-here",
        "d = {}\nself.fill(d)\nreturn d",
        "print('done')",
        "DBR409",
        members=f"def fill(self, d):\n    d['a'] = {A}\n",
    ),
    Form("comprehension-not-written-here", "return [self.target(n) for n in self.names]", "pass", "DBR409"),
    Form("filled-and-not-written-here", f"d = {{}}\nd['a'] = {A}\nreturn d", "pass", "DBR409"),
    Form(
        "in-a-loop-over-names",
        "return [self.target(n) for n in self.names]",
        "for t in self.output():\n    with t.open('w') as f:\n        f.write('x')",
    ),
    Form(
        "two-returns-in-two-places",
        f"if self.names:\n    return {A}\nreturn luigi.LocalTarget('elsewhere/b.txt')",
        code="DBR423",
    ),
    Form("union", f"return {{'a': {A}}} | {{'b': {B}}}", KEYED, "DBR409"),
    Form(
        "generator", f"yield {A}", "with list(self.output())[0].open('w') as f:\n    f.write('x')", "DBR424"
    ),
    Form("walrus", f"return (t := {A})"),
    Form("out-of-sight", "return faraway.targets(self)", code="DBR424"),
    Form("or-nothing", f"return {{'a': {A}}} if self.names else {{}}", KEYED, "DBR424"),
    Form("two-returns", f"if self.names:\n    return {A}\nreturn {B}"),
    # Where the output goes
    Form("handed-to-a-function", f"return {A}", f"faraway.export(self.output(), 'x')\n{WRITE}", "DBR421"),
    Form(
        "unknown-form-handed-on",
        "return [self.target(n) for n in self.names]",
        "faraway.export(self.output()[0].path, 'x')",
        "DBR421",
    ),
    Form(
        "element-handed-on",
        "return [self.target(n) for n in self.names]",
        "for t in self.output():\n    faraway.export(t.path, 'x')",
        "DBR421",
    ),
    Form("kept", f"return {A}", f"self.kept = self.output()\n{WRITE}", "DBR421"),
    Form(
        "in-a-global-list",
        f"return {A}",
        f"SEEN.append(self.output())\n{WRITE}",
        "DBR421",
        before="SEEN = []",
    ),
    Form(
        "in-a-local-list", f"return {A}", f"seen = []\nseen.append(self.output().path)\nprint(seen)\n{WRITE}"
    ),
    Form(
        "local-list-handed-on",
        f"return {A}",
        f"seen = [self.output().path]\nfaraway.show(seen)\n{WRITE}",
        "DBR421",
    ),
    Form("returned", f"return {A}", f"{WRITE}\nreturn self.output().path", "DBR421"),
    Form(
        "in-a-lambda",
        f"return {A}",
        f"late = lambda: self.output().path\nfaraway.show(late)\n{WRITE}",
        "DBR421",
    ),
    Form(
        "in-a-partial",
        f"return {A}",
        f"late = functools.partial(print, self.output().path)\nlate()\n{WRITE}",
        "DBR421",
    ),
    Form(
        "beside-the-output",
        f"return {A}",
        f"{WRITE}\nfaraway.export(self.output().path + '.log', 'x')",
        "DBR421",
    ),
    Form(
        "directory-handed-on",
        f"return {A}",
        f"{WRITE}\nfaraway.export(os.path.dirname(self.output().path), 'x')",
        "DBR421",
    ),
    Form("task-handed-on", f"return {A}", f"faraway.show(self)\n{WRITE}", "DBR421"),
    Form(
        "deep-helper",
        "return [self.target(n) for n in self.names]",
        "self.outer()",
        "DBR421",
        members="def outer(self):\n    self.inner(self.output()[0])\n"
        "def inner(self, target):\n    faraway.export(target.path, 'x')\n",
    ),
    # Targets that are not local text files
    Form("gzip", f"return {A[:-1]}, format=luigi.format.Gzip)", code="DBR402"),
    Form("bytes", f"return {A[:-1]}, format=luigi.format.Nop)", code="DBR402"),
    Form(
        "pipe-of-formats",
        f"return {A[:-1]}, format=luigi.format.TextFormat() >> luigi.format.Gzip)",
        code="DBR402",
    ),
    Form("utf-16", f"return {A[:-1]}, luigi.format.TextFormat(encoding='utf-16'))", code="DBR403"),
    Form("line-ends", f"return {A[:-1]}, format=luigi.format.TextFormat(newline='\\r\\n'))", code="DBR403"),
    Form("format-out-of-sight", f"return {A[:-1]}, format=faraway.FORMAT)", code="DBR403"),
    Form(
        "format-by-a-name",
        f"return {A[:-1]}, format=PACKED)",
        code="DBR402",
        before="PACKED = luigi.format.Gzip",
    ),
    Form("utf-8", f"return {A[:-1]}, format=luigi.format.UTF8)"),
    Form("default-format", f"return {A[:-1]}, format=luigi.format.get_default_format())"),
    Form("plain-text-format", f"return {A[:-1]}, format=luigi.format.TextFormat(encoding='utf-8'))"),
    Form(
        "format-of-a-helper",
        "return self.packed('a.gz')",
        code="DBR402",
        members="def packed(self, name):\n    return luigi.LocalTarget(self.place(name), format=luigi.format.Gzip)\n",
    ),
    Form("memory", "return faraway.MemoryTarget(os.path.join(self.run_dir, 'a.txt'))", code="DBR424"),
    Form("own-open", "return LoudTarget(os.path.join(self.run_dir, 'a.txt'))", code="DBR424"),
    Form(
        "plain-subclass",
        "return NamedTarget(os.path.join(self.run_dir, 'a.txt'))",
        before="class NamedTarget(luigi.LocalTarget):\n    label = 'x'",
    ),
    Form("marker", "return faraway.MemoryTarget('host', 'table')", "self.output().touch()", "DBR424"),
    # Classes that inherit the entry method
    Form(
        "child-with-another-file",
        f"return {A}",
        behind=child(f"def output(self):\n    return {B}"),
        tasks=BOTH,
    ),
    Form(
        "child-in-a-sub-directory",
        f"return {A}",
        behind=child("def output(self):\n    return self.target('de/b.txt')"),
        tasks=BOTH,
    ),
    Form(
        "child-with-another-name",
        "return self.target(self.title)",
        members="title = 'a.txt'\n",
        behind=child("title = 'b.txt'"),
        tasks=BOTH,
    ),
    Form(
        "child-with-another-type",
        "return self.target(self.title)",
        members="title = 'a.txt'\n",
        behind=child("title = 'b.csv'"),
        tasks=BOTH,
        code="DBR430",
    ),
    Form(
        "child-elsewhere",
        f"return {A}",
        behind=child("def output(self):\n    return luigi.LocalTarget('elsewhere/b.txt')"),
        tasks=BOTH,
        code="DBR423",
    ),
    Form(
        "child-in-memory",
        f"return {A}",
        behind=child("def output(self):\n    return faraway.MemoryTarget('b.txt')"),
        tasks=BOTH,
        code="DBR424",
    ),
    Form(
        "child-with-two-files",
        f"return {{'a': {A}}}",
        KEYED,
        behind=child(f"def output(self):\n    return {{'a': {A}, 'b': {B}}}"),
        tasks=BOTH,
        code="DBR409",
    ),
    Form(
        "child-with-another-method",
        f"return {A}",
        "with self.output().open('w') as f:\n    f.write(self.text())",
        members="def text(self):\n    return 'a'\n",
        behind=child("def text(self):\n    return str(random.random())"),
        tasks=BOTH,
        code="DBR430",
    ),
    Form(
        "output-in-the-child-alone", "", behind=child(f"def output(self):\n    return {B}"), tasks=("Second",)
    ),
)


SUB = "made = os.path.join(self.run_dir, 'de')\n    os.makedirs(made, exist_ok=True)\n    return made"
FOLDER = f"@property\ndef folder(self):\n    {SUB}\n"
IN_FOLDER = "luigi.LocalTarget(os.path.join(self.folder, 'a.txt'))"
FOLDERS = (
    Form("below-a-property", f"return {IN_FOLDER}", members=FOLDER),
    Form("below-a-property-by-text", "return luigi.LocalTarget(f'{self.folder}/a.txt')", members=FOLDER),
    Form(
        "below-a-property-by-pathlib",
        "return luigi.LocalTarget(str(self.folder / 'a.txt'))",
        members="@property\ndef folder(self):\n    made = Path(self.run_dir).joinpath('de')\n"
        "    made.mkdir(parents=True, exist_ok=True)\n    return made\n",
    ),
    Form(
        "below-a-property-of-a-property",
        "return luigi.LocalTarget(os.path.join(self.inner, 'a.txt'))",
        members=f"{FOLDER}\n@property\ndef inner(self):\n    return self.folder\n",
    ),
    Form(
        "one-name-in-two-directories",
        f"return {{'a': {IN_FOLDER}, 'b': {A}}}",
        BOTH_KEYS,
        members=FOLDER,
    ),
    Form(
        "names-of-the-property-are-not-those-of-the-method",
        f"return {IN_FOLDER}",
        f"made = 'x'\n{WRITE}",
        members=FOLDER.replace("'de')", "self.names[0][:1] + 'b')"),
    ),
    Form(
        "an-heir-has-another-directory",
        f"return {IN_FOLDER}",
        members=FOLDER,
        behind=child(FOLDER.replace("'de'", "'df'")),
        tasks=("First", "Second"),
    ),
    Form(
        "an-heir-is-elsewhere",
        f"return {IN_FOLDER}",
        code="DBR423",
        members=FOLDER,
        behind=child(FOLDER.replace("self.run_dir", "'elsewhere'")),
    ),
    Form("a-property-elsewhere", f"return {IN_FOLDER}", code="DBR423",
         members=FOLDER.replace("self.run_dir", "'/tmp'")),
    Form("a-property-of-chance", f"return {IN_FOLDER}", code="DBR412",
         members=FOLDER.replace("'de'", "str(random.random())")),
    Form("a-property-that-returns-twice", f"return {IN_FOLDER}", code="DBR423",
         members=FOLDER.replace("    made =", "    if not self.names:\n        return '/tmp'\n    made =")),
    Form("a-property-bound-twice", f"return {IN_FOLDER}", code="DBR423",
         members=FOLDER.replace("    return made", "    made = made if self.names else '/tmp'\n    return made")),
)  # fmt: skip
KEPT = "kept = None\n\n@property\ndef called(self):\n    {body}\n    return self.kept\n"
KEPT_NAMES = tuple(
    Form(
        name,
        "return luigi.LocalTarget(os.path.join(self.run_dir, f'{self.called}.x'))",
        code=code,
        members=KEPT.format(body=body),
    )
    for name, code, body in (
        ("name-kept", "", "self.kept = self.kept or 'a' + '.txt'"),
        ("name-kept-behind-a-guard", "", "if self.kept is None:\n        self.kept = self.names[0].upper()"),
        ("name-there-already", "", "if self.kept:\n        return self.kept\n    self.kept = 'a.txt'"),
        ("name-counted", "DBR412", "self.kept = (self.kept or 0) + 1"),
        ("name-drawn", "DBR412", "self.kept = self.kept or str(random.random())"),
    )
)


@pytest.mark.parametrize("form", [*FOLDERS, *KEPT_NAMES], ids=lambda form: form.name)
def test_directories_and_names_that_properties_make(form: Form) -> None:
    """A row has the name of the whole path below the run directory, whatever properties it is made of."""
    assert broken(form.project) == ([], form.code)


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_a_form_of_output_is_right_or_refused(form: Form) -> None:
    """Executed before and after where it is rewritten: the files are the same, and each has its row."""
    found, code = broken(form.project)
    assert (found, code) == ([], form.code)
