"""DBF505: a model that stands in sight and is booked as unknown."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.python.resolving import preceding
from codemods.python.statements import Site
from codemods.tasks.records import Kind
from codemods.tasks.texts import is_text
from codemods.tasks.view import TaskView


def check(task: TaskView) -> Iterator[Found]:
    """Yields `"llm_model": "unknown"` where each call of the method names its model."""
    later = {r.interaction for r in task.records_of(Kind.UPDATE) if r.field("llm_model") is not None}
    named = [_named(task, site, call) for site, call in task.llm_calls]
    if not named or None in named:
        return
    for record in task.records_of(Kind.PENDING):
        model = record.field("llm_model")
        if isinstance(model, ast.Name):
            given = preceding(model.id, record.site, task.index)
            model = given[0] if given is not None else model
        names = task.variables_of(record)
        corrected = names is None or bool(names & later)
        if isinstance(model, ast.Constant) and model.value == "unknown" and not corrected:
            asked = " or ".join(dict.fromkeys(name for name in named if name is not None))
            yield Found(model, f"the model is booked as unknown, and the call names it: {asked}")


def _named(task: TaskView, site: Site, call: ast.Call) -> str | None:
    given = next((k.value for k in call.keywords if k.arg in {"model", "modelId"}), None)
    if given is None or not is_text(given, site.scope, task.context):
        # Of a known package it may be given by position, or to the client.
        given = task.model_named(site, call)
    return None if given is None else ast.unparse(given)


_MODEL = '"llm_model": str(self.llm_models[0]) if self.llm_models else "unknown",'
_CALL = "Summarise.execute(llm, query)"

RULE = Rule(
    code="DBF505",
    of_frame=True,
    name="unknown-model",
    summary="a model that stands in the call is booked as unknown",
    wrong='`llm_model` is `"unknown"`, and the call names the model that it asks.',
    why="Cost and quality are judged by model; what is booked on nobody can be judged by nobody.",
    remedy="Book what the call is given as the model.",
    valid=(
        RIGHT,
        SEED,
        changed((_MODEL, '"llm_model": "unknown",')),
        changed((_MODEL, '"llm_model": "small",'), (_CALL, 'Summarise.execute(llm, query, model="small")')),
    ),
    invalid=(
        changed((_MODEL, '"llm_model": "unknown",'), (_CALL, 'Summarise.execute(llm, query, model="small")')),
        changed(
            ("from summarise import Summarise\n", "from openai import OpenAI\n"),
            (_CALL, 'OpenAI().responses.create(model="small", input=query)'),
            (_MODEL, '"llm_model": "unknown",'),
        ),
        changed(
            ("from summarise import Summarise\n", "import litellm\n"),
            (_CALL, 'litellm.completion("small", [query])'),
            (_MODEL, '"llm_model": "unknown",'),
        ),
        changed(
            ("from summarise import Summarise\n", "from llama_index.llms.openai import OpenAI\n"),
            (_CALL, 'OpenAI(model="small").complete(query)'),
            (_MODEL, '"llm_model": "unknown",'),
        ),
        changed(
            ("        plan_id = self", '        asked = "unknown"\n        plan_id = self'),
            (_CALL, 'Summarise.execute(llm, query, model="small")'),
            (_MODEL, '"llm_model": asked,'),
        ),
    ),
    check=check,
)
