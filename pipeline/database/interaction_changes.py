"""What is stored when an interaction changes, and how one is marked as failed without hiding what it failed of."""

from __future__ import annotations

import logging
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.causes import chain_of, named_in, with_causes
from pipeline.database.interaction_values import interaction_change
from pipeline.database.values import error_text
from pipeline.errors import ConfigurationError, DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sqlalchemy import Connection

logger = logging.getLogger(__name__)

# Of both databases.
_TOO_LARGE_AN_ID = 2**63


@dataclass(frozen=True, eq=False)
class InteractionChange:
    """What to set in the row of an interaction.

    Attributes:
        values: the columns.
        failure: the exception being handled that it failed of, where `error_message` describes that one.
    """

    values: dict[str, Any]
    failure: BaseException | None


def change_to_store(interaction_id: int, data: Mapping[str, Any]) -> InteractionChange:
    """Return what to store of a change that a task hands over.

    Raises ConfigurationError for a key or a value that makes no sense, DatabaseError for an id that no row can have.
    """
    values = interaction_change(data)
    failure = None
    if values.get("status") == "failed":
        failure = named_in(data.get("error_message"), sys.exception())
    if failure is not None:
        values["error_message"] = error_text(with_causes(failure))
        values.setdefault("error_type", type(failure).__name__)
    if isinstance(interaction_id, bool) or not isinstance(interaction_id, int):
        raise ConfigurationError(
            f"update_llm_interaction: the id is {type(interaction_id).__name__}, not int"
        )
    if not 0 < interaction_id < _TOO_LARGE_AN_ID:
        raise DatabaseError(f"there is no LLM interaction {interaction_id}")
    if values.get("status") == "completed":
        # Somebody may have taken the call for abandoned meanwhile.
        values = {"error_message": None, "error_type": None, **values}
    return InteractionChange(values, failure)


@dataclass(frozen=True, eq=False)
class _Unmarked:
    """An interaction that could not be marked as failed.

    Attributes:
        plan_id: the plan it belongs to.
        work: what marks it.
        failure: why it failed.
    """

    plan_id: str
    work: Callable[[Connection], None]
    failure: BaseException


class UnmarkedInteractions:
    """Interactions that could not be marked as failed: their own errors come before those of the database."""

    def __init__(self) -> None:
        self._unmarked: list[_Unmarked] = []

    def mark(
        self,
        interaction_id: int,
        plan_id: str,
        work: Callable[[Connection], None],
        failure: BaseException | None,
        write: Callable[[str, Callable[[Connection], None]], None],
    ) -> None:
        """Have `write` do the work that marks an interaction.

        An error of the database is logged, and kept for `try_again`, where the interaction failed of one that is
        being handled; it is raised where none is.
        """
        try:
            write(plan_id, work)
        except DatabaseError as error:
            if failure is None:
                raise
            logger.error("interaction %d could not be marked as failed: %s", interaction_id, error)
            self._unmarked.append(_Unmarked(plan_id, work, failure))

    def try_again(
        self,
        write: Callable[[str, Callable[[Connection], None]], None],
        before: Callable[[], None] = lambda: None,
    ) -> None:
        """Mark what could not be marked, after `before`.

        An error of the database does not replace an exception that such an interaction failed of and that is on its
        way out.
        """
        on_its_way = [error for error, _ in chain_of(sys.exception())]
        unmarked, self._unmarked = self._unmarked, []
        try:
            before()
            for mark in unmarked:
                write(mark.plan_id, mark.work)
        except DatabaseError as error:
            if not any(mark.failure is link for mark in unmarked for link in on_its_way):
                raise
            logger.error("plan %s: interactions stay pending: %s", unmarked[0].plan_id, error)
