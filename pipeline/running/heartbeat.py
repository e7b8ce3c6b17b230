"""A thread that keeps a lease alive while the process works."""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Protocol

from pipeline.database.engine import make_engine
from pipeline.database.fencing import is_raised, note_lost
from pipeline.database.retry import RetryPolicy
from pipeline.errors import PlanLostError
from pipeline.running.stopping import stop_main_thread

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import URL, Engine

    from pipeline.database.fencing import Fence

logger = logging.getLogger(__name__)

# A lease outlives some heartbeats that did not get through.
_BEATS_PER_LEASE = 5
_ONE_ATTEMPT = RetryPolicy(patience_seconds=0.0, tells=False)
_CONNECT_SECONDS = "3"

# A child must not inherit a connection that the thread is using, or a lock that it holds.
_beating = threading.Lock()
os.register_at_fork(
    before=_beating.acquire, after_in_parent=_beating.release, after_in_child=_beating.release
)


class RenewableLeases(Protocol):
    """Leases of plans or of tasks."""

    def renew(self, fence: Fence) -> None:
        """Say that the owner lives; raises PlanLostError if it is the owner no more."""


class Heartbeat:
    """Renews a lease until it is left; where another owner is found, interrupts the process as SIGTERM would."""

    def __init__(
        self, url: URL, fence: Fence, leases: Callable[[Engine, RetryPolicy], RenewableLeases]
    ) -> None:
        self._url = url
        if url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query:
            # Nobody forks meanwhile.
            url = url.update_query_dict({"connect_timeout": _CONNECT_SECONDS})
        # An engine of its own: a run may keep all connections of its pool busy.
        self._engine = make_engine(url)
        self._leases = leases(self._engine, _ONE_ATTEMPT)
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
