"""Who is at work on a plan, and which older code can work with these tables."""

import sqlalchemy as sa
from alembic import op

revision = "007"
down_revision = "006"
branch_labels = None
depends_on = None

TRIGGER = """
CREATE TRIGGER delete_lease_of_plan AFTER DELETE ON plans BEGIN
    DELETE FROM plan_leases WHERE plan_id = OLD.plan_id;
END
"""


def upgrade() -> None:
    """Create `plan_leases` and `schema_compatibility`, and on SQLite the trigger."""
    op.create_table(
        "plan_leases",
        sa.Column("plan_id", sa.String(128), nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(64), nullable=True),
        sa.Column("purpose", sa.String(16), nullable=False),
        sa.Column("host", sa.String(255), nullable=False),
        sa.Column("machine", sa.String(64), nullable=False),
        sa.Column("process_id", sa.Integer(), nullable=False),
        sa.Column("process_started", sa.BigInteger(), nullable=True),
        sa.Column("acquired_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["plan_id"], ["plans.plan_id"], name=op.f("fk_plan_leases_plan_id_plans"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_plan_leases")),
    )
    compatibility = op.create_table(
        "schema_compatibility",
        sa.Column("readable_from", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("readable_from", name=op.f("pk_schema_compatibility")),
    )
    # 006 has added columns that may be empty, and this revision tables that code of 005 does not look at.
    op.bulk_insert(compatibility, [{"readable_from": "005"}])
    if op.get_bind().dialect.name == "sqlite":
        op.execute(TRIGGER)


def downgrade() -> None:
    """Drop the trigger and both tables: nobody may be at work meanwhile."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER IF EXISTS delete_lease_of_plan")
    op.drop_table("schema_compatibility")
    op.drop_table("plan_leases")
