"""Owns a plan while a command works on it: a lease in the database, and a thread that keeps it alive."""

from __future__ import annotations

import logging
import os
import threading
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeVar

from pipeline.database.engine import make_engine
from pipeline.database.fencing import is_raised, lower_fence, note_lost, raise_fence, raise_if_lost
from pipeline.database.leases import LEASE_SECONDS, Leases, busy_text
from pipeline.database.retry import RetryPolicy
from pipeline.errors import DatabaseError, PlanBusyError, PlanLostError
from pipeline.running.plan_lock import hold_plan
from pipeline.running.stopping import stop_main_thread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from sqlalchemy import URL

    from pipeline.database.fencing import Fence
    from pipeline.database.service import DatabaseService

    Tell = Callable[[str], None]

T = TypeVar("T")

logger = logging.getLogger(__name__)

# A lease outlives some heartbeats that did not get through.
_BEATS_PER_LEASE = 5
_ONE_ATTEMPT = RetryPolicy(patience_seconds=0.0, tells=False)
_CONNECT_SECONDS = "3"
_LOOKS_EVERY_SECONDS = 1.0

# A child must not inherit a connection that the thread is using, or a lock that it holds.
_beating = threading.Lock()
os.register_at_fork(
    before=_beating.acquire, after_in_parent=_beating.release, after_in_child=_beating.release
)


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
    heartbeat = _Heartbeat(service.url, fence)
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


class _Heartbeat:
    """Renews a lease until it is left; where another owner is found, interrupts the process as SIGTERM would."""

    def __init__(self, url: URL, fence: Fence) -> None:
        self._url = url
        if url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query:
            # Nobody forks meanwhile.
            url = url.update_query_dict({"connect_timeout": _CONNECT_SECONDS})
        # An engine of its own: a run may keep all connections of its pool busy.
        self._engine = make_engine(url)
        self._leases = Leases(self._engine, _ONE_ATTEMPT)
        self._fence = fence
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"lease of {fence.plan_id}", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        # Not for ever: what it waits for may be a server that is gone.
        self._thread.join(self._fence.seconds)

    def _beat(self) -> None:
        while not self._ended.wait(self._fence.seconds / _BEATS_PER_LEASE):
            try:
                with _beating:
                    try:
                        self._leases.renew(self._fence)
                    finally:
                        self._engine.dispose()
            except PlanLostError as error:
                # A plan that this process has deleted has no lease any more.
                if not self._ended.is_set() and is_raised(self._url, self._fence):
                    note_lost(error)
                    stop_main_thread()
                return
            except Exception as error:
                # What writes is told of a database that is away; it may be back before the lease has run out.
                logger.info("plan %s: a heartbeat did not get through: %s", self._fence.plan_id, error)
