"""`init` completes a base class by what the target offers, or says why it cannot."""

from pathlib import Path

import pytest

from codemods.initialising import OWN_RUNTIME, InitialisationError, initialise
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
