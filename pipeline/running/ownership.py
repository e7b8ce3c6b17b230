"""Owns a plan while a command works on it: a lease in the database that is kept alive."""

from __future__ import annotations

import logging
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeVar

from pipeline.database.fencing import lower_fence, raise_fence, raise_if_lost
from pipeline.database.leases import LEASE_SECONDS, Leases, busy_text
from pipeline.errors import DatabaseError, PlanBusyError
from pipeline.running.heartbeat import Heartbeat
from pipeline.running.plan_lock import hold_plan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pipeline.database.service import DatabaseService

    Tell = Callable[[str], None]

T = TypeVar("T")

logger = logging.getLogger(__name__)

_LOOKS_EVERY_SECONDS = 1.0


@contextmanager
def held_here(
    service: DatabaseService, run_root: Path, plan_id: str, *, wait: bool = False, tell: Tell = logger.info
) -> Iterator[None]:
    """Hold a plan's run directory below `run_root`, or wait for it.

    Raises PlanBusyError, which says who is at work, as far as the database knows.
    """

    def attempt() -> None:
        try:
            stack.enter_context(hold_plan(run_root, plan_id))
        except PlanBusyError:
            try:
                check_not_owned(service, plan_id)
            except DatabaseError:
                logger.debug("who owns plan %s is not known", plan_id, exc_info=True)
            raise

    with ExitStack() as stack:
        _until_free(attempt, tell if wait else None)
        yield


@contextmanager
def owned(
    service: DatabaseService,
    plan_id: str,
    purpose: str,
    *,
    seconds: float = LEASE_SECONDS,
    wait: bool = False,
    tell: Tell = logger.info,
) -> Iterator[None]:
    """Be the owner of a plan in the body, in which each of its writes is refused once somebody else is.

    The lease outlives the last heartbeat by `seconds`. With `wait`, waits for another owner's end or the end of its
    lease. Raises PlanBusyError, PlanLostError (out of the body, at the latest at the next task), DatabaseError.
    """
    fence = _until_free(lambda: service.leases().take(plan_id, purpose, seconds), tell if wait else None)
    if fence is None:
        yield
        return
    raise_fence(service.url, fence)
    heartbeat = Heartbeat(service.url, fence, Leases)
    try:
        with heartbeat:
            yield
            raise_if_lost()
    except KeyboardInterrupt:
        raise_if_lost()
        raise
    finally:
        lower_fence(service.url, plan_id)
        try:
            service.impatient().leases().give_back(fence)
        except DatabaseError as error:
            logger.warning("plan %s: its lease could not be given back, and runs out: %s", plan_id, error)


def check_not_owned(service: DatabaseService, plan_id: str) -> None:
    """Raise PlanBusyError if somebody is at work on a plan."""
    owner = service.leases().find_owner(plan_id)
    if owner is not None and owner.is_at_work:
        raise PlanBusyError(busy_text(owner))


def _until_free(attempt: Callable[[], T], tell: Tell | None) -> T:
    told = False
    while True:
        try:
            return attempt()
        except PlanBusyError as error:
            if tell is None:
                raise
            if not told:
                tell(f"waiting: {error}")
                told = True
        time.sleep(_LOOKS_EVERY_SECONDS)
