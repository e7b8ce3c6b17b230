"""Tasks that have begun and not ended, so that a resume does not take one that was cut short for done."""

import sqlalchemy as sa
from alembic import op

revision = "004"
down_revision = "003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create `running_tasks`."""
    op.create_table(
        "running_tasks",
        sa.Column("plan_id", sa.String(128), nullable=False),
        sa.Column("task_key", sa.String(255), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.plan_id"], name=op.f("fk_running_tasks_plan_id_plans"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "task_key", name=op.f("pk_running_tasks")),
    )


def downgrade() -> None:
    """Drop `running_tasks`."""
    op.drop_table("running_tasks")
