"""DBF506: an executor knows which attempt succeeded, and the row does not."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.python.classes import ClassRef
from codemods.tasks.context import TaskContext
from codemods.tasks.executors import element_of
from codemods.tasks.records import Kind
from codemods.tasks.view import TaskView

_TELLS = "get_last_attempt"


def check(task: TaskView) -> Iterator[Found]:
    """Yields completions without a model where the call was given an executor that tells which one answered."""
    executors = [
        (ast.unparse(given), told)
        for site, call in task.llm_calls
        for given in (*call.args, *(k.value for k in call.keywords), getattr(call.func, "value", None))
        if isinstance(given, ast.Name | ast.Attribute)
        and (told := _told_by(task.context.inference.of(given, site.scope), task.context))
    ]
    if not executors:
        return
    name, told = executors[0]
    for record in task.records_of(Kind.UPDATE):
        if record.status == "completed" and record.fields is not None and record.field("llm_model") is None:
            yield Found(
                record.call,
                f"{name} may have tried several models, and the row does not tell which one answered: "
                f"{name}.{told} does",
            )


def _told_by(ref: ClassRef | None, context: TaskContext) -> str:
    """What of a class says which model answered: `get_last_attempt()`, or its list `attempts`; empty for nothing."""
    classes = context.sources.classes
    if ref is None:
        return ""
    member = classes.method(ref, _TELLS)
    if member is not None and member.method is not None and member.method.returns is not None:
        attempt = classes.resolve(member.method.returns, member.owner.module)
        if attempt is not None and classes.member(attempt, "llm_model") is not None:
            return f"{_TELLS}()"
    attempt = element_of(ref, "attempts", context)
    told = attempt is not None and all(classes.member(attempt, n) for n in ("llm_model", "success"))
    return "attempts" if told else ""


_EXECUTOR = """
class Attempt:
    llm_model: str


class Executor:
    def get_last_attempt(self) -> Attempt:
        return Attempt()

    def run(self, work):
        return work(None)

"""
_LISTING = """
class Attempt:
    llm_model: str
    success: bool


class Executor:
    def __init__(self):
        self.attempts: list[Attempt] = []

    def run(self, work):
        return work(None)

"""
_IMPORT = ("from summarise import Summarise\n", f"from summarise import Summarise\n\n{_EXECUTOR}")
_CALL = ("Summarise.execute(llm, query)", "Summarise.execute(llm_executor, query)")
_MADE = (
    "            with self.input()",
    "            llm_executor = Executor()\n            with self.input()",
)
_TOLD = (
    '                "response_text"',
    '                "llm_model": llm_executor.get_last_attempt().llm_model,\n                "response_text"',
)

RULE = Rule(
    code="DBF506",
    of_frame=True,
    name="attempts-not-recorded",
    summary="an executor tried models, and the row does not tell which one answered",
    wrong="The call is given an executor that tries several models and keeps its attempts; the update that completes "
    "the interaction does not say which of them succeeded.",
    why="With a first model that always fails, every row names a model that never answered.",
    remedy="Take `llm_model` from `get_last_attempt()` when the call has ended.",
    valid=(RIGHT, SEED, changed(_IMPORT, _MADE, _CALL, _TOLD)),
    invalid=(
        changed(_IMPORT, _MADE, _CALL),
        changed(
            _IMPORT,
            _MADE,
            ("Summarise.execute(llm, query)", "llm_executor.run(lambda llm: Summarise.execute(llm, query))"),
        ),
        changed(
            ("from summarise import Summarise\n", f"from summarise import Summarise\n\n{_LISTING}"),
            _MADE,
            _CALL,
        ),
    ),
    check=check,
)
