"""A deployment: old and new containers side by side, the old ones told to end late.

Twenty of each kind with `CHAOS=1`, on the whole pipeline. Old and new answer with texts of another length, so that a
plan whose parts do not belong together cannot pass for one whose parts do.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import text

from pipeline.database.engine import get_engine
from pipeline.database.service import DatabaseService
from tests.luigid import Luigid, luigid  # noqa: F401
from tests.runtime.command import PLAN, TINY, Command
from tests.runtime.machines import Machines
from tests.runtime.namespaces import children, needs_a_namespace
from tests.shared import CHAOS

pytestmark = [pytest.mark.postgres, needs_a_namespace]

WHOLE = "pipeline.example.tasks:FullPlanPipeline"
INPUTS = {"001-1-start_time.json", "001-2-plan.txt"}
ROOT, LEAST_CALLS = (WHOLE, 60) if CHAOS else (TINY, 5)
OLD, NEW = {"PIPELINE_OFFLINE_WORDS": "5"}, {"PIPELINE_OFFLINE_WORDS": "8"}
# Of so few calls: not done before the new one has started, however busy the machine is.
SLOW = {"PIPELINE_OFFLINE_LATENCY": "5"}
SEEDS = range(20 if CHAOS else 1)


@dataclass(frozen=True)
class Container:
    """A process that is the first of a namespace of its own, as those of containers are."""

    outer: subprocess.Popen[bytes]

    def is_running(self) -> bool:
        return self.outer.poll() is None

    def ask_to_end(self) -> None:
        for process_id in children(self.outer.pid):
            os.kill(process_id, signal.SIGTERM)

    def ended(self) -> tuple[int, str]:
        """Its exit status and what it said."""
        errors = self.outer.communicate(timeout=300)[1].decode()
        assert "Traceback" not in errors, errors
        return self.outer.returncode, errors


@dataclass
class Containers:
    """All that a test starts. They share a database and, so that they can be counted, the log of calls."""

    directory: Path
    url: str
    started: list[Container] = field(default_factory=list)

    def command(self, name: str) -> Command:
        return Command(self.directory / name, self.url, ROOT)

    def start(self, name: str, *arguments: str, **environment: str) -> Container:
        command = self.command(name)
        command.directory.mkdir(exist_ok=True)
        log = {"PIPELINE_OFFLINE_CALL_LOG": str(self.directory / "calls.log")}
        outer = subprocess.Popen(
            [
                *("unshare", "--pid", "--fork", "--kill-child"),
                *(sys.executable, "-c", "from pipeline.cli.main import main; main()", *arguments),
            ],
            cwd=command.directory,
            env=command.environment(**log, **environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        container = Container(outer)
        self.started.append(container)
        return container

    def calls(self) -> list[str]:
        log = self.directory / "calls.log"
        return log.read_text().splitlines() if log.exists() else []

    def end(self) -> None:
        for container in self.started:
            container.outer.kill()
            container.outer.communicate()


@contextmanager
def made(directory: Path, url: str) -> Iterator[Containers]:
    containers = Containers(directory, url)
    try:
        yield containers
    finally:
        containers.end()


def wait_for(condition: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def contents(url: str, plan_id: str) -> dict[str, bytes]:
    service = DatabaseService(get_engine(url))
    names = [info.filename for info in service.list_content(plan_id)]
    return {name: service.get_content(plan_id, name) for name in names}


def assert_whole(containers: Containers, *plans: str) -> None:
    """Each plan is complete, no call was made twice, and all files follow from these calls.

    Made again of the kept answers, the files are the same.
    """
    service = DatabaseService(get_engine(containers.url))
    paid = containers.calls()
    assert max(Counter(paid).values()) == 1
    with get_engine(containers.url).connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM llm_answers")).scalar_one() == len(paid)
    assert len(paid) >= LEAST_CALLS * len(plans)
    for plan_id in plans:
        assert service.get_plan(plan_id).status == "completed"
        assert "pending" not in service.count_interactions(plan_id)
        before = contents(containers.url, plan_id)
        with get_engine(containers.url).begin() as connection:
            connection.execute(text("DELETE FROM plan_content WHERE plan_id = :plan"), {"plan": plan_id})
        again = containers.start("again", "resume", plan_id, "--workers", "2", **NEW)
        assert again.ended()[0] == 0
        assert contents(containers.url, plan_id) == before
    assert containers.calls() == paid


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_goes_over_to_the_new_container(seed: int, postgres_tables_url: str, tmp_path: Path) -> None:
    chance = random.Random(seed)
    workers = chance.choice(("1", "4")) if CHAOS else "1"
    latency = {"PIPELINE_OFFLINE_LATENCY": "0.4" if workers == "4" else "0.15"}
    with made(tmp_path, postgres_tables_url) as containers:
        old = containers.start(
            "old", "run", *PLAN, "--workers", workers, **OLD, **(latency if CHAOS else SLOW)
        )
        begun = chance.randint(1, LEAST_CALLS // 3)
        wait_for(lambda: len(containers.calls()) >= begun)
        new = containers.start("new", "resume", "--wait", "p1", "--workers", workers, **NEW, **latency)
        assert new.outer.stderr is not None
        waiting = new.outer.stderr.readline()
        assert waiting.startswith(b"waiting: plan p1 is being worked on by process "), waiting
        time.sleep(chance.uniform(0, 5) if CHAOS else 0.3)
        assert old.is_running()
        old.ask_to_end()
        assert old.ended()[0] == 143
        before = len(containers.calls())
        assert new.ended()[0] == 0
        assert 0 < before < len(containers.calls()), "both do a part of it"
        files = containers.command("new").files()
        assert contents(postgres_tables_url, "p1") == {
            name: content for name, content in files.items() if name not in INPUTS
        }
        assert_whole(containers, "p1")


@pytest.mark.parametrize("seed", SEEDS)
def test_old_and_new_workers_share_the_plans(
    seed: int,
    postgres_tables_url: str,
    luigid: Luigid,  # noqa: F811
    tmp_path: Path,
) -> None:
    chance = random.Random(seed)
    plans = ("p1", "p2") if CHAOS else ("p1",)
    machines = Machines(tmp_path, postgres_tables_url, luigid, ROOT)
    options = ("worker", "--scheduler", luigid.url, "--until-done", "--poll", "0.2")
    latency = {"PIPELINE_OFFLINE_LATENCY": "0.3" if CHAOS else "0.1"}
    old_latency = latency if CHAOS else SLOW
    with made(tmp_path, postgres_tables_url) as containers:
        for plan_id in plans:
            # Of prompts of their own: a call that is made twice is one of one plan.
            machines.submit(plan_id, prompt=f"Grow tea in {plan_id}")
        names = ("1", "2") if CHAOS else ("1",)
        old = [containers.start(f"old{name}", *options, **OLD, **old_latency) for name in names]
        begun = chance.randint(1, LEAST_CALLS // 3)
        wait_for(lambda: len(containers.calls()) >= begun)
        new = [containers.start(f"new{name}", *options, **NEW, **latency) for name in names]
        time.sleep(chance.uniform(3, 8) if CHAOS else 0.3)
        for container in old:
            assert container.is_running()
            container.ask_to_end()
        assert [container.ended()[0] for container in old] == [143] * len(old)
        assert [container.ended()[0] for container in new] == [0] * len(new)
        assert_whole(containers, *plans)
