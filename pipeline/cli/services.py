"""The database service of a command: to write, for a run, or only to look."""

from __future__ import annotations

from pipeline.database.engine import check_database_exists, get_reading_engine
from pipeline.database.retry import RetryPolicy
from pipeline.database.service import DatabaseService


def open_service() -> DatabaseService:
    """Return a service for the database that the environment names.

    Raises ConfigurationError for a database that is not there and not to be made, DatabaseError.
    """
    check_database_exists()
    return DatabaseService()


def open_ready_service() -> DatabaseService:
    """Return a service for a run: the database is made and migrated if need be; raises as open_service does."""
    from pipeline.database.migrate import ensure_current

    ensure_current()
    return DatabaseService()


def open_for_reading() -> DatabaseService:
    """Return a service for a command that only looks: it does not wait long, and needs no write access.

    Raises ConfigurationError for a database that is not there.
    """
    check_database_exists()
    return DatabaseService(get_reading_engine(), RetryPolicy.for_reading())
