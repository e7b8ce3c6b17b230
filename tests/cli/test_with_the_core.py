"""The command line on the real core: the promises that a script relies on, on one small pipeline."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PIPELINE = '''\
import json
import luigi

class PlanTask(luigi.Task):
    def get_plan_id(self):
        return self.run_id_dir.name

    def local_target(self, name):
        return luigi.LocalTarget(self.run_id_dir / name)

    def get_database_service(self):
        return open_service()


class SetupTask(PlanTask):
    def output(self):
        return self.local_target("plan.txt")


class SummaryTask(PlanTask):
    """Writes a summary."""

    def requires(self):
        return self.clone(SetupTask)

    def output(self):
        return self.local_target("summary.txt")

    def run_inner(self):
        # Read the plan.
        with self.input().open("r") as f:
            text = f.read()

        with self.output().open("w") as f:
            f.write(text.upper())
'''


@pytest.fixture(params=["\n", "\r\n"], ids=["lf", "crlf"])
def pipeline(here: Path, request: pytest.FixtureRequest) -> Path:
    file = here / "pipeline.py"
    file.write_bytes(PIPELINE.replace("\n", request.param).encode())
    return file


def run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from refactor.cli import main; main(prog_name='refactor')", *arguments]
    return subprocess.run(command, capture_output=True, check=False)


def test_apply_once_and_again(pipeline: Path) -> None:
    before = pipeline.read_bytes()

    checked = run("apply", "--check", "--all")
    patch = run("apply", "--diff", "--all")
    assert (checked.returncode, patch.returncode) == (1, 1), checked.stderr
    assert pipeline.read_bytes() == before

    first = run("apply", "--all")
    after = pipeline.read_bytes()
    assert (first.returncode, b"SummaryTask: refactored" in first.stdout) == (0, True)
    assert ast.parse(after)
    assert (b"\r\n" in after) == (b"\r\n" in before)
    assert after.count(b"\r\n") in {0, after.count(b"\n")}

    assert run("apply", "--all", "--check").returncode == 0
    assert run("apply", "--all").returncode == 0
    assert pipeline.read_bytes() == after

    pipeline.write_bytes(before)
    subprocess.run(["git", "apply", "-p0", "-"], input=patch.stdout, check=True, capture_output=True)
    assert pipeline.read_bytes() == after


def test_v_tells_the_steps_and_where_the_content_was_found(pipeline: Path) -> None:
    told = run("apply", "--all", "-v").stdout.decode()

    assert told.endswith(
        "pipeline.py:20: SummaryTask: refactored, no LLM call found\n"
        "  steps: 1, 6, 9\n"
        "  summary.txt: the write in the method\n"
    ), told


def test_status_and_explain(pipeline: Path) -> None:
    status = run("status", "--format", "json")
    explained = run("explain", "SummaryTask")

    states = {one["task"]: one["state"] for one in json.loads(status.stdout)["tasks"]}
    assert (status.returncode, states["SummaryTask"]) == (0, "todo")
    assert explained.returncode == 0
    assert b"SummaryTask (pipeline.py:20) can be refactored." in explained.stdout
    assert b"text.upper()" in explained.stdout


def test_a_file_that_is_read_back_is_not_said_to_be_computed_twice(here: Path) -> None:
    drawn = PIPELINE.replace("import json\n", "import json\nimport random\n")
    text = drawn.replace("f.write(text.upper())", "f.write(f'{text} {random.random()}')")
    (here / "pipeline.py").write_text(text, encoding="utf-8")

    explained = run("explain", "SummaryTask")

    assert explained.returncode == 0
    assert b"found in:     the open file, read back before it is closed" in explained.stdout
    assert b"confirmation: none needed: the row holds what was read from the file itself" in explained.stdout
    assert b"computed" not in explained.stdout


def test_verify(pipeline: Path, here: Path) -> None:
    before = pipeline.read_bytes()
    (here / "before.txt").write_bytes(before)
    assert run("apply", "--all", "pipeline.py").returncode == 0

    proven = run("verify", "pipeline.py", "--against", "before.txt")
    pipeline.write_bytes(pipeline.read_bytes().replace(b"upper", b"lower"))
    damaged = run("verify", "pipeline.py", "--against", "before.txt")

    assert (proven.returncode, damaged.returncode) == (0, 1), proven.stderr
    assert b"SummaryTask: insertions only" in proven.stdout


def test_revert_gives_the_original_bytes(pipeline: Path) -> None:
    before = pipeline.read_bytes()
    assert run("apply", "--all").returncode == 0

    reverted = run("revert", "--all")

    assert reverted.returncode == 0, reverted.stderr
    assert pipeline.read_bytes() == before


def test_tasks_without_an_llm_call_are_told_of(tmp_path: Path) -> None:
    """A client that `llm-arguments` does not name is no model; whoever expects calls is to see that there are none."""
    body = "\n\n".join(
        f'''class {name}Task(PlanTask):
    def output(self):
        return self.local_target(Names.{name})

    def run_with_llm(self, llm):
        answer = ask(self.client, "{name}")
        with self.output().open("w") as f:
            f.write(answer)
'''
        for name in ("First", "Second")
    )
    file = tmp_path / "tasks.py"
    file.write_text(
        "from pipeline.plan_task import PlanTask\n\n\nclass Names:\n    First = Second = None\n\n\n" + body
    )
    one = run("apply", "--task", "FirstTask", "--check", str(file))
    both = run("apply", "--all", str(file))
    assert b"note:" not in one.stderr
    assert both.stdout.count(b"refactored, no LLM call found") == 2
    assert b"note: no LLM call was found in any of these 2 tasks" in both.stderr
    assert b"llm-arguments" in both.stderr


def test_a_task_that_cannot_be_reverted_is_said_and_status_1(pipeline: Path) -> None:
    run("apply", "--all")
    applied = pipeline.read_bytes()
    edited = applied.replace(b'"content_type": "txt"', b'"content_type": "txt", "note": "ours"')
    assert edited != applied
    pipeline.write_bytes(edited)

    result = run("revert", "--all")

    assert result.returncode == 1
    assert b"SummaryTask: not reverted: DBR911 line " in result.stdout
    assert b"1 refused" in result.stderr
    assert pipeline.read_bytes() == edited
