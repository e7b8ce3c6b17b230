from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from codemods import api
from refactor.cli import main

STAND_IN = Path(__file__).with_name("stand_in.py")

Refactor = Callable[..., Result]
Spawn = Callable[..., "subprocess.CompletedProcess[bytes]"]
Git = Callable[..., str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def refactor(here: Path, monkeypatch: pytest.MonkeyPatch) -> Refactor:
    """Runs `refactor` in this process, on the stand-in."""
    import importlib.util

    specification = importlib.util.spec_from_file_location("stand_in", STAND_IN)
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    for function in module.FUNCTIONS:
        monkeypatch.setattr(api, function.__name__, function)

    def run(*arguments: str, answers: str | None = None) -> Result:
        return CliRunner().invoke(main, list(arguments), input=answers, prog_name="refactor")

    return run


@pytest.fixture
def spawn(here: Path) -> Spawn:
    """Runs `refactor` as a process of its own, on the stand-in."""

    def run(*arguments: str, **options: object) -> subprocess.CompletedProcess[bytes]:
        command = [sys.executable, str(STAND_IN), *arguments]
        return subprocess.run(command, cwd=here, capture_output=True, check=False, **options)

    return run


@pytest.fixture
def git(here: Path, monkeypatch: pytest.MonkeyPatch) -> Git:
    """Runs git in the working directory, untouched by the configuration of whoever runs the tests."""
    for name, value in {
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "C",
        "GIT_COMMITTER_EMAIL": "c@example.org",
        "GIT_CEILING_DIRECTORIES": str(here.parent),
    }.items():
        monkeypatch.setenv(name, value)

    def run(*arguments: str) -> str:
        return subprocess.run(
            ["git", *arguments], cwd=here, check=True, capture_output=True, text=True, encoding="utf-8"
        ).stdout

    return run
