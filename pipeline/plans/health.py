"""Whether this machine's runs are alive, and whether the database is ready for more."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.database.migrate import schema_state
from pipeline.errors import PipelineError
from pipeline.machine import machine_id
from pipeline.redaction import redact

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from pipeline.database.listing import Pulse
    from pipeline.database.retry import RetryPolicy
    from pipeline.database.service import DatabaseService


@dataclass(frozen=True, slots=True)
class Health:
    """How it stands.

    Attributes:
        alive: whether no run of this machine has stopped to renew its lease; true where that cannot be asked.
        ready: whether the database answers and has the tables that this version needs.
        revision: of the tables, None where the database does not answer or has none.
        at_work: how many plans somebody is at work on, on any machine.
        oldest_heartbeat_seconds: how long ago the last heartbeat of the most silent of these owners was.
        pending: how many calls have no end.
        oldest_pending_seconds: how long ago the first of them began.
        problems: what is wrong, for people.
    """

    alive: bool
    ready: bool
    revision: str | None
    at_work: int
    oldest_heartbeat_seconds: float | None
    pending: int
    oldest_pending_seconds: float | None
    problems: tuple[str, ...]


def examine(service: DatabaseService, engine: Engine, policy: RetryPolicy) -> Health:
    """Ask the database how it stands; errors of the database are what it says, and are not raised."""
    try:
        state = schema_state(engine, policy)
        if not state.is_usable:
            return _not_ready(state.problem, state.current)
        pulse = service.pulse()
    except PipelineError as error:
        # Whether a run lives cannot be told then, and ending it would not bring the database back.
        return _not_ready(redact(str(error)), None)
    stuck = _stuck_here(pulse)
    at_work = [owner for owner in pulse.owners if owner.is_at_work]
    return Health(
        alive=not stuck,
        ready=True,
        revision=state.current,
        at_work=len({owner.plan_id for owner in at_work}),
        oldest_heartbeat_seconds=max((owner.silent_seconds for owner in at_work), default=None),
        pending=pulse.pending,
        oldest_pending_seconds=pulse.oldest_pending_seconds,
        problems=stuck,
    )


def examine_soon(service: DatabaseService, engine: Engine, policy: RetryPolicy, seconds: float) -> Health:
    """Do what `examine` does, or say after so many seconds that the database does not answer."""
    found: list[Health] = []
    # Whatever the driver waits for: an address that takes nothing, a server that is paused, a lock.
    asking = threading.Thread(target=lambda: found.append(examine(service, engine, policy)), daemon=True)
    asking.start()
    asking.join(seconds)
    return found[0] if found else _not_ready(f"the database has not answered for {seconds:.0f} s", None)


def _stuck_here(pulse: Pulse) -> tuple[str, ...]:
    here = machine_id()
    return tuple(
        f"plan {owner.plan_id}: {owner} is there, and was last heard of {owner.silent_seconds:.0f} s ago"
        for owner in pulse.owners
        if owner.machine == here and not owner.gone and owner.expires_at <= owner.as_of
    )


def _not_ready(problem: str, revision: str | None) -> Health:
    return Health(
        alive=True,
        ready=False,
        revision=revision,
        at_work=0,
        oldest_heartbeat_seconds=None,
        pending=0,
        oldest_pending_seconds=None,
        problems=(problem,),
    )
