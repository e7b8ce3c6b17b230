"""`completion`, what the shell is offered, and the examples in every help."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

import click
import pytest
from click.shell_completion import ShellComplete

from refactor.cli import COMMANDS, main
from refactor.examples import EXAMPLES

from .sources import EVERY_STATE, EXEMPT_START

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Refactor


@pytest.fixture(autouse=True)
def pipeline(here: Path) -> None:
    (here / "pyproject.toml").write_text(EXEMPT_START)
    (here / "pipeline.py").write_text(EVERY_STATE)


def offered(*typed: str) -> list[str]:
    """What the last word can become."""
    return [
        item.value
        for item in ShellComplete(main, {}, "refactor", "_X").get_completions(list(typed[:-1]), typed[-1])
    ]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_of_that_shell(refactor: Refactor, shell: str) -> None:
    result = refactor("completion", shell)

    assert result.exit_code == 0
    assert f"_REFACTOR_COMPLETE={shell}_complete" in result.stdout
    if program := shutil.which(shell):
        subprocess.run([program, "-n"], input=result.stdout, text=True, check=True)


def test_another_shell_is_named_as_unknown(refactor: Refactor) -> None:
    result = refactor("completion", "tcsh")

    assert result.exit_code == 2
    assert "tcsh" in result.stderr


def test_tasks_stages_and_codes_are_offered(refactor: Refactor) -> None:
    assert offered("explain", "todo") == ["TodoTask"]
    assert offered("apply", "--task", "Todo") == ["TodoTask"]
    assert offered("apply", "--stage", "") == ["pipeline"]
    assert offered("rule", "dbf70")[0] == "DBF700"
    assert "DBR003" in offered("rule", "DBR")
    assert not any(code.startswith("DBR") for code in offered("check", "--select", ""))


def test_a_project_that_cannot_be_read_offers_nothing(here: Path) -> None:
    (here / "pyproject.toml").write_text("[tool.refactor\n")

    assert offered("explain", "") == []


def test_every_command_has_examples_that_its_options_accept() -> None:
    """The commands are listed in the order of work, and what help shows can be typed."""
    assert set(EXAMPLES) == set(COMMANDS)
    for name, lines in EXAMPLES.items():
        command = main.get_command(click.Context(main), name)
        assert command is not None
        assert command.epilog is not None
        for line in lines:
            assert line in command.epilog
            if line.startswith('eval "$('):
                line = line.removeprefix('eval "$(').removesuffix(')"')  # noqa: PLW2901 - what it runs
            words = shlex.split(line.partition(" > ")[0])
            assert words[:2] == ["refactor", name]
            command.make_context(name, words[2:])


def test_explain_as_json_has_the_edits_and_the_refusal(refactor: Refactor) -> None:
    todo = json.loads(refactor("explain", "--output-format", "json", "TodoTask").stdout)["tasks"][0]
    refused = json.loads(refactor("explain", "--output-format", "json", "RefusedTask").stdout)["tasks"][0]

    assert todo["calls"][0]["callee"] == "Summarise.execute"
    assert [edit["line"] for edit in todo["edits"] if edit["step"] == "3"] == [3]
    assert todo["refusal"] is None
    assert refused["refusal"]["code"].startswith("DBR")
    assert refused["edits"] == []
