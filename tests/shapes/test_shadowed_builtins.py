"""Inserted code means the builtins, whatever the module or the method calls by their names."""

from __future__ import annotations

import re

import pytest

from codemods.model import TaskState
from codemods.source import SourceFile
from tests.shapes import laws
from tests.shapes.bench import Bench
from tests.shapes.cases import PATH, TWO_FILES, Case
from tests.shapes.rewriting import rewrite

BODY = """
from contextlib import suppress
with self.input().open("r") as f:
    query = f.read()
outline = None
with suppress(ZeroDivisionError):
    outline = results.Outline.execute(llm, query)
outline.save_raw(self.output()["raw"].path)
with self.output()["text"].open("w") as f:
    for number in (1, 2):
        f.write(f"{number}")
"""
USED = ("str", "type", "len", "getattr", "open", "repr", "vars", "RuntimeError", "BaseException")
SHADOWS = {
    "function": "def {0}(*args, **kwargs):\n    raise AssertionError({0!r})\n",
    "import": "from reprlib import repr as {0}\n",
    "loop": "for {0} in (3,):\n    pass\n",
    "pair": "{0}, _other = 1, 2\n",
    "with": "import contextlib\nwith contextlib.nullcontext(5) as {0}:\n    pass\n",
    "global-in-a-function": "def _change():\n    global {0}\n    {0} = 7\n_change()\n",
    "walrus": "if ({0} := 1):\n    pass\n",
}


def source_with(shadow: str) -> SourceFile:
    case = Case("shadowed", BODY, files=TWO_FILES)
    return SourceFile(PATH, case.source.replace("\n\nclass CaseTask", f"\n{shadow}\n\nclass CaseTask", 1))


@pytest.mark.parametrize("how", SHADOWS)
@pytest.mark.parametrize("name", USED)
def test_a_shadowed_builtin_is_named_in_full(name: str, how: str) -> None:
    """No inserted line has the bare name; nothing else is new for pyflakes."""
    before = source_with(SHADOWS[how].format(name))
    result = rewrite(before)
    assert [r.state for r in result.reports] == [TaskState.DONE], result.reports
    added = set(laws.lines_of(result.after.text)) - set(laws.lines_of(before.text))
    inserted = [line for line in added if line.removeprefix("    ") not in laws.lines_of(before.text)]
    assert not [line for line in inserted if re.search(rf'(?<![\w."]){name}\(', line.partition("#")[0])]
    laws.check_only_insertions(before.text, result.after.text)
    laws.check_pyflakes_has_nothing_new(before.text, result.after.text)


@pytest.mark.parametrize("how", ["function", "loop"])
def test_it_runs_like_the_original(bench: Bench, how: str) -> None:
    """With every builtin shadowed that any inserted line uses, the same files are written and each has its row."""
    before = source_with("".join(SHADOWS[how].format(name) for name in USED))
    result = rewrite(before)
    old = bench.run(bench.load(before.to_bytes()), ["CaseTask"])
    new = bench.run(bench.load(result.after.to_bytes()), ["CaseTask"])
    laws.check_same_behaviour(old, new)
    assert set(new.rows) == set(new.files)


def test_below_a_star_import_everything_is_imported_under_a_name_of_its_own(bench: Bench) -> None:
    """A star import can bind any name that has no underscore in front, `time` and `len` too."""
    stars = "from fixtures.shapes.support.everything import *\n"
    before = source_with(stars)
    result = rewrite(before)
    assert [r.state for r in result.reports] == [TaskState.DONE], result.reports
    assert "import time as _time  # database-first steps" in result.after.text
    old = bench.run(bench.load(before.to_bytes()), ["CaseTask"])
    new = bench.run(bench.load(result.after.to_bytes()), ["CaseTask"])
    laws.check_same_behaviour(old, new)
    assert new.error is None
    assert set(new.rows) == set(new.files)
