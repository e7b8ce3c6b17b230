"""The recipes for containers as values: what a compose file and a Dockerfile say, without a daemon."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import yaml

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
_VARIABLE = re.compile(r"\$\{(?P<name>\w+)(?::(?P<kind>[?-])(?P<text>[^}]*))?\}")

Instruction = tuple[str, str]


def dockerfile() -> list[Instruction]:
    """Its instructions in order, lines joined, comments left out."""
    text = re.sub(r"^\s*#.*\n", "", (EXAMPLES / "Dockerfile").read_text(), flags=re.MULTILINE)
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [(name, rest.strip()) for name, _, rest in (line.partition(" ") for line in lines if line)]


def last(instruction: str) -> str:
    return [text for name, text in dockerfile() if name == instruction][-1]


def image_environment() -> dict[str, str]:
    """What the image sets, but for where its files are."""
    given = dict(word.split("=", 1) for word in shlex.split(last("ENV")))
    return {name: value for name, value in given.items() if name.startswith("PIPELINE_")}


def compose(variables: dict[str, str]) -> dict[str, Any]:
    """The compose file with its variables filled in, as `docker compose config` gives it."""

    def value_of(found: re.Match[str]) -> str:
        if found["name"] in variables:
            return variables[found["name"]]
        assert found["kind"] == "-", f"{found['name']} must be given"
        return str(found["text"])

    return dict(yaml.safe_load(_VARIABLE.sub(value_of, (EXAMPLES / "compose.yaml").read_text())))


def command_of(service: dict[str, Any]) -> list[str]:
    """What a service of our image starts."""
    return [*service.get("entrypoint", json.loads(last("ENTRYPOINT"))), *service["command"]]


def railway() -> dict[str, dict[str, Any]]:
    """The Railway recipes by service."""
    return {path.stem: json.loads(path.read_text()) for path in sorted((EXAMPLES / "railway").iterdir())}
