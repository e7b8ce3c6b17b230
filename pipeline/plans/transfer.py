"""A plan as a file that another database can take: lines of JSON, the first says what it is, the last that it is whole.

{"format": "pipeline-plan", "version": 1, "plan_id": "cafe"}
{"table": "plans", "row": {"prompt": …}}
…
{"rows": 214}
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING, Any, BinaryIO

from pipeline.database.pieces import AT_A_TIME, pieces
from pipeline.database.transfer import TABLES, TransferredRow
from pipeline.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pipeline.database.service import DatabaseService
    from pipeline.database.transfer import Transfer

FORMAT = "pipeline-plan"
VERSION = 1
_LONG = "content"
"""The column that is written in pieces."""


def plan_lines(transfer: Transfer, plan_id: str) -> Iterator[str]:
    """Yield the lines of a plan that is there, a long one in pieces. Raises DatabaseError."""
    yield _line({"format": FORMAT, "version": VERSION, "plan_id": plan_id})
    count = 0
    for row in transfer.read_rows(plan_id):
        count += 1
        yield from _row_line(row)
    yield _line({"rows": count})


def import_plan(
    service: DatabaseService, transfer: Transfer, file: BinaryIO, plan_id: str | None = None
) -> tuple[str, int]:
    """Make the plan that a file holds, under its own id or another, and return that and how many rows it has.

    Nothing is made of a file that is not whole, or holds what no plan has.
    Raises ConfigurationError, which names the line; DatabaseError.
    """
    wanted = plan_id or _header(file)
    return wanted, transfer.write_rows(wanted, lambda: _rows(file), service.find_plan)


def _header(file: BinaryIO) -> str:
    file.seek(0)
    header = _document(file.readline(), 1)
    if header.get("format") != FORMAT or not isinstance(header.get("plan_id"), str):
        raise ConfigurationError("this is no plan that `pipeline export --format plan` wrote")
    if header.get("version") != VERSION:
        raise ConfigurationError(
            f"this file has version {header.get('version')}, this program knows {VERSION}"
        )
    return str(header["plan_id"])


def _rows(file: BinaryIO) -> Iterator[TransferredRow]:
    _header(file)
    count = 0
    # A line may be large: nothing holds it while its row is written.
    for number in itertools.count(2):
        document = _document(file.readline(), number)
        if document.keys() == {"rows"}:
            if document["rows"] != count or file.read(1):
                break
            return
        if document.get("table") not in TABLES or not isinstance(document.get("row"), dict):
            raise ConfigurationError(f"line {number} is no row of a plan")
        count = number - 1
        row = TransferredRow(document["table"], document["row"], number)
        del document
        yield row
        del row
    raise ConfigurationError("the file is not whole: it does not end with the number of its rows")


def _document(line: bytes, number: int) -> dict[str, Any]:
    if not line:
        raise ConfigurationError("the file is not whole: it does not end with the number of its rows")
    try:
        text = line.decode("utf-8")
        del line
        document = json.loads(text)
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise ConfigurationError(f"line {number} is no line of a plan")
    return document


def _row_line(row: TransferredRow) -> Iterator[str]:
    content = row.values.get(_LONG)
    if not isinstance(content, str) or len(content) <= AT_A_TIME:
        yield _line({"table": row.table, "row": row.values})
        return
    begin, end = json.dumps({"table": row.table, "row": {**row.values, _LONG: ""}}, ensure_ascii=False).split(
        f'"{_LONG}": ""'
    )
    yield f'{begin}"{_LONG}": "'
    for piece in pieces(content):
        yield json.dumps(piece, ensure_ascii=False)[1:-1]
    yield f'"{end}\n'


def _line(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False) + "\n"
