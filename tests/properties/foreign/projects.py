"""Generates one pipeline: a base class, helpers, a task or two, each put together from spellings of one thing."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.properties.decisions import Decisions

HEAD = """\
import csv
import datetime
import functools
import io
import itertools
import json
import os
import pickle
import random
import shutil
import time
import uuid
from collections import defaultdict
from pathlib import Path

import luigi
import luigi.format

import faraway
"""

BASE = (
    HEAD
    + '''

class BaseTask(luigi.Task):
    run_dir = luigi.Parameter()

    def get_plan_id(self):
        return os.path.basename(self.run_dir)

    def get_database_service(self):
        return faraway.Service()

    def place(self, name):
        return os.path.join(self.run_dir, name)

    def target(self, name):
        return luigi.LocalTarget(self.place(name))

    def write_note(self, text):
        with open(self.place("note.txt"), "w") as f:
            f.write(text)


class Middle(BaseTask):
    """A class in between."""

    suffix = "x"
'''
)

STORING_BYTES = BASE.replace(
    "        return faraway.Service()",
    "        from pipeline.database.service import DatabaseService\n\n        return faraway.Service()",
)
"""The same with a service that is known to store bytes; the one out of sight does so too."""

HELPERS = (
    HEAD
    + """

class Counter:
    def __init__(self):
        self.count = 0

    def next(self):
        self.count += 1
        return f"count {self.count}"

    def __str__(self):
        return self.next()


class Result:
    def __init__(self, text):
        self.text = text
        self.saved = 0

    @property
    def drawn(self):
        return f"{self.text} {random.random()}"

    def to_dict(self):
        return {"text": self.text}

    def save(self, path):
        with open(path, "w", encoding="utf-8") as f:
            f.write(self.text)

    def save_named(self, path):
        with open(path, "w", encoding="utf-8") as f:
            f.write(self.text + os.path.basename(path))

    def save_counted(self, path):
        self.saved += 1
        with open(path, "w", encoding="utf-8") as f:
            f.write(f"{self.text} {self.saved}")

    def save_twice(self, path):
        put(path, self.text)
        put(path + ".log", "log")

    def save_json(self, path):
        Path(path).write_text(json.dumps(self.to_dict()))


class Keeper:
    def __init__(self, path, text):
        self.path = path
        self.text = text

    def go(self):
        put(self.path, self.text)


def put(path, text):
    with open(path, "w") as f:
        f.write(text)


def put_deep(path, text):
    put(path, text)


def put_bytes(path, text):
    with open(path, "wb") as f:
        f.write(text.encode("utf-16"))


def append(path, text):
    with open(path, "a") as f:
        f.write(text)


def put_and_remember(path, text, seen=[]):
    seen.append(text)
    with open(path, "w") as f:
        f.write(f"{len(seen)} {text}")


def put_beside(path, text):
    put(path, text)
    Path(path).with_suffix(".log").write_text("log")


def put_atomically(path, text):
    with open(path + ".part", "w") as f:
        f.write(text)
    os.replace(path + ".part", path)


def pieces():
    yield "one "
    yield "two "


def mapped():
    return map(str.upper, ["one ", "two "])


def tripled(parts):
    return [p * 3 for p in parts]


def ask_far(prompt):
    return faraway.Bot().ask("wrapped " + prompt)


def far_note(directory):
    Path(directory, "deep.txt").write_text("deep")


def far_note_deeper(directory):
    far_note(directory)


class Noting:
    def __init__(self, directory):
        self.directory = directory

    def __getitem__(self, text):
        put(os.path.join(self.directory, "noted.txt"), text)
        return text


class LoudTarget(luigi.LocalTarget):
    def open(self, mode="r"):
        f = super().open(mode)
        if mode == "w":
            f.write("head\\n")
        return f
"""
)

_BY_PROPERTIES = (
    """\
@property
def folder(self):
    made = os.path.join(self.run_dir, 'de')
    os.makedirs(made, exist_ok=True)
    return made

def output(self):
    return luigi.LocalTarget(os.path.join(self.folder, {n}))""",
    """\
@property
def inner(self):
    return self.folder

@property
def folder(self):
    return Path(self.run_dir) / 'de'

def output(self):
    return luigi.LocalTarget(f'{self.inner}/a.txt')""",
    """\
called = None

@property
def kept(self):
    self.called = self.called or {n}
    return self.called

def output(self):
    return luigi.LocalTarget(os.path.join(self.run_dir, self.kept))""",
    """\
called = None

def keep(self):
    if self.called is None:
        self.called = {n} + str(len(self.words))
    return self.called

def output(self):
    return luigi.LocalTarget(f'{self.run_dir}/{self.keep()}')""",
)
"""Directories and names that members make, some of which keep them; `{n}` is the name of the file."""

_IMPORTS = """\
from base import BaseTask, Middle
from faraway import FarMixin, FarTask
from helpers import (
    Counter, Keeper, LoudTarget, Noting, Result, append, ask_far, far_note, far_note_deeper, mapped, pieces, put,
    put_and_remember, put_atomically, put_beside, put_bytes, put_deep, tripled,
)
"""


@dataclass
class Project:
    """A generated pipeline.

    Attributes:
        files: text by path below the project's directory.
        tasks: the classes to run, in order.
        choices: what it was made of, for people.
    """

    files: dict[str, str]
    tasks: list[str]
    choices: list[str] = field(default_factory=list)


def generate(decisions: Decisions) -> Project:
    """One pipeline."""
    return _Generator(decisions).project()


class _Generator:
    def __init__(self, decisions: Decisions) -> None:
        self._decisions = decisions
        self.choices: list[str] = []
        self.before: list[str] = []

    def pick(self, options: list[str]) -> str:
        """One of several spellings; the first is the plain one, and as likely as a third of the others."""
        extra = max(1, len(options) // 3)
        index = max(0, self._decisions.upto(len(options) + extra - 1) - extra)
        self.choices.append(options[index].strip().partition("\n")[0][:60])
        return options[index]

    def chance(self, percent: int) -> bool:
        return self._decisions.upto(99) >= 100 - percent

    def project(self) -> Project:
        base = self.pick(["BaseTask", "BaseTask", "Middle", "FarTask", "FarMixin, BaseTask"])
        output, target, path = self._output(base)
        members = [output]
        body = self._body(target, path, members)
        lines = [
            f"class First({base}):",
            _indented("date = luigi.DateParameter(default=datetime.date(2026, 1, 2))"),
        ]
        lines += [_indented("words = ['alpha ', 'beta ']"), _indented("title = 'first'")]
        lines += [_indented(member) for member in members]
        lines += [_indented("def run(self):"), _indented(_indented(body))]
        text = (
            f"{HEAD}{_IMPORTS}\n\ntotal = 0\n\n\n" + "\n\n".join(lines[:1]) + "\n" + "\n\n".join(lines[1:-2])
        )
        text += "\n\n" + "\n".join(lines[-2:]) + "\n"
        tasks = ["First"]
        if self.chance(25):
            text += self._child()
            tasks.append("Second")
        base = STORING_BYTES if self.chance(50) else BASE
        return Project({"base.py": base, "helpers.py": HELPERS, "tasks.py": text}, tasks, self.choices)

    def _output(self, base: str) -> tuple[str, str, str]:
        """The method `output()`, the target as an expression, and its path."""
        name = self.pick(
            ["'a.txt'", "'a.txt'", "'de/a.txt'", "f'{self.date}.txt'", "self.title + '.txt'", "'a.csv'"]
        )
        inner = {"'a.txt'": "a.txt", "'de/a.txt'": "de/a.txt", "'a.csv'": "a.csv"}.get(
            name, "{self.date}.txt"
        )
        form = self.pick(
            [
                "",
                "",
                "",
                "",
                "",
                ", format=luigi.format.UTF8",
                ", luigi.format.UTF8",
                ", format=luigi.format.Nop",
                ", format=luigi.format.Gzip",
                ", format=luigi.format.TextFormat(encoding='utf-16')",
                ", format=luigi.format.TextFormat(newline='\\r\\n')",
                ", format=luigi.format.TextFormat() >> luigi.format.Gzip",
                ", format=luigi.format.get_default_format()",
            ]
        )
        makers = [
            f"luigi.LocalTarget(f'{{self.run_dir}}/{inner}'{form})",
            f"luigi.LocalTarget(os.path.join(self.run_dir, {name}){form})",
            f"luigi.LocalTarget(str(Path(self.run_dir) / {name}){form})",
            f"luigi.LocalTarget(self.run_dir + '/' + {name}{form})",
            f"LoudTarget(os.path.join(self.run_dir, {name}))",
            f"faraway.MemoryTarget(os.path.join(self.run_dir, {name}))",
            f"luigi.LocalTarget(os.path.join('elsewhere', {name}))",
            f"luigi.LocalTarget(os.path.join(self.run_dir, faraway.clock() + {name}))",
        ]
        if "Far" not in base or "Mixin" in base:
            makers += [f"self.target({name})", f"luigi.LocalTarget(self.place({name}))"]
        else:
            makers += [f"self.far_target({name})"]
        made = self.pick(makers)
        forms = [
            ("def output(self):\n    return {m}", "self.output()"),
            ("def output(self):\n    return {m}", "self.output()"),
            ("def output(self):\n    return {{'a': {m}}}", "self.output()['a']"),
            ("def output(self):\n    return [{m}]", "self.output()[0]"),
            ("def output(self):\n    d = {{}}\n    d['a'] = {m}\n    return d", "self.output()['a']"),
            ("def output(self):\n    found = dict(a={m})\n    return found", "self.output()['a']"),
            ("def output(self):\n    return ({m},)", "self.output()[0]"),
            ("def output(self):\n    if self.date:\n        return {m}\n    return {m}", "self.output()"),
            (
                "def out_a(self):\n    return {m}\n\ndef output(self):\n    return self.out_a()",
                "self.out_a()",
            ),
            ("def output(self):\n    yield {m}", "list(self.output())[0]"),
            ("def output(self):\n    return {m} if self.date else None", "self.output()"),
            ("def output(self):\n    return [m for m in [{m}]]", "self.output()[0]"),
            (
                "@property\ndef made(self):\n    return {m}\n\ndef output(self):\n    return self.made",
                "self.made",
            ),
        ]
        forms += [(member.replace("{n}", name), "self.output()") for member in _BY_PROPERTIES]
        texts = [f"{a}\x00{b}" for a, b in forms]
        method, _, target = self.pick(texts).partition("\x00")
        if self.chance(20):
            self.before.append(f"target = {target}")
            target = "target"
        path = f"{target}.path"
        if self.chance(25):
            self.before.append(f"path = {path}")
            path = "path"
        return method.replace("{m}", made).replace("{{", "{").replace("}}", "}"), target, path

    def _value(self, members: list[str]) -> str:
        """An expression of the text that is written."""
        kind = self._decisions.upto(9)
        if kind < 3:
            value = self.pick(
                ["'plain'", "f'{self.title} text'", "''.join(self.words)", "json.dumps({'a': [1, 2]})",
                 "Result('kept').text", "str([1, 2])", "'a,b\\n' * 3", "', '.join(tripled(self.words))"]
            )  # fmt: skip
        elif kind < 5:
            value = self.pick(
                ["str(random.random())", "faraway.fetch('x')", "str(faraway.Tally())", "Counter().next()",
                 "str(time.time())", "str(uuid.uuid4())", "faraway.clock()", "datetime.datetime.now().isoformat()",
                 "Result('r').drawn", "str(len(faraway.LOG))", "f'{faraway.Tally()}'", "ask_far('p')",
                 "faraway.Tally()['k']", "faraway.Bot().ask('Hello')", "str(object())"]
            )  # fmt: skip
        elif kind < 7:
            source = self.pick(
                ["pieces()", "mapped()", "faraway.lines()", "(w for w in self.words)", "iter(self.words)",
                 "faraway.Bot().stream('s')", "filter(None, self.words)", "reversed(self.words)",
                 "(a + b for a, b in zip(self.words, self.words))", "faraway.listing()"]
            )  # fmt: skip
            name = "parts: list[str]" if self.chance(20) else "parts"
            self.before.append(f"{name} = {source}")
            value = self.pick(
                ["''.join(parts)", "''.join(list(parts))", "''.join(sorted(parts))", "''.join(p for p in parts)",
                 "str(list(enumerate(parts)))", "next(iter(parts))", "json.dumps([*parts])", "''.join(map(str, parts))"]
            )  # fmt: skip
        else:
            self.before += self._stateful()
            value = self.pick(["str(state())", "f'{state()}'", "'%s' % state()", "state().upper()"])
            if not any("def state" in line or "state =" in line for line in self.before):
                value = "'plain'"
        if kind >= 3 and self.chance(45):
            self.before.append(f"text = {value}")
            value = "text"
        if self.chance(8):
            members.append(
                f"def content(self):\n    return {value if value != 'text' and 'parts' not in value and 'state' not in value else repr('made')}"
            )
            value = "self.content()"
        return value

    def _stateful(self) -> list[str]:
        return self.pick(
            [
                "state = lambda: 'fixed'",
                "counter = Counter()\nstate = counter.next",
                "state = functools.partial(next, itertools.count())",
                "state = ['b', 'a'].pop",
                "seen = defaultdict(list)\ndef state():\n    seen['k'].append(1)\n    return str(seen)",
                "def state():\n    global total\n    total += 1\n    return f'total {total}'",
                "state = faraway.Tally().__str__",
            ]
        ).splitlines()

    def _body(self, target: str, path: str, members: list[str]) -> str:
        model = self._model()
        value = self._value(members)
        if model:
            value = f"{value} + answer" if self.chance(70) else "answer"
        write = self.pick(
            [
                "with {t}.open('w') as f:\n    f.write({v})",
                "with {t}.open('w') as f:\n    f.write({v})",
                "with open({p}, 'w') as f:\n    f.write({v})",
                "with {t}.open('w') as f:\n    json.dump({{'v': {v}}}, f)",
                "with {t}.open('w') as f:\n    print({v}, file=f)",
                "with {t}.open('w') as f:\n    f.writelines([{v}, '!'])",
                "with {t}.open('w') as f:\n    for piece in self.words:\n        f.write(piece + {v})",
                "with {t}.open('w') as f:\n    csv.writer(f).writerow([{v}, 'x'])",
                "f = {t}.open('w')\nf.write({v})\nf.close()",
                "Path({p}).write_text({v})",
                "Path({p}).write_text({v}, encoding='utf-8')",
                "put({p}, {v})",
                "put_deep({p}, {v})",
                "put_bytes({p}, {v})",
                "append({p}, {v})",
                "for piece in self.words:\n    append({p}, piece)",
                "put_and_remember({p}, {v})",
                "put_beside({p}, {v})",
                "put_atomically({p}, {v})",
                "Result({v}).save({p})",
                "result = Result({v})\nresult.save({p})",
                "result = Result({v})\nresult.save_named({p})",
                "result = Result({v})\nresult.save_counted({p})",
                "result = Result({v})\nresult.save_twice({p})",
                "result = Result({v})\nresult.save_json({p})",
                "keeper = Keeper({p}, {v})\nkeeper.go()",
                "faraway.Frame({v}).to_csv({p})",
                "frame = faraway.Frame({v})\nwith {t}.open('w') as f:\n    frame.to_csv(f)",
                "faraway.Frame({v}).to_parquet({p})",
                "faraway.Frame({v}).save({p})",
                "faraway.export({p}, {v})",
                "with open({p}, 'wb') as f:\n    pickle.dump({v}, f)",
                "f = open({p}, 'w')\nfor word in self.words:\n    f.write(word + {v})\nf.close()",
                "f = {t}.open('w')\nif self.date:\n    f.write({v})\n    f.close()",
                "f = {t}.open('w')\ntry:\n    f.write({v})\nfinally:\n    f.close()",
                "with open({p}, 'w', encoding='utf-16') as f:\n    f.write({v})",
                "with open({p}, 'w', newline='\\r\\n') as f:\n    f.write({v} + '\\n')",
                "with Path({p}).open('wb') as f:\n    f.write(bytes({v}, 'utf-8'))",
                "with {t}.open('w') as f:\n    for word in self.words:\n        if word > 'b':\n            break\n        f.write({v})",
                "with {t}.open('w') as f:\n    f.write({v})\n    if len({v}) > 20:\n        return\n    f.write('short')",
                "with {t}.open('w') as f:\n    rows = csv.DictWriter(f, ['a'])\n    rows.writerow({{'a': {v}}})",
                "with {t}.open('w') as f:\n    shutil.copyfileobj(io.StringIO({v}), f)",
                "with {t}.open('w') as f:\n    g = f\n    g.write({v})",
                "with {t}.open('w') as f:\n    f.write({v})\n    f.close()",
                "with {t}.open('w') as f, open('scratch.txt', 'w+') as g:\n    g.write({v})\n    g.seek(0)\n    f.write(g.read())",
                "with {t}.temporary_path() as tmp:\n    with open(tmp, 'w') as f:\n        f.write({v})",
                "with open({p} + '.tmp', 'w') as f:\n    f.write({v})\nos.rename({p} + '.tmp', {p})",
                "with open('scratch.txt', 'w') as f:\n    f.write({v})\nshutil.copy('scratch.txt', {p})",
                "write = functools.partial(put, {p})\nwrite({v})",
                "job = (put, {p})\njob[0](job[1], {v})",
                "with {t}.open('w') as f:\n    self.fill(f, {v})",
                "self.save({v})",
                "self.save_to({t}, {v})",
                "buffer = io.StringIO()\nbuffer.write({v})\nwith {t}.open('w') as f:\n    f.write(buffer.getvalue())",
                "self.dump({v})",
                "with {t}.open('w') as f, open({p} + '.meta', 'w') as g:\n    f.write({v})\n    g.write('meta')",
                "for t in luigi.task.flatten(self.output()):\n    with t.open('w') as f:\n        f.write({v})",
            ]
        )
        if "self.fill" in write:
            members.append("def fill(self, f, text):\n    f.write(text)\n    f.write('!')")
        if "self.save(" in write:
            members.append(
                f"def save(self, text):\n    with {target if target != 'target' else 'luigi.task.flatten(self.output())[0]'}.open('w') as f:\n        f.write(text)"
            )
        if "self.save_to(" in write:
            members.append("def save_to(self, t, text):\n    with t.open('w') as f:\n        f.write(text)")
        extra = self.pick(
            ["", "", "", "", "", "", "", "self.write_note('note')", "getattr(self, 'write_note')('note')",
             "{'a': self.write_note}['a']('note')", "for step in (self.write_note,):\n    step('note')",
             "Noting(self.run_dir)['note']", "self.title = 'anew'", "far_note(self.run_dir)", "far_note_deeper(self.run_dir)",
             "with open(os.path.join(self.run_dir, 'log.txt'), 'a') as log:\n    log.write('start\\n')",
             "faraway.show(self.output())", "self.kept = self.output()", "print(self.output())",
             "os.makedirs(os.path.join(self.run_dir, 'de'), exist_ok=True)",
             "with open(os.path.join(self.run_dir, 'extra.txt'), 'w') as g:\n    g.write(self.title)"]
        )  # fmt: skip
        if "write_note" in extra and "FarTask" in self.choices[0]:
            extra = ""
        lines = [
            "os.makedirs(os.path.join(self.run_dir, 'de'), exist_ok=True)",
            "os.makedirs('elsewhere', exist_ok=True)",
        ]
        lines += self.before
        lines += model + [extra] * bool(extra) + write.format(t=target, p=path, v=value).splitlines()
        if self.chance(10):
            lines = [*lines[:2], "if self.date:", *(_indented(line) for line in lines[2:])]
        return "\n".join(lines)

    def _model(self) -> list[str]:
        if not self.chance(35):
            return []
        return self.pick(
            [
                "llm = faraway.Model()\nanswer = llm.ask('question')",
                "llm = faraway.Model()\nquery = f'about {self.title}'\nanswer = llm.ask(query)",
                "llm = faraway.Model()\nask = llm.ask\nanswer = ask('aliased')",
                "llm = faraway.Model()\nanswer = functools.partial(llm.ask, 'partial')()",
                "llm = faraway.Model()\nanswer = ''.join(map(llm.ask, ['m1', 'm2']))",
                "llm = faraway.Model()\nanswer = ''.join(llm.ask(w) for w in self.words)",
                "llm = faraway.Model()\nanswer = ''\nfor word in self.words:\n    answer = llm.ask(word)",
                "llm = faraway.Model()\nanswer = ''.join(llm.stream('streamed'))",
                "llm = faraway.Model()\nstream = llm.stream('streamed')\nanswer = ''.join(stream)",
                "llm = faraway.Model()\nanswer = llm.ask(str(random.random()))",
                "llm = faraway.Model()\nanswer = llm.ask(''.join(pieces()))",
                "llm = faraway.Model()\ntexts = pieces()\nanswer = llm.ask(' '.join(texts))",
                "llm = faraway.Model()\nanswer = llm.ask(str(faraway.Tally()))",
                "llm = faraway.Model()\nanswer = llm.ask(Counter().next())",
                "llm = faraway.Model()\nholder = {'m': llm}\nanswer = holder['m'].ask('held')",
            ]
        ).splitlines()

    def _child(self) -> str:
        member = self.pick(
            [
                "title = 'second'",
                "words = ['gamma ']",
                "title = 'second'\n\ndef output(self):\n    return luigi.LocalTarget(os.path.join(self.run_dir, 'b.txt'))",
                "def content(self):\n    return str(random.random())",
                "def place(self, name):\n    return os.path.join(self.run_dir, 'b_' + name)",
                "def fill(self, f, text):\n    f.write('other ' + text)",
            ]
        )
        if self.chance(30):
            # A diamond: what Right overrides is found before First, behind Left.
            left = "\n\nclass Left(First):\n    side = 'left'\n"
            right = f"\n\nclass Right(First):\n{_indented(member)}\n"
            return f"{left}{right}\n\nclass Second(Left, Right):\n    pass\n"
        return f"\n\nclass Second(First):\n{_indented(member)}\n"


def _indented(text: str) -> str:
    return textwrap.indent(text, "    ")
