"""Plan content with its three indexes."""

import sqlalchemy as sa
from alembic import op

revision = "002"
down_revision = "001"
branch_labels = None
depends_on = None

ROW_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create `plan_content`."""
    op.create_table(
        "plan_content",
        sa.Column("id", ROW_ID, autoincrement=True, nullable=False),
        sa.Column("plan_id", sa.String(128), nullable=False),
        sa.Column("filename", sa.String(255), nullable=False),
        sa.Column("stage", sa.String(128), nullable=False),
        sa.Column("content_type", sa.String(64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("encoding", sa.String(16), nullable=False),
        sa.Column("content_size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.plan_id"], name=op.f("fk_plan_content_plan_id_plans"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_plan_content")),
    )
    op.create_index(op.f("ix_plan_content_plan_id"), "plan_content", ["plan_id"])
    op.create_index(
        op.f("ix_plan_content_plan_id_filename"), "plan_content", ["plan_id", "filename"], unique=True
    )
    op.create_index(op.f("ix_plan_content_stage"), "plan_content", ["stage"])


def downgrade() -> None:
    """Drop `plan_content`."""
    op.drop_index(op.f("ix_plan_content_stage"), table_name="plan_content")
    op.drop_index(op.f("ix_plan_content_plan_id_filename"), table_name="plan_content")
    op.drop_index(op.f("ix_plan_content_plan_id"), table_name="plan_content")
    op.drop_table("plan_content")
