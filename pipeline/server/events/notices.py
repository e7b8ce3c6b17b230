"""Hears from PostgreSQL that a plan's owner has written something, so that nobody has to look again and again.

Not every connection hears: a pooler that gives out its connections by transaction takes LISTEN and delivers nothing.
So it is tried, and until something has been heard, and whenever the connection is lost, plans are looked at as often
as on a database that tells nothing.
"""

from __future__ import annotations

import logging
import secrets
import threading
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from pipeline.database.engine import make_engine
from pipeline.database.fencing import CHANGES_CHANNEL

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import URL, Engine

logger = logging.getLogger(__name__)

_TRIAL_SECONDS = 2.0
_TRIES_AGAIN_SECONDS = 30.0


class Notices:
    """A connection of its own that hears of changes, in a thread of its own.

    Args:
        url: of a PostgreSQL database.
        tell: is given the id of each plan that was written to, in that thread.
    """

    def __init__(self, url: URL, tell: Callable[[str], None]) -> None:
        self._url = url
        self._tell = tell
        self._are_heard = False
        threading.Thread(target=self._keep_listening, name="notices", daemon=True).start()

    @property
    def are_heard(self) -> bool:
        """Whether what an owner writes is told now."""
        return self._are_heard

    def _keep_listening(self) -> None:
        engine = make_engine(self._url)
        waits = threading.Event()
        while True:
            try:
                self._listen(engine)
            except SQLAlchemyError as error:
                logger.debug("nothing is heard of changes: %s", type(error).__name__)
            finally:
                self._are_heard = False
            waits.wait(_TRIES_AGAIN_SECONDS)

    def _listen(self, engine: Engine) -> None:
        from psycopg import Error

        autocommit = engine.execution_options(isolation_level="AUTOCOMMIT")
        with autocommit.connect() as connection:
            try:
                self._hear(connection.connection.driver_connection, autocommit)
            except Error as error:
                # Nobody says goodbye on what is lost.
                connection.invalidate(error)
                logger.debug("the connection that changes were heard on is lost: %s", type(error).__name__)

    def _hear(self, listening: Any, others: Engine) -> None:
        """Tell what is heard for as long as the connection lasts; return at once where nothing can be heard."""
        listening.execute(f"LISTEN {CHANGES_CHANNEL}")
        trial = secrets.token_hex(8)
        with others.connect() as other:
            other.execute(select(func.pg_notify(CHANGES_CHANNEL, trial)))
            other.detach()
        for heard in listening.notifies(timeout=_TRIAL_SECONDS):
            if heard.payload == trial:
                break
            self._tell(heard.payload)
        else:
            return
        self._are_heard = True
        while True:
            for heard in listening.notifies(timeout=_TRIES_AGAIN_SECONDS):
                self._tell(heard.payload)
            # A connection that is gone without a word is found out by asking.
            listening.execute("SELECT 1")
