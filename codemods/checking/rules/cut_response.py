"""DBF501: a response that is cut before it is recorded."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.cutting import cut_of
from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.tasks.records import Kind
from codemods.tasks.view import TaskView

_RESPONSE = '"response_text": json.dumps(summary.to_dict()),'


def check(task: TaskView) -> Iterator[Found]:
    """Yields the cut of each `response_text`, and of each row's content."""
    for record in task.records:
        if record.kind is Kind.UPDATE:
            cut = cut_of(record.field("response_text"), record.site, task.index)
            if cut is not None:
                yield Found(cut, f"the recorded response is cut: {ast.unparse(cut)}")


RULE = Rule(
    code="DBF501",
    name="cut-response",
    summary="the recorded response is cut",
    wrong="Only the first characters of the response go into `response_text`.",
    why="A cut JSON document cannot be read. The response is what the call was paid for.",
    remedy="Record the whole response. The column is a text of any length.",
    valid=(RIGHT, SEED),
    invalid=(
        changed((_RESPONSE, '"response_text": json.dumps(summary.to_dict())[:10000],')),
        changed((_RESPONSE, '"response_text": str(summary.text[:500]) + "...",')),
    ),
    check=check,
    anywhere=True,
)
