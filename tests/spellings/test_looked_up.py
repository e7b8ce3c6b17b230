"""What is looked up by a name made at run time, or was registered: model calls and writes that no name leads to."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from tests.properties.foreign.running import broken, refactor
from tests.shapes.test_output_forms import WRITE, A, Form

OUT = f"return {A}"
OPENAI = "import importlib\nimport operator\nimport sys\n\nimport openai\n"
CLIENT = "client = openai.OpenAI()\n"
ASKED = "model='m', input='q'"
ASK = f"{OPENAI}\n\ndef ask(q='q'):\n    return openai.OpenAI().responses.create(model='m', input=q)\n\n\n"
ASK_TEXT = "def _(q: str):\n    return openai.OpenAI().responses.create(model='m', input=q)\n\n\n"
ASKING_METHOD = f"def ask(self):\n    openai.OpenAI().responses.create({ASKED})\n"
ASKING = "def ask(self):\n    return ask('q')\n"
LOADING = "def load(self):\n    return __import__(self.names[0])\n"
DISPATCHED = f"{OPENAI}\n\n@functools.singledispatch\ndef ask(q):\n    return None\n\n\n"
SUBCLASSES = f"""{OPENAI}
KINDS = []


class Base:
    def __init_subclass__(cls, **given):
        KINDS.append(cls)


class Asker(Base):
    def go(self):
        openai.OpenAI().responses.create({ASKED})
"""
ASK_REGISTERED = ASK.replace("def ask", "@register\ndef ask")
REGISTER = """TABLE = {}


def register(f):
    TABLE[f.__name__] = f
    return f


"""
REGISTER_BY_NAME = """TABLE = {}


def register(name):
    def keep(f):
        TABLE[name] = f
        return f
    return keep


"""
BOX = f"{OPENAI}\n\nclass Box:\n    def __init__(self, client):\n        self.client = client\n\n\n"


def asking(name: str, body: str, before: str = OPENAI, members: str = "") -> Form:
    """A task that asks a model on a way of its own."""
    return Form(name, OUT, f"{body}\n{WRITE}", before=before, members=members)


BY_NAME = (
    asking("method-of-a-client", f"{CLIENT}client.responses.__getattribute__('create')({ASKED})"),
    asking("of-the-object", f"{CLIENT}object.__getattribute__(client.responses, 'create')({ASKED})"),
    asking("builtins", f"import builtins\n{CLIENT}builtins.getattr(client.responses, 'cre' + 'ate')({ASKED})"),
    asking("any-member", f"{CLIENT}client.responses.__getattribute__(self.names[0])({ASKED})"),
    asking("methodcaller", f"{CLIENT}operator.methodcaller('create', {ASKED})(client.responses)"),
    asking("methodcaller-kept", f"{CLIENT}go = operator.methodcaller('create', {ASKED})\ngo(client.responses)"),
    asking("methodcaller-mapped", f"list(map(operator.methodcaller('create', {ASKED}), self.clients()))"),
    asking("globals", "globals()['ask']('q')", ASK),
    asking("globals-any", "for n in self.names:\n    globals()[n]('q')", ASK),
    asking("globals-kept", "table = globals()\ntable.get('a' + 'sk')('q')", ASK),
    asking("own-module", "sys.modules[__name__].ask('q')", ASK),
    asking("module-by-name", "importlib.import_module('ta' + 'sks').ask('q')", ASK),
    asking("dunder-import", "__import__('tasks').ask('q')", ASK),
    asking("module-unknown", "importlib.import_module(self.names[0]).ask('q')", ASK),
    asking("evaluated", "self.ask()", ASK, "def ask(self):\n    eval('ask()')\n"),
    asking("executed", "helper()", f"{ASK}def helper():\n    exec('ask()')\n"),
    asking("own-parameters", "for n, _ in self.get_params():\n    getattr(self, n)()", ASK, f"{ASKING}\n"
           "def get_params(self):\n    return [('ask', 1)]\n"),
    asking("other-loop", "for n, _ in self.get_params():\n    pass\nn = self.names[0]\ngetattr(self, n)()", ASK,
           ASKING),
    asking("in-the-namespace", "self.go = self.ask\nvars(self)[self.names[0]]()", ASK, ASKING),
    asking("in-the-class", "for f in vars(type(self)).values():\n    f(self)", ASK, ASKING),
    asking("run-as-a-script", "import runpy\nself.ask()", ASK, "def ask(self):\n    import runpy\n"
           "    runpy.run_module('tasks')\n"),
)  # fmt: skip
REGISTERED = (
    asking("dispatched", "ask('q')", f"{DISPATCHED}@ask.register\n{ASK_TEXT}"),
    asking("dispatched-class", "ask('q')", f"{DISPATCHED}@ask.register(str)\n{ASK_TEXT}"),
    asking("dispatched-later", "ask('q')", f"{DISPATCHED}{ASK_TEXT}ask.register(str, _)\n"),
    asking("dispatched-method", "self.ask('q')", OPENAI, "@functools.singledispatchmethod\ndef ask(self, q):\n"
           f"    pass\n\n@ask.register\ndef _(self, q: str):\n    openai.OpenAI().responses.create({ASKED})\n"),
    asking("table-filled", "TABLE['ask']('q')", f"{ASK}TABLE = {{}}\nTABLE['ask'] = ask\n"),
    asking("table-updated", "TABLE['ask']('q')", f"{ASK}TABLE = {{}}\nTABLE.update(ask=ask)\n"),
    asking("list-appended", "for step in STEPS:\n    step('q')", f"{ASK}STEPS = []\nSTEPS.append(ask)\n"),
    asking("decorator", "TABLE['ask']('q')", REGISTER + ASK_REGISTERED),
    asking("decorator-made", "TABLE['a']('q')", REGISTER_BY_NAME + ASK_REGISTERED.replace("ter\n", "ter('a')\n")),
    asking("subclasses-kept", "for kind in KINDS:\n    kind().go()", SUBCLASSES),
    asking("subclasses", "for kind in Base.__subclasses__():\n    kind().go()", SUBCLASSES),
)  # fmt: skip
GIVEN = (
    asking("part-of-a-client", f"{CLIENT}faraway.summarise(client.responses)"),
    asking("part-in-a-list", f"{CLIENT}faraway.summarise([client.chat])"),
    asking("in-a-dictionary", "held = {}\nheld['c'] = openai.OpenAI().responses\nfaraway.summarise(held)"),
    asking("in-an-object", "faraway.summarise(Box(openai.OpenAI()))", BOX),
    asking("kept-in-an-object", f"{CLIENT}job = faraway.Job()\njob.client = client\njob.go()"),
    asking("set-in-an-object", f"{CLIENT}job = faraway.Job()\nsetattr(job, 'client', client)\njob.go()"),
    asking("context", "CLIENT.set(openai.OpenAI())\nfaraway.go()", f"{OPENAI}import contextvars\n\n"
           "CLIENT = contextvars.ContextVar('client')\n"),
    asking("holder-in-a-helper", "helper()", f"{OPENAI}\n\ndef helper():\n"
           "    faraway.Summariser(openai.OpenAI()).go('x')\n"),
)  # fmt: skip
KINDS = {"by-name": BY_NAME, "registered": REGISTERED, "given": GIVEN}
EACH = [pytest.param(form, id=f"{kind}-{form.name}") for kind, forms in KINDS.items() for form in forms]


@pytest.mark.parametrize("form", EACH)
def test_a_model_that_is_asked_is_refused(form: Form) -> None:
    with tempfile.TemporaryDirectory() as directory:
        [report] = [r for r in refactor(form.project, Path(directory)).reports if r.task.name == "First"]
    assert report.refusal is not None
    assert report.refusal.code in {"DBR103", "DBR105", "DBR106"}


OTHER = """import importlib
import operator
import sys


class Other:
    def __init__(self, d):
        self.d = d

    def save(self, text='x'):
        Path(self.d, 'extra').write_text(text)


"""
INNER = "    def __init__(self, d):\n        object.__setattr__(self, 'inner', Other(d))\n\n"
PROXY = f"{OTHER}class Proxy:\n{INNER}    def __getattr__(self, name):\n        return getattr(self.inner, name)\n"
ALL = PROXY.replace("__getattr__", "__getattribute__").replace(
    "self.inner", "object.__getattribute__(self, 'inner')"
)
MADE = "other = Other(self.run_dir)\n"
FUNCTION = f"{OTHER}def save(d):\n    Path(d, 'extra').write_text('x')\n\n\n"
WRITES = (
    Form("getattribute", OUT, f"{MADE}other.__getattribute__('save')('x')", before=OTHER),
    Form("methodcaller", OUT, f"{MADE}operator.methodcaller('save', 'x')(other)", before=OTHER),
    Form("methodcaller-mapped", OUT, f"{MADE}list(map(operator.methodcaller('save'), [other]))", before=OTHER),
    Form("attrgetter", OUT, f"{MADE}operator.attrgetter('save')(other)('x')", before=OTHER),
    Form("namespace-of-the-class", OUT, f"{MADE}vars(Other)['save'](other)", before=OTHER),
    Form("dictionary-of-the-class", OUT, f"{MADE}type(other).__dict__['save'](other)", before=OTHER),
    Form("class-of-the-object", OUT, f"{MADE}other.__class__.save(other)", before=OTHER),
    Form("type", OUT, f"{MADE}type(other).save(other)", before=OTHER),
    Form("handed-on", OUT, f"{MADE}faraway.show(getattr(other, 'save')('x'))", before=OTHER),
    Form("delegating", OUT, "Proxy(self.run_dir).save('x')", before=PROXY),
    Form("delegating-attribute", OUT, "self.other = Proxy(self.run_dir)\nself.other.save()", before=PROXY),
    Form("delegating-everything", OUT, "Proxy(self.run_dir).save('x')", before=ALL),
    Form("globals", OUT, "globals()['save'](self.run_dir)", before=FUNCTION),
    Form("globals-joined", OUT, "globals()['sa' + 've'](self.run_dir)", before=FUNCTION),
    Form("own-module", OUT, "sys.modules[__name__].save(self.run_dir)", before=FUNCTION),
    Form("object-of-globals", OUT, "globals()['ONE'].save()", before=f"{OTHER}ONE = Other('run/plan')\n"),
    Form("table-filled", OUT, "TABLE['a'](self.run_dir)", before=f"{FUNCTION}TABLE = {{}}\nTABLE['a'] = save\n"),
    Form("list-appended", OUT, "for s in STEPS:\n    s(self.run_dir)",
         before=f"{FUNCTION}STEPS = []\nSTEPS.append(save)\n"),
    Form("objects-appended", OUT, f"held = []\n{MADE}held.append(other)\nfor o in held:\n    o.save()", before=OTHER),
    Form("enumeration", OUT, "Act.SAVE.value(self.run_dir)", before=f"import enum\n\n{FUNCTION}class Act(enum.Enum):\n"
         "    SAVE = functools.partial(save)\n"),
    Form("executed", OUT, "helper(self.run_dir)", before=f"{FUNCTION}def helper(d):\n    exec('save(d)')\n"),
    Form("metaclass", OUT, "Made(self.run_dir)", before="class Meta(type):\n    def __call__(cls, d):\n"
         "        Path(d, 'extra').write_text('x')\n\n\nclass Made(metaclass=Meta):\n    pass\n"),
    Form("subclassed", OUT, "class Here(Base):\n    pass",
         before="class Base:\n    def __init_subclass__(cls, **given):\n"
         "        Path('run/plan', 'extra').write_text('x')\n"),
)  # fmt: skip


@pytest.mark.parametrize("form", WRITES, ids=lambda form: form.name)
def test_a_file_that_would_have_no_row_is_refused(form: Form) -> None:
    found, code = broken(replace(form, body=f"{form.body}\n{WRITE}").project)
    assert found == []
    assert code in {"DBR106", "DBR411", "DBR421"}


QUIET = (
    Form("flag", OUT, "print(globals().get('DEBUG'))", before=ASK),
    Form("field", OUT, "print([getattr(self, n) for n in ('run_dir', 'names')])", before=ASK),
    Form("parameters", OUT, "held = {n: getattr(self, n) for n, _ in self.get_params()}\nprint(len(held))",
         before=ASK, members=LOADING),
    Form("parameter-names", OUT, "held = [getattr(self, n) for n in self.get_param_names()]\nprint(len(held))",
         before=ASK, members=LOADING),
    Form("parameters-given", OUT, "held = [getattr(self, n) for n in self.param_kwargs]\nprint(len(held))",
         before=ASK, members=LOADING),
    Form("arguments", OUT, "print(getattr(faraway.show, self.names[0], None))", before=ASK),
    Form("sorted", OUT, "print(sorted(self.names, key=operator.methodcaller('lower')))", before=ASK),
    Form("key", OUT, "print(sorted([Path('b'), Path('a')], key=operator.attrgetter('name')))", before=ASK),
    Form("module", OUT, "print(importlib.import_module('json').dumps({}))", before=ASK),
    Form("table-of-data", OUT, "print(TABLE['a'])", before=f"{ASK}TABLE = {{}}\nTABLE['a'] = 1\n"),
    Form("class-name", OUT, "print(type(self).__name__, self.__class__.__name__)", before=ASK),
)  # fmt: skip


@pytest.mark.parametrize("form", QUIET, ids=lambda form: form.name)
def test_a_lookup_that_leads_to_neither_is_no_matter(form: Form) -> None:
    stub = form.before.replace("import openai\n", "")  # nothing of it is run
    assert broken(replace(form, body=f"{form.body}\n{WRITE}", before=stub).project) == ([], "")


@pytest.mark.parametrize("holder", ["vars(self)", "self.__dict__"])
def test_what_an_object_holds_are_not_the_methods_of_its_class(holder: str) -> None:
    """A method of the class that nobody calls counts for nothing; that the run directory is held counts still."""
    body = f"held = {{k: v for k, v in {holder}.items() if v is None}}\nprint(len(held))\n{WRITE}"
    form = Form("namespace", OUT, body, before="import importlib\n", members=LOADING)
    found, code = broken(form.project)
    assert found == []
    assert code != "DBR106"
