"""Plans that `pipeline run` did not make, and tasks whose files are not their rows."""

import gzip
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from pipeline.cli.main import main
from pipeline.database.service import DatabaseService
from tests.runtime.command import KILLED, REPOSITORY, Command, assert_ended
from tests.runtime.crashes import assert_as_undisturbed
from tests.shared import CHAOS


def luigi(directory: Path, task: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "luigi", "--module", "tests.runtime.plain_tasks", task),
            # Without its lock: a second process with the same words would end without a word.
            *("--run-dir", "run/one", "--local-scheduler", "--no-lock", "--log-level", "WARNING"),
        ],
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def pipeline(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


@pytest.fixture
def one(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A plan of plain Luigi that has ended, and the working directory."""
    monkeypatch.chdir(tmp_path)
    ran = luigi(tmp_path, "Note")
    assert (tmp_path / "run" / "one" / "charts" / "note.txt").exists(), ran.stderr
    return tmp_path


def rows(engine: Engine) -> list[tuple[object, ...]]:
    with engine.begin() as connection:
        return [
            tuple(row)
            for table in ("plans", "llm_interactions", "plan_content", "plan_files")
            for row in connection.execute(text(f"SELECT * FROM {table}"))
        ]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (
            ["resume", "one"],
            (
                "pipeline: plan one was not made by pipeline run; to restore its files: pipeline doctor one "
                "(with --run-dir . where its tasks name them from the working directory)\n"
            ),
        ),
        (
            ["run", "--plan-id", "one", "--prompt", "x"],
            "pipeline: there is already a plan one: it was not made by pipeline run; take another plan id\n",
        ),
    ],
)
def test_a_plan_of_plain_luigi_is_not_run(command: list[str], told: str, one: Path, engine: Engine) -> None:
    before = rows(engine), sorted(one.rglob("*.txt"))
    refused = pipeline(*command)
    assert (refused.exit_code, refused.stdout, refused.stderr) == (2, "", told)
    assert (rows(engine), sorted(one.rglob("*.txt"))) == before


def test_it_is_shown_as_what_it_is(one: Path, engine: Engine) -> None:
    shown = pipeline("show", "one").stdout.splitlines()
    assert shown[0] == "plan one: made by plain Luigi, 1 task done, 1 file"
    assert shown[2].startswith("the database knows its rows, not whether somebody works on it; last write ")
    assert pipeline("show", "one", "charts/note.txt").stdout == "note\n"
    facts = json.loads(pipeline("show", "one", "--output-format", "json").stdout)
    assert (facts["active"], facts["note"], facts["made_by_run"]) == (False, None, False)
    service = DatabaseService(engine)
    service.create_llm_interaction({"plan_id": "one", "llm_model": "m", "stage": "n", "prompt_text": "p"})
    shown = pipeline("show", "one").stdout.splitlines()
    assert any("the call of m has no end on record" in line for line in shown)
    page = pipeline("report", "one", "--html", "-").stdout
    for words in ("running since", "pipeline resume", "is of another pipeline"):
        assert words not in page
        assert not any(words in line for line in shown)
    named = pipeline("show", "one", "--root", "tests.runtime.plain_tasks:Note").stdout
    assert "Note has no parameter run_id_dir" in named


def test_its_files_come_back(one: Path) -> None:
    note = one / "run" / "one" / "charts" / "note.txt"
    note.unlink()
    note.parent.rmdir()
    repaired = pipeline("doctor", "one")
    assert (repaired.exit_code, repaired.stdout) == (0, "charts/note.txt: missing (repaired)\n")
    assert repaired.stderr == (
        "1 file, 1 repaired, 0 left; LLM interactions: 1 completed\n"
        "compared below: run/one (--run-dir names another directory)\n"
    )
    assert note.read_text() == "note\n"


def test_where_files_belong_is_not_guessed(one: Path) -> None:
    """A file in the wrong place would look restored, and Luigi would make it again."""
    shutil.rmtree(one / "run")

    asked = pipeline("doctor", "one")

    assert (asked.exit_code, asked.stdout) == (2, "")
    assert "below which directory charts/note.txt was: pipeline doctor one --run-dir . for" in asked.stderr
    assert asked.stderr.endswith("pipeline doctor one --run-dir run/one for that\n")
    assert not (one / "run").exists()
    assert pipeline("doctor", "one", "--run-root", "run").exit_code == 0
    assert (one / "run" / "one" / "charts" / "note.txt").exists()


@pytest.mark.parametrize(
    ("place", "said"),
    [("papers/one", ("--run-dir", "papers/one")), (".", ("--run-dir", ".")), (".", ()), (".", ("--check",))],
)
def test_looking_at_one_place_does_not_make_another_likely(
    place: str, said: tuple[str, ...], one: Path
) -> None:
    """The lock of a plan lay in `run`, made for it alone; the next doctor took that for where files belong."""
    (one / place).mkdir(parents=True, exist_ok=True)
    (one / "run" / "one" / "charts").rename(one / place / "charts")
    shutil.rmtree(one / "run")
    assert pipeline("doctor", "one", *said).exit_code == 0
    shutil.rmtree(one / place / "charts")

    asked = pipeline("doctor", "one")

    assert (asked.exit_code, asked.stdout) == (2, "")
    assert not (one / "run").exists()


def test_files_below_the_working_directory_are_found_there(one: Path) -> None:
    (one / "run" / "one" / "charts").rename(one / "charts")
    shutil.rmtree(one / "run")

    looked = pipeline("doctor", "one", "--check")

    assert (looked.exit_code, looked.stdout) == (0, "")
    assert looked.stderr.endswith("compared below: . (--run-dir names another directory)\n")


def test_temporary_files_of_what_may_be_a_living_luigi_stay(one: Path) -> None:
    temporary = one / "run" / "one" / "charts" / "x.txt-luigi-tmp-012345"
    temporary.write_text("half")
    ours = one / "run" / "one" / "charts" / f".x.txt.{'0' * 16}.partial"
    ours.touch()
    assert pipeline("doctor", "one").exit_code == 1
    assert (temporary.read_text(), ours.exists()) == ("half", False)


def test_forgotten_tables_are_told_with_the_command(
    empty_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = luigi(tmp_path, "Note")
    last = [line for line in failed.stderr.splitlines() if line.startswith("pipeline.errors.")][-1]
    assert "make its tables with: pipeline db upgrade" in last
    assert "sqlalchemy" not in failed.stderr
    assert not (tmp_path / "run" / "one").exists()


@pytest.fixture(params=["sqlite_tables_url", pytest.param("postgres_tables_url", marks=pytest.mark.postgres)])
def packed(request: pytest.FixtureRequest, tmp_path: Path) -> Command:
    url: str = request.getfixturevalue(request.param)
    return Command(tmp_path / "work", url, "tests.runtime.plain_tasks:Unpacked")


def test_a_file_that_is_not_its_row_is_kept_by_resume_and_made_again_by_its_task(packed: Command) -> None:
    assert_ended(packed.run(), 0)
    file = packed.run_dir / "packed" / "p.dat"
    written = file.read_bytes()
    assert gzip.decompress(written) == b"text"
    assert_ended(packed("resume", "p1"), 0)
    assert file.read_bytes() == written
    checked = packed("doctor", "p1")
    assert_ended(checked, 1)
    assert file.read_bytes() == written
    # Lost: the row would make Luigi take the task for done, and whoever reads the file would fail.
    file.unlink()
    (packed.run_dir / "charts" / "text.md").unlink()
    assert_ended(packed("resume", "p1"), 0)
    assert gzip.decompress(file.read_bytes()) == b"text"
    assert (packed.run_dir / "charts" / "text.md").read_bytes() == b"text"


def test_files_that_are_named_from_the_working_directory_come_back_there(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = luigi(tmp_path, "Dated")
    written = tmp_path / "out" / "2026-01-05" / "dated.txt"
    assert written.read_text() == "dated\n", ran.stderr
    shutil.rmtree(tmp_path / "out")
    # Somebody else's file that looks like what a killed process leaves is none of this plan's business.
    other = tmp_path / "elsewhere" / ".note.txt.tmp-1-abc"
    other.parent.mkdir()
    other.write_text("theirs")
    assert pipeline("doctor", "one", "--check", "--run-dir", ".").exit_code == 1
    repaired = pipeline("doctor", "one", "--run-dir", ".")
    assert repaired.exit_code == 0, repaired.output
    assert repaired.stdout == "out/2026-01-05/dated.txt: missing (repaired)\n"
    assert "compared below: . " in repaired.stderr
    assert written.read_text() == "dated\n"
    assert other.read_text() == "theirs"
    assert not (tmp_path / "run" / "one").exists()
    assert pipeline("doctor", "one", "--run-dir", ".").exit_code == 0


KILLS = [
    pytest.param(database, command, point, marks=marks)
    for database, marks in (("sqlite_command", ()), ("postgres_command", (pytest.mark.postgres,)))
    for command in ("resume", "doctor")
    for point in ("restore_kept", "restore_before_replace", "restore_replaced")
]


@pytest.mark.parametrize(("database", "command", "point"), KILLS if CHAOS else [*KILLS[:3], KILLS[-1]])
def test_a_kill_while_a_file_is_replaced_loses_neither(
    point: str, command: str, database: str, request: pytest.FixtureRequest, undisturbed: Command
) -> None:
    run: Command = request.getfixturevalue(database)
    assert_ended(run.run(), 0)
    name = "100-2-goals.md"
    right = (run.run_dir / name).read_bytes()
    other = b"edited by hand"
    (run.run_dir / name).write_bytes(other)
    for _ in range(2):
        killed = run(command, "p1", PIPELINE_FAULT=f"{point}:1")
        assert killed.returncode in {KILLED, 0}
        assert (run.run_dir / name).read_bytes() in {right, other}
        assert (run.run_dir / f".{name}.kept-1").read_bytes() == other
    assert_ended(run(command, "p1"), 0)
    assert [path.name for path in run.run_dir.glob(".*")] == [f".{name}.kept-1"]
    (run.run_dir / f".{name}.kept-1").unlink()
    assert_as_undisturbed(run, undisturbed)
