"""DBF802: an error that is swallowed after the interaction was marked as failed."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.python.call_facts import called_name
from codemods.python.names import dotted_name
from codemods.python.trees import walk
from codemods.tasks.view import TaskView


def check(task: TaskView) -> Iterator[Found]:
    """Yields handlers of the `try` around the whole work after which the method ends as if all were well."""
    outer = task.outer_try
    if outer is None:
        return
    for handler in outer.handlers:
        if _catches_all(handler) and not any(_leaves(node) for node in walk(handler)):
            yield Found(handler, "the handler around the whole method swallows the error")
    for statement in outer.finalbody:
        for node in walk(statement):
            if isinstance(node, ast.Return):
                yield Found(node, "a return in the finally around the method swallows the error")


def _catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or (
        (dotted_name(handler.type) or "").rpartition(".")[2] in {"Exception", "BaseException"}
    )


def _leaves(node: ast.AST) -> bool:
    """Whether a node raises, or calls what may raise for the handler: `sys.exit()`, `self.fail(error)`."""
    if not isinstance(node, ast.Call):
        return isinstance(node, ast.Raise)
    call = node
    name = called_name(call)
    return name in {"exit", "_exit", "fail", "abort"} or name.startswith(("raise", "reraise", "handle"))


_RAISE = "                })\n            raise\n"

RULE = Rule(
    code="DBF802",
    of_frame=True,
    name="swallowed-error",
    summary="the error is swallowed",
    wrong="The handler around the method's work marks the interaction as failed and does not raise the error again.",
    why="Luigi takes the task for done. What fails next is a task that reads an output that was never written, far "
    "from the cause; and the executor's fallback to the next model never happens.",
    remedy="End the handler with `raise`.",
    valid=(
        RIGHT,
        SEED,
        changed((_RAISE, '                })\n            raise ValueError("no summary") from error\n')),
    ),
    invalid=(
        changed((_RAISE, "                })\n")),
        changed((_RAISE, "                })\n            return\n")),
        changed(
            (
                "                db_service.close()\n",
                "                db_service.close()\n            return\n",
            )
        ),
    ),
    check=check,
)
