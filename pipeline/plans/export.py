"""A plan's calls and files in the forms that other programs read. In constant memory, whatever the size of the plan."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import IO, TYPE_CHECKING, Any

from pipeline.database.models import LLMInteraction, table_of
from pipeline.running.inputs import input_files

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pipeline.database.service import DatabaseService

COLUMNS = tuple(column.name for column in table_of(LLMInteraction).c)
_DOCUMENTS = ("parameters", "messages", "response_json")
_FIRST_MOMENT_OF_ZIP = datetime(1980, 1, 1, tzinfo=UTC)


def jsonl(service: DatabaseService, plan_id: str) -> Iterator[str]:
    """Yield a line of JSON for each interaction, with all of its columns; raises PlanNotFoundError, DatabaseError."""
    for row in _interactions(service, plan_id):
        yield json.dumps(interaction_document(row), ensure_ascii=False) + "\n"


def interaction_document(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return all columns of an interaction as JSON has them."""
    document = {name: _plain(row[name]) for name in COLUMNS}
    return document | {name: _parsed(row[name]) for name in _DOCUMENTS}


def messages(service: DatabaseService, plan_id: str) -> Iterator[str]:
    """Yield a line of JSON for each call that was answered: what was sent and said, as chat models take it.

    That is `{"messages": [...]}`, the answer last. Calls that failed, and answers that were found again, are left out.
    Raises as jsonl does.
    """
    for row in _interactions(service, plan_id):
        if row["status"] == "completed" and row["response_text"] and row["replayed_from"] is None:
            answer = {"role": "assistant", "content": row["response_text"]}
            yield json.dumps({"messages": [*sent_messages(row), answer]}, ensure_ascii=False) + "\n"


def csv_lines(service: DatabaseService, plan_id: str) -> Iterator[str]:
    """Yield a heading and a record of CSV for each interaction (RFC 4180); raises as jsonl does."""
    yield _record(COLUMNS)
    for row in _interactions(service, plan_id):
        yield _record(_plain(row[name]) for name in COLUMNS)


def write_zip(service: DatabaseService, plan_id: str, out: IO[bytes]) -> int:
    """Write all files of a plan, and return how many there are.

    Raises PlanNotFoundError, DatabaseError, OSError.
    """
    plan = service.get_plan(plan_id)
    stored = service.list_content(plan_id)
    inputs = input_files(plan)
    names = {info.filename for info in stored}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in inputs.items():
            if name not in names:
                archive.writestr(_entry(name, plan.created_at), content)
        for info in stored:
            archive.writestr(
                _entry(info.filename, info.updated_at), service.get_content(plan_id, info.filename)
            )
        return len(archive.namelist())


def _interactions(service: DatabaseService, plan_id: str) -> Iterator[Mapping[str, Any]]:
    service.get_plan(plan_id)
    return service.read_interactions(plan_id)


def sent_messages(row: Mapping[str, Any]) -> list[Any]:
    """Return the messages of a call: those that were sent, else those of the prompt, else the prompt as the user's."""
    kept = _parsed(row["messages"])
    if _are_messages(kept):
        return kept  # type: ignore[no-any-return]
    prompt = row["prompt_text"]
    said = _parsed(prompt) if prompt.startswith(("[", "{")) else None
    if isinstance(said, dict) and _are_messages(said.get("messages")):
        system = said.get("system")
        before = [{"role": "system", "content": system}] if isinstance(system, str) else []
        return [*before, *said["messages"]]
    return said if _are_messages(said) else [{"role": "user", "content": prompt}]  # type: ignore[return-value]


def _are_messages(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(m, dict) and "role" in m for m in value)


def _parsed(text: str | None) -> Any:
    """The JSON of a column, the text itself where it is none."""
    if text is None:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text


def _plain(value: object) -> Any:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value


def _record(values: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(values)
    return line.getvalue()


def _entry(name: str, moment: datetime | None) -> zipfile.ZipInfo:
    at = max(moment or _FIRST_MOMENT_OF_ZIP, _FIRST_MOMENT_OF_ZIP)
    entry = zipfile.ZipInfo(name, at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    return entry
