"""Opens an SQLite file to look at it, also where nothing may be written."""

import sqlite3
from contextlib import suppress
from pathlib import Path

_BUSY_TIMEOUT_SECONDS = 5.0


def open_for_reading(path: str) -> sqlite3.Connection:
    """Return a connection that cannot write; raises sqlite3.OperationalError.

    SQLite reads a file with a write-ahead log by way of a third file, which it makes where it can. Where it
    cannot, and the log is empty, the file is read as one that does not change.
    """
    if not Path(path).exists():
        # As empty as the file that SQLite would make.
        return _open("file::memory:")
    uri = Path(path).absolute().as_uri()
    try:
        return _open(f"{uri}?mode=ro")
    except sqlite3.OperationalError:
        if _has_log(path):
            raise
        return _open(f"{uri}?immutable=1")


def _open(uri: str) -> sqlite3.Connection:
    # The pool may hand it to another thread.
    connection = sqlite3.connect(
        uri, uri=True, timeout=_BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        connection.execute("SELECT count(*) FROM sqlite_master")
    except BaseException:
        connection.close()
        raise
    return connection


def _has_log(path: str) -> bool:
    with suppress(FileNotFoundError):
        return Path(f"{path}-wal").stat().st_size > 0
    return False
