"""A table: what an analysis by forms gets wrong, kind by kind, each in spellings that have little in common.

Every task is executed before and after. It leaves the same files and asks the same of what is out of sight, and each
file has its row, or the task is refused with this code.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.properties.foreign.projects import STORING_BYTES
from tests.properties.foreign.running import SETTINGS, broken
from tests.shapes.test_output_forms import BOTH, WRITE, A, B, Form, child

OUT = f"return {A}"
OPEN = "with self.output().open('w') as f:\n    "
MODEL = "llm = faraway.Model()\n"
NOP = "return luigi.LocalTarget(self.place('a.bin'), format=luigi.format.Nop)"
FAR = "class BaseTask(faraway.FarTask):\n    pass\n\n\n"


def task(
    name: str, body: str, code: str = "", *, output: str = OUT, before: str = "", **more: object
) -> Form:
    """One task, whose `output()` is one file where nothing else is said."""
    return replace(Form(name, output, body, code), before=before, **more)  # type: ignore[arg-type]


def with_heir(
    name: str, body: str, heir: str, code: str = "", *, output: str = OUT, members: str = ""
) -> Form:
    """A task, and one that inherits its `run()` and has other members."""
    return task(name, body, code, output=output, members=members, behind=child(heir), tasks=BOTH)


BASE_OUT_OF_SIGHT = (
    task("method", "self.dump('x')", "DBR003", before=FAR),
    task("by-a-name", "m = self.dump\nm('x')", "DBR003", before="class BaseTask(faraway.FarMixin, BaseTask):\n"
         "    pass\n"),
    task("of-the-class", "faraway.FarMixin.dump(self, 'x')", "DBR421"),
    task("super", "super().dump('x')", "DBR003", before=FAR),
    task("target", WRITE, "DBR003", output="return self.far_target('a.txt')", before=FAR),
)  # fmt: skip
INHERITED_RUN = (
    with_heir("output", f"{OPEN}f.write(self.word)", f"word = 'c'\ndef output(self):\n"
         f"    return {B}", members="word = 'p'"),
    with_heir("name-by-a-method", "Path(self.output().path).write_text(self.word)",
              "word = 'c'\ndef called(self):\n    return 'c.txt'",
              output="return self.target(self.called())", members="word = 'p'\ndef called(self):\n    return 'p.txt'"),
    with_heir("name-in-the-class", f"{OPEN}f.write(self.called)", "called = 'c.txt'",
              output="return self.target(self.called)", members="called = 'p.txt'"),
    with_heir("parameter", f"{OPEN}f.write(self.called)", "called = luigi.Parameter(default='c.txt')",
              output="return self.target(self.called)", members="called = luigi.Parameter(default='p.txt')"),
    with_heir("class-name", f"{OPEN}f.write('x')", "word = 'c'", output="return self.target(type(self).__name__)"),
    with_heir("no-file", f"{OPEN}f.write(f'{{datetime.datetime.now()}}')",
              "def output(self):\n    return faraway.MemoryTarget('mem')", "DBR424"),
)  # fmt: skip
DIRECTORIES = (
    task("constant", f"self.output().makedirs()\n"
         f"{WRITE}", output="return luigi.LocalTarget(f'{self.run_dir}/de/deep/a.md')"),
    task("parameter", f"self.output().makedirs()\n{WRITE}",
         output="return luigi.LocalTarget(os.path.join(self.run_dir, 'x', self.lang, 'a.md'))",
         members="lang = luigi.Parameter(default='de')"),
    task("pathlib", f"self.output().makedirs()\n{WRITE}",
         output="return luigi.LocalTarget(str(Path(self.run_dir) / 'de' / 'a.md'))"),
    task("formatted", f"self.output().makedirs()\n{WRITE}", "DBR423",
         output="return luigi.LocalTarget('%s/de/%s' % (self.run_dir, 'a.md'))"),
    with_heir("one-name-in-two", f"self.output().makedirs()\n{OPEN}f.write(self.lang)", "lang = 'en'",
              output="return luigi.LocalTarget(f'{self.run_dir}/{self.lang}/a.md')", members="lang = 'de'"),
    with_heir("one-name-in-two-outputs", f"self.output().makedirs()\n{OPEN}f.write(type(self).__name__)",
              "def output(self):\n    return luigi.LocalTarget(self.place('en/a.md'))",
              output="return luigi.LocalTarget(self.place('de/a.md'))"),
)  # fmt: skip
MORE_THAN_ONE_FILE = (
    task("suffixes", "R('t').save(self.output().path)", "DBR410",
         before="class R:\n    def __init__(self, t):\n        self.t = t\n\n    def save(self, p):\n"
         "        for suffix in ('', '.bak'):\n            with open(p + suffix, 'w') as f:\n"
         "                f.write(self.t + suffix)\n"),
    task("beside", "save(Path(self.output().path))", "DBR410",
         before="def save(p):\n    p.write_text('x')\n    p.with_name('other').write_text('y')\n"),
    task("other-ending", "save(self.output().path)", "DBR410",
         before="def save(p):\n    root, _ = os.path.splitext(p)\n    Path(p).write_text('x')\n"
         "    Path(f'{root}.meta').write_text('y')\n"),
    task("copied", "save(self.output().path)", "DBR408",
         before="def save(p):\n    Path(p).write_text('x')\n    shutil.copy(p, p + '~')\n"),
    task("linked", "save(self.output().path)", "DBR408",
         before="def save(p):\n    Path(p).write_text('x')\n"
         "    os.link(p, os.path.join(os.path.dirname(p), 'second'))\n"),
    task("target", "save(self.output())", "DBR410",
         before="def save(t):\n    with t.open('w') as f:\n        f.write('x')\n"
         "    with luigi.LocalTarget(t.path + '.done').open('w') as f:\n        f.write('')\n"),
)  # fmt: skip
FORMATS = tuple(
    task(name, f"{OPEN}f.write('z\\u00fc\\n')", code,
         output=f"return luigi.LocalTarget(self.place('z.txt'), format={made})",
         before="FORMAT = luigi.format.TextFormat(newline='\\r\\n')\n",
         members="def made(self):\n    return luigi.format.TextFormat(encoding='utf-16')")
    for name, made, code in (
        ("compressed", "luigi.format.TextFormat() >> luigi.format.Gzip", "DBR402"),
        ("encoding", "luigi.format.TextFormat(encoding='latin-1')", "DBR403"),
        ("line-ends", "FORMAT", "DBR403"),
        ("mark", "luigi.format.TextFormat(encoding='utf-8-sig')", "DBR403"),
        ("errors", "luigi.format.TextFormat(encoding='ascii', errors='replace')", "DBR403"),
        ("by-a-method", "self.made()", "DBR403"),
        ("the-usual-one", "luigi.format.UTF8", ""),
    )
)  # fmt: skip
BYTES = (
    task("pickled", f"{OPEN}pickle.dump([1], f)", "DBR402", output=NOP),
    task("by-a-handle", f"{OPEN}f.write(b'\\xff')", "DBR402", output=NOP),
    task("by-a-path", "Path(self.output().path).write_bytes(b'\\xff')", "DBR402"),
    task("mode", "with open(self.output().path, mode='bw') as f:\n    f.write(b'\\xff\\xfe')", "DBR402"),
    task("descriptor", "fd = os.open(self.output().path, os.O_CREAT | os.O_WRONLY)\nos.write(fd, b'\\xff')\n"
         "os.close(fd)", "DBR402"),
    task("compressed", "with gzip.open(self.output().path, 'wt') as f:\n"
         "    f.write('x')", "DBR402", before="import gzip\n"),
    task("archive", "with zipfile.ZipFile(self.output().path, 'w') as z:\n"
         "    z.writestr('a', 'x')", "DBR402", before="import zipfile\n"),
    task("other-encoding", "with codecs.open(self.output().path, 'w', 'utf-16') as f:\n"
         "    f.write('x')", "DBR403", before="import codecs\n"),
    task("out-of-sight", "faraway.Frame('x').to_parquet(self.output().path)", "DBR402"),
)  # fmt: skip
STORED_BYTES = (
    replace(task("by-a-handle", f"{OPEN}f.write(b'\\xff')", output=NOP), base=STORING_BYTES),
    replace(task("pickled", f"{OPEN}pickle.dump([1], f)", output=NOP), base=STORING_BYTES),
    replace(
        task("by-a-path", "Path(self.output().path).write_bytes(b'\\xff')", "DBR402"), base=STORING_BYTES
    ),
)
APPENDING = tuple(
    task(name, body, code, before=f"MODE = 'a'\n\n\n{put}")
    for spelling, code, put in (
        ("updated", "DBR401", "def put(p, s):\n    f = open(p, 'a+')\n    f.write(s)\n    f.close()\n"),
        ("printed", "DBR401", "def put(p, s):\n    with Path(p).open('at') as f:\n        print(s, file=f)\n"),
        ("constant", "DBR404", "def put(p, s):\n    with open(p, MODE) as f:\n        f.write(s)\n"),
        ("default", "DBR401", "def put(p, s, mode='a'):\n    with open(p, mode) as f:\n        f.write(s)\n"),
        ("read-first", "DBR407", ("def put(p, s):\n    old = Path(p).read_text() if os.path.exists(p) else ''\n"
             "    Path(p).write_text(old + s)\n")),
    )
    for name, body in (
        (f"{spelling}-in-a-loop", "for i in range(3):\n    put(self.output().path, str(i))"),
        (f"{spelling}-twice", "put(self.output().path, 'one')\nput(self.output().path, 'two')"),
    )
)  # fmt: skip
KEEPING_THE_PATH = (
    task("left", "with K(self.output().path):\n    pass", "DBR411",
         before="class K:\n    def __init__(self, p):\n        self.p = p\n\n    def __enter__(self):\n"
         "        return self\n\n"
         "    def __exit__(self, *a):\n        Path(self.p).write_text('x')\n"),
    task("dataclass", "K(p=self.output().path).go()", "DBR411",
         before="import dataclasses\n\n\n@dataclasses.dataclass\nclass K:\n    p: str\n\n    def go(self):\n"
         "        Path(self.p).write_text('x')\n"),
    task("factory", "k = K.of(self.output().path)\nk.go()", "DBR411",
         before="class K:\n    @classmethod\n    def of(cls, p):\n        k = cls()\n        k.p = p\n"
         "        return k\n\n"
         "    def go(self):\n        Path(self.p).write_text('x')\n"),
    task("closure", "later(self.output().path)()", "DBR427",
         before="def later(p):\n    def go():\n        Path(p).write_text('x')\n    return go\n"),
    task("called", "k = K(self.output())\nk('x')", "DBR425",
         before="class K:\n    def __init__(self, t):\n        self.t = t\n\n    def __call__(self, s):\n"
         "        with self.t.open('w') as f:\n            f.write(s)\n"),
    task("thread", "k = K(self.output().path)\nk.start()\nk.join()", "DBR425",
         before="import threading\n\n\nclass K(threading.Thread):\n    def __init__(self, p):\n"
         "        super().__init__()\n"
         "        self.p = p\n\n    def run(self):\n        Path(self.p).write_text('x')\n"),
)  # fmt: skip
NO_LOCAL_FILE = (
    task("far", f"{OPEN}f.write(f'{{datetime.datetime.now()}}')", "DBR424",
         output="return faraway.MemoryTarget('s3://b/x')"),
    task("mock", f"{OPEN}f.write('x')", "DBR424", output="return luigi.mock.MockTarget('x')",
         before="import luigi.mock\n"),
    task("derived", f"{OPEN}f.write('x')", "DBR424", output="return Mine(self.place('x'))",
         before="import luigi.mock\n\n\nclass Mine(luigi.mock.MockTarget):\n    pass\n"),
)  # fmt: skip
COUNTING = (
    "COUNT = itertools.count()\nSTACK = ['a', 'b', 'c']\n\n\ndef grown():\n    STACK.append('z')\n"
    "    return len(STACK)\n\n\n"
)
CHANGING = {
    "bot": "faraway.Bot().ask('h')",
    "request": "faraway.fetch('x')",
    "choice": "random.choice('abcdefghijklmnop')",
    "sample": "''.join(random.sample('abcdefgh', 8))",
    "counter": "str(next(COUNT))",
    "popped": "STACK.pop()",
    "grown": "str(grown())",
    "environment": "os.environ.setdefault('EACH_KIND', str(random.random()))",
}
WRITTEN_ONCE = tuple(
    task(name, f"{OPEN}f.write({value})", before=COUNTING) for name, value in CHANGING.items() if name != "environment"
)  # fmt: skip
SENT_ONCE = tuple(
    task(name, f"{MODEL}text = llm.ask({value})\n{OPEN}f.write(text)", "DBR202", before=COUNTING)
    for name, value in CHANGING.items()
)
DEEP = (
    task("methods", f"self.one()\n{WRITE}", "DBR411",
         members="def one(self):\n    self.two()\ndef two(self):\n    self.three()\n"
         "def three(self):\n    (Path(self.run_dir) / 'extra').write_text('x')"),
    task("functions", f"one(self.run_dir)\n{WRITE}", "DBR410",
         before="def one(d):\n    [two(x) for x in [d]]\n\n\ndef two(d):\n    three(d)\n\n\n"
         "def three(d):\n    luigi.LocalTarget(d + '/extra').open('w').close()\n"),
    task("given-the-task", f"if one(self):\n    pass\n{WRITE}", "DBR411",
         before="def one(t):\n    return two(t)\n\n\ndef two(t):\n    t.write_note('n')\n    return 1\n"),
)  # fmt: skip
CHANGING_NAMES = (
    task("in-a-helper", f"self.save('t')\n{WRITE}", "DBR412",
         members="def save(self, c):\n    n = f'{uuid.uuid4()}.md'\n    with open(self.place(n), 'w') as f:\n"
         "        f.write(c)"),
    task("beside", f"with open(self.place(str(time.time_ns())), 'w') as f:\n    f.write('c')\n{WRITE}", "DBR412"),
    task("output", WRITE, "DBR412", output="return self.target(f'{time.time_ns()}.txt')"),
    task("counted", WRITE, "DBR412", output="return self.target(f'{next(COUNT)}.txt')", before=COUNTING),
)  # fmt: skip
OTHER_THE_SECOND_TIME = tuple(
    task(name, body, code, before=before)
    for name, code, body, before in (
        ("class", "DBR407", "R().save(self.output().path)",
         ("class R:\n    n = 0\n\n    def save(self, p):\n        type(self).n += 1\n"
         "        Path(p).write_text(str(self.n))\n")),
        ("default", "DBR406", "save(self.output().path)",
         "def save(p, count=itertools.count()):\n    Path(p).write_text(str(next(count)))\n"),
        ("of-the-function", "DBR410", "save(self.output().path)",
         "def save(p):\n    save.n = getattr(save, 'n', 0) + 1\n    Path(p).write_text(str(save.n))\n"),
        ("kept", "DBR407", "save(self.output().path)",
         "def save(p, seen=set()):\n    seen.add(len(seen))\n    Path(p).write_text(str(len(seen)))\n"),
        ("used-up", "DBR407", "r = R()\nr.save(self.output().path)",
         ("class R:\n    def __init__(self):\n        self.q = ['a', 'b']\n\n    def save(self, p):\n"
         "        with open(p, 'w') as f:\n            while self.q:\n                f.write(self.q.pop())\n")),
        ("closure", "DBR411", "save = make()\nsave(self.output().path)",
         ("def make():\n    n = 0\n\n    def save(p):\n        nonlocal n\n        n += 1\n"
         "        Path(p).write_text(str(n))\n    return save\n")),
        ("shuffled", "DBR407", "save(self.output().path)",
         "ITEMS = list('abcdefgh')\n\n\ndef save(p):\n    random.shuffle(ITEMS)\n    Path(p).write_text(str(ITEMS))\n"),
    )
)  # fmt: skip
SPECIAL_METHODS = {
    "add": ("def __add__(self, o):", "O() + 'x'"),
    "format": ("def __format__(self, s):", "f'{O()}'"),
    "getattr": ("def __getattr__(self, k):", "O().foo"),
    "getitem": ("def __getitem__(self, k):", "O()['a']"),
    "fspath": ("def __fspath__(self):", "os.path.join(O(), 'x')"),
    "of-the-class": ("def __class_getitem__(cls, k):", "O[1]"),
    "instance": ("def __instancecheck__(self, o):", "str(isinstance(1, O()))"),
    "subclass": ("def __subclasscheck__(self, o):", "str(issubclass(int, O()))"),
    "instance-of-one-of": ("def __instancecheck__(self, o):", "str(isinstance(1, (str, O())))"),
    "reversed": ("def __reversed__(self):", "''.join(reversed(O()))"),
}
BEHIND_AN_OPERATOR = tuple(
    task(f"{name}-{where}", body.format(value), code,
         before=f"class O:\n    n = 0\n\n    {defined}\n        O.n += 1\n        return str(O.n % 2 or '')\n")
    for name, (defined, value) in SPECIAL_METHODS.items()
    for where, body, code in (
        ("written", "Path(self.output().path).write_text({})", "DBR406"),
        ("sent", MODEL + "text = llm.ask({})\n" + OPEN + "f.write(text)", "DBR202"),
    )
)  # fmt: skip
METACLASS = """\
import abc


class M(type):
    n = 0

    def __instancecheck__(cls, o):
        M.n += 1
        return M.n % 2 == 0


class Met(metaclass=M):
    pass


class Hooked(abc.ABC):
    n = 0

    @classmethod
    def __subclasshook__(cls, o):
        Hooked.n += 1
        return Hooked.n % 2 == 0


"""
ASKED_OF_A_CLASS = tuple(
    task(name, f"Path(self.output().path).write_text({value})", "DBR406", before=METACLASS)
    for name, value in {
        "metaclass": "str(isinstance(1, Met))",
        "one-of": "str(isinstance(1, (str, Met)))",
        "hook": "str(issubclass(int, Hooked))",
    }.items()
)
ABOUT_THE_PATH = tuple(
    task(name, "save(self.output().path)", code,
         before=f"def save(p):\n    with open(p, 'w') as f:\n        f.write('text ' + {value})\n")
    for name, value, code in (
        ("last", "p.rpartition('/')[2]", "DBR426"),
        ("parent", "Path(p).parent.name", "DBR426"),
        ("length", "str(len(p))", "DBR426"),
        ("exists", "str(os.path.exists(p))", "DBR407"),
        ("name", "f.name", "DBR407"),
        ("itself", "p", "DBR426"),
    )
)  # fmt: skip
OTHER_OPENERS = (
    task(
        "static",
        f"Img.open('run/plan')\n{WRITE}",
        "DBR401",
        before="class Img:\n    @staticmethod\n    def open(p):\n        return p\n",
    ),
    task("read", f"import zipfile\nassert zipfile.is_zipfile('run') or True\n{WRITE}"),
    task("named", f"import webbrowser\nb = webbrowser.open\n{WRITE}"),
)
STREAMED = (
    task("lines", "Path('run/plan/in').parent\nwith open(__file__) as src, self.output().open('w') as dst:\n"
         "    for line in list(src)[:1]:\n        dst.write(line.upper())"),
    task("copied", "with open(__file__) as src:\n    head = io.StringIO(src.readline())\n"
         "with self.output().open('w') as dst:\n    shutil.copyfileobj(head, dst)"),
    task("pages", "with self.output().open('w') as dst:\n    for page in range(3):\n"
         "        dst.write(faraway.fetch(str(page)))"),
    task("table", "with self.output().open('w') as dst:\n    w = csv.writer(dst)\n    for page in faraway.lines():\n"
         "        w.writerow([page])"),
)  # fmt: skip
WITHOUT_WITH = (
    task("closed", "f = self.output().open('w')\nf.write('a')\nf.close()"),
    task("closed-at-once", "self.output().open('w').close()"),
    task("in-an-argument", "json.dump([1], open(self.output().path, 'w'))", "DBR405"),
    task("never-closed", "f = open(self.output().path, 'w')\nf.write('a')\ndel f", "DBR405"),
)
MOVED = (
    task("temporary-path", "with self.output().temporary_path() as p:\n    with open(p, 'w') as f:\n"
         "        f.write('t')"),
    task("temporary-path-of-a-parameter", "with self.output().temporary_path() as p:\n    Path(p).write_text('t')",
         output="return self.target(f'{self.date}.txt')",
         members="date = luigi.DateParameter(default=datetime.date(2026, 1, 2))"),
    task("target", "Path('w.txt').write_text('t')\nluigi.LocalTarget('w.txt').move(self.output().path)", "DBR408"),
    task("replaced", "Path('w.txt').write_text('t')\nos.replace('w.txt', self.output().path)", "DBR408"),
    task("renamed", "p = self.output().path\ntmp = f'{p}.{os.getpid()}'\nPath(tmp).write_text('x')\n"
         "Path(tmp).rename(p)", "DBR408"),
)  # fmt: skip
FAR_MODEL = "class L(faraway.Model):\n    "
NAMED_MODELS = tuple(
    task(name, f"llm = L()\ntext = llm.ask('q')\n{OPEN}f.write(text)", before=before)
    for name, before in {
        "raising": f"{FAR_MODEL}@property\n    def model(self):\n        raise ValueError\n",
        "noted": f"{FAR_MODEL}@property\n    def model(self):\n        faraway.note('read')\n        return 'm'\n",
        "inherited": "class K(faraway.Model):\n    @property\n    def model(self):\n        raise RuntimeError\n\n\n"
        "class L(K):\n    pass\n",
        "asked-for": "import functools\n\n\n"
        f"{FAR_MODEL}@functools.cached_property\n    def model(self):\n        return faraway.fetch('x')\n",
        "descriptor": "class D:\n    def __get__(self, o, t):\n        raise ValueError\n\n\n"
        f"{FAR_MODEL}model = D()\n",
        "any-name": f"{FAR_MODEL}def __getattr__(self, k):\n        raise KeyError(k)\n",
        "every-name": f"{FAR_MODEL}def __getattribute__(self, k):\n        if k == 'model':\n"
        "            raise ValueError\n        return object.__getattribute__(self, k)\n",
        "by-another-method": f"{FAR_MODEL}def configure(self):\n        self.model = 'x'\n",
        "in-a-branch": f"{FAR_MODEL}def __init__(self, n=None):\n        if n:\n            self.model = n\n",
        "annotated": f"{FAR_MODEL}model: str\n",
        "deleted": f"{FAR_MODEL}def __init__(self):\n        self.model = 'a'\n        del self.model\n",
        "an-object": f"{FAR_MODEL}def __init__(self):\n        self.model = object()\n",
        "none": f"{FAR_MODEL}model = None\n",
        "slots": "class L:\n    __slots__ = ('m', 'model')\n\n    def __init__(self):\n"
        "        self.m = faraway.Model()\n\n"
        "    def ask(self, q):\n        return self.m.ask(q)\n",
        "plain": f"{FAR_MODEL}def __init__(self, model='small'):\n        self.model = model\n",
    }.items()
)
TOPIC = "def ask(self, topic):\n    return llm.ask('Write about ' + topic)"
ASKING = "llm = faraway.Model()\n\n\ndef run(f, q):\n    return f(q) + f(q)\n\n\n"
HANDED_ON = tuple(
    task(name, f"{body}\n{OPEN}f.write(text)", code, before=ASKING)
    for name, body, code in (
        ("mapped", "text = ''.join(map(llm.ask, ['a', 'b']))", "DBR105"),
        ("partial", "ask = functools.partial(llm.ask, 'x')\ntext = ask()", "DBR105"),
        ("to-a-function", "text = run(llm.ask, 'x')", "DBR105"),
        ("lambda", "ask = lambda q: llm.ask(q)\ntext = ask('x')", "DBR106"),
        ("alias", "ask = llm.ask\ntext = ask('x') + ask('y')", "DBR105"),
        ("table", "d = {'f': llm.ask}\ntext = d['f']('x')", "DBR105"),
    )
)
OVERRIDDEN_PROMPTS = tuple(
    task(name, f"llm = faraway.Model()\ntext = llm.ask({asked})\n{OPEN}f.write(text)", code,
         output="return self.target(type(self).__name__)", members=above, before=COUNTING,
         behind=child(heir), tasks=("Second",))
    for name, asked, above, heir, code in (
        ("random", "self.prompt()", "def prompt(self):\n    return 'p'",
         "def prompt(self):\n    return str(random.random())", "DBR202"),
        ("property", "self.prompt", "prompt = 'p'",
         "@property\ndef prompt(self):\n    return faraway.clock()", "DBR202"),
        ("counted", "self.prompt()", "def prompt(self):\n    raise NotImplementedError",
         "def prompt(self):\n    return f'{next(COUNT)}'", "DBR202"),
    )
)  # fmt: skip
BUILT_IN_A_METHOD = tuple(
    task(name, f"text = {asked}\n{OPEN}f.write(text)", "DBR106", before=ASKING, members=members)
    for name, asked, members in (
        ("returned", "self.ask('tea')", TOPIC),
        ("listed", "''.join(self.ask(['a', 'b']))", "def ask(self, ts):\n    return [llm.ask(f'S {t}') for t in ts]"),
        ("in-a-loop", "''.join(self.ask(['a', 'b']))",
         "def ask(self, ts):\n    out = []\n    for t in ts:\n        out.append(llm.ask('S ' + t))\n    return out"),
    )
)  # fmt: skip
KINDS = {
    "named-model": NAMED_MODELS,
    "handed-on": HANDED_ON,
    "overridden-prompt": OVERRIDDEN_PROMPTS,
    "built-in-a-method": BUILT_IN_A_METHOD,
    "base-out-of-sight": BASE_OUT_OF_SIGHT,
    "inherited-run": INHERITED_RUN,
    "directories": DIRECTORIES,
    "more-than-one-file": MORE_THAN_ONE_FILE,
    "format": FORMATS,
    "bytes": BYTES,
    "stored-bytes": STORED_BYTES,
    "appending": APPENDING,
    "keeping-the-path": KEEPING_THE_PATH,
    "no-local-file": NO_LOCAL_FILE,
    "written-once": WRITTEN_ONCE,
    "sent-once": SENT_ONCE,
    "deep": DEEP,
    "changing-names": CHANGING_NAMES,
    "other-the-second-time": OTHER_THE_SECOND_TIME,
    "behind-an-operator": BEHIND_AN_OPERATOR,
    "asked-of-a-class": ASKED_OF_A_CLASS,
    "about-the-path": ABOUT_THE_PATH,
    "other-openers": OTHER_OPENERS,
    "streamed": STREAMED,
    "without-with": WITHOUT_WITH,
    "moved": MOVED,
}
EACH = [pytest.param(form, id=f"{kind}-{form.name}") for kind, forms in KINDS.items() for form in forms]


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("form", EACH)
def test_right_or_refused(form: Form, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("EACH_KIND", raising=False)
    assert broken(form.project) == ([], form.code)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("kind", [kind for kind, forms in KINDS.items() if any(f.code for f in forms)])
def test_with_consent_to_rows_after_files(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever becomes of it then: what is written is right."""
    for form in KINDS[kind]:
        monkeypatch.delenv("EACH_KIND", raising=False)
        found, _ = broken(form.project, replace(SETTINGS, row_after_file=True))
        assert found == [], form.name
