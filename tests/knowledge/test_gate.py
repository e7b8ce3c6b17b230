"""The gate: a call that nothing records stops every verdict, and nothing looked at is no success."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from refactor.cli import main
from tests.knowledge.sdks import SPELLINGS, module_of

MEMBERS = "def ask(self, topic):\n    return CALL(CLIENT, 'about ' + topic)CALL\n"
DONE = "db = self.get_database_service()\ntry:\n    answer = self.ask(query)\nfinally:\n    db.close()"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.refactor]\npaths = ["src"]\nbase-classes = ["BaseTask"]\n'
    )
    (tmp_path / "src").mkdir()
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("spelling", SPELLINGS[:3], ids=lambda s: s.name)
def test_a_call_that_is_not_recorded_is_told_by_status_explain_and_the_report(
    spelling, project: Path
) -> None:
    (project / "src" / "t.py").write_text(module_of(spelling, DONE, members=MEMBERS))
    status = CliRunner().invoke(main, ["status"])
    assert "defective" in status.output
    assert "defective" in CliRunner().invoke(main, ["status", "--format", "json"]).output
    check = CliRunner().invoke(main, ["check", "--no-cache", "--select", "DBF304"])
    assert (check.exit_code, "DBF304" in check.output) == (1, True)
    assert "not as it should be" in CliRunner().invoke(main, ["explain", "Ask"]).output
    CliRunner().invoke(main, ["report", "--html", "r.html"])
    assert "Ready to merge" not in (project / "r.html").read_text()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("x = 1\n", "no class in src/t.py inherits from BaseTask"),
        (
            "import luigi\n\n\nclass A(luigi.Task):\n    def run(self):\n        pass\n",
            "straight from luigi.Task: A",
        ),
        ("class BaseTask:\n    pass\n\n\nclass B(BaseTask):\n    pass\n", "B (src/t.py:5)"),
    ],
)
def test_a_project_without_a_task_is_no_success(text: str, named: str, project: Path) -> None:
    """Unless that is meant, or a file alone was handed over."""
    (project / "src" / "t.py").write_text(text)
    empty = CliRunner().invoke(main, ["check", "--no-cache"])
    assert (empty.exit_code, named in empty.output) == (2, True), empty.output
    assert CliRunner().invoke(main, ["check", "--no-cache", "--allow-empty"]).exit_code == 0
    assert CliRunner().invoke(main, ["check", "--no-cache", "src/t.py"]).exit_code == 0
    assert CliRunner().invoke(main, ["check", "--no-cache", "-"], input=text).exit_code == 0


def test_a_class_that_inherits_its_entry_method_is_asked_for_its_own_methods(project: Path) -> None:
    """The template method of a refactored class leads to what a subclass puts in."""
    spelling = SPELLINGS[0]
    told = "\n\nclass Told(Ask):\n    def ask(self, topic):\n        return CALL(CLIENT, topic)CALL\n"
    plain = module_of(spelling, DONE, members="def ask(self, topic):\n    return topic\n")
    (project / "src" / "t.py").write_text(plain)
    assert CliRunner().invoke(main, ["check", "--no-cache", "--select", "DBF304"]).exit_code == 0
    call = spelling.call.format(c=spelling.client, p="topic")
    (project / "src" / "t.py").write_text(plain + told.replace("CALL(CLIENT, topic)CALL", call))
    found = CliRunner().invoke(main, ["check", "--no-cache", "--select", "DBF304"])
    assert found.exit_code == 1
    assert "run() of Ask" in found.output
    assert "defective" in CliRunner().invoke(main, ["status", "-v"]).output
