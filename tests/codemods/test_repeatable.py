"""What evaluating an expression once more does: source and question, and the verdict."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from codemods.knowledge.verdicts import Verdict
from codemods.python.classes import ClassRef, ClassResolver
from codemods.python.inference import ClassInference
from codemods.python.modules import ModuleFinder
from codemods.python.names import NameResolver
from codemods.python.repeatable import Repeatability
from codemods.python.scopes import Scope, Sources
from codemods.source import SourceFile

HEAD = (
    "import json, random, time, uuid, subprocess, requests, outside\nfrom collections import defaultdict\n"
    "from typing import Iterator\n\n\ndef typed() -> list[str]: ...\ndef streamed() -> Iterator[str]: ...\n\n\n"
    "class T:\n    def run(self, given, text: str):\n"
)
ROWS = (
    ("x = outside.ask()", "''.join(x)", "UNKNOWN"),
    ("x = outside.ask()", "x", "SAME"),
    ("x = outside.ask()", "list(x)", "UNKNOWN"),
    ("x = outside.ask()", "sorted(x)", "UNKNOWN"),
    ("x = outside.ask()", "[y for y in x]", "UNKNOWN"),
    ("x = outside.ask()", "f'{x}'", "UNKNOWN"),
    ("x = outside.ask()", "'a' in x", "UNKNOWN"),
    ("x = outside.ask()", "x.text", "UNKNOWN"),
    ("x = typed()", "''.join(x)", "SAME"),
    ("x = streamed()", "''.join(x)", "UNKNOWN"),
    ("x = iter(['a'])", "''.join(x)", "EFFECT"),
    ("x = map(str, [1])", "list(x)", "EFFECT"),
    ("x = (c for c in text)", "sum(x)", "EFFECT"),
    ("x = zip([1], [2])", "dict(x)", "EFFECT"),
    ("x = ['a', 'b']", "'-'.join(sorted(x))", "SAME"),
    ("x = 1", "''.join(c for c in text)", "SAME"),
    ("x = given", "''.join(given)", "UNKNOWN"),
    ("x = 1", "text.strip() + str(x)", "SAME"),
    ("x = 1", "random.random()", "EFFECT"),
    ("x = 1", "str(uuid.uuid4())", "EFFECT"),
    ("x = 1", "time.time()", "MAY_DIFFER"),
    ("x = 1", "subprocess.check_output(['a'])", "EFFECT"),
    ("x = 1", "requests.get(text).text", "EFFECT"),
    ("x = outside.bot()", "x.ask('Hello')", "UNKNOWN"),
    ("x = defaultdict(list)", "x['k']", "EFFECT"),
    ("x = ['a']", "x.pop()", "EFFECT"),
    ("x = json.loads(text)", "x['a'].strip()", "SAME"),
    ("x = 1", "id(text)", "UNKNOWN"),
    ("x = 1", "input()", "EFFECT"),
    ("x = random.random()", "str(x)", "UNKNOWN"),
    ("x = ['a']", "'-'.join(['b', *map(str, x)])", "SAME"),
    ("x = ['a']", "'{}'.format(*map(str, x))", "SAME"),
    ("x = map(str, ['a'])", "'{}'.format(*x)", "EFFECT"),
    ("x = ['a']", "sum((list(y) for y in x), [])", "SAME"),
    ("x = ['a']", "str(sum((list(y) for y in x), []))", "SAME"),
    ("x = [[text], [text]]", "'-'.join(max(*x))", "SAME"),
    ("x = [iter([text]), iter([text])]", "'-'.join(max(*x))", "EFFECT"),
    ("x = [[text], [text]]", "max(*x).append(text)", "EFFECT"),
    ("x = iter(['a'])", "sum((list(y) for y in x), [])", "EFFECT"),
    ("x = ['a']", "str(sum((iter(y) for y in x), []))", "EFFECT"),
    ("x = list(enumerate(iterable=outside.ask()))", "str(x)", "UNKNOWN"),
    ("x = list(enumerate(['a'], start=1))", "str(x)", "SAME"),
    *(
        row
        for line in (
            "import tqdm",
            "import tqdm.auto",
            "from tqdm import tqdm",
            "from tqdm.auto import tqdm as bar",
        )
        for call in ((line.split()[-1] + ".tqdm") if line.startswith("import") else line.split()[-1],)
        for row in (
            (f"{line}\n        for x in {call}([text], desc=text): pass", "f'{x}'", "SAME"),
            (f"{line}\n        for x, y in {call}(json.loads(text).items()): pass", "f'{x} {y}'", "SAME"),
            (f"{line}\n        for x in {call}(outside.ask()): pass", "f'{x}'", "UNKNOWN"),
            (f"{line}\n        for x in {call}(iterable=outside.ask()): pass", "f'{x}'", "UNKNOWN"),
            (f"{line}\n        for x in {call}(**outside.ask()): pass", "f'{x}'", "UNKNOWN"),
            (f"{line}\n        x = [text]", f"list({call}(x))", "UNKNOWN"),
        )
    ),
)


@pytest.mark.parametrize(("body", "question", "verdict"), ROWS, ids=[f"{b}; {q}" for b, q, _ in ROWS])
def test_what_a_second_evaluation_does(body: str, question: str, verdict: str) -> None:
    """The verdict of the interpreter for one expression in a method."""
    source = SourceFile(
        Path(__file__).parent / "case.py", f"{HEAD}        {body}\n        return {question}\n"
    )
    names = NameResolver(ModuleFinder((source,)))
    sources = Sources(names, ClassResolver(names))
    module = names.finder.adopt(source)
    owner = next(n for n in module.tree.body if isinstance(n, ast.ClassDef))
    method = next(n for n in owner.body if isinstance(n, ast.FunctionDef))
    last = method.body[-1]
    assert isinstance(last, ast.Return)
    found = Repeatability(sources, ClassInference(sources), method).expression(
        last.value, Scope(module, ClassRef(module, owner), method)
    )
    assert found is Verdict[verdict]
