"""`--style`: a target that begins with the steps as a block, tasks restated from one style to the other and back."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from refactor.cli import main

SERVICE = """\
import sqlite3


class Service:
    def __init__(self):
        self.db = sqlite3.connect("rows.db")
        self.db.execute("create table if not exists rows (filename text primary key, content text)")

    def create_llm_interaction(self, data): ...
    def update_llm_interaction(self, key, data): ...

    def create_plan_content(self, data):
        self.db.execute("insert or replace into rows values (?, ?)", (data["filename"], data["content"]))
        self.db.commit()

    def close(self):
        self.db.close()
"""
TASKS = """\
import json
from pathlib import Path

import luigi


class PlanTask(luigi.Task):
    run_dir = luigi.PathParameter(default=Path("run"))

    def file(self, name):
        return luigi.LocalTarget(self.run_dir / name)


class NoteTask(PlanTask):
    def output(self):
        return {"note": self.file("note.txt"), "data": self.file("data.json")}

    def run(self):
        note = "first"

        # Both of them.
        with self.output()["note"].open("w") as f:
            f.write(note)
        with self.output()["data"].open("w") as f:
            json.dump({"note": note}, f)


class HandTask(PlanTask):
    def output(self):
        return self.file("hand.txt")

    def run(self):
        db = self.get_database_service()
        try:
            db.create_plan_content({"filename": "hand.txt", "content": "hand"})
            with self.output().open("w") as f:
                f.write("hand")
        finally:
            db.close()
"""
RUN = "import luigi, tasks; print(luigi.build([tasks.NoteTask()], local_scheduler=True, log_level='ERROR'))"


def refactor(*arguments: str) -> str:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    return result.output


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "service.py").write_text(SERVICE)
    (tmp_path / "tasks.py").write_text(TASKS)
    return tmp_path


def test_a_target_with_a_service_of_its_own_runs_with_the_block(here: Path) -> None:
    """`init`, `apply`, and a run: the rows are what the files are."""
    (here / "pyproject.toml").write_text('[tool.refactor]\nstyle = "steps"\n')
    assert "get_plan_id() and get_database_service() and database_steps()" in refactor("init", "tasks.py")
    begun = (here / "tasks.py").read_text()
    explained = " ".join(refactor("explain", "NoteTask", "tasks.py").split())
    assert "step 1, around the statements: a block that opens the database service" in explained
    assert "NoteTask: refactored" in refactor("apply", "--task", "NoteTask", "tasks.py")
    assert "        with self.database_steps() as steps:\n" in (here / "tasks.py").read_text()
    assert "with self.database_steps() as steps:" in refactor("revert", "--all", "--diff", "tasks.py")
    done = subprocess.run([sys.executable, "-c", RUN], capture_output=True, text=True, check=True, cwd=here)
    assert done.stdout.strip() == "True"
    rows = dict(sqlite3.connect("rows.db").execute("select filename, content from rows"))
    assert rows == {path.name: path.read_text() for path in (here / "run").iterdir()}
    assert set(rows) == {"note.txt", "data.json"}
    refactor("revert", "--task", "NoteTask", "tasks.py")
    assert (here / "tasks.py").read_text() == begun


def test_tasks_are_restated_and_back(here: Path) -> None:
    """Byte for byte what the other style would have been from the start; what is somebody's is left."""
    refactor("init", "--style", "steps", "tasks.py")
    begun = (here / "tasks.py").read_text()
    refactor("apply", "--task", "NoteTask", "tasks.py")
    inline = (here / "tasks.py").read_text()
    assert "create_plan_content({" in inline.partition("class NoteTask")[2].partition("class HandTask")[0]

    told = refactor("apply", "--all", "--style", "steps", "tasks.py")
    assert "NoteTask: refactored" in told
    assert "HandTask: refused DBR911" in told
    steps = (here / "tasks.py").read_text()
    assert "with self.database_steps() as steps:" in steps
    assert steps.partition("class HandTask")[2] == inline.partition("class HandTask")[2]
    assert "NoteTask: unchanged" in refactor("apply", "--all", "tasks.py")
    assert (here / "tasks.py").read_text() == steps

    (here / "tasks.py").write_text(begun)
    refactor("apply", "--task", "NoteTask", "--style", "steps", "tasks.py")
    assert (here / "tasks.py").read_text() == steps

    refactor("apply", "--task", "NoteTask", "--style", "inline", "tasks.py")
    assert (here / "tasks.py").read_text() == inline


def test_what_has_no_steps_in_the_other_style_keeps_those_it_has(here: Path) -> None:
    """The base class has no block: nothing is taken out."""
    refactor("init", "tasks.py")
    refactor("apply", "--task", "NoteTask", "tasks.py")
    before = (here / "tasks.py").read_text()
    assert "NoteTask: refused DBR003" in refactor(
        "apply", "--task", "NoteTask", "--style", "steps", "tasks.py"
    )
    assert (here / "tasks.py").read_text() == before
    assert "without --commit" in refactor("apply", "--all", "--style", "steps", "--commit", "tasks.py")


def test_a_base_in_front_of_a_librarys_opens_blocks_too(here: Path) -> None:
    (here / "tasks.py").write_text(
        "import luigi\n\n\nclass One(luigi.Task):\n    day = luigi.Parameter()\n\n"
        '    def output(self):\n        return luigi.LocalTarget("one.txt")\n\n'
        '    def run(self):\n        with self.output().open("w") as f:\n            f.write("one")\n'
    )
    (here / "pyproject.toml").write_text('[tool.refactor]\nstyle = "steps"\n')
    before = (here / "tasks.py").read_text()
    refactor("init", "--rebase", "--plan-id", "self.day", ".")
    assert "One: refactored" in refactor("apply", "--all", ".")
    assert "with self.database_steps() as steps:" in (here / "tasks.py").read_text()
    refactor("revert", "--all", ".")
    refactor("init", "--revert", ".")
    assert (here / "tasks.py").read_text() == before
    assert not (here / "plan_task.py").exists()
