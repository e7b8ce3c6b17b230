"""A database's URL as it may be shown: made of the few parts that hold no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipeline.database.engine import database_url
from pipeline.redaction import REDACTED

if TYPE_CHECKING:
    from sqlalchemy import URL


def shown_url(url: str | URL | None = None) -> str:
    """Return where a database is, by default the one that the environment names: backend, host, port, database.

    User, password and query are left out, whatever they are called: a driver takes a password in more places
    than one. Only a host in the query is shown, since there is no other way to name a Unix socket. Raises
    ConfigurationError as database_url does.
    """
    parsed = database_url(url)
    backend = parsed.get_backend_name()
    if backend == "sqlite":
        return f"sqlite:///{parsed.database}"
    # An `@` after the one that ends the password is most likely a part of it that was not escaped.
    host = _without_at(parsed.host or "")
    port = "" if parsed.port is None else f":{parsed.port}"
    database = parsed.database or ""
    if parsed.username is not None:
        database = _without_at(database)
    named = parsed.query.get("host", ())
    hosts = [_without_at(name) for name in ((named,) if isinstance(named, str) else named)]
    query = "&".join(f"host={name}" for name in hosts)
    return f"{backend}://{host}{port}/{database}{'?' if query else ''}{query}"


def _without_at(text: str) -> str:
    return REDACTED if "@" in text else text
