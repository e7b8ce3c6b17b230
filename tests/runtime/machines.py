"""Workers as on several machines: a directory each, one database and one luigid; calls are counted in one place."""

import subprocess
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pipeline.database.engine import get_engine
from pipeline.database.service import DatabaseService
from pipeline.distributed.submitting import submit_new
from pipeline.distributed.worker import WorkerOutcome, WorkerSettings, work
from pipeline.speed_vs_detail import SpeedVsDetailEnum
from tests.luigid import Luigid
from tests.runtime.command import TINY, Command

STARTED_AT = datetime(2025, 10, 1, 8, tzinfo=UTC)


@dataclass
class Machines:
    directory: Path
    url: str
    luigid: Luigid
    root: str = TINY
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def service(self) -> DatabaseService:
        return DatabaseService(get_engine(self.url))

    def machine(self, name: str) -> Command:
        return Command(self.directory / name, self.url, self.root)

    def submit(self, plan_id: str, prompt: str = "Grow tea") -> None:
        """What `pipeline submit` does; the plan of the tests that run on one machine."""
        submit_new(
            self.service,
            plan_id,
            root=self.root,
            run_root=self.directory / "submitter",
            scheduler_url=None,
            prompt=prompt,
            started_at=STARTED_AT,
            speed_vs_detail=SpeedVsDetailEnum.ALL_DETAILS_BUT_SLOW,
            llm_models=("offline",),
        )

    def start(self, name: str, *options: str, **environment: str) -> subprocess.Popen[bytes]:
        arguments = ("worker", "--scheduler", self.luigid.url, "--until-done", "--poll", "0.3", *options)
        shared = {"PIPELINE_OFFLINE_CALL_LOG": str(self.directory / "calls.log"), **environment}
        process = self.machine(name).start(*arguments, **shared)
        self.workers.append(process)
        return process

    def work_here(self, name: str = "here") -> WorkerOutcome:
        """A worker in this process, until nothing is left."""
        settings = WorkerSettings(self.luigid.url, self.directory / name, 60, 0.05, until_done=True)
        return work(self.service, settings, lambda _: None)

    def calls(self) -> list[str]:
        log = self.directory / "calls.log"
        return log.read_text().splitlines() if log.exists() else []

    def repeated_calls(self, plans: int = 1) -> int:
        """How many calls were made more than once for each of plans that ask the same."""
        return sum(max(0, count - plans) for count in Counter(self.calls()).values())

    def contents(self, plan_id: str) -> dict[str, bytes]:
        """All files that the database has of a plan."""
        service = self.service
        names = [info.filename for info in service.list_content(plan_id)]
        return {name: service.get_content(plan_id, name) for name in names}

    def end(self) -> None:
        """End what is left of the workers."""
        for process in self.workers:
            if process.poll() is None:
                process.kill()
            process.communicate()
