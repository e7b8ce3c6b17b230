"""All rows of a plan, out of one database and into another, of whichever kind each is."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import JSON, BigInteger, Boolean, Double, Integer, String, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from pipeline.database.engine import READ_ONLY
from pipeline.database.models import (
    LLMAnswer,
    LLMInteraction,
    Plan,
    PlanContent,
    PlanFile,
    RunningTask,
    UtcDateTime,
    table_of,
)
from pipeline.database.pieces import is_storable
from pipeline.database.plan_rows import begin_empty
from pipeline.database.plans import taken
from pipeline.database.retry import as_database_error
from pipeline.database.statements import insert_plan
from pipeline.database.transactions import Transactions
from pipeline.database.values import BASE64, UTF8, check_content, check_plan_status
from pipeline.errors import ConfigurationError, DatabaseError, PipelineError
from pipeline.names import check_filename, check_plan_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from sqlalchemy import Column, Connection, Table

    from pipeline.database.records import PlanRecord

_plans = table_of(Plan)
_interactions = table_of(LLMInteraction)
_content = table_of(PlanContent)
_answers = table_of(LLMAnswer)

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        _plans,
        _interactions,
        _content,
        _answers,
        table_of(RunningTask),
        table_of(PlanFile),
    )
}
"""What a plan consists of, in an order in which rows refer to earlier ones. Who is at work on it is not part of it."""

_ROWS_AT_A_TIME = 50
_BITS = {Integer: 31, BigInteger: 63}
_INTERACTION_STATUSES = frozenset({"pending", "completed", "failed"})


@dataclass(frozen=True, slots=True)
class TransferredRow:
    """A row without the plan's id; moments are text, so that it has a form in JSON."""

    table: str
    values: Mapping[str, Any]
    line: int = 0
    """Where it stands in what it is read from."""


class Transfer(Transactions):
    """Reads and writes whole plans. Raises what pipeline.database.service.DatabaseService raises."""

    def read_rows(self, plan_id: str) -> Iterator[TransferredRow]:
        """Yield all rows of a plan, as the database was at one moment."""
        options: dict[str, Any] = {READ_ONLY: True, "stream_results": True, "yield_per": _ROWS_AT_A_TIME}
        if self._dialect == "postgresql":
            options["isolation_level"] = "REPEATABLE READ"
        start = time.monotonic()
        try:
            with self._engine.connect() as connection:
                reading = connection.execution_options(**options)
                with reading.begin():
                    for table in TABLES.values():
                        yield from _rows_of(reading, table, check_plan_id(plan_id))
        except SQLAlchemyError as error:
            subject, seconds = f"plan {plan_id}", time.monotonic() - start
            raise as_database_error(error, self._engine, subject, seconds) from error

    def write_rows(
        self,
        plan_id: str,
        rows: Callable[[], Iterable[TransferredRow]],
        find: Callable[[str], PlanRecord | None],
    ) -> int:
        """Make a plan of these rows, all of them or none, and return how many there are.

        `rows` is called again where the transaction is repeated. Rows get ids of this database. A plan that was being
        run is stopped here. Raises ConfigurationError for an id that is in use, and for rows that are none of a plan.
        """
        check_plan_id(plan_id)

        def work(connection: Connection) -> int:
            writing = _Writing(connection, plan_id, self._dialect)
            count = 0
            for row in rows():
                count += 1
                try:
                    writing.write(row)
                except _TakenError:
                    raise
                except PipelineError as error:
                    raise ConfigurationError(f"line {row.line}: {error}") from error
            if not count:
                raise ConfigurationError("this holds no plan")
            return count

        try:
            return self._write_unfenced(plan_id, work)
        except _TakenError:
            existing = find(plan_id)
            raise ConfigurationError(
                f"there is already a plan {plan_id}" if existing is None else taken(existing)
            ) from None


def _rows_of(connection: Connection, table: Table, plan_id: str) -> Iterator[TransferredRow]:
    order = [table.c.id] if "id" in table.c else list(table.primary_key)
    statement = select(table).where(table.c.plan_id == plan_id).order_by(*order)
    # A content may be large: never two at a time.
    few = {"yield_per": 1} if table is _content else {}
    for row in connection.execute(statement, execution_options=few).mappings():
        yield TransferredRow(table.name, {name: _plain(row[name]) for name in row if name != "plan_id"})


class _TakenError(ConfigurationError):
    pass


class _Writing:
    """Writes the rows of one plan, the plan's own first."""

    def __init__(self, connection: Connection, plan_id: str, dialect: str) -> None:
        self._connection = connection
        self._plan_id = plan_id
        self._dialect = dialect
        self._new_ids: dict[int, int] = {}
        self._is_there = False

    def write(self, row: TransferredRow) -> None:
        table = TABLES[row.table]
        values = checked_row(table, row.values)
        old_id = values.pop("id", None)
        values["plan_id"] = self._plan_id
        if (table is _plans) == self._is_there:
            raise ConfigurationError("a plan has one row of its own, and that is the first")
        if table is _plans:
            self._write_plan(values)
        elif table is _interactions:
            self._write_interaction(values, old_id)
        else:
            if table is _answers:
                values["interaction_id"] = self._new_ids.get(values["interaction_id"])
            self._connection.execute(insert(table), values)

    def _write_plan(self, values: dict[str, Any]) -> None:
        if values["status"] == "running":
            # Not by anybody who has this database.
            values["status"] = "stopped"
        if self._connection.execute(insert_plan(self._dialect), values).first() is None:
            raise _TakenError(f"there is already a plan {self._plan_id}")
        begin_empty(self._connection, self._plan_id)
        self._is_there = True

    def _write_interaction(self, values: dict[str, Any], old_id: int) -> None:
        # The same plan may be imported twice, under two ids.
        of_plan = sha256(self._plan_id.encode()).hexdigest()[:24]
        values["interaction_key"] = f"{of_plan}-{len(self._new_ids)}-{values['interaction_key']}"[:64]
        paid_by = values["replayed_from"]
        values["attempt_of"] = self._new_ids.get(values["attempt_of"])
        values["replayed_from"] = self._new_ids.get(paid_by)
        new_id = self._connection.execute(
            insert(_interactions).returning(_interactions.c.id), values
        ).scalar_one()
        self._new_ids[old_id] = new_id
        if paid_by is not None and values["replayed_from"] is None:
            # Another plan paid, which is not here; this one did not.
            statement = update(_interactions).where(_interactions.c.id == new_id)
            self._connection.execute(statement.values(replayed_from=new_id))


def checked_row(table: Table, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of a row as the database takes them; raises ConfigurationError, which names the column."""
    columns = {column.name: column for column in table.c if column.name != "plan_id"}
    if unknown := sorted(given.keys() - columns.keys()):
        raise ConfigurationError(f"{table.name} has no column {unknown[0]}: it comes from a newer version")
    values = {name: _checked(column, given.get(name)) for name, column in columns.items()}
    if table is _plans:
        check_plan_status(values["status"])
    elif table is _interactions and values["status"] not in _INTERACTION_STATUSES:
        raise ConfigurationError(f"unknown status {values['status']!r} of an interaction")
    elif table is _content:
        check_filename(values["filename"])
        if values["encoding"] not in {UTF8, BASE64}:
            raise ConfigurationError(f"unknown encoding {values['encoding']!r} of {values['filename']}")
        try:
            check_content(values["content"], values["encoding"], values["content_sha256"])
        except DatabaseError as error:
            raise ConfigurationError(f"{values['filename']}: {error}") from error
    return values


def _checked(column: Column[Any], value: Any) -> Any:
    kind = column.type
    if value is None:
        if column.nullable:
            return None
        raise ConfigurationError(f"{column.name} is missing")
    if isinstance(kind, UtcDateTime):
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            raise ConfigurationError(f"{column.name} is no moment: {value!r}") from None
        return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    if isinstance(kind, String):
        fits = isinstance(value, str) and is_storable(value)
        if not fits or len(value) > (kind.length or len(value)):
            raise ConfigurationError(f"{column.name} is no text that fits")
    elif isinstance(kind, JSON):
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise ConfigurationError(f"{column.name} is no list of texts")
    elif isinstance(kind, Boolean):
        if not isinstance(value, bool):
            raise ConfigurationError(f"{column.name} is neither true nor false")
    elif isinstance(kind, Double):
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise ConfigurationError(f"{column.name} is no number")
    else:
        bits = _BITS[BigInteger if isinstance(kind, BigInteger) else Integer]
        if isinstance(value, bool) or not isinstance(value, int) or abs(value) >= 2**bits:
            raise ConfigurationError(f"{column.name} is no number that fits")
    return value


def _plain(value: object) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
