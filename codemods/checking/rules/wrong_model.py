"""DBF502: an interaction that books another model than the one that is asked."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.python.trees import same, walk
from codemods.tasks.records import Kind
from codemods.tasks.view import TaskView

_MODEL = '"llm_model": str(self.llm_models[0]) if self.llm_models else "unknown",'

_MODEL_KEYWORDS = frozenset({"model", "model_name", "model_id", "llm_model", "name"})


def check(task: TaskView) -> Iterator[Found]:
    """Yields models that are a literal, an index other than the first, or the model's own text."""
    models = {*task.context.settings.llm_arguments}
    later = {r.interaction for r in task.records_of(Kind.UPDATE) if r.field("llm_model") is not None}
    for record in task.records_of(Kind.PENDING):
        model = record.field("llm_model")
        names = task.variables_of(record)
        if model is None or (names is not None and names & later):
            continue
        if not any(same(model, asked) for asked in _asked(task)):
            yield from _wrong(model, models, strict=task.strict)


def _asked(task: TaskView) -> Iterator[ast.expr]:
    """The models that calls name themselves: `client.create(model="small", ...)`."""
    for site, call in task.llm_calls:
        yield from (k.value for k in call.keywords if k.arg == "model")
        named = task.model_named(site, call)
        if named is not None:
            yield named
        for node in walk(call):
            if isinstance(node, ast.Name):
                for made in site.scope.values_of(node.id) or ():
                    yield from _made_with(made)


def _made_with(made: ast.AST) -> Iterator[ast.expr]:
    """The model that an object is made with: `ChatOpenAI(model="small")`, `get_llm("small")`."""
    if isinstance(made, ast.Call):
        yield from (k.value for k in made.keywords if k.arg in _MODEL_KEYWORDS)
        if len(made.args) == 1:
            yield made.args[0]


def _wrong(model: ast.expr, models: set[str], *, strict: bool) -> Iterator[Found]:
    if isinstance(model, ast.Constant) and isinstance(model.value, str) and model.value != "unknown":
        yield Found(model, f"the model is booked as {model.value!r}, whichever is asked")
    for node in walk(model):
        if _is_text_of_model(node, models):
            yield Found(node, f"{ast.unparse(node)} is not a model's name, and can hold its key")
        if (
            isinstance(node, ast.Subscript)
            and _last(node.value) == "llm_models"
            and not _is_first(node.slice)
        ):
            yield Found(node, f"{ast.unparse(node)} is not the model that is asked first")
    if strict and any(_last(n) == "llm_models" for n in walk(model)):
        yield Found(model, "the first model of the list is booked, although another may answer", strict=True)


def _is_text_of_model(node: ast.AST, models: set[str]) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"str", "repr"}
        and len(node.args) == 1
        and isinstance(node.args[0], ast.Name)
        and node.args[0].id in models
    )


def _is_first(index: ast.expr) -> bool:
    return not (isinstance(index, ast.Constant) and index.value != 0) and not isinstance(index, ast.UnaryOp)


def _last(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""


RULE = Rule(
    code="DBF502",
    of_frame=True,
    name="wrong-model",
    summary="the interaction books another model than the one that is asked",
    wrong="`llm_model` is a literal, a model that is not asked first, or the text of the model object itself.",
    why="Cost and quality are judged by model. The text of a model object can even contain its API key.",
    remedy='Book `str(self.llm_models[0]) if self.llm_models else "unknown"`, and correct it on completion where the '
    "executor knows which model answered.",
    valid=(RIGHT, SEED),
    invalid=(
        changed((_MODEL, '"llm_model": "gpt-5-mini",')),
        changed((_MODEL, '"llm_model": str(self.llm_models[-1]),')),
        changed((_MODEL, '"llm_model": str(llm),')),
    ),
    check=check,
    anywhere=True,
)
