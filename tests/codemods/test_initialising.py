"""`init` completes a base class by what the target offers, or says why it cannot."""

from pathlib import Path

import pytest

from codemods import api
from codemods.errors import InitialisationError
from codemods.rewriting.initialising import initialise
from codemods.rewriting.providers import INSTALLED, OWN_RUNTIME, VENDORED
from codemods.settings import Settings
from codemods.source import decode

BASE = """\
import luigi


class PlanTask(luigi.Task):
    run_id_dir = luigi.Parameter()

    def local_target(self, name):
        return luigi.LocalTarget(self.run_id_dir / name)

    def run(self):
        self.run_inner()
"""

SERVICE = """\
class Service:
    def create_llm_interaction(self, data): ...
    def update_llm_interaction(self, key, data): ...
    def create_plan_content(self, data): ...
    def close(self): ...


def get_database_service():
    return Service()
"""


def completed(folder: Path, base: str = BASE, **files: str):
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    file = folder / "tasks.py"
    file.write_bytes(base.encode())
    return initialise([decode(file.read_bytes(), file)], Settings())[0]


def test_a_function_of_the_target_opens_the_service(tmp_path: Path) -> None:
    """The target's own package is found by what it defines, and imported by its dotted name."""
    done = completed(tmp_path, api____init___py="", api__database_py=SERVICE)
    assert done.added == ("get_plan_id", "get_database_service")
    assert "from api.database import Service, get_database_service" in done.after.text
    assert "def get_database_service(self) -> Service:" in done.after.text


def test_the_result_runs(tmp_path: Path) -> None:
    """The completed class gives the run directory's name and the target's service."""
    done = completed(tmp_path, database_py=SERVICE)
    text = done.after.text.replace("import luigi\n", "").replace("(luigi.Task)", "")
    text = text.replace("luigi.Parameter()", "'/runs/plan-7/'").replace(
        "from database import", "from __main__ import"
    )
    scope: dict[str, object] = {}
    exec(SERVICE, scope)
    body = "\n".join(line for line in text.splitlines() if "__main__" not in line)
    exec(body, scope)
    task = scope["PlanTask"]()
    assert task.get_plan_id() == "plan-7"
    assert type(task.get_database_service()).__name__ == "Service"


def test_a_service_class_without_arguments_is_called(tmp_path: Path) -> None:
    """No function, but a class that can be made without arguments."""
    done = completed(tmp_path, database_py=SERVICE.partition("\n\ndef get")[0])
    assert "return Service()" in done.after.text


def test_without_a_service_the_own_runtime_is_taken(tmp_path: Path) -> None:
    """A tree that offers nothing gets this distribution's service."""
    done = completed(tmp_path)
    assert done.provider == OWN_RUNTIME
    assert "from pipeline.database.service import DatabaseService" in done.after.text


def test_a_complete_class_is_left_alone(tmp_path: Path) -> None:
    """Running it again changes nothing."""
    once = completed(tmp_path, database_py=SERVICE)
    again = completed(tmp_path, base=once.after.text)
    assert (again.added, again.after.text) == ((), once.after.text)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_only_lines_are_added(tmp_path: Path, newline: str) -> None:
    """Every line of the file is still there, in order, with its line end; added ones end like them."""
    done = completed(tmp_path, base=BASE.replace("\n", newline))
    after = iter(done.after.lines)
    assert all(line in after for line in done.before.lines)
    assert all(line.endswith(newline) for line in done.after.lines)


def test_a_plan_id_parameter_is_used(tmp_path: Path) -> None:
    """A base class that knows its plan id needs no run directory."""
    done = completed(
        tmp_path, base="import luigi\n\n\nclass PlanTask(luigi.Task):\n    plan_id = luigi.Parameter()\n"
    )
    assert "return str(self.plan_id)" in done.after.text


def test_a_base_class_without_a_plan_is_refused(tmp_path: Path) -> None:
    """Which attribute names the plan is not guessed."""
    with pytest.raises(InitialisationError, match="no parameter that names a plan"):
        completed(
            tmp_path, base="import luigi\n\n\nclass PlanTask(luigi.Task):\n    day = luigi.DateParameter()\n"
        )


def test_no_base_class_is_an_error(tmp_path: Path) -> None:
    """A file without the configured base class is not silently passed over."""
    with pytest.raises(InitialisationError, match="no file defines PlanTask"):
        completed(tmp_path, base="class Other:\n    pass\n")


ENDS = {
    "nothing behind": "",
    "no final newline": "-",
    "a statement behind": "\n\nx = 1\n",
    "a class right behind": "class Other:\n    pass\n",
    "blank lines behind": "\n\n\n",
    "a comment behind": "# the end\n",
    "an indented comment behind": "    # the end of it\n",
    "a method last": "\n    def name(self):\n        return 1\n",
    "a method and a statement": "\n    def name(self):\n        return 1\n\n\ny = 2\n",
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("unit", ["    ", "\t", "  "])
@pytest.mark.parametrize("end", ENDS)
def test_what_init_does_is_proven_wherever_the_class_ends(
    tmp_path: Path, newline: str, unit: str, end: str
) -> None:
    """`verify` has nothing to say, and the bytes compile."""
    base = "import luigi\n\n\nclass PlanTask(luigi.Task):\n    run_id_dir = luigi.Parameter()\n" + ENDS[end]
    base = base[:-2] if end == "no final newline" else base
    base = base.replace("    ", unit).replace("\n", newline)
    done = completed(tmp_path, base=base)
    compile(done.after.to_bytes(), "base", "exec")
    assert list(api.verify(done.before, done.after, Settings()).findings) == []


@pytest.mark.parametrize("lost", ["\n\n\nclass", "x = 1\n", "\n\n    def name"])
def test_what_is_lost_beside_init_is_still_found(tmp_path: Path, lost: str) -> None:
    """The blank lines that may be added are as many as the methods."""
    base = BASE.replace("class", "x = 1\n\n\n\nclass", 1) + "\n\n\n    def name(self):\n        return 1\n"
    done = completed(tmp_path, base=base)
    assert list(api.verify(done.before, done.after, Settings()).findings) == []
    assert lost in done.after.text
    damaged = done.after.with_text(
        done.after.text.replace(lost, lost.replace("\n", "", 1) if lost[0] == "\n" else "", 1)
    )
    assert list(api.verify(done.before, damaged, Settings()).findings)


def test_names_that_the_module_uses_for_something_else_are_left_to_it(tmp_path: Path) -> None:
    """`os`, `str` and the service's own name."""
    base = "import mylib as os\nfrom mine import DatabaseService\nstr = bytes\n" + BASE
    done = completed(tmp_path, base=base)
    assert "builtins.str(self.run_id_dir)" in done.after.text
    assert "import os as os_module" in done.after.text
    assert "DatabaseService as DatabaseService_type" in done.after.text
    assert "return DatabaseService_type()" in done.after.text


OWN = {
    "package": {"pipeline/__init__.py": "", "pipeline/base.py": ""},
    "module": {"pipeline.py": ""},
    "namespace": {"pipeline/steps.py": ""},
    "namespace of packages": {"pipeline/writer/tasks/one.py": ""},
    "src": {"src/pipeline/__init__.py": ""},
    "above the package": {"app/__init__.py": "", "pipeline/__init__.py": ""},
}
NOT_OWN = {
    "a directory without modules": {"pipeline/notes.txt": "", "pipeline/not-one/x.py": ""},
    "further down": {"app/jobs/pipeline.py": "", "app/jobs/__init__.py": "", "app/__init__.py": ""},
    "migrations, which are inside of ours": {"migrations/__init__.py": "", "migrations/env.py": ""},
    "another name": {"pipelines/__init__.py": ""},
}


def with_files(folder: Path, files: dict[str, str], at: str = "tasks.py") -> Path:
    (folder / "pyproject.toml").write_text("")
    for name, text in {**files, at: BASE}.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / at


@pytest.mark.parametrize("kind", OWN)
def test_a_package_of_ones_own_called_like_the_runtime_is_noticed(tmp_path: Path, kind: str) -> None:
    """Importing the service would find the target's own package; the way out is named."""
    at = "app/tasks.py" if kind == "above the package" else "tasks.py"
    path = with_files(tmp_path, OWN[kind], at)
    with pytest.raises(InitialisationError, match="environment of its own"):
        initialise([decode(path.read_bytes(), path)], Settings(), service=INSTALLED)
    (done,) = initialise([decode(path.read_bytes(), path)], Settings())
    assert done.provider is not None
    assert (done.provider.kind, done.provider.path) == (VENDORED, path.with_name("database_first.py"))
    # A service of one's own is the way out.
    (tmp_path / "store.py").write_text(SERVICE)
    if at == "tasks.py":
        assert initialise([decode(path.read_bytes(), path)], Settings())[0].added


@pytest.mark.parametrize("kind", NOT_OWN)
def test_what_hides_nothing_is_not_in_the_way(tmp_path: Path, kind: str) -> None:
    """The service is imported from this distribution."""
    path = with_files(tmp_path, NOT_OWN[kind])
    assert initialise([decode(path.read_bytes(), path)], Settings())[0].provider == OWN_RUNTIME


def test_a_directory_outside_of_the_project_does_not_count(tmp_path: Path) -> None:
    """The clone may lie in a directory called pipeline, and beside one."""
    (tmp_path / "pipeline" / "shop").mkdir(parents=True)
    (tmp_path / "pipeline" / "x.py").write_text("")
    path = with_files(tmp_path / "pipeline" / "shop", {})
    assert initialise([decode(path.read_bytes(), path)], Settings())[0].provider == OWN_RUNTIME


@pytest.mark.parametrize("kind", ["package", "module", "src"])
def test_a_task_whose_service_is_hidden_is_refused(tmp_path: Path, kind: str) -> None:
    """Where the base class was completed before, or by hand."""
    base = completed(tmp_path).after.text
    task = '\n\nclass OneTask(PlanTask):\n    def run(self):\n        (self.run_id_dir / "a.txt").write_text("x")\n'
    path = with_files(tmp_path, OWN[kind])
    path.write_text(base + task)
    (inspection,) = api.inspect([decode(path.read_bytes(), path)], Settings())
    (report,) = inspection.reports
    assert report.refusal is not None
    assert report.refusal.code == "DBR006"


@pytest.mark.parametrize(
    ("text", "bases", "said"),
    [
        (
            "from app.base import PlanTask\n\n\nclass One(PlanTask):\n    def run(self): ...\n",
            ("PlanTask",),
            "refactor init ",
        ),
        (
            "import luigi\n\n\nclass One(luigi.Task):\n    def run(self): ...\n",
            ("Task",),
            "class DbTask(luigi.Task):",
        ),
        (
            "import luigi\n\n\nclass One(luigi.Task):\n    def run(self): ...\n",
            ("luigi.Task",),
            "class DbTask(luigi.Task):",
        ),
    ],
)
def test_where_no_base_class_is_found_what_to_do_is_said(
    tmp_path: Path, text: str, bases: tuple[str, ...], said: str
) -> None:
    """The command that does it, or the class to write."""
    (tmp_path / "app" / "tasks").mkdir(parents=True)
    (tmp_path / "app" / "__init__.py").touch()
    (tmp_path / "app" / "tasks" / "__init__.py").touch()
    (tmp_path / "app" / "base.py").write_text(BASE)
    path = tmp_path / "app" / "tasks" / "one.py"
    path.write_text(text)
    with pytest.raises(InitialisationError) as raised:
        initialise([decode(path.read_bytes(), path)], Settings(base_classes=bases))
    assert said in str(raised.value)


@pytest.mark.parametrize(
    ("where", "beside"),
    [
        # The project's directory is a package too, so its neighbours look like modules of the same tree.
        ("app/tasks.py", {"app/__init__.py": "", "app/pyproject.toml": "", "other/database.py": SERVICE}),
        (
            "app/jobs/tasks.py",
            {
                "app/__init__.py": "",
                "app/jobs/__init__.py": "",
                "app/jobs/names.py": "",
                "app/names.py": "import jobs.names",
                "other/database.py": SERVICE,
            },
        ),
        # No statement can import it.
        ("tasks.py", {"my-scripts/database.py": SERVICE}),
        ("tasks.py", {"2024/database.py": SERVICE}),
        # Another project's.
        ("tasks.py", {"checkout/.git/HEAD": "", "checkout/database.py": SERVICE}),
        ("tasks.py", {"environment/pyvenv.cfg": "", "environment/lib/database.py": SERVICE}),
    ],
)
def test_a_service_that_the_task_cannot_import_is_none_of_its_own(
    tmp_path: Path, where: str, beside: dict[str, str]
) -> None:
    for name, text in {**beside, where: BASE}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    files = [p for p in tmp_path.rglob("*.py") if "other" not in p.parts and "environment" not in p.parts]
    done = initialise([decode(p.read_bytes(), p) for p in files], Settings())[0]
    assert done.provider == OWN_RUNTIME


IN_STEPS = Settings(style="steps")


def test_the_block_of_the_steps_style_stands_on_the_service_of_the_target(tmp_path: Path) -> None:
    """The methods that are there stay; the run directory and the model are those of the class."""
    (tmp_path / "database.py").write_text(SERVICE)
    file = tmp_path / "tasks.py"
    base = BASE.replace(
        "run_id_dir = luigi.Parameter()",
        "run_id_dir = luigi.Parameter()\n    llm_models = luigi.ListParameter()",
    )
    file.write_text(base)
    (inline,) = initialise([decode(file.read_bytes(), file)], Settings())
    (done,) = initialise([inline.after], IN_STEPS)
    assert done.added == ("database_steps",)
    assert "run_directory=self.run_id_dir," in done.after.text
    assert "self.llm_models[0]" in done.after.text
    assert "is_complete" not in done.after.text
    assert not any(line != line.rstrip() for line in done.after.text.splitlines())
    assert initialise([done.after], IN_STEPS)[0].added == ()
    assert api.verify(decode(base.encode(), file), done.after, IN_STEPS).findings == ()


def test_the_block_on_the_own_runtime_knows_what_it_computes(tmp_path: Path) -> None:
    file = tmp_path / "tasks.py"
    file.write_text(BASE)
    (done,) = initialise([decode(file.read_bytes(), file)], IN_STEPS)
    assert done.added == ("get_plan_id", "get_database_service", "database_steps")
    assert 'columns=(\n                "error_type",\n                "input_tokens",\n' in done.after.text
    assert '"parameters",\n            ),\n' in done.after.text
    assert "is_complete=True," in done.after.text


def test_no_block_where_a_package_hides_the_runtime(tmp_path: Path) -> None:
    """Even where the service is the target's own."""
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "pipeline").mkdir()
    (tmp_path / "pipeline" / "__init__.py").write_text("")
    (tmp_path / "database.py").write_text(SERVICE)
    file = tmp_path / "tasks.py"
    file.write_text(BASE)
    with pytest.raises(InitialisationError, match="keep style"):
        initialise([decode(file.read_bytes(), file)], IN_STEPS)
