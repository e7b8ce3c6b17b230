"""The page of the runtime's tables, from the SQLAlchemy models."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from refactor.reference.markdown import code, table

if TYPE_CHECKING:
    from sqlalchemy import Column, Table

_INTRODUCTION = """\
# Database tables

What `pipeline db upgrade` makes, on SQLite and on PostgreSQL. Moments are in UTC.
"""


def database_page() -> str:
    """The tables as Markdown: columns with type, null and what they refer to; indexes; checks."""
    from pipeline.database.models import Base

    parts = [_INTRODUCTION]
    for mapper in sorted(Base.registry.mappers, key=lambda one: _place(one.local_table)):
        tabular: Any = mapper.local_table
        parts += [
            f"## {tabular.name}\n",
            f"{inspect.getdoc(mapper.class_)}\n",
            table(("column", "type", "null", "key"), [_row(column) for column in tabular.columns]),
        ]
        if indexes := [
            _index(tabular, one) for one in sorted(tabular.indexes, key=lambda one: str(one.name))
        ]:
            parts.append(f"Indexes: {', '.join(indexes)}.\n")
        if checks := _checks(tabular):
            parts.append(f"Checked: {', '.join(checks)}.\n")
    return "\n".join(parts)


def _place(tabular: Any) -> int:
    from pipeline.database.models import Base

    # A table comes after those that it refers to.
    return Base.metadata.sorted_tables.index(tabular)


def _row(column: Column[Any]) -> tuple[str, str, str, str]:
    from sqlalchemy.dialects import postgresql

    keys = ["primary"] if column.primary_key else []
    keys += [f"to {code(key.target_fullname)}" for key in column.foreign_keys]
    keys += ["unique"] if column.unique else []
    kind = column.type.compile(dialect=postgresql.dialect())  # type: ignore[no-untyped-call]
    return code(column.name), kind, "yes" if column.nullable else "no", ", ".join(keys)


def _index(tabular: Table, index: Any) -> str:
    columns = ", ".join(column.name for column in index.columns)
    return f"{code(f'({columns})')}{' unique' if index.unique else ''}"


def _checks(tabular: Table) -> list[str]:
    from sqlalchemy import CheckConstraint

    found = [one for one in tabular.constraints if isinstance(one, CheckConstraint)]
    return sorted(code(str(one.sqltext)) for one in found)
