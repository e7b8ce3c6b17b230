"""The database service as the seed's time had it: one session, and a commit and a refresh for each call."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from pipeline.database.engine import get_engine
from pipeline.database.interaction_values import interaction_change, new_interaction
from pipeline.database.models import LLMInteraction, Plan, PlanContent
from pipeline.database.values import content_row


class NaiveDatabaseService:
    """What is measured against: it holds a transaction open while a model answers, and retries nothing."""

    def __init__(self) -> None:
        self._session = Session(get_engine())

    def close(self) -> None:
        """Close the session."""
        self._session.close()

    def create_llm_interaction(self, data: Mapping[str, Any]) -> LLMInteraction:
        """Insert an interaction."""
        if self._session.get(Plan, data["plan_id"]) is None:
            now = datetime.now(UTC)
            self._save(Plan(plan_id=data["plan_id"], status="running", created_at=now, updated_at=now))
        return self._save(LLMInteraction(**new_interaction(data)))

    def update_llm_interaction(self, interaction_id: int, data: Mapping[str, Any]) -> None:
        """Set columns of an interaction."""
        interaction = self._session.get_one(LLMInteraction, interaction_id)
        for name, value in interaction_change(data).items():
            setattr(interaction, name, value)
        self._save(interaction)

    def create_plan_content(self, data: Mapping[str, Any]) -> None:
        """Insert the content of a file."""
        self._save(PlanContent(**content_row(data)))

    def _save(self, row: Any) -> Any:
        self._session.add(row)
        self._session.commit()
        self._session.refresh(row)
        return row
