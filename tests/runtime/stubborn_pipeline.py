"""Tasks that catch what they should not."""

import time
from contextlib import suppress

import luigi

from pipeline.plan_task import PlanTask


class Stubborn(PlanTask):
    """Goes on for ever."""

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(self.run_id_dir / "stubborn.txt")

    def run_inner(self) -> None:
        (self.run_id_dir / "begun").touch()
        end = time.monotonic() + 120
        while time.monotonic() < end:
            with suppress(BaseException):
                time.sleep(0.1)


class Swallowing(Stubborn):
    """Takes the signal for a sign to end well."""

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(self.run_id_dir / "swallowing.txt")

    def run_inner(self) -> None:
        (self.run_id_dir / "begun").touch()
        try:
            time.sleep(120)
        except BaseException:
            (self.run_id_dir / "swallowing.txt").write_text("done")


class AfterSwallowing(PlanTask):
    """Must not be begun."""

    def requires(self) -> luigi.Task:
        return self.clone(Swallowing)

    def output(self) -> luigi.LocalTarget:
        return luigi.LocalTarget(self.run_id_dir / "after.txt")

    def run_inner(self) -> None:
        (self.run_id_dir / "after.txt").write_text("done")
