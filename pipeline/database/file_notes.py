"""What was seen of the files of a plan on disk."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection, select

from pipeline.database.models import PlanFile, table_of
from pipeline.database.plan_rows import exists
from pipeline.database.records import FileNote
from pipeline.database.statements import upsert_file_note
from pipeline.database.transactions import Transactions
from pipeline.names import check_filename, check_plan_id

if TYPE_CHECKING:
    from collections.abc import Iterable

_files = table_of(PlanFile)


class FileNotes(Transactions):
    """Notes what files were like. Tables of an older revision have no notes, and take none."""

    def list_file_notes(self, plan_id: str) -> dict[str, FileNote]:
        """Return what was last seen of each file of a plan, by name; nothing from tables that are older."""
        columns = _files.c
        statement = select(
            columns.filename, columns.content_sha256, columns.file_sha256, columns.restored
        ).where(columns.plan_id == check_plan_id(plan_id))

        def work(connection: Connection) -> dict[str, FileNote]:
            if not exists(connection, _files):
                return {}
            return {str(row.filename): FileNote(*row) for row in connection.execute(statement)}

        return self._read(plan_id, work)

    def note_files(self, plan_id: str, notes: Iterable[FileNote], *, soon: bool = False) -> None:
        """Note what was seen of files, at once or with what is written next."""
        now = datetime.now(UTC)
        rows = [
            {
                "plan_id": check_plan_id(plan_id),
                "filename": check_filename(note.filename),
                "content_sha256": note.content_sha256,
                "file_sha256": note.file_sha256,
                "restored": note.restored,
                "seen_at": now,
            }
            for note in notes
        ]
        if not rows:
            return
        statement = upsert_file_note(self._dialect)

        def work(connection: Connection) -> None:
            if exists(connection, _files):
                connection.execute(statement, rows)

        if soon:
            self._write_soon(plan_id, work)
        else:
            self._write(plan_id, work)
