"""`init --service`: whose service a base class opens, and the one that lies in the project as a module of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import luigi
import pytest
from click.testing import CliRunner, Result

import pipeline.cli.main
import refactor.cli
from codemods.knowledge.vendored import signed
from pipeline.database import engine as engines
from pipeline.database.service import DatabaseService
from refactor.vendoring.module import FILE, module_text
from tests.codemods.test_initialising import SERVICE as OWN_SERVICE

MODULE = "pipeline/database_first.py"
BASE = """\
import luigi


class ShopTask(luigi.Task):
    run_dir = luigi.Parameter()

    def target(self, name):
        return luigi.LocalTarget(f"{self.run_dir}/{name}")
"""
TASKS = """\
import json
import os
import signal
from pathlib import Path

from pipeline.base import ShopTask


class Model:
    model = "stand-in"

    def ask(self, prompt):
        if prompt == os.environ.get("DIE_AT"):
            os.kill(os.getpid(), signal.SIGKILL)
        return f"Answer to: {prompt}"


class NamesTask(ShopTask):
    def output(self):
        return self.target("names.json")

    def run(self):
        llm = Model()
        answer = llm.ask("names")
        with self.output().open("w") as f:
            json.dump({"names": answer}, f)


class ChartTask(ShopTask):
    def output(self):
        return self.target("chart.bin")

    def run(self):
        llm = Model()
        answer = llm.ask("chart")
        Path(self.output().path).write_bytes(b"\\xff\\x00" + answer.encode())


class PosterTask(ShopTask):
    def requires(self):
        return NamesTask(run_dir=self.run_dir), ChartTask(run_dir=self.run_dir)

    def output(self):
        return self.target("poster.md")

    def run(self):
        llm = Model()
        text = llm.ask("poster")
        with self.output().open("w") as f:
            f.write(text)
"""
CONFIGURATION = '[tool.refactor]\npaths = ["pipeline"]\nbase-classes = ["ShopTask"]\nrow-after-file = true\n'

# What runs the tasks can import neither this distribution nor the tool: SQLAlchemy and Luigi alone.
RUN = """\
import importlib.util, sys, warnings
warnings.simplefilter("ignore")
import luigi, pipeline
assert importlib.util.find_spec("codemods") is None and pipeline.__file__.startswith(sys.argv[1])
from pipeline.tasks import PosterTask
task = PosterTask(run_dir="run/monday")
sys.exit(not luigi.build([task], local_scheduler=True, workers=int(sys.argv[2]), log_level="ERROR"))
"""

Refactor = Callable[..., Result]


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose packages are called like those of this distribution."""
    for package in ("pipeline", "migrations", "refactor"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").touch()
    (tmp_path / "run" / "monday").mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(CONFIGURATION)
    (tmp_path / "pipeline" / "base.py").write_text(BASE)
    (tmp_path / "pipeline" / "tasks.py").write_text(TASKS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIPELINE_DATABASE_URL", f"sqlite:///{tmp_path / 'plans.db'}")
    return tmp_path


def called(*arguments: str, status: int = 0, program: str = "refactor") -> Result:
    main = refactor.cli.main if program == "refactor" else pipeline.cli.main.main
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == status, (arguments, result.output, result.exception)
    return result


def run(project: Path, workers: int, **environment: str) -> int:
    installed = Path(luigi.__file__).parents[1]
    return subprocess.run(
        [sys.executable, "-S", "-c", RUN, str(project), str(workers)],
        env={
            "PYTHONPATH": f"{project}:{installed}",
            "PIPELINE_DATABASE_URL": f"sqlite:///{project}/plans.db",
            **environment,
        },
        check=False,
    ).returncode


def spawned(project: Path, program: str, *arguments: str) -> str:
    """What a command prints where the project's packages come before those that are installed."""
    start = f"import luigi_database_first; luigi_database_first.{program}()"
    return subprocess.run(
        [sys.executable, "-c", start, *arguments],
        env={**os.environ, "PYTHONPATH": str(project)},
        check=True,
        capture_output=True,
        text=True,
    ).stdout


def test_a_project_with_packages_called_like_ours_runs_dies_and_comes_back(project: Path) -> None:
    """In both styles, with bytes in rows, in forked workers; the tool's commands work on its database."""
    done = called("init")
    assert "pipeline.database_first.DatabaseService, written to pipeline/database_first.py" in done.output
    assert "has the name of this distribution's package pipeline" in done.output
    assert (project / MODULE).read_text() == module_text()
    before = (project / "pipeline" / "tasks.py").read_bytes()
    assert "3 refactored" in called("apply", "--all").output
    called("check")
    assert run(project, 1, DIE_AT="poster") == -signal.SIGKILL

    called("init", "--style", "steps")
    assert "3 refactored" in called("apply", "--all", "--style", "steps").output
    called("check")
    assert "is done" in spawned(project, "refactor", "explain", "ChartTask")
    shown = spawned(project, "pipeline", "show", "monday")
    assert "2 completed, 1 pending" in shown
    called("doctor", "monday", program="pipeline")
    assert run(project, 2) == 0

    called("doctor", "monday", "--check", program="pipeline")
    assert "revision" in called("db", "check", program="pipeline").output
    called("report", "monday", "--html", "report.html", program="pipeline")
    called("export", "monday", "--output", "calls.jsonl", program="pipeline")
    service = DatabaseService()
    files = {path.name: path.read_bytes() for path in (project / "run" / "monday").iterdir()}
    rows = [row.filename for row in service.list_content("monday")]
    assert {name: service.get_content("monday", name) for name in rows} == files
    assert service.count_interactions("monday") == {"completed": 3, "failed": 1}
    assert set(files) == {"names.json", "chart.bin", "poster.md"}
    called("revert", "--all")
    assert (project / "pipeline" / "tasks.py").read_bytes() == before
    engines.dispose_engines()


def test_the_module_lies_where_it_is_wanted_and_is_found_again(project: Path) -> None:
    (project / "shared").mkdir()
    (project / "shared" / "__init__.py").write_text('"""Shared."""\n')
    done = called("init", "--service", "vendored", "--into", "shared/store.py")
    assert "shared.store.DatabaseService, written to shared/store.py (as --service says)" in done.output
    assert "from shared.store import DatabaseService" in (project / "pipeline" / "base.py").read_text()
    assert "has what the steps need" in called("init", "--service", "vendored").output
    (project / "pipeline" / "base.py").write_text(BASE)
    assert "shared.store.DatabaseService (it is there already)" in called("init").output


def test_a_class_of_the_project_comes_first(project: Path) -> None:
    (project / "store.py").write_text(OWN_SERVICE)
    assert (
        "by store.get_database_service (a class of this project)" in called("init", "--diff", status=1).output
    )
    assert "written to" in called("init", "--diff", "--service", "vendored", status=1).output
    called("init", "--service", "own")
    assert not (project / MODULE).exists()
    refused = called("init", "--service", "vendored", status=2).output
    assert "ShopTask has get_database_service() already" in refused


def test_the_class_of_rebase_opens_it_too(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.refactor]\npaths = ["pipeline"]\nstyle = "steps"\n')
    (project / "pipeline" / "tasks.py").write_text(TASKS.replace("(ShopTask)", "(luigi.Task)"))
    (project / "pipeline" / "base.py").unlink()
    text = (
        (project / "pipeline" / "tasks.py")
        .read_text()
        .replace("from pipeline.base import ShopTask", "import luigi")
    )
    text = text.replace("luigi.Task):", "luigi.Task):\n    run_dir = luigi.Parameter()\n")
    (project / "pipeline" / "tasks.py").write_text(text)
    done = called("init", "--rebase")
    assert (
        "the service: pipeline.database_first.DatabaseService, written to pipeline/database_first.py"
        in done.output
    )
    base = (project / "pipeline" / "plan_task.py").read_text()
    assert "from pipeline.database_first import DatabaseService\n" in base
    assert "from pipeline.database_first import DatabaseSteps, stage_of\n" in base
    called("init", "--revert")


REFUSED = {
    "a clash": (["--service", "installed"], "one would hide the other. Way out"),
    "no class": (["--service", "own"], "has the four methods"),
    "a file that is there": (["--service", "vendored", "--into", "pipeline/tasks.py"], "is there already"),
    "outside": (["--service", "vendored", "--into", "../store.py"], "is outside of"),
    "no directory": (["--service", "vendored", "--into", "nowhere/store.py"], "there is no directory"),
    "no module": (["--service", "vendored", "--into", "store.txt"], "no file name of a Python module"),
    "no name": (["--service", "vendored", "--into", "pipeline/my-store.py"], "no name that an import"),
    "a name of Python": (["--service", "vendored", "--into", "pipeline/json.py"], "one would hide the other"),
    "a name that it needs": (
        ["--service", "vendored", "--into", "sqlalchemy.py"],
        "one would hide the other",
    ),
    "another package": (["--service", "vendored", "--into", "busy/store.py"], "importing it runs"),
    "a package": (["--service", "vendored", "--into", "busy.py"], "a package of the same name"),
    "into alone": (
        ["--into", "pipeline/store.py"],
        "--into goes with --rebase, --service vendored or --update",
    ),
    "into and own": (["--service", "own", "--into", "store.py"], "--into goes with"),
    "update and service": (
        ["--update", "--service", "vendored"],
        "--update goes with --into and --diff alone",
    ),
    "update and style": (["--update", "--style", "steps"], "--update goes with --into and --diff alone"),
    "update and rebase": (["--update", "--rebase"], "--update goes with --into and --diff alone"),
    "update and revert": (["--update", "--revert"], "--revert goes with --diff alone"),
    "revert and service": (["--revert", "--service", "own"], "--revert goes with --diff alone"),
    "nothing to update": (["--update"], "there is no module that init has written"),
    "another file to update": (
        ["--update", "--into", "pipeline/base.py"],
        "was not written by refactor init",
    ),
    "no file to update": (["--update", "--into", "pipeline/none.py"], "there is no file"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_is_refused_and_nothing_is_written(project: Path, case: str) -> None:
    (project / "busy").mkdir()
    (project / "busy" / "__init__.py").write_text("import pipeline.tasks\n")
    before = {path: path.read_bytes() for path in project.rglob("*.py")}
    arguments, said = REFUSED[case]
    result = called("init", *arguments, status=2)
    assert said in result.output
    assert {path: path.read_bytes() for path in project.rglob("*.py")} == before


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_an_older_module_is_renewed(project: Path, newline: str) -> None:
    """With the line ends that it has by now."""
    older = signed("0.0.9", "import os\n", (("Errors", "class Error(Exception):\n    pass\n"),))
    module = project / "pipeline" / "store.py"
    module.write_bytes(older.replace("\n", newline).encode())
    assert "would be renewed" in called("init", "--update", "--diff", status=1).output
    done = called("init", "--update").output
    assert "pipeline/store.py: renewed, from version 0.0.9 to " in done
    assert "pipeline db upgrade" in done
    assert module.read_bytes() == FILE.read_bytes().replace(b"\n", newline.encode())
    assert (
        "pipeline/store.py: is the newest" in called("init", "--update", "--into", "pipeline/store.py").output
    )


def test_a_newer_module_is_left_alone(project: Path) -> None:
    (project / MODULE).write_text(signed("99.1", "import os\n", ()))
    assert "is of version 99.1, which is newer than this tool" in called("init", "--update", status=2).output


CHANGES = {
    "the service": ("        self._plans.add(plan_id)\n", "", "The service (line "),
    "two": ("MAX_PLAN_ID_LENGTH = 128", "MAX_PLAN_ID_LENGTH = 64", "Plan ids and names of files (line "),
    "the head": ("import base64\n", "import base64\nimport ast\n", "the head"),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_module_that_was_changed_is_not_renewed_and_not_known(project: Path, case: str) -> None:
    """What is different is named, and what it stores is not taken for granted: bytes are refused."""
    called("init")
    before, after, said = CHANGES[case]
    text = module_text()
    assert before in text
    (project / MODULE).write_text(text.replace(before, after))
    assert f"Changed: {said}" in called("init", "--update", status=2).output
    run = called("apply", "--task", "ChartTask", "NamesTask", status=1)
    assert "ChartTask: refused DBR402" in run.output
    assert "NamesTask: refactored" in run.output
    (project / "pipeline" / "base.py").write_text(BASE)
    assert "was changed since init wrote it" in called("init", "--service", "vendored", status=2).output
    assert "(a class of this project)" in called("init").output


OPENED = {
    "as init writes it": ("", ["return DatabaseService()"], True),
    "imported in the method": (
        "",
        ["from pipeline.database_first import DatabaseService", "return DatabaseService()"],
        True,
    ),
    "by a relative import": (
        "",
        ["from .database_first import DatabaseService as Service", "return Service()"],
        True,
    ),
    "decorated": ("@wrapped", ["return DatabaseService()"], False),
    "one of two": ("", ["return DatabaseService() if self.run_dir else None"], False),
    "another one at times": (
        "",
        ["if self.run_dir:", "    return Other()", "return DatabaseService()"],
        False,
    ),
    "bound anew": ("", ["DatabaseService = Other", "return DatabaseService()"], False),
    "a class of the project": ("", ["return Derived()"], False),
}


@pytest.mark.parametrize("case", OPENED)
def test_what_a_service_stores_is_known_only_where_it_is_certain_which_one_is_opened(
    project: Path, case: str
) -> None:
    """Bytes go into rows then, and are refused otherwise."""
    (project / MODULE).write_text(module_text())
    decorator, body, known = OPENED[case]
    base = "from pipeline.database_first import DatabaseService\nfrom pipeline.other import Other, wrapped\n"
    base += f"\n\nclass Derived(DatabaseService):\n    pass\n\n\n{BASE}\n    def get_plan_id(self):\n"
    base += f"        return os.path.basename(self.run_dir)\n\n    {decorator}\n    def get_database_service(self):\n"
    base = "import os\n" + base + "".join(f"        {line}\n" for line in body)
    (project / "pipeline" / "base.py").write_text(base)
    (project / "pipeline" / "other.py").write_text("class Other: ...\n\n\ndef wrapped(f): ...\n")
    result = CliRunner().invoke(refactor.cli.main, ["apply", "--task", "ChartTask", "--diff"])
    assert ("DBR402" not in result.output, "create_plan_content" in result.output) == (known, known), (
        result.output
    )
