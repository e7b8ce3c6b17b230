"""Where a task stands, from what it has left in the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pipeline.report.facts import Call, CallState, TaskState

ACTIVE = frozenset({"created", "running"})
"""The statuses of a plan that is being worked on, as far as the database knows."""

NOT_RUN = "made by plain Luigi"
"""In place of the status of a plan that `pipeline run` did not make: its row has one that nobody ever changes."""


@dataclass(frozen=True, slots=True)
class Run:
    """The plan's status, and since when it has it: a resumed plan's earlier rows are of an earlier run."""

    status: str
    since: datetime | None
    made_by_run: bool = True

    @property
    def active(self) -> bool:
        """Whether somebody works on the plan, as far as the database knows."""
        return self.made_by_run and self.status in ACTIVE

    def is_now(self, moment: datetime) -> bool:
        """Whether a row of this moment is of the run that is going on."""
        return self.since is None or moment >= self.since


def open_state(run: Run, calls: Sequence[Call], traces: Sequence[datetime], *, may_begin: bool) -> TaskState:
    """Return the state of a task that is not done; `traces` are moments of it other than calls."""
    if run.active:
        calls = [call for call in calls if run.is_now(call.started_at)]
        traces = [moment for moment in traces if run.is_now(moment)]
    states = [call.state for call in calls]
    if CallState.PENDING in states:
        return TaskState.RUNNING if run.made_by_run else TaskState.UNFINISHED
    if states and states[-1] is CallState.FAILED:
        return TaskState.FAILED
    begun = bool(states or traces)
    if run.active:
        return TaskState.RUNNING if begun else TaskState.WAITING
    # Luigi tries whatever it can before it gives up, so what a failed run left undone has failed it,
    # even where no call tells how.
    return TaskState.UNFINISHED if begun or (run.status == "failed" and may_begin) else TaskState.WAITING


def state_without_graph(run: Run, calls: Sequence[Call], files_written: Sequence[datetime]) -> TaskState:
    """Return the state of a task of which nothing is known but its rows."""
    if files_written and all(call.state is CallState.COMPLETED for call in calls[-1:]):
        return TaskState.DONE
    return open_state(run, calls, files_written, may_begin=False)
