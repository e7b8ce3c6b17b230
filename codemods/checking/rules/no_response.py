"""DBF503: a completed interaction without its response."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.tasks.records import Kind
from codemods.tasks.view import TaskView

_RESPONSE = '                "response_text": json.dumps(summary.to_dict()),\n'


def check(task: TaskView) -> Iterator[Found]:
    """Yields completions that give no `response_text`, or a literal."""
    for record in task.records_of(Kind.UPDATE):
        if record.status != "completed" or record.fields is None:
            continue
        response = record.field("response_text")
        if response is None:
            yield Found(record.call, "the interaction is completed without response_text")
        elif isinstance(response, ast.Constant):
            yield Found(response, f"the recorded response is always {response.value!r}")


RULE = Rule(
    code="DBF503",
    name="no-response",
    summary="an interaction is completed without its response",
    wrong="The update that completes the interaction gives no `response_text`, or always the same.",
    why="The response is what the call was paid for; when the file is lost, nothing is left.",
    remedy="Record the whole response, best as the JSON that the task writes for it.",
    valid=(RIGHT, SEED),
    invalid=(
        changed((_RESPONSE, "")),
        changed((_RESPONSE, '                "response_text": "ok",\n')),
    ),
    check=check,
)
