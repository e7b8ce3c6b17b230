"""The recipes for containers: well-formed, and what they start runs, read from their own text."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from tests.runtime import recipes
from tests.runtime.command import REPOSITORY, TINY

TOKEN = "a-token-of-some-length"
VARIABLES = {"POSTGRES_PASSWORD": "sekret", "PIPELINE_TOKEN": TOKEN, "PIPELINE_ROOT": TINY}
OURS = ("luigid", "migrate", "worker", "server")


def services() -> dict[str, Any]:
    return dict(recipes.compose(VARIABLES)["services"])


# -- well-formed


def test_the_compose_file_follows_its_schema() -> None:
    folder = resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    schema = json.loads((folder / "compose-spec.json").read_text(encoding="utf-8"))
    jsonschema.validate(recipes.compose(VARIABLES), schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"services": {"worker": {"comand": []}}}, schema)


def test_the_compose_file_starts_things_in_order_and_ends_them_in_time() -> None:
    everything = services()
    assert [name for name, service in everything.items() if "build" in service] == [*OURS]
    grace = int(recipes.image_environment()["PIPELINE_GRACE"])
    for name in OURS:
        assert int(everything[name]["stop_grace_period"].removesuffix("s")) > grace
    for name in ("worker", "server"):
        waits = everything[name]["depends_on"]
        assert waits["migrate"]["condition"] == "service_completed_successfully"
        assert waits["luigid"]["condition"] == "service_healthy"
    # luigid asks for no password, and PostgreSQL is for these alone.
    assert [name for name, service in everything.items() if "ports" in service] == ["server"]
    assert everything["server"]["ports"] == ["127.0.0.1:8000:8000"]
    assert everything["worker"]["deploy"]["replicas"] == 3


def test_no_secret_of_the_compose_file_has_a_default() -> None:
    for name in ("POSTGRES_PASSWORD", "PIPELINE_TOKEN"):
        with pytest.raises(AssertionError, match=f"{name} must be given"):
            recipes.compose({other: value for other, value in VARIABLES.items() if other != name})


def test_the_image_is_small_starts_as_nobody_and_hears_signals() -> None:
    instructions = recipes.dockerfile()
    names = [name for name, _ in instructions]
    assert not {"ADD", "MAINTAINER"} & {*names}
    stages = [text for name, text in instructions if name == "FROM"]
    assert len(stages) == 2
    for stage in stages:
        assert re.fullmatch(r"\w+:(?!latest)[\w.-]+( AS \w+)?", stage)
    assert recipes.last("USER") not in {"root", "0"}
    assert names[::-1].index("USER") < names[::-1].index("FROM")
    assert max(index for index, name in enumerate(names) if name == "USER") < names.index("ENTRYPOINT")
    for name in ("ENTRYPOINT", "CMD"):
        # A shell would be the first process, and keep the signals to itself.
        assert isinstance(json.loads(recipes.last(name)), list)
    assert json.loads(recipes.last("HEALTHCHECK").partition("CMD ")[2])[0] == "pipeline"
    for name, text in instructions:
        if name == "RUN" and "pip " in text:
            assert "--no-cache-dir" in text
    copied = [text for name, text in instructions[names.index("FROM", 1) :] if name == "COPY"]
    assert copied == ["--from=build /venv /venv", ". ."]


def test_railway_starts_what_compose_starts() -> None:
    found = recipes.railway()
    assert [*found] == ["luigid", "server", "worker"]
    grace = int(recipes.image_environment()["PIPELINE_GRACE"])
    for name, recipe in found.items():
        deploy = recipe["deploy"]
        assert shlex.split(deploy["startCommand"]) == recipes.command_of(services()[name])
        # As text, Railway refuses it.
        assert all(isinstance(deploy[key], int) for key in ("drainingSeconds", "overlapSeconds"))
        if name != "luigid":
            assert deploy["drainingSeconds"] > grace
            (before,) = deploy["preDeployCommand"]
            assert shlex.split(before) == recipes.command_of(services()["migrate"])


# -- what they start

# What the image does not have is not to be had here either.
_WITHOUT = """\
import sys

class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {names!r}:
            raise ModuleNotFoundError(f"the image has no {{name}}", name=name)

sys.meta_path.insert(0, Absent())
"""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Containers:
    """Processes in the place of containers: the addresses in the network of the compose file are of this machine."""

    def __init__(self, directory: Path, url: str) -> None:
        self.directory = directory
        self.addresses = {
            "postgresql://pipeline:sekret@postgres:5432/pipeline": url,
            "http://luigid:8082": f"http://127.0.0.1:{(luigid := free_port())}",
            "8082": str(luigid),
            "127.0.0.1:8082": f"127.0.0.1:{luigid}",
            "0.0.0.0": "127.0.0.1",
            "8000": str(free_port()),
            "/tmp/luigid.pickle": str(directory / "luigid.pickle"),
        }
        removed = re.search(r"rm -r (?P<names>[\w ]+)", " ".join(text for _, text in recipes.dockerfile()))
        assert removed is not None
        (directory / "sitecustomize.py").write_text(_WITHOUT.format(names={*removed["names"].split()}))
        self.processes: list[subprocess.Popen[bytes]] = []

    def here(self, text: str) -> str:
        """A text of the recipe with the addresses of this machine."""
        for there, here in self.addresses.items():
            if text == there or (there in text and ":8082/" in text):
                text = text.replace(there, here)
        return text

    def start(self, service: dict[str, Any], name: str, arguments: list[str] | None = None) -> Any:
        folder = self.directory / name
        folder.mkdir(exist_ok=True)
        program, *rest = recipes.command_of(service) if arguments is None else arguments
        found = sys.executable if program == "python" else str(Path(sys.executable).parent / program)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "PYTHONPATH": f"{self.directory}:{REPOSITORY}",
            **recipes.image_environment(),
            "PIPELINE_RUN_ROOT": str(folder / "run"),
            **{key: self.here(value) for key, value in service["environment"].items()},
        }
        with (folder / "errors").open("ab") as errors:
            process = subprocess.Popen(
                [found, *map(self.here, rest)],
                cwd=folder,
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=errors,
            )
        self.processes.append(process)
        return process

    def is_healthy(self, service: dict[str, Any], name: str) -> bool:
        kind, *command = service.get("healthcheck", {}).get("test") or [
            "CMD",
            *json.loads(recipes.last("HEALTHCHECK").partition("CMD ")[2]),
        ]
        assert kind == "CMD"
        return bool(self.start(service, name, command).wait(60) == 0)


@contextmanager
def ended(containers: Containers) -> Iterator[None]:
    try:
        yield
    finally:
        for process in containers.processes:
            if process.poll() is None:
                process.kill()
            process.wait()


def until(condition: Any, seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.postgres
def test_what_compose_starts_plans_and_ends_in_order(postgres_url: str, tmp_path: Path) -> None:
    found = services()
    containers = Containers(tmp_path, postgres_url)
    with ended(containers):
        assert containers.start(found["migrate"], "migrate").wait(120) == 0
        luigid = containers.start(found["luigid"], "luigid")
        until(lambda: containers.is_healthy(found["luigid"], "luigid"))
        replicas = found["worker"]["deploy"]["replicas"]
        workers = [containers.start(found["worker"], f"worker{number}") for number in range(replicas)]
        server = containers.start(found["server"], "server")
        url = f"http://127.0.0.1:{containers.addresses['8000']}"
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=60) as client:

            def is_ready() -> bool:
                try:
                    return client.get(recipes.railway()["server"]["deploy"]["healthcheckPath"]).is_success
                except httpx.TransportError:
                    return False

            until(is_ready)
            plan = {"plan_id": "p1", "prompt": "Grow tea", "llm_models": ["offline"]}
            assert client.post("/api/plans", json=plan).status_code == 202
            until(lambda: client.get("/api/plans/p1").json()["status"] not in {"created", "running"})
            assert client.get("/api/plans/p1").json()["status"] == "completed"
        assert containers.is_healthy(found["server"], "server")
        assert containers.is_healthy(found["worker"], "worker0")
        for process in (*workers, server, luigid):
            process.terminate()
        assert [process.wait(60) for process in (*workers, server)] == [143] * (replicas + 1)
    for errors in tmp_path.glob("worker*/errors"):
        for line in errors.read_text().splitlines():
            assert json.loads(line)["level"] in {"info", "warning"}
