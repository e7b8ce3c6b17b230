"""What `pipeline list` and `pipeline health` ask of many plans is found by an index."""

from alembic import op

revision = "008"
down_revision = "007"
branch_labels = None
depends_on = None

INDEXES = {
    "plans": [("created_at", "plan_id"), ("status", "created_at")],
    "plan_leases": [("owner", "expires_at")],
    "llm_interactions": [("status", "created_at")],
}


def upgrade() -> None:
    """Create the indexes."""
    for table, indexes in INDEXES.items():
        for columns in indexes:
            op.create_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table, list(columns))


def downgrade() -> None:
    """Drop the indexes."""
    for table, indexes in INDEXES.items():
        for columns in indexes:
            op.drop_index(op.f(f"ix_{table}_{'_'.join(columns)}"), table_name=table)
