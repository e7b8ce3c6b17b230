"""Keeps two processes of one machine from working on the same plan."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import PlanBusyError
from pipeline.names import check_plan_id


def lock_of(run_root: Path, plan_id: str) -> Path:
    """Return the file that is locked: outside of the run directory, which may be wiped."""
    # No plan id begins with a dot.
    return run_root / f".{check_plan_id(plan_id)}.lock"


@contextmanager
def hold_plan(run_root: Path, plan_id: str) -> Iterator[None]:
    """Hold a plan while the body runs; raises PlanBusyError if another process holds it.

    The kernel lets go when the process and the workers that it forked are dead, however they died.
    So a worker that outlives its killed parent keeps the plan for as long as it may still write.
    """
    run_root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(lock_of(run_root, plan_id), os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PlanBusyError(f"another process is working on plan {plan_id}") from None
        yield
    finally:
        os.close(descriptor)
