"""DBF101: a service that is opened outside of the `try` that closes it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.python.statements import Site
from codemods.python.trees import walk
from codemods.tasks.records import closed_variable, opens_service
from codemods.tasks.view import TaskView

_READ = '            with self.input().open("r") as f:\n                query = f.read()\n'
_READ_BEFORE = '        with self.input().open("r") as f:\n            query = f.read()\n'
_OPENED = "            db_service = self.get_database_service()\n"


def check(task: TaskView) -> Iterator[Found]:
    """Yields openings after which something can raise before the `try` that closes is entered."""
    for site in task.context.sites:
        if isinstance(site.statement, ast.Assign) and opens_service(site.statement.value):
            between = _between(site, task)
            if between is not None:
                message = f"the service is opened outside of the try; an error in line {between.lineno} leaves it open"
                yield Found(site.statement.value, message)


def _between(site: Site, task: TaskView) -> ast.stmt | None:
    """The first statement that can raise between the opening and a following `try` whose `finally` closes."""
    link = site.chain[-1]
    following = link.suite[link.index + 1 :]
    closing = next((i for i, s in enumerate(following) if isinstance(s, ast.Try) and _closes(s, task)), None)
    if closing is None:
        return None
    return next((s for s in following[:closing] if task.index.may_raise(s)), None)


def _closes(tried: ast.Try, task: TaskView) -> bool:
    return any(
        closed_variable(node) in task.service_names
        for statement in tried.finalbody
        for node in (statement, *walk(statement))
    )


def closes_somewhere(task: TaskView) -> bool:
    """Whether the entry method closes the service at all."""
    return any(closed_variable(node) in task.service_names for node in task.index.nodes)


RULE = Rule(
    code="DBF101",
    of_frame=True,
    name="service-outside-try",
    summary="the service is opened outside of the try that closes it",
    wrong="`get_database_service()` is called before the `try`, with statements in between that can raise.",
    why="What raises there leaves a connection open until the process ends. Sixty tasks share a small pool.",
    remedy="Set the variable to None before the `try`, open the service first inside it, close it in `finally` if it "
    "is not None.",
    valid=(
        RIGHT,
        SEED,
        changed(
            (_OPENED, ""),
            ("        db_service = None\n", _OPENED[4:]),
            ("        interaction_id = None\n        plan_id", "        plan_id"),
            ("        plan_id = self.get_plan_id()\n", ""),
            ('"plan_id": plan_id', '"plan_id": self.get_plan_id()'),
            (
                "        try:\n            with",
                "        interaction_id = None\n        try:\n            with",
            ),
        ),
    ),
    invalid=(
        changed(
            (_OPENED, ""),
            ("        db_service = None\n", _OPENED[4:]),
            (_READ, ""),
            ("        try:\n            interaction", _READ_BEFORE + "        try:\n            interaction"),
        ),
    ),
    check=check,
)
