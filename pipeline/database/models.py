"""The tables."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    DateTime,
    Dialect,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# Names by rule, because SQLite's batch migrations can only drop a constraint that has a name.
NAMING_CONVENTION = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# SQLite counts up only a column of exactly the type INTEGER.
RowId = BigInteger().with_variant(Integer(), "sqlite")


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: naive values are taken as UTC on the way in, aware UTC values come out on any database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Put back the zone that SQLite does not keep."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Base(DeclarativeBase):
    """Registry of the tables."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)


class Plan(Base):
    """A plan, with what it takes to make its two input files again."""

    __tablename__ = "plans"
    __table_args__ = (
        CheckConstraint(
            "status IN ('created', 'running', 'completed', 'failed', 'stopped')", name="status_known"
        ),
        Index(None, "created_at", "plan_id"),
        Index(None, "status", "created_at"),
    )

    plan_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    prompt: Mapped[str | None] = mapped_column(Text)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    speed_vs_detail: Mapped[str | None] = mapped_column(String(64))
    llm_models: Mapped[list[str] | None] = mapped_column(JSON)
    status: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LLMInteraction(Base):
    """One attempt to get an answer from a model. The key makes a repeated insert harmless.

    Of an executor's attempts behind one call the last is the call's own row; those before it have rows that point
    to that one by `attempt_of`. `replayed_from` points to the row that paid for the answer.
    """

    __tablename__ = "llm_interactions"
    __table_args__ = (
        CheckConstraint("status IN ('pending', 'completed', 'failed')", name="status_known"),
        Index(None, "plan_id", "status"),
        Index(None, "status", "created_at"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    interaction_key: Mapped[str] = mapped_column(String(64), unique=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"))
    stage: Mapped[str] = mapped_column(String(128))
    llm_model: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(16))
    prompt_text: Mapped[str] = mapped_column(Text)
    response_text: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    duration_seconds: Mapped[float | None] = mapped_column(Double)
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    total_tokens: Mapped[int | None]
    error_message: Mapped[str | None] = mapped_column(Text)
    attempt: Mapped[int | None]
    attempt_of: Mapped[int | None] = mapped_column(BigInteger)
    requested_model: Mapped[str | None] = mapped_column(String(255))
    provider: Mapped[str | None] = mapped_column(String(64))
    parameters: Mapped[str | None] = mapped_column(Text)
    messages: Mapped[str | None] = mapped_column(Text)
    response_json: Mapped[str | None] = mapped_column(Text)
    response_id: Mapped[str | None] = mapped_column(String(255))
    finish_reason: Mapped[str | None] = mapped_column(String(64))
    cached_input_tokens: Mapped[int | None]
    reasoning_tokens: Mapped[int | None]
    first_chunk_seconds: Mapped[float | None] = mapped_column(Double)
    cost: Mapped[float | None] = mapped_column(Double)
    currency: Mapped[str | None] = mapped_column(String(3))
    error_type: Mapped[str | None] = mapped_column(String(255))
    replayed_from: Mapped[int | None] = mapped_column(BigInteger)
    task_family: Mapped[str | None] = mapped_column(String(255))
    task_id: Mapped[str | None] = mapped_column(String(255))
    trace_id: Mapped[str | None] = mapped_column(String(64))


class PlanContent(Base):
    """The content of one file of a plan."""

    __tablename__ = "plan_content"
    __table_args__ = (
        Index(None, "plan_id"),
        Index(None, "plan_id", "filename", unique=True),
        Index(None, "stage"),
    )

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"))
    filename: Mapped[str] = mapped_column(String(255))
    stage: Mapped[str] = mapped_column(String(128))
    content_type: Mapped[str] = mapped_column(String(64))
    content: Mapped[str] = mapped_column(Text)
    encoding: Mapped[str] = mapped_column(String(16))
    content_size_bytes: Mapped[int] = mapped_column(BigInteger)
    content_sha256: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LLMAnswer(Base):
    """A model's answer to one request of a task, kept so that a crash does not make it be paid for twice."""

    __tablename__ = "llm_answers"
    __table_args__ = (Index(None, "plan_id", "request_key", unique=True),)

    id: Mapped[int] = mapped_column(RowId, primary_key=True, autoincrement=True)
    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"))
    request_key: Mapped[str] = mapped_column(String(64))
    llm_model: Mapped[str] = mapped_column(String(255))
    answer_text: Mapped[str] = mapped_column(Text)
    input_tokens: Mapped[int | None]
    output_tokens: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    interaction_id: Mapped[int | None] = mapped_column(BigInteger)
    """The interaction that paid for it."""


class RunningTask(Base):
    """A task that has begun and not ended: being worked on, failed, or cut short by a kill."""

    __tablename__ = "running_tasks"

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"), primary_key=True)
    task_key: Mapped[str] = mapped_column(String(255), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PlanFile(Base):
    """What was seen of a file on disk, and of its row at that moment; the row may have been replaced since.

    `restored` says that the file had been written from the row, so that it proves nothing of its task.
    """

    __tablename__ = "plan_files"

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"), primary_key=True)
    filename: Mapped[str] = mapped_column(String(255), primary_key=True)
    content_sha256: Mapped[str] = mapped_column(String(64))
    file_sha256: Mapped[str] = mapped_column(String(64))
    restored: Mapped[bool] = mapped_column(Boolean)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PlanLease(Base):
    """Who is at work on a plan, and until when that is believed without another heartbeat.

    `epoch` counts the owners; each write of one checks, in its own transaction, that it is still the owner. `owner`
    is NULL once the plan has been given back. `machine` tells hosts of one name apart.
    """

    __tablename__ = "plan_leases"
    __table_args__ = (Index(None, "owner", "expires_at"),)

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"), primary_key=True)
    epoch: Mapped[int] = mapped_column(BigInteger)
    owner: Mapped[str | None] = mapped_column(String(64))
    purpose: Mapped[str] = mapped_column(String(16))
    host: Mapped[str] = mapped_column(String(255))
    machine: Mapped[str] = mapped_column(String(64))
    process_id: Mapped[int]
    process_started: Mapped[int | None] = mapped_column(BigInteger)
    acquired_at: Mapped[datetime] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Submission(Base):
    """A plan that was handed to workers on any machine. They have it while its row in `plan_leases` says so.

    `root` is the task that requires all others, as MODULE:CLASS.
    """

    __tablename__ = "submissions"

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"), primary_key=True)
    root: Mapped[str] = mapped_column(String(255))
    submitted_at: Mapped[datetime] = mapped_column(UtcDateTime)
    stop_requested: Mapped[bool] = mapped_column(Boolean)


class TaskLease(Base):
    """Which worker has or last had a task of a submitted plan; apart from that as PlanLease.

    `task_key` is the task's name in its plan, the same on every machine; `task_id` is what Luigi calls it on the
    worker's, as its interactions do.
    """

    __tablename__ = "task_leases"
    __table_args__ = (
        CheckConstraint("status IN ('running', 'done', 'failed')", name="status_known"),
        Index(None, "owner", "expires_at"),
    )

    plan_id: Mapped[str] = mapped_column(ForeignKey("plans.plan_id", ondelete="CASCADE"), primary_key=True)
    task_key: Mapped[str] = mapped_column(String(255), primary_key=True)
    task_id: Mapped[str] = mapped_column(String(255))
    status: Mapped[str] = mapped_column(String(16))
    error_message: Mapped[str | None] = mapped_column(Text)
    epoch: Mapped[int] = mapped_column(BigInteger)
    owner: Mapped[str | None] = mapped_column(String(64))
    host: Mapped[str] = mapped_column(String(255))
    machine: Mapped[str] = mapped_column(String(64))
    process_id: Mapped[int]
    process_started: Mapped[int | None] = mapped_column(BigInteger)
    acquired_at: Mapped[datetime] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SchemaCompatibility(Base):
    """The oldest revision whose code can work with these tables: one row."""

    __tablename__ = "schema_compatibility"

    readable_from: Mapped[str] = mapped_column(String(32), primary_key=True)


def table_of(model: type[Base]) -> Table:
    """The table behind a model, with its type: SQLAlchemy has `__table__` as a FromClause."""
    return Base.metadata.tables[model.__tablename__]
