"""Plans that are handed to workers on any machine, and which of them has which task."""

import sqlalchemy as sa
from alembic import op

revision = "009"
down_revision = "008"
branch_labels = None
depends_on = None

TABLES = ("task_leases", "submissions")
TRIGGER = """
CREATE TRIGGER delete_{table}_of_plan AFTER DELETE ON plans BEGIN
    DELETE FROM {table} WHERE plan_id = OLD.plan_id;
END
"""


def upgrade() -> None:
    """Create `submissions` and `task_leases`, and on SQLite the triggers."""
    op.create_table(
        "submissions",
        sa.Column("plan_id", sa.String(128), nullable=False),
        sa.Column("root", sa.String(255), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.plan_id"], name=op.f("fk_submissions_plan_id_plans"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_submissions")),
    )
    op.create_table(
        "task_leases",
        sa.Column("plan_id", sa.String(128), nullable=False),
        sa.Column("task_key", sa.String(255), nullable=False),
        sa.Column("task_id", sa.String(255), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("error_message", sa.Text(), nullable=True),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(64), nullable=True),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("machine", sa.String(64), nullable=False),
        sa.Column("process_id", sa.Integer(), nullable=False),
        sa.Column("process_started", sa.BigInteger(), nullable=True),
        sa.Column("acquired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "status IN ('running', 'done', 'failed')", name=op.f("ck_task_leases_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.plan_id"], name=op.f("fk_task_leases_plan_id_plans"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "task_key", name=op.f("pk_task_leases")),
    )
    op.create_index(op.f("ix_task_leases_owner_expires_at"), "task_leases", ["owner", "expires_at"])
    if op.get_bind().dialect.name == "sqlite":
        for table in TABLES:
            op.execute(TRIGGER.format(table=table))


def downgrade() -> None:
    """Drop the triggers and both tables: no worker may be at work meanwhile."""
    for table in TABLES:
        if op.get_bind().dialect.name == "sqlite":
            op.execute(f"DROP TRIGGER IF EXISTS delete_{table}_of_plan")
        op.drop_table(table)
