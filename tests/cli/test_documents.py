"""The JSON documents are what their schemas say, in the tree and in the wheel."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import jsonschema
import pytest

import luigi_database_first
from refactor.reference.documents import schema
from tests.report import projects

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    broken = projects.every_kind(tmp_path / "plan")
    (broken / "bad.py").write_text("class BadTask(PlanTask:\n", encoding="utf-8")
    return broken


def valid(text: str, name: str, package: str = "refactor") -> dict[str, object]:
    document: dict[str, object] = json.loads(text)
    against = schema(package, name)
    validator = jsonschema.validators.validator_for(against)
    validator.check_schema(against)
    validator(against, format_checker=validator.FORMAT_CHECKER).validate(document)
    return document


def test_what_the_commands_print_follows_the_schemas(plan: Path) -> None:
    json_of = ("--output-format", "json")
    valid(projects.run("status", "plan", *json_of).stdout, "status")
    valid(projects.run("check", "plan", *json_of).stdout, "check")
    valid(projects.run("check", "plan", "--strict", *json_of).stdout, "check")
    for name in ("SummariseTask", "ReviewTask", "PitchTask", "StartTask"):
        valid(projects.run("explain", name, "plan", *json_of).stdout, "explain")
    valid(projects.run("report", "plan", "--format", "json").stdout, "report")
    valid(projects.run("apply", "--all", "plan", "--check", *json_of).stdout, "apply")
    valid(projects.run("apply", "--all", "plan", *json_of).stdout, "apply")


def test_a_schema_can_fail() -> None:
    with pytest.raises(jsonschema.ValidationError):
        valid('{"tasks": [], "errors": [], "summary": {"total": 1}}', "status")
    with pytest.raises(jsonschema.ValidationError):
        valid('{"plan_id": "a", "more": 1}', "run", "pipeline")


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_the_plan_of_the_edits_gives_what_apply_writes(plan: Path, line_end: str) -> None:
    """Whoever follows the plan, line by line, has the bytes that `apply` would have written."""
    source = plan / projects.FILE
    source.write_bytes(source.read_bytes().replace(b"\n", line_end.encode()))
    planned = valid(
        projects.run("apply", "--all", "plan", "--check", "--output-format", "json").stdout, "apply"
    )
    (of_file,) = planned["edits"]  # type: ignore[misc]
    assert of_file["path"] == f"plan/{projects.FILE}"
    before = source.read_bytes()
    assert of_file["sha256"] == sha256(before).hexdigest()
    lines = before.decode().splitlines(keepends=True)
    for edit in reversed(of_file["edits"]):
        lines[edit["row"] - 1 : edit["end_row"] - 1] = edit["content"].splitlines(keepends=True)
    projects.run("apply", "--all", "plan")
    assert source.read_bytes() == "".join(lines).encode()
    assert source.read_bytes() != before


def test_without_a_dry_run_there_is_no_plan_of_edits(plan: Path) -> None:
    assert "edits" not in json.loads(projects.run("apply", "--all", "plan", "--output-format", "json").stdout)


def test_the_tool_needs_nothing_of_the_runtime() -> None:
    """What `lint/` installs, the tool without the runtime, is enough for every command."""
    script = """
import sys
RUNTIME = {"alembic", "luigi", "pipeline", "migrations", "pydantic", "sqlalchemy"}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in RUNTIME:
            raise ModuleNotFoundError(name, name=name)
sys.meta_path.insert(0, Absent())
from click.testing import CliRunner
from refactor.cli import main
paths = ["fixtures/legacy/team.py"]
for arguments in (["check"], ["status"], ["apply", "--all", "--diff"], ["explain", "FindTeamMembersTask"],
                  ["report", "--format", "markdown"], ["rule", "DBF700"], ["verify", "--against", *paths]):
    result = CliRunner().invoke(main, [*arguments, *(paths if arguments[0] != "rule" else [])])
    assert result.exit_code in (0, 1) and result.output, (arguments, result.output)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_tool_alone_has_the_versions_and_requirements_of_the_whole() -> None:
    import tomllib

    whole = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    alone = tomllib.loads((ROOT / "lint" / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = whole["optional-dependencies"]
    assert alone["dependencies"] == extras["tool"]
    assert "dependencies" not in whole
    both = {"click", "jinja2", "rich"}
    names = {part: {re.split(r"[<>=]", one)[0] for one in extras[part]} for part in ("tool", "runtime")}
    assert names["tool"] & names["runtime"] == both
    hooks = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    assert hooks.count(f"additional_dependencies: {json.dumps(alone['dependencies'])}") == hooks.count(
        "- id:"
    )
    for same in ("version", "requires-python", "license"):
        assert alone[same] == whole[same]
    assert alone["scripts"]["refactor"] == whole["scripts"]["refactor"]


@pytest.mark.parametrize(
    ("command", "absent", "extra"), [("refactor", "libcst", "tool"), ("pipeline", "luigi", "runtime")]
)
def test_a_command_whose_extra_is_not_installed_says_which(
    command: str,
    absent: str,
    extra: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(
        luigi_database_first,
        "find_spec",
        lambda name: None if name == absent else importlib.util.find_spec(name),
    )
    monkeypatch.setattr(sys, "argv", [f"/bin/{command}"])
    with pytest.raises(SystemExit) as ended:
        getattr(luigi_database_first, command)()
    assert ended.value.code == 2
    told = f"{command} needs {absent}, which is not installed: pip install 'luigi-database-first[{extra}]'\n"
    assert capsys.readouterr().err == told
