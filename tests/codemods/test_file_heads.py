"""Imports are added below all that must stand at the head of a file, in every layout; proven by compiling the bytes."""

from __future__ import annotations

import ast
import random
import subprocess
import sys
from pathlib import Path

import pytest

from codemods import api
from codemods.model import Insertion, Step, TaskState
from codemods.python import compiling
from codemods.refusals import Refused
from codemods.rewriting import apply as rewriting
from codemods.rewriting.import_place import import_line
from codemods.rewriting.transform import rewrite_method
from codemods.settings import Settings
from codemods.source import SourceFile, decode
from codemods.steps.step_names import IMPORT_MARK

SETTINGS = Settings()
HERE = Path(__file__).parent / "head_of_a_test.py"

TASK = """\
from pipeline.plan_task import PlanTask


class GreetTask(PlanTask):
    name = "Jürgen"

    def output(self):
        return self.local_target("greeting.txt")

    def run_inner(self):
        with self.output().open("w") as f:
            for i in range(3):
                f.write(f"{self.name} {i}")
"""
PIECES: tuple[tuple[str, ...], ...] = (
    ("", "\n", "\n\n", "\x0c\n"),
    ("", "#!/usr/bin/env python3\n", "#!/usr/bin/python -O\n"),
    ("", "# -*- coding: latin-1 -*-\n", "# vim: set fileencoding=cp1252 :\n", "# coding=utf-8\n"),
    ("", "# ruff: noqa\n", "# A licence.\n# In two lines.\n", "#\n"),
    ("", "\n", "\n\n", "\x0c\n\n"),
    ("", '"""Say it."""\n', "r'''Say\nit.'''\n", 'u"a" \\\n"b"\n', '"""One.""";\n', '("no" f"ne")\n'),
    ("", "# belongs to what follows\n", "\n# apart\n\n"),
    ("", "from __future__ import annotations\n", "from __future__ import (\n    annotations,\n)\n"),
    (
        "",
        "import os, \\\n    sys\n",
        "import os; x = [\n    1,\n]\n",
        "import os \\\n\n",
        "import os  # not continued \\\n",
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import luigi\n",
        "try:\n    import ujson as json\nexcept ImportError:\n    import json\n",
        "import logging; from io import open as opened\n",
    ),
    ("", "\n", "\n\n# Ours.\n"),
)


def layouts(count: int) -> list[bytes]:
    """Heads made of one choice a piece, with a line end and perhaps a byte order mark; those that compile."""
    chosen = random.Random(11)
    found: dict[bytes, None] = {}
    while len(found) < count:
        text = "".join(chosen.choice(choices) for choices in PIECES) + TASK
        text = text.replace("\n", chosen.choice(("\n", "\n", "\r\n")))
        head = text.split("\n")[:2]
        encoding = next((e for e in ("latin-1", "cp1252") if any(e in line for line in head)), "utf-8")
        data = text.encode(encoding)
        if encoding == "utf-8" and chosen.random() < 0.3:
            data = b"\xef\xbb\xbf" + data
        try:
            compile(data, "head", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        found[data] = None
    return list(found)


@pytest.mark.parametrize("data", layouts(120))
def test_the_head_of_a_file_stays_at_its_head(data: bytes) -> None:
    """Shebang, cookie, docstring and `__future__` mean what they meant; the bytes compile, and come back."""
    before = decode(data, HERE)
    (inspection,) = api.inspect([before], SETTINGS)
    result = api.apply(inspection, lambda report: True, SETTINGS)
    assert result.changed == ("GreetTask",), [r.reason for r in result.reports]
    after = result.after.to_bytes()
    compile(after, "head", "exec", dont_inherit=True)
    again = decode(after, HERE)
    assert (again.encoding, again.has_bom, again.text) == (before.encoding, before.has_bom, result.after.text)
    assert ast.get_docstring(again.tree) == ast.get_docstring(before.tree)
    if data.startswith(b"#!"):
        assert after.splitlines()[0] == data.splitlines()[0]
    assert "Jürgen" in next(n.value for n in ast.walk(again.tree) if getattr(n, "value", "") == "Jürgen")
    assert list(api.verify(before, again, SETTINGS).findings) == []
    (inspection,) = api.inspect([again], SETTINGS)
    assert api.revert(inspection, lambda report: True, SETTINGS).after.to_bytes() == data


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("#!/usr/bin/env python3\nimport luigi\n", 1),
        ("#!/usr/bin/env python3\n# -*- coding: latin-1 -*-\nimport luigi\n", 2),
        ("\n# -*- coding: latin-1 -*-\nimport luigi\n", 2),
        ("# A licence.\n\n# About it.\nimport luigi\n", 2),
        ("# A licence.\n\n\nimport luigi\n", 3),
        ("import luigi\n", 0),
        ('"""Doc."""\nimport luigi\n', 1),
        ("# comments\n# alone", 2),
    ],
)
def test_the_place_is_below_the_comments_that_the_file_begins_with(head: str, expected: int) -> None:
    """A comment that belongs to the first statement stays with it."""
    assert import_line(SourceFile(HERE, head)) == expected


ASKING = """\
from pipeline.plan_task import PlanTask


class AskTask(PlanTask):
    def output(self):
        return self.local_target("answer.json")

    def run_with_llm(self, llm):
        answer = llm.complete(["a"]).text
        with self.output().open("w") as f:
            json.dump({"answer": answer}, f)
"""


@pytest.mark.parametrize(
    ("head", "place"),
    [
        ("import json\n\n", 1),
        ("import json\nimport zlib\n\n", 1),
        ("import json\nfrom pathlib import Path\n\n", 1),
        ("from __future__ import annotations\n\nimport json\nimport os\nimport zoneinfo\n\n", 4),
        ('"""Asks."""\n\nimport json\nfrom typing import Any\n\n', 3),
        ("#!/usr/bin/env python3\nimport json\nimport zlib\n\n", 2),
        ("# About json.\nimport json\nimport zlib\n\n", 2),
        ("import zlib\nimport json\n\n", 2),
        ("import json, zlib\n\n", 1),
        ("import json; import zlib\n\n", 1),
        ('"""Asks."""; import json\n\n', 1),
        ('"""Asks.\n"""; import json\nimport zlib\n\n', 3),
        ("from __future__ import annotations; import json\n\n", 1),
    ],
)
def test_an_import_joins_the_order_of_its_group(head: str, place: int) -> None:
    """Where isort and ruff have nothing to say of the imports, they have nothing to say of them afterwards."""
    before = SourceFile(HERE, head + ASKING)
    (inspection,) = api.inspect([before], SETTINGS)
    result = api.apply(inspection, lambda report: True, SETTINGS)
    assert result.changed == ("AskTask",), [r.reason for r in result.reports]
    assert ast.get_docstring(result.after.tree) == ast.get_docstring(before.tree)
    assert api.verify(before, result.after, SETTINGS).findings == ()
    lines = result.after.text.splitlines()
    assert next(at for at, line in enumerate(lines) if line.endswith(IMPORT_MARK)) == place
    if _says_nothing_of_imports(before.text):
        assert _says_nothing_of_imports(result.after.text)
    (inspection,) = api.inspect([result.after], SETTINGS)
    assert api.revert(inspection, lambda report: True, SETTINGS).after.text == before.text


def _says_nothing_of_imports(text: str) -> bool:
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "I", "--quiet", "-"]
    return subprocess.run(command, input=text, text=True, check=False, capture_output=True).returncode == 0


def test_a_result_that_does_not_compile_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The proof reads bytes: a cookie pushed to line 3 is none, and the file is then no UTF-8."""
    head = "#!/usr/bin/env python3\n# -*- coding: latin-1 -*-\n"
    before = decode((head + TASK).encode("latin-1"), HERE)
    monkeypatch.setattr("codemods.rewriting.import_place.import_line", lambda source: 0)
    (inspection,) = api.inspect([before], SETTINGS)
    result = api.apply(inspection, lambda report: True, SETTINGS)
    (report,) = result.reports
    assert (report.state, report.refusal and report.refusal.code) == (TaskState.REFUSED, "DBR903")
    assert result.after.text == before.text


def test_one_task_that_would_not_compile_keeps_no_other_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is tried with one task more at a time."""
    second = TASK[TASK.index("\n\nclass") :].replace("GreetTask", "OtherTask")
    before = SourceFile(HERE, TASK + second)

    def fails(source: SourceFile) -> str | None:
        steps = source.text.partition("class OtherTask")[2]
        return "line 9: no" if "get_database_service" in steps else compiling.compile_error(source)

    monkeypatch.setattr(rewriting, "compile_error", fails)
    (inspection,) = api.inspect([before], SETTINGS)
    result = api.apply(inspection, lambda report: True, SETTINGS)
    assert result.changed == ("GreetTask",)
    assert {r.task.name: r.state for r in result.reports} == {
        "GreetTask": TaskState.DONE,
        "OtherTask": TaskState.REFUSED,
    }


@pytest.mark.parametrize(
    ("code", "encoding", "expected"),
    [
        ('x = "a € b"  # € too\n', "latin-1", 'x = "a \\u20ac b"  # \\u20ac too\n'),
        ("x = '¥'\n", "shift_jis", "x = '\\xa5'\n"),
        ("x = 'ü'\n", "latin-1", "x = 'ü'\n"),
        ("größe = łódź\n", "latin-1", "DBR904"),
        ("x = f'{d[\"€\"]}'\n", "latin-1", "DBR904"),
        ("x.save(ł=1)\n", "ascii", "DBR904"),
    ],
)
def test_what_the_encoding_lacks_is_escaped_in_texts_and_refused_in_names(
    code: str, encoding: str, expected: str
) -> None:
    """An escape must mean the same: in a literal, not in a name, and not in every f-string."""
    source = SourceFile(HERE, TASK.replace("ü", "u"), encoding)
    method = next(n for n in ast.walk(source.tree) if getattr(n, "name", "") == "run_inner")
    assert isinstance(method, ast.FunctionDef)
    opening = Insertion(Step.SERVICE, (), "opening", code, 1)
    closing = Insertion(Step.CLOSE, (), "closing", "finally:\n    pass\n", 1)
    if expected.startswith("DBR"):
        with pytest.raises(Refused) as refused:
            rewrite_method(source, method, [opening, closing])
        assert refused.value.code == expected
    else:
        assert expected.rstrip() in rewrite_method(source, method, [opening, closing]).text
