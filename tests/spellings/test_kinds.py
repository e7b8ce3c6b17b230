"""Kinds of tasks in many spellings, the tables below `kinds`: right when they are run, or refused with the code.

A table has a `## kind`, below it a `### name CODE` for each task, without the code where it is refactored. The lines
below `-- run` are the body of `run()`; `-- output`, `-- members`, `-- before` and `-- behind` are as in `Form`, and
`-- tasks` names the classes that are run.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.properties.foreign.projects import STORING_BYTES
from tests.properties.foreign.running import SETTINGS, broken
from tests.shapes.test_output_forms import A, Form

TABLES = sorted(Path(__file__).with_name("kinds").glob("*.txt"))
PARTS = ("output", "run", "members", "before", "behind", "tasks")


def forms_of(table: str) -> dict[str, Form]:
    """The tasks of a table, by kind and name."""
    found: dict[str, Form] = {}
    for section in re.split(r"^## ", table, flags=re.MULTILINE)[1:]:
        kind, _, tasks = section.partition("\n")
        for task in re.split(r"^### ", tasks, flags=re.MULTILINE)[1:]:
            header, _, text = task.partition("\n")
            name, _, code = header.partition(" ")
            pieces = re.split(r"^-- (\w+)\n", text, flags=re.MULTILINE)
            parts = {k: v.strip("\n") for k, v in zip(pieces[1::2], pieces[2::2], strict=True)}
            assert parts.keys() <= set(PARTS), header
            assert f"{kind}-{name}" not in found
            found[f"{kind}-{name}"] = Form(
                name,
                parts.get("output", f"return {A}"),
                parts.get("run", "pass"),
                code,
                parts.get("members", ""),
                parts.get("before", ""),
                parts.get("behind", ""),
                tuple(parts.get("tasks", "First").split()),
            )
    return found


FORMS = {name: form for table in TABLES for name, form in forms_of(table.read_text(encoding="utf-8")).items()}


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("name", FORMS)
def test_right_or_refused(name: str) -> None:
    form = FORMS[name]
    assert broken(form.project) == ([], form.code)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("name", FORMS)
def test_right_or_refused_with_consent(name: str) -> None:
    """Files may be read back after they are written, and the service takes bytes."""
    form = replace(FORMS[name], base=STORING_BYTES)
    found, _ = broken(form.project, replace(SETTINGS, row_after_file=True))
    assert found == []


def test_each_kind_has_three_spellings() -> None:
    kinds = [
        s.split("\n", 1)
        for table in TABLES
        for s in re.split(r"^## ", table.read_text(), flags=re.MULTILINE)[1:]
    ]
    assert [kind for kind, tasks in kinds if tasks.count("### ") < 3] == []
