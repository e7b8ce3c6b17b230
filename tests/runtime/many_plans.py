"""Databases with many plans, for what must not grow with their number."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Engine, insert

from pipeline.database.models import (
    LLMAnswer,
    LLMInteraction,
    Plan,
    PlanContent,
    PlanLease,
    Submission,
    TaskLease,
    table_of,
)

NOW = datetime.now(UTC)


def fill(engine: Engine, count: int) -> None:
    """Make that many finished plans with a file and a call each; the last ten are running."""
    plan_ids = [f"plan-{number:05}" for number in range(count)]
    moment = {plan_id: NOW - timedelta(minutes=count - number) for number, plan_id in enumerate(plan_ids)}
    running = set(plan_ids[-10:])
    with engine.begin() as connection:
        for table, values in {
            Plan: {"status": "completed", "updated_at": NOW, "prompt": "x", "started_at": NOW},
            PlanContent: {
                "filename": "a.md",
                "stage": "s",
                "content_type": "t",
                "content": "x",
                "encoding": "utf-8",
                "content_size_bytes": 1,
                "content_sha256": "0" * 64,
                "updated_at": NOW,
            },
            LLMInteraction: {"stage": "s", "llm_model": "m", "status": "completed", "prompt_text": "t"},
            PlanLease: {
                "epoch": 1,
                "owner": None,
                "purpose": "run",
                "host": "h",
                "machine": "x",
                "process_id": 1,
                "acquired_at": NOW,
                "heartbeat_at": NOW,
                "expires_at": NOW,
            },
            LLMAnswer: {"request_key": "k", "llm_model": "m", "answer_text": "{}"},
            Submission: {"root": "m:Root", "submitted_at": NOW, "stop_requested": False},
            TaskLease: {
                "task_key": "T",
                "task_id": "T_1",
                "status": "done",
                "epoch": 1,
                "owner": None,
                "host": "h",
                "machine": "x",
                "process_id": 1,
                "acquired_at": NOW,
                "heartbeat_at": NOW,
                "expires_at": NOW,
            },
        }.items():
            rows = []
            for plan_id in plan_ids:
                row: dict[str, object] = {"plan_id": plan_id, "created_at": moment[plan_id], **values}
                if table is Plan and plan_id in running:
                    row["status"] = "running"
                if table is LLMInteraction:
                    row["interaction_key"] = plan_id
                if table in {PlanLease, Submission, TaskLease}:
                    del row["created_at"]
                rows.append(row)
            connection.execute(insert(table_of(table)), rows)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("ANALYZE")
