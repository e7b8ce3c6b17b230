"""What Alembic runs: puts the migrations onto the connection that it is given, one migrator at a time."""

from alembic import context
from sqlalchemy import Connection, Engine, text

from pipeline.database.engine import database_url, make_engine
from pipeline.database.models import Base
from pipeline.database.own_tables import ADVISORY_LOCK


def _migrate(connection: Connection) -> None:
    is_sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=is_sqlite,
        # The engine has SQLite begin its transactions properly, so that DDL is rolled back there as well.
        transactional_ddl=True,
        compare_type=True,
        compare_server_default=True,
    )
    with context.begin_transaction():
        # Whoever waits here reads the revision only afterwards, and finds the work done. SQLite
        # needs no more than its transaction, which begins as a writer.
        if not is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        context.run_migrations()


def run() -> None:
    """Migrate the connection or engine in the configuration's attributes, else what the URL names."""
    given = context.config.attributes.get("connection")
    if isinstance(given, Connection):
        _migrate(given)
        return
    engine = (
        given
        if isinstance(given, Engine)
        else make_engine(database_url(context.config.get_main_option("sqlalchemy.url")))
    )
    try:
        with engine.connect() as connection:
            _migrate(connection)
    finally:
        if engine is not given:
            engine.dispose()


run()
