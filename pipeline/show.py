"""A plan as the database has it, whether or not there are files, or a process, or a machine."""

from collections.abc import Iterator

from pipeline.database.service import DatabaseService
from pipeline.inputs import input_files


def overview(service: DatabaseService, plan_id: str) -> Iterator[str]:
    """Yield lines on a plan: its status, its LLM interactions, its files; raises PlanNotFoundError."""
    plan = service.get_plan(plan_id)
    content = service.list_content(plan_id)
    interactions = service.count_interactions(plan_id)
    yield f"plan {plan_id}: {plan.status}, {len(content)} files"
    yield "LLM interactions: " + (
        ", ".join(f"{count} {status}" for status, count in interactions.items()) or "none"
    )
    for info in content:
        moment = f"{info.updated_at:%Y-%m-%d %H:%M:%S}"
        yield f"{moment}  {info.size_bytes:>9}  {info.stage:<32}  {info.filename}"


def file_content(service: DatabaseService, plan_id: str, filename: str) -> bytes:
    """Return a file's content; raises PlanNotFoundError."""
    inputs = input_files(service.get_plan(plan_id))
    return inputs[filename] if filename in inputs else service.get_content(plan_id, filename)
