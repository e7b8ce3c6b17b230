"""What the database service hands out: frozen values, detached from any connection."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class InteractionRecord:
    """An LLM interaction that has been created."""

    id: int


@dataclass(frozen=True, slots=True)
class InteractionInfo:
    """What is known of an LLM interaction without its prompt and response."""

    stage: str
    llm_model: str
    status: str
    created_at: datetime
    completed_at: datetime | None
    duration_seconds: float | None
    input_tokens: int | None
    output_tokens: int | None
    total_tokens: int | None
    error_message: str | None
    cached_input_tokens: int | None
    cost: float | None
    currency: str | None
    replayed_from: int | None
    requested_model: str | None


@dataclass(frozen=True, slots=True)
class PlanRecord:
    """A plan. Prompt and start are None for a plan that was not started by `pipeline run`."""

    plan_id: str
    status: str
    prompt: str | None
    started_at: datetime | None
    speed_vs_detail: str | None
    llm_models: tuple[str, ...]
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def made_by_run(self) -> bool:
        """Whether `pipeline run` made the plan, so that `pipeline resume` can go on with it."""
        return self.prompt is not None and self.started_at is not None


@dataclass(frozen=True, slots=True)
class ContentInfo:
    """What is known of a stored file without its content."""

    filename: str
    stage: str
    content_type: str
    size_bytes: int
    sha256: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """An answer kept for one request of a task, and the interaction that paid for it where that is known."""

    llm_model: str
    text: str
    input_tokens: int | None
    output_tokens: int | None
    interaction_id: int | None = None


@dataclass(frozen=True, slots=True)
class FileNote:
    """What was seen of a file on disk: its checksum, that of its row, and whether it was written from the row."""

    filename: str
    content_sha256: str
    file_sha256: str
    restored: bool
