"""A service that inserts where it should replace is known by its source, and nothing is said of any other."""

from __future__ import annotations

from pathlib import Path

import pytest

from codemods.checking.engine import Checker
from codemods.rewriting.initialising import initialise
from codemods.settings import Settings
from codemods.source import decode
from codemods.tasks.insert_only import insert_only_service_of

SERVICE = """\
import json
import uuid

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from elsewhere import store_row


class Row:
    def __init__(self, **values):
        self.values = values


class Service:
    def __init__(self, session=None):
        self.session = session

    def create_llm_interaction(self, values): ...

    def update_llm_interaction(self, key, values): ...

    def close(self): ...

    def _make(self, values):
        return Row(**values)

    def create_plan_content(self, values):
{body}


def get_database_service():
    service = Service()
    return service
"""
TASK = """\
import luigi
{head}

class PlanTask(luigi.Task):
    run_dir = luigi.Parameter()

    def run(self):
        (self.run_dir / "a.txt").write_text("x")
"""
INSERTS = {
    "add": "row = Row(**values)\nself.session.add(row)\nself.session.commit()\nself.session.refresh(row)\nreturn row",
    "through a helper": "self.session.add(self._make(values))\nself.session.flush()",
    "with a json column": 'values = dict(values)\nvalues["meta"] = json.dumps(values)\nself.session.add(Row(**values))',
    "sql": 'self.session.execute("INSERT INTO rows (a, b) VALUES (?, ?)", (values["a"], values["b"]))',
    "an id of its own": 'self.session.add(Row(id=str(uuid.uuid4()), name=values.get("filename")))',
    "mongo": "self.session.rows.insert_one(dict(values))",
}
SILENT = {
    "merge": "self.session.merge(Row(**values))",
    "a query first": "if not self.session.query(Row).filter_by(**values).first():\n    self.session.add(Row())",
    "on conflict": "self.session.execute(insert(Row).values(**values).on_conflict_do_update(index_elements=['a']))",
    "sql upsert": 'self.session.execute("INSERT INTO rows (a) VALUES (?) ON CONFLICT (a) DO UPDATE SET a = 1", values)',
    "delete first": 'self.session.execute("DELETE FROM rows WHERE a = ?", values)\nself.session.add(Row(**values))',
    "out of sight": "store_row(self.session, values)",
    "get by key": 'if self.session.get(Row, values["id"]) is None:\n    self.session.add(Row(**values))',
    "a stub": "...",
}


def project(folder: Path, body: str, head: str = "") -> Path:
    lines = "\n".join(f"        {line}" for line in body.splitlines())
    (folder / "pyproject.toml").write_text("")
    (folder / "store.py").write_text(SERVICE.format(body=lines))
    path = folder / "tasks.py"
    path.write_text(TASK.format(head=head))
    return path


@pytest.mark.parametrize("kind", INSERTS)
def test_init_names_a_service_that_only_inserts_and_shows_what_replaces(tmp_path: Path, kind: str) -> None:
    path = project(tmp_path, INSERTS[kind])
    (done,) = initialise([decode(path.read_bytes(), path)], Settings())
    assert done.provider is not None
    assert done.insert_only is not None
    assert "Service.create_plan_content() inserts a row each time" in done.insert_only.message
    assert done.insert_only.upsert


@pytest.mark.parametrize("kind", INSERTS)
def test_check_says_it_once_where_the_service_is_opened(tmp_path: Path, kind: str) -> None:
    path = project(tmp_path, INSERTS[kind])
    (done,) = initialise([decode(path.read_bytes(), path)], Settings())
    found = [f for f in Checker(Settings()).check(done.after) if f.code == "DBF604"]
    assert [(f.task, done.after.lines[f.row - 1].strip()) for f in found] == [
        ("PlanTask", "def get_database_service(self) -> Service:")
    ]


@pytest.mark.parametrize("kind", SILENT)
def test_nothing_is_said_of_a_service_that_replaces_or_may(tmp_path: Path, kind: str) -> None:
    path = project(tmp_path, SILENT[kind])
    (done,) = initialise([decode(path.read_bytes(), path)], Settings())
    assert done.provider is not None
    assert done.insert_only is None
    assert [f.code for f in Checker(Settings()).check(done.after) if f.code == "DBF604"] == []


def test_the_upsert_that_is_shown_replaces(tmp_path: Path) -> None:
    """Put in place of the insertion it is no longer found."""
    path = project(tmp_path, "self.session.add(Row(**values))\nself.session.commit()")
    (done,) = initialise([decode(path.read_bytes(), path)], Settings())
    assert done.insert_only is not None
    assert "self.session.query(Row)" in done.insert_only.upsert
    project(tmp_path, done.insert_only.upsert)
    assert insert_only_service_of(done.after, "PlanTask") is None


def test_this_distributions_own_service_replaces(tmp_path: Path) -> None:
    """Its rows are unique by plan and file name."""
    root = Path(__file__).parents[2]
    path = root / "pipeline" / "plan_task.py"
    assert insert_only_service_of(decode(path.read_bytes(), path), "PlanTask") is None
