"""`[tool.refactor]`: what is read, and what is said about what is wrong."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codemods.errors import ConfigurationError
from codemods.settings import DeclaredModelCall, DeclaredWriter, Settings
from refactor.project.config import Configuration, load
from refactor.project.configured_names import require_tasks

from .sources import task

if TYPE_CHECKING:
    from .conftest import Refactor

WHOLE = """
[tool.refactor]
paths = ["planexe/plan/run_plan_pipeline.py"]
base-classes = ["PlanTask", "OtherTask"]
exempt = ["StartTimeTask", "SetupTask"]
entry-methods = ["run_inner"]
llm-arguments = ["llm"]
row-after-file = true
llm-only = true
style = "steps"
not-outputs = ["*.log"]
[tool.refactor.stages]
strategic_planning = ["PotentialLeversTask", "DeduplicateLeversTask"]
"Closing Stage" = ["ReportTask"]
[tool.refactor.row-stage]
FocusOnVitalFewLeversTask = "vital_few_levers"
[tool.refactor.writers]
"self.dump" = { target = "output" }
"self.keep" = { target = "output", path = "path()", content = 0, form = "pickle" }
[tool.refactor.llm-calls]
"app.utils.ask" = { prompt = "question" }
"self.ask" = { prompt = [0, "system"], model = 1, response = "json" }
"""


def test_every_key(here: Path) -> None:
    (here / "pyproject.toml").write_text(WHOLE)

    configuration = load(None, [])

    assert configuration == Configuration(
        Settings(
            base_classes=("PlanTask", "OtherTask"),
            exempt=frozenset({"StartTimeTask", "SetupTask"}),
            entry_methods=("run_inner",),
            llm_arguments=("llm",),
            llm_calls={
                "app.utils.ask": DeclaredModelCall(("question",)),
                "self.ask": DeclaredModelCall((0, "system"), 1, "json"),
            },
            stages={
                "PotentialLeversTask": "strategic_planning",
                "DeduplicateLeversTask": "strategic_planning",
                "ReportTask": "Closing Stage",
            },
            row_stage={"FocusOnVitalFewLeversTask": "vital_few_levers"},
            row_after_file=True,
            llm_only=True,
            style="steps",
            not_outputs=("*.log",),
            writers={"self.dump": DeclaredWriter(), "self.keep": DeclaredWriter("path()", 0, "pickle")},
        ),
        (Path("planexe/plan/run_plan_pipeline.py"),),
        here / "pyproject.toml",
    )


def test_defaults_without_a_file(here: Path) -> None:
    assert load(None, []) == Configuration(Settings(), (Path(),), None)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.refactor]\nbase-class = []", r"unknown key 'base-class' in .*; did you mean base-classes\?"),
        ("[tool.refactor]\nbase_classes = []", r"unknown key 'base_classes' .*did you mean base-classes"),
        ("[tool.refactor]\nzzz = 1", "unknown key 'zzz' .*; known keys: paths, base-classes"),
        ("[tool.refactor]\npaths = 'a.py'", "paths must be a list of strings, .* found a string"),
        ("[tool.refactor]\nexempt = ['A', 1]", "exempt must be a list of strings; entry 2 is an integer"),
        ("[tool.refactor]\nexempt = ['']", "entry 1 is an empty string"),
        ("[tool.refactor]\nentry-methods = []", "entry-methods is empty"),
        (
            "[tool.refactor]\nstages = ['A']",
            r"stages must be a table, \[tool.refactor.stages\]; found a list",
        ),
        ("[tool.refactor.stages]\na = 'A'", "stages.a must be a list of strings, .* found a string"),
        ("[tool.refactor.stages]\na = ['A']\nb = ['A']", "A is in two stages, a and b"),
        ("[tool.refactor]\nstyle = 'block'", "style must be 'inline' or 'steps'; found 'block'"),
        ("[tool.refactor]\nstyle = 2", "style must be 'inline' or 'steps'; found an integer"),
        ("[tool.refactor]\nrow-after-file = 'yes'", "row-after-file must be true or false; found a string"),
        ("[tool.refactor.row-stage]\nA = true", "row-stage.A must be a string, found a boolean"),
        ("[tool.refactor.row-stage]\nA = ''", "row-stage.A must be a string, found an empty string"),
        (
            "[tool.refactor.writers]\ndump = {}",
            'must be a method of the tasks or of their outputs, as in "self.dump"',
        ),
        ('[tool.refactor.writers]\n"self.input().dump" = {}', 'as in "self.dump" or "self.output'),
        ("[tool.refactor.writers]\n'self.dump' = 1", "must be a table"),
        ("[tool.refactor.writers]\n'self.dump' = {}", 'must have target = "output"'),
        (
            "[tool.refactor.writers]\n'self.dump' = { target = 'output', form = 'pikle' }",
            r"unknown form 'pikle'; did you mean pickle\?",
        ),
        (
            "[tool.refactor.writers]\n'self.dump' = { target = 'output', paths = 'p' }",
            "unknown key 'paths'; did you mean path",
        ),
        (
            "[tool.refactor.writers]\n'self.dump' = { target = 'output', path = 'a.b' }",
            'an attribute or a method, "path" or',
        ),
        (
            "[tool.refactor.writers]\n'self.dump' = { target = 'output', content = true }",
            "content must be a position, from 0, or a keyword",
        ),
        ("[tool.refactor.llm-calls]\nask = { prompt = 0 }", "must be the full name of a function"),
        ("[tool.refactor.llm-calls]\n'a.b' = 'c'", "must be a table, as in"),
        ("[tool.refactor.llm-calls]\n'a.b' = {}", "prompt must name the argument that is asked"),
        ("[tool.refactor.llm-calls]\n'a.b' = { prompt = [] }", "prompt must name the argument that is asked"),
        ("[tool.refactor.llm-calls]\n'a.b' = { prompt = -1 }", "prompt must name the argument that is asked"),
        (
            "[tool.refactor.llm-calls]\n'a.b' = { promt = 0 }",
            r"unknown key 'promt'; did you mean prompt\?",
        ),
        (
            "[tool.refactor.llm-calls]\n'a.b' = { prompt = 0, model = true }",
            "model must be the position, from 0, or the name of an argument",
        ),
        (
            "[tool.refactor.llm-calls]\n'a.b' = { prompt = 0, response = 'txt' }",
            r"unknown response 'txt'; did you mean text\?",
        ),
        ("[tool]\nrefactor = 1", "tool.refactor must be a table, found an integer"),
        ("[tool.refactor\n", "is not valid TOML: .*line 1"),
    ],
)
def test_what_is_wrong_is_said(here: Path, text: str, message: str) -> None:
    (here / "pyproject.toml").write_text(text)

    with pytest.raises(ConfigurationError, match=message):
        load(None, [])


def test_a_configuration_error_is_2_in_one_line(refactor: Refactor, here: Path) -> None:
    (here / "pyproject.toml").write_text("[tool.refactor]\nexmpt = []\n")

    for command in (
        ["apply", "--all"],
        ["status"],
        ["explain", "A"],
        ["revert", "--all"],
        ["verify", "--against", "x"],
    ):
        result = refactor(*command)
        assert result.exit_code == 2
        assert result.stdout == ""
        assert result.stderr.endswith("unknown key 'exmpt' in [tool.refactor]; did you mean exempt?\n")
        assert result.stderr.count("\n") == 1


def test_the_nearest_file_with_a_table_counts(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (here / "pyproject.toml").write_text('[tool.refactor]\nexempt = ["Outer"]\npaths = ["src"]\n')
    inner = here / "src" / "package"
    inner.mkdir(parents=True)
    (here / "src" / "pyproject.toml").write_text("[tool.other]\n")
    monkeypatch.chdir(inner)

    configuration = load(None, [])

    assert configuration.settings.exempt == {"Outer"}
    assert configuration.paths == (Path(".."),)
    (here / "src" / "pyproject.toml").write_text('[tool.refactor]\nexempt = ["Inner"]\n')
    assert load(None, []).settings.exempt == {"Inner"}


def test_it_is_looked_for_from_the_paths(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The configuration of a project holds wherever the tool is called from."""
    for name in ("here", "there/src"):
        (here / name).mkdir(parents=True)
    (here / "there" / "pyproject.toml").write_text('[tool.refactor]\nexempt = ["There"]\n')
    monkeypatch.chdir(here / "here")

    assert load(None, [Path("../there/src/a.py"), Path("../there/src/b.py")]).settings.exempt == {"There"}


def test_config_names_a_file(refactor: Refactor, here: Path) -> None:
    (here / "a.py").write_text(task("A"))
    (here / "other.toml").write_text('[tool.refactor]\nexempt = ["A"]\n')
    (here / "empty.toml").touch()

    assert "A: exempt" in refactor("apply", "--all", "--config", "other.toml").stdout
    missing = refactor("apply", "--all", "--config", "missing.toml")
    assert (missing.exit_code, missing.stderr) == (
        2,
        "refactor: missing.toml: cannot be read: No such file or directory\n",
    )
    assert "empty.toml: has no [tool.refactor] table" in refactor("status", "--config", "empty.toml").stderr


def test_configured_paths_are_the_default_and_beside_their_file(
    refactor: Refactor, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (here / "pyproject.toml").write_text('[tool.refactor]\npaths = ["src/a.py"]\n')
    (here / "src").mkdir()
    (here / "src" / "a.py").write_text(task("A"))
    (here / "src" / "b.py").write_text(task("B"))
    monkeypatch.chdir(here / "src")

    assert refactor("apply", "--all", "--check").stderr.startswith("1 would be refactored")
    assert refactor("apply", "--all").stdout == "a.py:1: A: refactored\n"


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("*/progress.log", ""),
        ("progress_fle", "did you mean progress_file"),
        ("*[ab]?", ""),
        ("helper_log", ""),
    ],
)
def test_a_pattern_that_can_match_nothing_is_an_error(pattern: str, said: str, here: Path) -> None:
    """The words of a pattern stand in the files with tasks, or in another module of the project."""
    (here / "helpers.py").write_text("helper_log = 'x'\n", encoding="utf-8")
    configuration = Configuration(Settings(not_outputs=(pattern,)), (here,), here / "pyproject.toml")
    contents = [b"with open(progress_file, 'a') as f: f.write('progress' + '.log')"]
    if not said:
        require_tasks(configuration, contents)
        return
    with pytest.raises(ConfigurationError, match=re.escape(said)):
        require_tasks(configuration, contents)
