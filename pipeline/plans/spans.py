"""A plan as spans of a trace: the plan, its stages, its calls. Content is referred to, never part of a span."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from pipeline.database.records import PlanRecord
    from pipeline.database.service import DatabaseService

_CALL_COLUMNS = {
    "provider": "gen_ai.provider.name",
    "requested_model": "gen_ai.request.model",
    "llm_model": "gen_ai.response.model",
    "response_id": "gen_ai.response.id",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cached_input_tokens": "gen_ai.usage.cache_read.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
    "first_chunk_seconds": "gen_ai.client.operation.time_to_first_chunk",
    "plan_id": "gen_ai.conversation.id",
    "id": "pipeline.interaction.id",
    "attempt": "pipeline.attempt",
    "replayed_from": "pipeline.replayed_from",
    "cost": "pipeline.cost",
    "currency": "pipeline.currency",
}


@dataclass(frozen=True, slots=True)
class SpanFacts:
    """One span.

    Attributes:
        key: names it in its plan, the same each time.
        parent: the key of the span that it is part of, None for that of the plan.
        name: as it is shown.
        begin: when it began.
        end: when it ended.
        attributes: what is known of it.
        is_call: whether it is a request to a model.
        failed: whether it failed.
        other_trace: a trace of the program that it was recorded in as well.
    """

    key: str
    parent: str | None
    name: str
    begin: datetime
    end: datetime
    attributes: Mapping[str, Any] = field(default_factory=dict)
    is_call: bool = False
    failed: bool = False
    other_trace: str | None = None


def spans_of(service: DatabaseService, plan_id: str) -> Iterator[SpanFacts]:
    """Yield the spans of a plan, few at a time in memory; raises PlanNotFoundError, DatabaseError.

    What has not ended lasts until the last moment that the database knows of.
    """
    plan = service.get_plan(plan_id)
    times: dict[str, list[datetime]] = {}
    for call in service.list_interactions(plan_id):
        times.setdefault(call.stage, []).extend([call.created_at, call.completed_at or call.created_at])
    for file in service.list_content(plan_id):
        times.setdefault(file.stage, []).append(file.updated_at)
    moments = [moment for found in times.values() for moment in (min(found), max(found))]
    moments += [moment for moment in (plan.created_at, plan.updated_at) if moment is not None]
    if not moments:
        return
    yield _of_plan(plan, min(moments), max(moments))
    for stage, found in sorted(times.items()):
        attributes = {"gen_ai.conversation.id": plan_id, "pipeline.stage": stage}
        yield SpanFacts(f"stage {stage}", "plan", f"task {stage}", min(found), max(found), attributes)
    for row in service.read_interactions(plan_id):
        yield _of_call(row, max(moments))


def _of_plan(plan: PlanRecord, begin: datetime, end: datetime) -> SpanFacts:
    attributes = {"gen_ai.conversation.id": plan.plan_id, "pipeline.status": plan.status}
    return SpanFacts(
        "plan", None, f"plan {plan.plan_id}", begin, end, attributes, failed=plan.status == "failed"
    )


def _of_call(row: Mapping[str, Any], last: datetime) -> SpanFacts:
    attributes = {name: row[column] for column, name in _CALL_COLUMNS.items() if row[column] is not None}
    attributes["gen_ai.operation.name"] = "chat"
    if row["finish_reason"] is not None:
        attributes["gen_ai.response.finish_reasons"] = [row["finish_reason"]]
    if row["status"] == "failed":
        attributes["error.type"] = row["error_type"] or "_OTHER"
    for column, name in (("prompt_text", "prompt"), ("response_text", "response")):
        if row[column] is not None:
            digest = hashlib.sha256(row[column].encode("utf-8", "surrogatepass")).hexdigest()
            attributes[f"pipeline.{name}.sha256"] = digest
    end = row["completed_at"]
    if end is None:
        end = last
        if row["duration_seconds"] is not None:
            end = row["created_at"] + timedelta(seconds=row["duration_seconds"])
    stage = f"stage {row['stage']}"
    return SpanFacts(
        f"call {row['id']}",
        stage if row["attempt_of"] is None else f"call {row['attempt_of']}",
        f"chat {row['llm_model']}",
        row["created_at"],
        max(end, row["created_at"]),
        attributes,
        is_call=True,
        failed=row["status"] == "failed",
        other_trace=row["trace_id"],
    )
