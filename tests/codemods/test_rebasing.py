"""`init --rebase` puts a class with the two methods in front of a library's: one line a class, and nothing else."""

import importlib
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from codemods import api
from codemods.rewriting.plan_ids import PlanIdError
from codemods.rewriting.rebasing import RebasingError, rebase, taken_back
from codemods.settings import Settings
from codemods.source import SourceFile, decode
from refactor.cli import main

TASKS = """\
import datetime

import luigi
from shop.names import SUFFIX


class One(luigi.Task):
    date = luigi.DateParameter(default=datetime.date(2026, 1, 2))

    def output(self):
        return luigi.LocalTarget("out/one" + SUFFIX)

    def run(self):
        with self.output().open("w") as f:
            f.write("text")


class Two(One):
    pass
"""
NAMES = 'SUFFIX = ".txt"\n'


def tree(folder: Path, **files: str) -> list[SourceFile]:
    """Writes a tree (`shop__tasks` is `shop/tasks.py`, `shop__package` is `shop/__init__.py`) and reads it."""
    for name, text in files.items():
        path = folder / (name.replace("__", "/").replace("/package", "/__init__") + ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return [decode(p.read_bytes(), p) for p in sorted(folder.rglob("*.py"))]


def written(folder: Path, sources: list[SourceFile], settings: Settings | None = None, **how: str):
    """Rebases a tree on disk; gives the plan of it."""
    done = rebase(sources, settings or Settings(), **how)
    for one in (*done.modules, *done.rewrites):
        one.before.path.write_bytes(one.after.to_bytes())
    return done


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tree(tmp_path, shop__tasks=TASKS, shop__names=NAMES)
    for name in [n for n in sys.modules if n.partition(".")[0] in {"shop", "plan_task"}]:
        del sys.modules[name]


def test_one_line_a_class(tmp_path: Path, shop: list[SourceFile]) -> None:
    """Only the class that derives from the library's changes; its heirs get the methods from it, and all runs."""
    done = written(tmp_path, shop, plan_id="self.date.isoformat()")
    assert [name for _, name in done.classes] == ["One"]
    text = (tmp_path / "shop/tasks.py").read_text()
    marked = "from shop.plan_task import PlanTask  # database-first steps\n"
    assert text == TASKS.replace("(luigi.Task)", "(PlanTask, luigi.Task)").replace(
        "import SUFFIX\n", "import SUFFIX\n" + marked
    )
    tasks = importlib.import_module("shop.tasks")
    assert tasks.Two().get_plan_id() == "2026-01-02"
    assert tasks.Two().get_task_family() == "Two"


def test_the_task_is_refactored_by_the_default_configuration(tmp_path: Path, shop: list[SourceFile]) -> None:
    """Nothing is left to be configured: the class is called as the tool looks for one."""
    written(tmp_path, shop, plan_id="'daily'")
    file = tmp_path / "shop/tasks.py"
    (inspection,) = api.inspect((decode(file.read_bytes(), file),), Settings())
    assert [(r.task.name, str(r.state)) for r in inspection.reports] == [("One", "todo"), ("Two", "exempt")]


def test_the_proof_sees_it_and_nothing_more(tmp_path: Path, shop: list[SourceFile]) -> None:
    """`verify` takes the base for an insertion, and finds whatever else changed in a header."""
    written(tmp_path, shop, plan_id="'daily'")
    before = next(s for s in shop if s.path.name == "tasks.py")
    file = tmp_path / "shop/tasks.py"
    good = file.read_text()
    assert not api.verify(before, decode(good.encode(), file), Settings()).findings
    for bad in (
        good.replace("(PlanTask, luigi.Task)", "(PlanTask, luigi.ExternalTask)"),
        good.replace("(PlanTask, luigi.Task)", "(PlanTask)"),
        good.replace("class Two(One)", "class Two(Mixin, One)"),
        good.replace("shop.plan_task import PlanTask", "shop.names import PlanTask"),
    ):
        assert api.verify(before, decode(bad.encode(), file), Settings()).findings, bad


def test_a_class_with_more_than_the_methods_is_no_insertion(tmp_path: Path, shop: list[SourceFile]) -> None:
    """What the import leads to is read: a base that brings anything else changes the task."""
    written(tmp_path, shop, plan_id="'daily'")
    base = tmp_path / "shop/plan_task.py"
    base.write_text(base.read_text() + "\n    def run(self):\n        pass\n")
    before = next(s for s in shop if s.path.name == "tasks.py")
    file = tmp_path / "shop/tasks.py"
    assert api.verify(before, decode(file.read_bytes(), file), Settings()).findings


def test_taken_back(tmp_path: Path, shop: list[SourceFile]) -> None:
    """The files are byte for byte what they were, and the module is named to be removed."""
    written(tmp_path, shop, plan_id="'daily'")
    rewrites, modules = taken_back([decode(p.read_bytes(), p) for p in sorted(tmp_path.rglob("*.py"))])
    assert [one.after.text for one in rewrites] == [TASKS]
    assert [p.name for p in modules] == ["plan_task.py"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("class One(luigi.Task):", "class One(PlanTask, luigi.Task):"),
        ("class One(luigi.task.Task):", "class One(PlanTask, luigi.task.Task):"),
        ("class One(Mixin, luigi.Task):", "class One(Mixin, PlanTask, luigi.Task):"),
        (
            "class One(\n    Mixin,\n    luigi.Task,\n):",
            "class One(\n    Mixin,\n    PlanTask, luigi.Task,\n):",
        ),
        ("class One(Mixin, Renamed):", "class One(Mixin, PlanTask, Renamed):"),
        ("class One(luigi.WrapperTask):", "class One(PlanTask, luigi.WrapperTask):"),
        ("class Öl(Mixin, luigi.Task):", "class Öl(Mixin, PlanTask, luigi.Task):"),
    ],
)
def test_headers(tmp_path: Path, header: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each form of a header, executed by Python with the base in it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    head = (
        "import luigi\nimport luigi.task\nfrom luigi import Task as Renamed\n\n\nclass Mixin:\n    pass\n\n\n"
    )
    sources = tree(tmp_path, jobs=f"{head}{header}\n    def run(self):\n        pass\n")
    written(tmp_path, sources, plan_id="'daily'")
    text = (tmp_path / "jobs.py").read_text()
    assert expected in text
    module: dict[str, object] = {"__name__": "jobs_of_a_test"}
    try:
        exec(compile(text, "jobs.py", "exec"), module)
    finally:
        sys.modules.pop("plan_task", None)
    (task,) = [v for k, v in module.items() if k in {"One", "Öl"}]
    assert task().get_plan_id() == "daily"  # type: ignore[operator]


def test_no_order_of_bases_is_broken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A class whose other base leads to a changed one has the methods from there; a second base would be an error."""
    monkeypatch.chdir(tmp_path)
    text = "import luigi\n\n\nclass A(luigi.Task):\n    pass\n\n\nclass B(A, luigi.Task):\n    pass\n"
    sources = tree(tmp_path, jobs=text)
    done = written(tmp_path, sources, plan_id="'daily'")
    assert [name for _, name in done.classes] == ["A"]


def test_the_base_is_called_as_configured(tmp_path: Path, shop: list[SourceFile]) -> None:
    """A name of the configuration that the tree does not have yet is the class's name; a taken one gets an alias."""
    done = written(tmp_path, shop, Settings(base_classes=("DbTask",)), plan_id="'daily'")
    assert done.name == "DbTask"


def test_behind_what_sets_up_the_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The import stands behind the last one in front of the class, so that a path set up above it is there."""
    monkeypatch.chdir(tmp_path)
    head = "import sys\n\nsys.path.insert(0, '.')\n\nimport luigi\n"
    sources = tree(tmp_path, jobs=f"{head}\n\nclass A(luigi.Task):\n    pass\n")
    written(tmp_path, sources, plan_id="'daily'")
    assert (tmp_path / "jobs.py").read_text().startswith(head + "from plan_task import PlanTask")


@pytest.mark.parametrize(
    ("plan_id", "said"),
    [
        ("self.day", "which One is not known to have"),
        ("not an expression", "no Python expression"),
        ("today()", "names today"),
        ("(yield)", "plain value"),
        (None, "no parameter in common"),
    ],
)
def test_plan_ids_that_not_every_task_has(shop: list[SourceFile], plan_id: str | None, said: str) -> None:
    """A method that fails would stop a task that ran before."""
    with pytest.raises(PlanIdError, match=said):
        rebase(shop, Settings(), plan_id)


def test_a_file_whose_imports_start_nobody_knows_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a package, nor a script, nor imported: the class would not be found for certain; `into` settles it."""
    monkeypatch.chdir(tmp_path)
    text = "import luigi\n\n\nclass A(luigi.Task):\n    pass\n"
    sources = tree(tmp_path, top="", sub__jobs=text)
    with pytest.raises(RebasingError, match="--into"):
        rebase(sources, Settings(), "'daily'")
    done = rebase(sources, Settings(), "'daily'", Path("sub/base.py"))
    assert "from base import PlanTask" in done.rewrites[0].after.text


TASK = "import luigi\n\n\nclass A(luigi.Task):\n    pass\n"
SCRIPT = f"{TASK}\n\nif __name__ == '__main__':\n    luigi.run()\n"


@pytest.mark.parametrize("package", ["code", "queue", "platform"])
def test_a_package_that_is_called_like_one_of_pythons_own_modules_may_not_be_found_by_its_name(
    tmp_path: Path, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sources = tree(tmp_path, **{f"{package}__package": "", f"{package}__jobs": TASK})
    with pytest.raises(RebasingError, match="--into"):
        rebase(sources, Settings(), "'daily'")
    done = rebase(sources, Settings(), "'daily'", Path(package, "base.py"))
    assert "\nfrom base import PlanTask" in done.rewrites[0].after.text
    sources = tree(tmp_path, **{f"{package}__two": "import jobs\n"})
    done = rebase(sources, Settings(), "'daily'")
    assert "\nfrom plan_task import PlanTask" in done.rewrites[0].after.text


def test_a_script_in_a_package_may_start_in_either_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sources = tree(tmp_path, jobs__package="", jobs__one=SCRIPT)
    with pytest.raises(RebasingError, match="--into"):
        rebase(sources, Settings(), "'daily'")
    done = rebase(sources, Settings(), "'daily'", Path("jobs/base.py"))
    assert "from jobs.base import PlanTask" in done.rewrites[0].after.text


@pytest.mark.parametrize(
    ("line", "where"), [("from names import X", "plan_task"), ("from jobs.names import X", "jobs.plan_task")]
)
def test_the_files_beside_a_script_tell_where_it_starts(
    tmp_path: Path, line: str, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    sources = tree(tmp_path, jobs__package="", jobs__one=SCRIPT, jobs__names="X = 1\n", jobs__two=f"{line}\n")
    done = rebase(sources, Settings(), "'daily'")
    assert f"\nfrom {where} import PlanTask" in done.rewrites[0].after.text


@pytest.mark.parametrize(
    "line",
    [
        "from openai import OpenAI",
        "import openai",
        "import openai as sdk",
        "from openai import OpenAI as Client",
    ],
)
def test_a_module_called_like_the_package_that_it_imports_does_not_tell_where_imports_start(
    tmp_path: Path, line: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`up/openai.py` imports the installed `openai`: nothing there is imported from `up` itself."""
    monkeypatch.chdir(tmp_path)
    task = TASKS.replace("from shop.names import SUFFIX\n", "").replace(" + SUFFIX", "")
    tree(
        tmp_path,
        app__up__openai=task.replace("import luigi\n", f"import luigi\n{line}\n"),
        app__up__beside=task.replace("import luigi\n", f"import luigi\n{line}\n"),
        app__up__other=task,
        app__main="from app.up.other import One\n",
    )
    sources = [decode(p.read_bytes(), p) for p in sorted(tmp_path.rglob("*.py"))]
    done = rebase(sources, Settings(), "'daily'")
    imported = [
        line for r in done.rewrites for line in r.after.text.splitlines() if "plan_task import" in line
    ]
    assert [line.partition("  #")[0] for line in imported] == ["from app.plan_task import PlanTask"] * 3


@pytest.mark.parametrize(
    ("line", "base"),
    [
        ("import gokart", "gokart.TaskOnKart"),
        ("from gokart import TaskOnKart", "TaskOnKart"),
        ("from gokart import TaskOnKart as Task", "Task"),
    ],
)
def test_another_style_after_a_librarys_class_got_one_in_front(
    tmp_path: Path, line: str, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`status` said `refactor init`, which found no file that defines the library's class."""
    monkeypatch.chdir(tmp_path)
    task = TASKS.replace("import luigi\n", f"import luigi\n{line}\n").replace("luigi.Task", base)
    tree(tmp_path, shop__tasks=task, shop__names=NAMES)
    (tmp_path / "pyproject.toml").write_text('[tool.refactor]\nbase-classes = ["TaskOnKart"]\n')
    run = CliRunner()
    assert run.invoke(main, ["init", "--rebase", "--plan-id", "'daily'"]).exit_code == 0
    with (tmp_path / "pyproject.toml").open("a") as f:
        f.write('style = "steps"\n')
    assert "Next:\n  refactor init\n" in run.invoke(main, ["status"]).output

    done = run.invoke(main, ["init"])

    assert (done.exit_code, done.output.startswith("shop/plan_task.py:")) == (0, True), done.output
    assert "PlanTask: got database_steps()" in done.output
    assert "DBR003" not in run.invoke(main, ["status"]).output
    assert run.invoke(main, ["init", "--revert"]).exit_code == 0
    assert (tmp_path / "shop/tasks.py").read_text() == task


def test_from_the_command_line(tmp_path: Path, shop: list[SourceFile]) -> None:
    """The diff writes nothing; then init, apply, verify, revert, and all is as it was."""
    before = {p: p.read_bytes() for p in tmp_path.rglob("*.py")}
    run = CliRunner()
    arguments = ["init", "--rebase", "--plan-id", "'daily'", "."]
    shown = run.invoke(main, [*arguments, "--diff"])
    assert shown.exit_code == 1
    assert "+class One(PlanTask, luigi.Task):" in shown.output
    assert {p: p.read_bytes() for p in tmp_path.rglob("*.py")} == before
    original = tmp_path.with_name(tmp_path.name + "-original")
    for path, data in before.items():
        copy = original / path.relative_to(tmp_path)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(data)
    for command in (arguments, ["apply", "--all", "."], ["verify", "--against", str(original), "."]):
        result = run.invoke(main, command)
        assert result.exit_code == 0, (command, result.output)
    again = run.invoke(main, arguments)
    assert again.exit_code == 0, again.output
    for command in (["revert", "--all", "."], ["init", "--revert", "."]):
        result = run.invoke(main, command)
        assert result.exit_code == 0, (command, result.output)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*.py")} == before


LIBRARY = {
    "luigi__package": "from luigi.task import Task\nfrom luigi.local_target import LocalTarget\n",
    "luigi__task": "class Task:\n    def run(self):\n        exec(self.source)\n",
    "luigi__local_target": "class LocalTarget:\n    pass\n",
    "luigi__task_register": "",
}


@pytest.mark.parametrize("base", ["luigi.Task", "Task", "work.Task"])
def test_a_library_beside_the_tasks_stays_a_library(
    tmp_path: Path, base: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Luigi's own repository its examples are tasks: Luigi is known, and not read."""
    monkeypatch.chdir(tmp_path)
    imported = "import luigi\nimport luigi.task as work\nfrom luigi import Task\n"
    task = TASKS.replace("luigi.Task", base).replace("import luigi\n", imported).replace(" + SUFFIX", "")
    tree(tmp_path, examples__tasks=task.replace("from shop.names import SUFFIX\n", ""), **LIBRARY)
    sources = [decode(p.read_bytes(), p) for p in sorted((tmp_path / "examples").rglob("*.py"))]
    done = written(tmp_path, sources, plan_id="'daily'")
    assert [name for _, name in done.classes] == ["One"]
    file = tmp_path / "examples/tasks.py"
    (inspection,) = api.inspect((decode(file.read_bytes(), file),), Settings())
    assert [(r.task.name, str(r.state)) for r in inspection.reports] == [("One", "todo"), ("Two", "exempt")]


@pytest.mark.parametrize("looked_at", [True, False])
def test_a_framework_that_is_looked_at_is_the_targets_own(
    tmp_path: Path, looked_at: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The class of a framework is one of the target's own where its file is among those to be refactored."""
    monkeypatch.chdir(tmp_path)
    tree(tmp_path, law__package="from law.base import Task\n", law__base="class Task:\n    pass\n")
    task = TASKS.replace("luigi.Task", "law.Task").replace("import luigi\n", "import law\nimport luigi\n")
    sources = tree(tmp_path, tasks=task.replace("from shop.names import SUFFIX\n", ""))
    if looked_at:
        with pytest.raises(RebasingError, match="no class derives straight"):
            rebase(sources, Settings(), plan_id="'daily'")
    else:
        done = rebase([one for one in sources if one.path.name == "tasks.py"], Settings(), plan_id="'daily'")
        assert [name for _, name in done.classes] == ["One"]
