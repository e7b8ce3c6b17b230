"""The tables as the migrations make them, made at once and without Alembic: for a database that has none yet."""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakSet

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)

from pipeline.database.models import Base, SchemaCompatibility, table_of
from pipeline.database.retry import run_transaction
from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from pipeline.database.retry import RetryPolicy

# Held by a migrator on PostgreSQL. Any number will do, as long as nothing else in the database
# uses it for a lock of its own.
ADVISORY_LOCK = 4_920_311_730

SCHEMA_REVISION = "009"
"""The revision of the migrations that these tables are those of."""

READABLE_FROM = "005"
"""The oldest revision whose code can work with them."""

WRITTEN_BY_TASKS = frozenset({"plans", "llm_interactions", "plan_content"})

# Where Alembic keeps the revision; as Alembic makes it.
_version = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)

# On SQLite foreign keys hold for a connection that asks for them, and a plan may be deleted by another one.
_CHILDREN_BY_TRIGGER = {
    "delete_rows_of_plan": ("plan_files", "running_tasks", "llm_answers", "plan_content", "llm_interactions"),
    "delete_lease_of_plan": ("plan_leases",),
    "delete_task_leases_of_plan": ("task_leases",),
    "delete_submissions_of_plan": ("submissions",),
}

_with_tables: WeakSet[Engine] = WeakSet()


def ensure_tables(engine: Engine, policy: RetryPolicy) -> None:
    """Make the tables, with the note of their revision, in a database that has none of them; once in a process.

    Tables that are there, of whichever revision, are left as they are: `pipeline db upgrade` brings them to the newest.
    Raises ConfigurationError for a database with other tables of such a name, or with the revisions of another
    program; DatabaseError.
    """
    if engine in _with_tables:
        return
    run_transaction(engine, make_missing_tables, subject="tables", policy=policy)
    _with_tables.add(engine)


def make_missing_tables(connection: Connection) -> None:
    """Do in a transaction what ensure_tables does. Raises ConfigurationError."""
    if _has_tables(connection):
        return
    is_sqlite = connection.dialect.name == "sqlite"
    if not is_sqlite:
        # Whoever waits here looks again, and finds the work done. SQLite's transaction begins as a writer.
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        if _has_tables(connection):
            return
    Base.metadata.create_all(connection)
    _version.create(connection, checkfirst=True)
    connection.execute(insert(_version).values(version_num=SCHEMA_REVISION))
    connection.execute(insert(table_of(SchemaCompatibility)).values(readable_from=READABLE_FROM))
    for trigger, tables in _CHILDREN_BY_TRIGGER.items() if is_sqlite else ():
        deleted = "".join(f"    DELETE FROM {table} WHERE plan_id = OLD.plan_id;\n" for table in tables)  # noqa: S608
        connection.exec_driver_sql(f"CREATE TRIGGER {trigger} AFTER DELETE ON plans BEGIN\n{deleted}END")


def _has_tables(connection: Connection) -> bool:
    """Whether the tables are there. Raises ConfigurationError where others are in their place."""
    there = set(inspect(connection).get_table_names())
    if there >= WRITTEN_BY_TASKS:
        return True
    taken = sorted(there & set(Base.metadata.tables))
    revisions = (
        connection.execute(select(_version.c.version_num)).scalars().all() if _version.name in there else []
    )
    if "plans" in there and any(revision < SCHEMA_REVISION for revision in revisions):
        raise ConfigurationError(
            f"the database is at revision {revisions[0]}, too old for tasks: pipeline db upgrade"
        )
    if taken or revisions:
        what = f"tables called {', '.join(taken)}" if taken else f"tables at revision {revisions[0]}"
        raise ConfigurationError(
            f"the database has {what} of another program: give the plans a database of their own, "
            "PIPELINE_DATABASE_URL names it"
        )
    return False
