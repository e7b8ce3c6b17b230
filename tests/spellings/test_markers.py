"""Targets that are no file, an entry in a database or an object that only tells: nothing of them is persisted."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from codemods.python.classes import ClassResolver
from codemods.python.modules import ModuleFinder
from codemods.python.names import NameResolver
from codemods.python.scopes import Scope, Sources
from codemods.source import SourceFile
from codemods.tasks.targets import is_marker
from tests.properties.foreign.running import SETTINGS, broken
from tests.shapes.test_output_forms import A, B, Form

BEFORE = """\
import luigi.contrib.sqla
from luigi.contrib.postgres import PostgresTarget
from luigi.contrib.sqla import SQLAlchemyTarget


class Done(PostgresTarget):
    there = []

    def __init__(self, name):
        super().__init__("host", "database", "user", "password", "table", name)

    def exists(self):
        return self.update_id in self.there

    def touch(self, connection=None):
        self.there.append(self.update_id)


class Sharp(Done):
    def note(self, text):
        self.there.append(text)


class Noting(Done):
    def touch(self, connection=None):
        with open("run/plan/noted.txt", "w") as f:
            f.write("x")


def pick(outputs):
    return outputs[1]


class Placed(Done):
    @property
    def path(self):
        return "run/plan/placed.txt"


class Files(luigi.Target):
    # Several files, which it knows by an attribute.

    def __init__(self, *files):
        self.files = files

    def exists(self):
        return all(os.path.exists(f) for f in self.files)


class Keeping(Done):
    def __init__(self, name):
        super().__init__(name)
        self.file = "run/plan/kept.txt"


class Telling(luigi.Target):
    def exists(self):
        return os.path.exists("run/plan/told.txt")
"""
MEMORY = "SQLAlchemyTarget('sqlite://', 'table', 'id')"
WRITE_B = "with self.output()['file'].open('w') as f:\n    f.write('text')"


def _form(name: str, output: str, body: str, members: str = "") -> Form:
    return Form(name, f"return {output}", body, before=BEFORE, members=members)


NO_FILE = (
    _form("of-the-library", MEMORY, "self.output().touch()"),
    _form("by-its-full-name", MEMORY.replace("SQLA", "luigi.contrib.sqla.SQLA", 1), "self.output().touch()"),
    _form("of-a-class-in-sight", "Done('a')", "self.output().touch()"),
    _form("of-an-heir", "Sharp('a')", "done = self.output()\ndone.note('x')\ndone.touch()"),
    _form("in-a-list", f"[Done('a'), {MEMORY}]", "for one in self.output():\n    one.touch()"),
    _form(
        "by-key", "{'a': Done('a'), 'b': Done('b')}", "self.output()['a'].touch()\nself.output()['b'].touch()"
    ),
    _form("handed-on", "Done('a')", "faraway.note('given')\nprint(self.output())\nself.output().touch()"),
)
ALONGSIDE = (
    _form("by-key", f"{{'done': Done('a'), 'file': {B}}}", f"{WRITE_B}\nself.output()['done'].touch()"),
    _form("by-name", f"{{'done': {MEMORY}, 'file': {B}}}", f"{WRITE_B}\ndone = self.output()['done']\ndone.touch()"),
    _form("in-a-tuple", f"(Done('a'), {A})",
          "done, file = self.output()\nwith file.open('w') as f:\n    f.write('text')\ndone.touch()"),
    _form("with-a-model", f"{{'done': Done('a'), 'file': {B}}}",
          "model = faraway.Model()\nllm = model\nanswer = llm.ask('q')\nwith self.output()['file'].open('w') as f:\n"
          "    f.write(answer)\nself.output()['done'].touch()"),
)  # fmt: skip
UNKNOWN = (
    _form("writes-a-file-itself", "Noting('a')", "self.output().touch()"),
    _form("has-a-path", "Placed('a')", "Path(self.output().path).write_text('x')"),
    _form("has-files", "Files('run/plan/x.txt')", "for f in self.output().files:\n    Path(f).write_text('x')"),
    _form("keeps-a-file", "Keeping('a')", "Path(self.output().file).write_text('x')"),
    _form("of-no-known-class", "Telling()", "Path('run/plan/told.txt').write_text('x')"),
    _form("in-a-file", "SQLAlchemyTarget('sqlite:///run/plan/a.db', 'table', 'id')", "self.output().touch()"),
    _form("in-a-file-perhaps", "SQLAlchemyTarget(faraway.clock(), 'table', 'id')", "self.output().touch()"),
    _form("one-of-two", f"Done('a') if self.names else {A}", "faraway.put(self.output())"),
    _form("either-by-name", f"[Done('a'), {A}]",
          "t = self.output()[0]\nif self.names:\n    t = pick(self.output())\n"
          "faraway.show(t)\nwith self.output()[1].open('w') as f:\n    f.write('text')"),
    _form("all-are-given-away", f"[Done('a'), {A}]", "faraway.put(self.output())"),
    _form("the-file-is-not-written", f"{{'done': Done('a'), 'file': {B}}}", "self.output()['done'].touch()"),
    _form("out-of-sight", "faraway.Marker('a')", "self.output().touch()"),
)  # fmt: skip


@pytest.mark.parametrize("form", NO_FILE, ids=lambda form: form.name)
def test_a_task_without_a_file_needs_no_steps(form: Form) -> None:
    assert broken(form.project) == ([], "exempt")


@pytest.mark.parametrize("form", ALONGSIDE, ids=lambda form: form.name)
def test_the_file_beside_it_is_persisted(form: Form) -> None:
    assert broken(form.project) == ([], "")


@pytest.mark.parametrize("consent", [False, True], ids=["", "row-after-file"])
@pytest.mark.parametrize("form", UNKNOWN, ids=lambda form: form.name)
def test_what_may_be_a_file_is_refused(form: Form, consent: bool) -> None:
    found, code = broken(form.project, replace(SETTINGS, row_after_file=consent))
    assert found == []
    assert code.startswith("DBR4")


def test_an_entry_in_another_database_is_no_file() -> None:
    """The driver is not there, so nothing is run."""
    form = _form("postgres", "PostgresTarget('h', 'd', 'u', 'p', 't', 'id')",
                 "connection = self.output().connect()\nconnection.cursor().execute('x')\n"
                 "self.output().touch(connection)")  # fmt: skip
    found, code = broken(form.project)
    assert (found, code) == ([], "exempt")


LUIGI = """\
import luigi


class MySqlTarget(luigi.Target):
    def __init__(self, host):
        self.host = host


class Other(luigi.Target):
    def __init__(self, host):
        self.host = host


def make():
    return {made}
"""


@pytest.mark.parametrize(
    ("folder", "made", "marker"),
    [
        ("luigi/contrib", "MySqlTarget('h')", True),
        ("src/luigi/contrib", "MySqlTarget(host='h')", True),
        ("luigi/contrib", "Other('h')", False),
        ("luigi/other", "MySqlTarget('h')", False),
        ("mine/contrib", "MySqlTarget('h')", False),
    ],
)
def test_luigis_own_classes_are_known_where_the_tree_is_luigi(
    tmp_path: Path, folder: str, made: str, marker: bool
) -> None:
    """In the module that defines such a target no import tells its full name."""
    place = tmp_path / folder
    place.mkdir(parents=True)
    for package in (place, place.parent):
        (package / "__init__.py").touch()
    source = SourceFile(place / "mysqldb.py", LUIGI.format(made=made))
    names = NameResolver(ModuleFinder((source,)))
    module = names.finder.adopt(source)
    function = module.tree.body[-1]
    assert isinstance(function, ast.FunctionDef)
    returned = function.body[0]
    assert isinstance(returned, ast.Return)
    assert isinstance(returned.value, ast.Call)
    scope, sources = Scope(module, None, function), Sources(names, ClassResolver(names))
    assert is_marker(returned.value, scope, sources) is marker
