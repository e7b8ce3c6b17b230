"""Statements that are the same each time: building one takes as long as running it."""

from functools import cache
from typing import Any

from sqlalchemy import Table, and_, bindparam, case, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from pipeline.database.models import (
    LLMAnswer,
    LLMInteraction,
    Plan,
    PlanContent,
    PlanFile,
    PlanLease,
    RunningTask,
    Submission,
    TaskLease,
    table_of,
)
from pipeline.llm.token_counts import MAX_COUNT

# Typed as Any: the dialects' inserts share no class that has ON CONFLICT.
# Both dialects have ON CONFLICT, each on an insert of its own.
_INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


@cache
def insert_plan(dialect: str) -> Any:
    """Insert a plan unless there is one with its id; return the id only if the plan is new."""
    # Not the count of rows: some drivers do not count what they insert, and give -1.
    return _insert(dialect, table_of(Plan)).on_conflict_do_nothing().returning(table_of(Plan).c.plan_id)


@cache
def insert_lease(dialect: str) -> Any:
    """Insert the first lease of a plan; return the plan's id only if there was none."""
    table = table_of(PlanLease)
    return _insert(dialect, table).on_conflict_do_nothing().returning(table.c.plan_id)


@cache
def insert_task_lease(dialect: str) -> Any:
    """Insert the first lease of a task; return the plan's id only if there was none."""
    table = table_of(TaskLease)
    return _insert(dialect, table).on_conflict_do_nothing().returning(table.c.plan_id)


@cache
def upsert_submission(dialect: str) -> Any:
    """Insert that a plan was submitted, or replace it."""
    return _replacing(dialect, table_of(Submission), ["plan_id"])


@cache
def insert_interaction(dialect: str) -> Any:
    """Insert an interaction, or find it by its key, and return its id."""
    key = table_of(LLMInteraction).c.interaction_key
    insert = _insert(dialect, table_of(LLMInteraction))
    # Sets what is there already: DO NOTHING would return no row after a lost answer.
    upsert = insert.on_conflict_do_update(
        index_elements=[key.name], set_={key.name: insert.excluded[key.name]}
    )
    return upsert.returning(table_of(LLMInteraction).c.id)


@cache
def update_interaction(columns: frozenset[str]) -> Any:
    """Set these columns of the interaction with the id `interaction_id`."""
    table = table_of(LLMInteraction)
    statement = update(table).where(table.c.id == bindparam("interaction_id"))
    return statement.values({name: bindparam(name) for name in columns})


@cache
def insert_attempt(dialect: str, columns: frozenset[str]) -> Any:
    """Insert a row of an attempt before the last one of the interaction with the id `interaction_id`.

    What is not among `columns` is as in that one. Inserting it again changes nothing.
    """
    table = table_of(LLMInteraction)
    given = {"attempt_of": "interaction_id", **{name: name for name in columns}}
    names = [column.name for column in table.c if column.name != "id"]
    values = [
        bindparam(given[name], type_=table.c[name].type).label(name) if name in given else table.c[name]
        for name in names
    ]
    interaction = select(*values).where(table.c.id == bindparam("interaction_id", type_=table.c.id.type))
    insert = _insert(dialect, table).from_select(names, interaction)
    return insert.on_conflict_do_nothing(index_elements=["interaction_key"])


@cache
def upsert_content(dialect: str) -> Any:
    """Insert the content of a file, or replace it."""
    return _replacing(dialect, table_of(PlanContent), ["plan_id", "filename"])


@cache
def upsert_answer(dialect: str) -> Any:
    """Insert a kept answer, or replace it."""
    return _replacing(dialect, table_of(LLMAnswer), ["plan_id", "request_key"])


@cache
def upsert_running_task(dialect: str) -> Any:
    """Insert a task that has begun, or note that it has begun again."""
    return _replacing(dialect, table_of(RunningTask), ["plan_id", "task_key"])


@cache
def upsert_file_note(dialect: str) -> Any:
    """Insert what was seen of a file, or replace it."""
    return _replacing(dialect, table_of(PlanFile), ["plan_id", "filename"])


@cache
def kept_tokens() -> dict[str, Any]:
    """The token columns of an interaction as expressions: the sums over the kept answers that it paid for."""
    columns, interactions = table_of(LLMAnswer).c, table_of(LLMInteraction).c
    inputs, outputs = columns.input_tokens, columns.output_tokens
    sums = {"input_tokens": inputs, "output_tokens": outputs, "total_tokens": inputs + outputs}
    return {
        name: select(
            # Unknown where a part is, and where no column could take it.
            case(
                (
                    and_(func.count() == func.count(part), func.sum(part) <= MAX_COUNT),
                    func.sum(part),
                )
            )
        )
        # By the plan, too: for that there is an index.
        .where(columns.plan_id == interactions.plan_id, columns.interaction_id == interactions.id)
        .scalar_subquery()
        for name, part in sums.items()
    }


@cache
def delete_running_task() -> Any:
    """Delete the task `task_key` of the plan `plan_id` from those that have begun and not ended."""
    table = table_of(RunningTask)
    return delete(table).where(
        table.c.plan_id == bindparam("plan_id"), table.c.task_key == bindparam("task_key")
    )


@cache
def select_answer_keys() -> Any:
    """Select the keys of the requests of the plan `plan_id` for which there is an answer."""
    columns = table_of(LLMAnswer).c
    return select(columns.request_key).where(columns.plan_id == bindparam("plan_id"))


def _replacing(dialect: str, table: Table, key: list[str]) -> Any:
    insert = _insert(dialect, table)
    kept = {"id", "created_at", *key}
    replaced = {column.name: insert.excluded[column.name] for column in table.c if column.name not in kept}
    return insert.on_conflict_do_update(index_elements=key, set_=replaced)


def _insert(dialect: str, table: Table) -> Any:
    # Inline: nobody needs the id, which SQLAlchemy would have the server return otherwise.
    return _INSERTS[dialect](table).inline()
