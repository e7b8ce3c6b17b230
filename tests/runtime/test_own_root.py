"""Whose plan it is: no plan is gone on with by another pipeline than its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from pipeline.cli.main import main
from tests.runtime.command import PLAN, TINY

INCLUDED = "pipeline.example.tasks.report:FullPlanPipeline"
REFUSED = (
    f"pipeline: plan p1 is of another pipeline than {INCLUDED}; name its own root task: "
    "pipeline resume p1 --root MODULE:CLASS\n"
)


def pipeline(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


@pytest.fixture
def made(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished plan of the tests' own tasks."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PIPELINE_ROOT", raising=False)
    ran = pipeline("run", *PLAN, "--root", TINY)
    assert ran.exit_code == 0, ran.stderr
    return tmp_path


def _rows(engine: Engine) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        return [
            tuple(row)
            for table in ("plans", "llm_interactions", "plan_content")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]


CUTS = {
    "whole": (),
    "files-alone": ("DELETE FROM llm_interactions",),
    "calls-alone": ("DELETE FROM plan_content",),
    "one-file": (
        "DELETE FROM llm_interactions",
        "DELETE FROM plan_content WHERE filename NOT LIKE '%goals.md'",
    ),
    "begun": (
        "DELETE FROM llm_interactions",
        "DELETE FROM plan_content",
        "INSERT INTO running_tasks (plan_id, task_key, began_at) VALUES ('p1', 'Goals', '2026-01-01 00:00:00')",
    ),
}


@pytest.mark.parametrize("cut", CUTS.values(), ids=CUTS)
def test_the_included_pipeline_is_not_run_over_it(cut: tuple[str, ...], made: Path, engine: Engine) -> None:
    with engine.begin() as connection:
        for statement in cut:
            connection.execute(text(statement))
    before = _rows(engine), sorted(p.name for p in made.rglob("*.*"))

    refused = pipeline("resume", "p1")

    assert (refused.exit_code, refused.stdout, refused.stderr) == (2, "", REFUSED)
    assert (_rows(engine), sorted(p.name for p in made.rglob("*.*"))) == before


def test_its_own_root_goes_on_with_it(made: Path) -> None:
    (made / "run" / "p1" / "100-2-goals.md").unlink()
    assert pipeline("resume", "p1", "--root", TINY).exit_code == 0
    assert (made / "run" / "p1" / "100-2-goals.md").exists()


def test_the_way_on_names_the_root(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINE_OFFLINE_FAILING_MODELS", "offline")
    failed = pipeline("run", "--prompt", "x", "--plan-id", "p2", "--root", TINY)
    assert f"; go on with: pipeline resume p2 --root {TINY}\n" in failed.stderr
