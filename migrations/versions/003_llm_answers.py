"""Answers of models, kept so that a crash does not make them be paid for twice."""

import sqlalchemy as sa
from alembic import op

revision = "003"
down_revision = "002"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create `llm_answers`."""
    op.create_table(
        "llm_answers",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("plan_id", sa.String(128), nullable=False),
        sa.Column("request_key", sa.String(64), nullable=False),
        sa.Column("llm_model", sa.String(255), nullable=False),
        sa.Column("answer_text", sa.Text(), nullable=False),
        sa.Column("input_tokens", sa.Integer()),
        sa.Column("output_tokens", sa.Integer()),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.plan_id"], name=op.f("fk_llm_answers_plan_id_plans"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_llm_answers")),
    )
    op.create_index(
        op.f("ix_llm_answers_plan_id_request_key"), "llm_answers", ["plan_id", "request_key"], unique=True
    )


def downgrade() -> None:
    """Drop `llm_answers`."""
    op.drop_index(op.f("ix_llm_answers_plan_id_request_key"), table_name="llm_answers")
    op.drop_table("llm_answers")
