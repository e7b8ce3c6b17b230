"""DBF803: a failed failure update that nobody hears of. A judgement: the first tasks anybody refactored do it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Example, Found, Rule
from codemods.tasks.records import Kind
from codemods.tasks.view import TaskView


def check(task: TaskView) -> Iterator[Found]:
    """Yields handlers that consist of `pass` around an update that marks an interaction as failed."""
    if not task.strict:
        return
    for record in task.records_of(Kind.UPDATE):
        if record.status == "completed":
            continue
        for link in record.site.own_links:
            if isinstance(link.owner, ast.Try) and link.field == "body":
                for handler in link.owner.handlers:
                    if all(isinstance(s, ast.Pass) for s in handler.body):
                        yield Found(handler, "a failed failure update is swallowed silently", strict=True)


RULE = Rule(
    code="DBF803",
    of_frame=True,
    name="silent-failure-update",
    summary="a failed failure update is swallowed silently",
    wrong="The update that marks an interaction as failed stands in a `try` whose handler is `pass`.",
    why="When the database is what failed, the interaction stays pending and no log says so. Reported with `--strict` "
    "only: it is the wording that the pattern was validated with.",
    remedy="Log the second error, or let it through: `raise` chains both.",
    valid=(RIGHT, SEED),
    invalid=(
        Example(
            SEED.code,
            before="except Exception:\n    pass",
            after='except Exception as db_error:\n    logger.error("not marked as failed: %s", db_error)',
            strict=True,
        ),
    ),
    check=check,
)
