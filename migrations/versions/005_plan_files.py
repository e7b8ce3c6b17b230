"""What was seen of files on disk; on SQLite everything of a plan goes with its row, whoever deletes that."""

import sqlalchemy as sa
from alembic import op

revision = "005"
down_revision = "004"
branch_labels = None
depends_on = None

# SQLite heeds the foreign keys only for clients that ask it to, which most do not. A trigger works for all.
TRIGGER = """
CREATE TRIGGER delete_rows_of_plan AFTER DELETE ON plans BEGIN
    DELETE FROM plan_files WHERE plan_id = OLD.plan_id;
    DELETE FROM running_tasks WHERE plan_id = OLD.plan_id;
    DELETE FROM llm_answers WHERE plan_id = OLD.plan_id;
    DELETE FROM plan_content WHERE plan_id = OLD.plan_id;
    DELETE FROM llm_interactions WHERE plan_id = OLD.plan_id;
END
"""


def upgrade() -> None:
    """Create `plan_files`, and on SQLite the trigger."""
    op.create_table(
        "plan_files",
        sa.Column("plan_id", sa.String(128), nullable=False),
        sa.Column("filename", sa.String(255), nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("file_sha256", sa.String(64), nullable=False),
        sa.Column("restored", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.plan_id"], name=op.f("fk_plan_files_plan_id_plans"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", "filename", name=op.f("pk_plan_files")),
    )
    if op.get_bind().dialect.name == "sqlite":
        op.execute(TRIGGER)


def downgrade() -> None:
    """Drop the trigger and the table."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER IF EXISTS delete_rows_of_plan")
    op.drop_table("plan_files")
