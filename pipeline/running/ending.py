"""What a run leaves in the database when it does not end by itself."""

from __future__ import annotations

import logging
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from pipeline.database.deferred import line_of_this_process
from pipeline.database.retry import PATIENCE_VARIABLE, RetryPolicy
from pipeline.errors import DatabaseError, PlanLostError
from pipeline.running.stopping import closing, grace_of_run, was_told_to_wait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.database.service import DatabaseService

logger = logging.getLogger(__name__)

# A container is killed some seconds after its SIGTERM, whatever the database does.
_PATIENCE_SECONDS = 5.0


@contextmanager
def ended_in_order(service: DatabaseService, plan_id: str) -> Iterator[None]:
    """Set the plan's status where the body raises: `stopped` after a signal, else `failed`.

    After a signal nobody is at work any more, so what is pending then is closed as well. What a task has left
    in the line is written before that. Nothing is written of a plan that somebody else has by then.
    """
    line = line_of_this_process()
    try:
        yield
    except KeyboardInterrupt as interrupt:
        with closing():
            try:
                ending = service.sharing(line, impatient_policy())
                ending.flush()
                ending.fail_pending_interactions(
                    plan_id, f"interrupted: {interrupt or 'SIGINT'} ended the run"
                )
                ending.set_plan_status(plan_id, "stopped")
            except PlanLostError:
                # Whoever has taken the plan over says what becomes of it.
                logger.debug("plan %s: nothing was written at the end", plan_id)
            except DatabaseError:
                # The run ends all the same; `resume` does it then.
                logger.exception("plan %s: its status could not be set", plan_id)
        raise
    except PlanLostError:
        raise
    except BaseException:
        service.sharing(line).set_plan_status(plan_id, "failed")
        raise


def impatient_policy() -> RetryPolicy:
    """Return how long to try what is to be written of a run that ends: not for as long as of one that goes on."""
    asked = RetryPolicy.from_environment() if os.environ.get(PATIENCE_VARIABLE) else RetryPolicy()
    grace = grace_of_run()
    seconds = min(asked.patience_seconds, _PATIENCE_SECONDS)
    if grace is not None and was_told_to_wait():
        # The lease is to be given back after that.
        seconds = min(seconds, max(0.0, grace.left()) / 2)
    return RetryPolicy(patience_seconds=seconds)
