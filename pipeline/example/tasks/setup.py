"""The two files that are there before the pipeline starts."""

from pipeline.example.filenames import FilenameEnum
from pipeline.plan_task import PlanTask


class StartTimeTask(PlanTask):
    """The time at which the plan was asked for. The caller writes the file."""

    def output(self):
        return self.local_target(FilenameEnum.START_TIME)

    def run(self):
        raise AssertionError(f"{self.output().path} has to exist before the pipeline starts")


class SetupTask(PlanTask):
    """The plan as the user describes it. The caller writes the file."""

    def output(self):
        return self.local_target(FilenameEnum.INITIAL_PLAN)

    def run(self):
        raise AssertionError(f"{self.output().path} has to exist before the pipeline starts")
