"""Methods that write what `output()` names, by the configuration's word: `writers`."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from codemods import api
from codemods.checking.engine import Checker
from codemods.model import ContentOrigin
from codemods.settings import DeclaredWriter, Settings
from codemods.source import SourceFile
from tests.properties.foreign.projects import BASE, STORING_BYTES, Project
from tests.properties.foreign.running import SETTINGS, broken, refactor
from tests.shapes.test_output_forms import A, B, Form

STATED = replace(
    SETTINGS,
    row_after_file=True,
    writers={"self.save": DeclaredWriter(content=0), "self.keep": DeclaredWriter(path="where()")},
)
OUT = f"return {A}"
KEYS = f"return {{'a': {A}, 'b': {B}}}"

SAVER = '''\
class Kept(luigi.LocalTarget):
    def save(self, data):
        writer = getattr(pickle, "du" + "mp")
        with open(self.path, "wb") as f:
            writer(data, f)

    def where(self):
        return self.path


class Store(luigi.Target):
    """No file at all."""

    def exists(self):
        return True

    def save(self, data):
        pass


class Saver:
    persist = ["data"]

    def save(self, data, key=None):
        targets = self.output()
        if isinstance(targets, dict):
            for name, value in data.items():
                targets[name].save(value)
        else:
            targets.save(data)

    keep = save
'''
HIDDEN = """\
def saver():
    class Hidden:
        def save(self, data, key=None):
            for target in luigi.task.flatten(self.output()):
                with open(target.path, "wb") as f:
                    pickle.dump(data, f)

        def keep(self, data):
            self.save(data)

    return Hidden


Saver = saver()
Kept = luigi.LocalTarget
"""
KEPT = A.replace("luigi.LocalTarget", "Kept")


def _form(name: str, output: str, body: str, before: str = SAVER, **more: str) -> Form:
    code, members = more.get("code", ""), more.get("members", "")
    return Form(name, output, body, code, members, before, base=more.get("base", STORING_BYTES))


def _framework(remember: str) -> str:
    """A framework whose tasks ask what they require for a part of their files' names, and remember the answer."""
    body = "".join(f"        {line}\n" for line in remember.splitlines())
    return f"""import hashlib

{SAVER.replace("class Saver:", "class Plain:")}

def set_up(thing, names):
    for name in names:
        setattr(thing, name, None)


class Saver(Plain):
    caching = True

    def __init__(self, *args, **kwargs):
        self.asked = None
        super().__init__(*args, **kwargs)

    def identity(self):
{body}
    def _ask(self):
        def tell(task):
            return str(task.identity()) if isinstance(task, Saver) else None

        told = [tell(task) for task in luigi.task.flatten(self.requires())]
        told.append(self.task_family)
        return hashlib.md5(str(told).encode()).hexdigest()

    def target(self, name):
        return Kept(os.path.join(self.run_dir, self.identity() + name))
"""


REMEMBERED = (
    "found = self.asked or self._ask()\nif self.caching:\n    self.asked = found\nreturn found",
    "if self.asked is None:\n    self.asked = self._ask()\nreturn self.asked",
    "self.asked = self._ask() if self.asked is None else self.asked\nreturn self.asked",
)
NOT_REMEMBERED = (
    "found = self._ask()\nself.asked = found\nreturn found",
    "self.asked = (self.asked or '') + self._ask()\nreturn self.asked",
    "found = self.asked or iter([self._ask()])\nself.asked = found\nreturn 'x'.join(found)",
)
FORMS = (
    _form("one-target", f"return {KEPT}", "self.save({'x': 1})"),
    _form("bytes-of-a-draw", f"return {KEPT}", "self.save(random.random())"),
    _form(
        "several-targets",
        f"return {{'a': {KEPT}, 'b': {KEPT.replace('a.txt', 'b.txt')}}}",
        "self.save({'a': 1, 'b': iter([2])})",
    ),
    _form("built-in-steps", "found = {}\nfor k in 'ab':\n    found[k] = Kept(os.path.join(self.run_dir, k))\n"
          "return found", "self.save({'a': 1, 'b': 2})"),
    _form("in-a-loop", f"return {KEPT}", "for i in range(3):\n    self.save(i)"),
    _form("in-a-branch", f"return {KEPT}", "if random.random() < 2:\n    self.save(1)\nelse:\n    self.save(2)"),
    _form("in-a-try", f"return {KEPT}", "try:\n    self.save(1)\nexcept ValueError:\n    raise"),
    _form("the-result-is-kept", f"return {KEPT}", "done = self.save(1)\nprint(done)"),
    _form("a-key-is-given", f"return {KEPT}", "self.save(1, 'a')"),
    _form("a-key-by-keyword", f"return {KEPT}", "self.save(1, key='a')"),
    _form("path-by-a-method", f"return {KEPT}", "self.keep(1)"),
    _form("no-file", "return Store()", "self.save(1)"),
    _form("one-of-two-is-a-file", f"return {{'a': {KEPT}, 'b': Store()}}", "self.save({'a': 1, 'b': 2})"),
    _form("memo-of-the-framework", "", "self.save(1)", before=SAVER + """
class Remembering(Saver):
    made = None

    def output(self):
        self.made = self.made or Kept(os.path.join(self.run_dir, "a.txt"))
        return self.made

    def save(self, data):
        self.output().save(data)


Saver = Remembering
"""),
    _form("source-out-of-sight", OUT, "self.save([1])", before=HIDDEN),
    _form("source-out-of-sight-of-two", KEYS, "self.save([1])", before=HIDDEN),
    _form("names-are-taken", f"return {KEPT}", "str = getattr = open = None\noutput_path = 'x'\nself.save(1)\n"
          "assert output_path == 'x'"),
)  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_each_file_of_the_outputs_has_its_row(form: Form) -> None:
    """Executed before and after: the files are the same, and each has a row with its bytes."""
    assert broken(_project(form), STATED) == ([], "")


@pytest.mark.parametrize("remember", REMEMBERED)
def test_what_a_framework_remembers_of_a_name_is_the_same_twice(remember: str) -> None:
    form = _form("remembered", "return self.target('a.txt')", "self.save(1)", before=_framework(remember))
    assert broken(_project(form), STATED) == ([], "")


@pytest.mark.parametrize("remember", NOT_REMEMBERED)
def test_what_is_assigned_anew_or_used_up_is_no_memory(remember: str) -> None:
    form = _form("remembered", "return self.target('a.txt')", "self.save(1)", before=_framework(remember))
    assert broken(_project(form), STATED) == ([], "DBR422")


@pytest.mark.parametrize("form", FORMS[::4], ids=lambda form: form.name)
def test_check_has_nothing_against_it_and_revert_takes_it_out(form: Form) -> None:
    project = _project(form)
    with tempfile.TemporaryDirectory() as scratch:
        case = refactor(project, Path(scratch), STATED)
        sources = [SourceFile(Path(scratch, name), text) for name, text in case.after.items()]
        for source in sources:
            source.path.write_text(source.text, encoding="utf-8")
        inspections = api.inspect(sources, STATED)
        checker = Checker(STATED)
        findings = [f for source in sources for f in checker.check(source)]
        reverted = [api.revert(i, lambda _: True, STATED) for i in inspections]
    assert [r.analysis.writes[0].origin for r in case.reports if r.analysis] == [ContentOrigin.READ_BACK]
    assert findings == []
    assert {r.before.path.name: r.after.text for r in reverted} == project.files


REFUSED = (
    _form("more-than-content", f"return {KEPT}", "other = self.output()\nself.save(1, other)", code="DBR422"),
    _form("unpacked", f"return {KEPT}", "given = [1]\nself.save(*given)", code="DBR422"),
    _form("keywords-unpacked", f"return {KEPT}", "given = {'data': 1}\nself.save(**given)", code="DBR422"),
    _form("content-by-another-name", f"return {KEPT}", "self.save(data=1)", code="DBR422"),
    _form("another-output-each-time", "return Kept(os.path.join(self.run_dir, str(random.random())))",
          "self.save(1)", code="DBR422"),
    _form("returned", f"return {KEPT}", "return self.save(1)", code="DBR405"),
    _form("part-of-an-expression", f"return {KEPT}", "x = self.names and self.save(1)", code="DBR428"),
    _form("in-a-comprehension", f"return {KEPT}", "x = [self.save(i) for i in range(2)]", code="DBR428"),
    _form("in-a-lambda", f"return {KEPT}", "later = lambda: self.save(1)\nlater()", code="DBR411"),
    _form("in-a-nested-function", f"return {KEPT}", "def later():\n    self.save(1)\nlater()", code="DBR405"),
    _form("the-handler-goes-on", f"return {KEPT}", "try:\n    self.save(1)\nexcept ValueError:\n    print('x')",
          code="DBR405"),
    _form("header", f"return {KEPT}", "if self.save(1):\n    pass", code="DBR002"),
    _form("handed-on", f"return {KEPT}", "list(map(self.save, [1]))", code="DBR411"),
    _form("under-another-name", f"return {KEPT}", "save = self.save\nsave(1)", code="DBR411"),
    _form("no-bytes", f"return {KEPT}", "self.save(1)", code="DBR402", base=BASE),
)  # fmt: skip


@pytest.mark.parametrize("form", REFUSED, ids=lambda form: form.name)
def test_what_a_declaration_does_not_tell_is_refused(form: Form) -> None:
    assert broken(_project(form), STATED) == ([], form.code)


@pytest.mark.parametrize("settings", [replace(STATED, row_after_file=False), replace(STATED, writers={})])
def test_without_consent_or_declaration_nothing_is_done(settings: Settings) -> None:
    problems, code = broken(_project(FORMS[0]), settings)
    assert (problems, bool(code)) == ([], True)


TARGETS = replace(
    SETTINGS, row_after_file=True, writers={"self.output().save": DeclaredWriter(content=0)}, style="inline"
)
OWN = """
def waiting(function):
    def wrapper(self, *args, **kwargs):
        kwargs.setdefault("times", 1)
        return function(self, *args[:0])

    return wrapper


class Other(BaseTask):
    def output(self):
        return Kept(os.path.join(self.run_dir, "other.txt"))

    @waiting
    def run(self):
        self.output().save(2)
"""
UNSEEN_TARGET = """
def made():
    class Hidden(luigi.LocalTarget):
        def save(self, data):
            with open(self.path, "wb") as f:
                pickle.dump(data, f)

    return Hidden


Kept = made()
"""
OF_TARGETS = (
    _form("at-once", f"return {KEPT}", "self.output().save({'x': 1})"),
    _form("by-name", f"return {KEPT}", "target = self.output()\ntarget.save(random.random())"),
    _form("by-key", f"return {{'a': {KEPT}}}", "self.output()['a'].save(iter([1]) and 2)"),
    _form("by-key-and-name", f"return {{'a': {KEPT}}}", "out = self.output()\nfirst = out['a']\nfirst.save(1)"),
    _form("in-a-loop", f"return [{KEPT}]", "for target in self.output():\n    target.save(1)"),
    _form("in-a-loop-over-values", f"return {{'a': {KEPT}}}",
          "for target in self.output().values():\n    target.save(1)"),
    _form("each-of-two", f"return [{KEPT}, {KEPT.replace('a.txt', 'b.txt')}]",
          "self.output()[0].save(1)\nself.output()[1].save(2)"),
    _form("source-out-of-sight", f"return {KEPT}", "self.output().save(1)", before=UNSEEN_TARGET),
    _form("decorated-like-another", f"return {KEPT}", "self.output().save(1)", before=SAVER + OWN),
)  # fmt: skip
NOT_OF_TARGETS = (
    _form("of-another-target", f"return {KEPT}", "Kept(os.path.join(self.run_dir, 'x.txt')).save(1)"),
    _form("perhaps-of-another", f"return {KEPT}",
          "t = self.output()\nif self.names:\n    t = Kept(os.path.join(self.run_dir, 'x.txt'))\nt.save(1)"),
    _form("of-an-argument", f"return {KEPT}", "def keep(t):\n    t.save(1)\nkeep(self.output())"),
    _form("more-than-content", f"return {KEPT}", "self.output().save(1, self.output())"),
    _form("another-one-each-time", "return Kept(os.path.join(self.run_dir, str(random.random())))",
          "self.output().save(1)"),
    _form("handed-on", f"return {KEPT}", "list(map(self.output().save, [1]))"),
    _form("the-handler-goes-on", f"return {KEPT}", "try:\n    self.output().save(1)\nexcept ValueError:\n    print()"),
    _form("no-bytes", f"return {KEPT}", "self.output().save(1)", base=BASE),
)  # fmt: skip


@pytest.mark.parametrize("form", OF_TARGETS, ids=lambda form: form.name)
def test_a_method_of_the_targets_can_be_declared(form: Form) -> None:
    project = form.project
    if "decorated" in form.name:
        head, _, tail = project.files["tasks.py"].rpartition("    def run(self):")
        project = replace(
            project, files={**project.files, "tasks.py": f"{head}    @waiting\n    def run(self):{tail}"}
        )
    assert broken(project, TARGETS) == ([], "")


@pytest.mark.parametrize("form", NOT_OF_TARGETS, ids=lambda form: form.name)
def test_what_is_not_shown_to_be_an_output_is_not_declared(form: Form) -> None:
    found, code = broken(form.project, TARGETS)
    assert found == []
    assert code.startswith("DBR4")


@pytest.mark.parametrize("settings", [replace(TARGETS, row_after_file=False), replace(TARGETS, writers={})])
def test_neither_is_a_target_s_method_without_consent_or_declaration(settings: Settings) -> None:
    found, code = broken(OF_TARGETS[3].project, settings)
    assert (found, code[:4]) == ([], "DBR4")


FRAMEWORK = {
    "kit/__init__.py": "from kit.targets import Target",
    "kit/targets.py": """\
import random

import luigi


class Settings:
    shared = None

    def __init__(self, *names, **given):
        self.names = names

    @classmethod
    def instance(cls, *args, **kwargs):
        if cls.shared is None:
            cls.shared = cls(*args, **kwargs)
        return cls.shared


class Target(luigi.LocalTarget):
    def __init__(self, path=None, **kwargs):
        kwargs.setdefault("format", None)
        settings = Settings.instance()
        if not path:
            path = "draw-%s" % random.randint(0, 9)
        super().__init__(path, **kwargs)

    def dump(self, data):
        with self.open("w") as f:
            f.write(str(data))
""",
    "tasks.py": """\
import os
import random

import luigi

import kit


class BaseTask(luigi.Task):
    def get_plan_id(self):
        return "plan"

    def get_database_service(self):
        from pipeline.database.service import DatabaseService

        return DatabaseService()


class NoteTask(BaseTask):
    def output(self):
        return OUTPUT

    def run(self):
        self.output().dump(1)

""",
}


@pytest.mark.parametrize(
    ("output", "code"),
    [
        ("kit.Target('data/a.txt')", ""),
        ("kit.Target(os.path.join(*map(str, ['data', 'a.txt'])))", ""),
        ("{'a': kit.Target('data/a.txt')}['a']", ""),
        ("kit.Target('data/%s.txt' % random.random())", "DBR422"),
        ("kit.Target(name_of())", "DBR422"),
    ],
)
def test_what_a_framework_does_to_make_its_targets_is_its_own(tmp_path: Path, output: str, code: str) -> None:
    """What the task's own code draws is not."""
    names = "\n\ndef name_of():\n    return str(random.random())\n"
    for name, text in FRAMEWORK.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text.replace("OUTPUT", output) + (names if name == "tasks.py" else ""))
    path = tmp_path / "tasks.py"
    settings = replace(TARGETS, writers={"self.output().dump": DeclaredWriter(content=0)})
    (inspection,) = api.inspect([SourceFile(path, path.read_text())], settings)
    (report,) = api.apply(inspection, lambda _: True, settings).reports
    assert (report.refusal.code if report.refusal is not None else "") == code


def _project(form: Form) -> Project:
    project = form.project
    text = project.files["tasks.py"].replace("class First(BaseTask)", "class First(Saver, BaseTask)")
    return replace(project, files={**project.files, "tasks.py": text})


GOKART = """\
import gokart

from base import BaseTask


class First(BaseTask, gokart.TaskOnKart):
    def run(self):
        frame = self.load("frame")
        self.{method}()
        self.dump(frame)
"""


@pytest.mark.parametrize(
    ("method", "code"),
    [("load", ""), ("load_data_frame", ""), ("make_target", "DBR422"), ("clean", "DBR422")],
)
def test_what_a_known_framework_only_reads_is_no_write(method: str, code: str) -> None:
    """The class is out of sight: what it is known for is taken from the tables, and nothing else."""
    settings = replace(STATED, writers={"self.dump": DeclaredWriter(path="path()", content=0)})
    files = {"base.py": STORING_BYTES, "tasks.py": GOKART.format(method=method)}
    with tempfile.TemporaryDirectory() as scratch:
        case = refactor(Project(files, ["First"], ()), Path(scratch), settings)
    [report] = [r for r in case.reports if r.task.name == "First"]
    assert (report.refusal.code if report.refusal else "") == code
    assert ("str(output_target.path())" in case.after["tasks.py"]) is (not code)
