"""Plans and LLM interactions."""

import sqlalchemy as sa
from alembic import op

revision = "001"
down_revision = None
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create `plans` and `llm_interactions`."""
    op.create_table(
        "plans",
        sa.Column("plan_id", sa.String(128), nullable=False),
        sa.Column("prompt", sa.Text()),
        sa.Column("started_at", sa.DateTime(timezone=True)),
        sa.Column("speed_vs_detail", sa.String(64)),
        sa.Column("llm_models", sa.JSON()),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('created', 'running', 'completed', 'failed', 'stopped')",
            name=op.f("ck_plans_status_known"),
        ),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plans")),
    )
    op.create_table(
        "llm_interactions",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("interaction_key", sa.String(64), nullable=False),
        sa.Column("plan_id", sa.String(128), nullable=False),
        sa.Column("stage", sa.String(128), nullable=False),
        sa.Column("llm_model", sa.String(255), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("prompt_text", sa.Text(), nullable=False),
        sa.Column("response_text", sa.Text()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("completed_at", sa.DateTime(timezone=True)),
        sa.Column("duration_seconds", sa.Double()),
        sa.Column("input_tokens", sa.Integer()),
        sa.Column("output_tokens", sa.Integer()),
        sa.Column("total_tokens", sa.Integer()),
        sa.Column("error_message", sa.Text()),
        sa.CheckConstraint(
            "status IN ('pending', 'completed', 'failed')", name=op.f("ck_llm_interactions_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.plan_id"], name=op.f("fk_llm_interactions_plan_id_plans"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_llm_interactions")),
        sa.UniqueConstraint("interaction_key", name=op.f("uq_llm_interactions_interaction_key")),
    )
    op.create_index(op.f("ix_llm_interactions_plan_id_status"), "llm_interactions", ["plan_id", "status"])


def downgrade() -> None:
    """Drop both tables."""
    op.drop_index(op.f("ix_llm_interactions_plan_id_status"), table_name="llm_interactions")
    op.drop_table("llm_interactions")
    op.drop_table("plans")
