"""Where a list goes on: opaque to whoever asks, checked when it comes back."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pipeline.errors import ConfigurationError
from pipeline.names import check_plan_id

if TYPE_CHECKING:
    from pipeline.database.listing import ListedPlan


def cursor_after(plan: ListedPlan) -> str:
    """Return the cursor of what comes behind a plan."""
    text = f"{plan.created_at.astimezone(UTC).isoformat()} {plan.plan_id}"
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """Return what cursor_after was told; raises ConfigurationError for anything else."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
        moment, _, plan_id = text.partition(" ")
        return datetime.fromisoformat(moment).astimezone(UTC), check_plan_id(plan_id)
    except (binascii.Error, ValueError, OverflowError, ConfigurationError):
        raise ConfigurationError("the cursor is none of this server's: leave it out to begin anew") from None
