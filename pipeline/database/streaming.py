"""Rows of any number, a few at a time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from sqlalchemy import Row, Select
from sqlalchemy.exc import SQLAlchemyError

from pipeline.database.engine import READ_ONLY
from pipeline.database.retry import as_database_error, is_missing_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

_ROWS_AT_A_TIME = 50


def stream(engine: Engine, statement: Select[Any], *, subject: str) -> Iterator[Row[Any]]:
    """Yield the rows of a statement, as the database was when it began; messages begin with `subject`.

    Raises what pipeline.database.retry.run_transaction raises, without trying again: what has been yielded cannot
    be taken back.
    """
    start = time.monotonic()
    try:
        with engine.connect() as connection:
            options = {READ_ONLY: True, "stream_results": True, "yield_per": _ROWS_AT_A_TIME}
            reading = connection.execution_options(**options)
            with reading.begin():
                yield from reading.execute(statement)
    except SQLAlchemyError as error:
        raise as_database_error(error, engine, subject, time.monotonic() - start) from (
            # A trace of what lies below tells nobody more.
            None if is_missing_table(error) else error
        )
