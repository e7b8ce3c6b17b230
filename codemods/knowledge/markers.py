"""Targets that are no file: an entry in a database tells that a task is done, and nothing is there to be persisted."""

from __future__ import annotations

MARKERS = frozenset(
    f"luigi.contrib.{name}"
    for name in (
        "bigquery.BigQueryTarget",
        "esindex.ElasticsearchTarget",
        "mongodb.MongoCellTarget",
        "mongodb.MongoCollectionTarget",
        "mongodb.MongoCountTarget",
        "mongodb.MongoRangeTarget",
        "mssqldb.MSSqlTarget",
        "mysqldb.MySqlTarget",
        "postgres.PostgresTarget",
        "presto.PrestoTarget",
        "redis_store.RedisTarget",
        "redshift.RedshiftTarget",
        "sqla.SQLAlchemyTarget",
    )
)
"""Full names of Luigi's own."""

OF_A_FILE = frozenset({"path", "fn", "open", "fs", "format", "move", "__getattr__", "__getattribute__"})
"""Members of a target that is a file."""

ENGINES = {"luigi.contrib.sqla.SQLAlchemyTarget": "connection_string"}
"""Those whose database can be a file, with the argument that tells, which is the first."""

IN_MEMORY = frozenset({"sqlite://", "sqlite:///:memory:"})
"""SQLite's databases that are no file."""
