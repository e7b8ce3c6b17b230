"""What was sent and said: each attempt, what was asked for, how the answer ended, who paid for it."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "006"
down_revision = "005"
branch_labels = None
depends_on = None

OF_INTERACTIONS: dict[str, sa.types.TypeEngine[Any]] = {
    "attempt": sa.Integer(),
    "attempt_of": sa.BigInteger(),
    "requested_model": sa.String(255),
    "provider": sa.String(64),
    "parameters": sa.Text(),
    "messages": sa.Text(),
    "response_json": sa.Text(),
    "response_id": sa.String(255),
    "finish_reason": sa.String(64),
    "cached_input_tokens": sa.Integer(),
    "reasoning_tokens": sa.Integer(),
    "first_chunk_seconds": sa.Double(),
    "cost": sa.Double(),
    "currency": sa.String(3),
    "error_type": sa.String(255),
    "replayed_from": sa.BigInteger(),
    "task_family": sa.String(255),
    "task_id": sa.String(255),
    "trace_id": sa.String(64),
}


def upgrade() -> None:
    """Add the columns, empty in the rows that are there."""
    # Not in batches: rows stay where they are, and so does the trigger on `plans` that names these tables.
    for name, kind in OF_INTERACTIONS.items():
        op.add_column("llm_interactions", sa.Column(name, kind))
    op.add_column("llm_answers", sa.Column("interaction_id", sa.BigInteger()))


def downgrade() -> None:
    """Drop the columns. The rows of attempts stay, as failed calls of their own."""
    op.drop_column("llm_answers", "interaction_id")
    for name in reversed(OF_INTERACTIONS):
        op.drop_column("llm_interactions", name)
