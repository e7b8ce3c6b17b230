"""DBF303: a prompt that is cut before it is recorded."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.cutting import cut_of
from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.python.statements import read_names
from codemods.tasks.records import Kind
from codemods.tasks.view import TaskView


def check(task: TaskView) -> Iterator[Found]:
    """Yields the cut of each `prompt_text`."""
    sent = frozenset(name for _, call in task.llm_calls for name in read_names(call))
    for record in task.records_of(Kind.PENDING):
        cut = cut_of(record.field("prompt_text"), record.site, task.index, sent)
        if cut is not None and not _is_sent(cut, task):
            yield Found(cut, f"the recorded prompt is cut: {ast.unparse(cut)}")


def _is_sent(cut: ast.expr, task: TaskView) -> bool:
    """Whether the model is sent the cut text too."""
    dumped = ast.dump(cut)
    return any(
        ast.dump(argument) == dumped
        for _, call in task.llm_calls
        for argument in (*call.args, *(k.value for k in call.keywords))
    )


RULE = Rule(
    code="DBF303",
    name="cut-prompt",
    summary="the recorded prompt is cut",
    wrong="Only the first characters of the prompt go into `prompt_text`; the model was sent the whole.",
    why="Prompts of real plans are longer than the cut, and what was cut off is what makes one plan differ from "
    "another. A failed call cannot be repeated from its record.",
    remedy="Record the whole prompt. The column is a text of any length.",
    valid=(
        RIGHT,
        SEED,
        changed(
            ("query = f.read()", "query = f.read()\n            shown = query[:80]\n            print(shown)")
        ),
        changed(('"prompt_text": query,', '"prompt_text": query.splitlines()[0],')),
        changed(("query = f.read()", "query = f.read()[:100000]")),
        changed(
            ("execute(llm, query)", "execute(llm, query[:500])"),
            ('"prompt_text": query,', '"prompt_text": query[:500],'),
        ),
    ),
    invalid=(
        changed(('"prompt_text": query,', '"prompt_text": query[:10000],')),
        changed(
            ("query = f.read()", "query = f.read()\n            short = query[:500]"),
            ('"prompt_text": query,', '"prompt_text": short,'),
        ),
        changed(('"prompt_text": query,', '"prompt_text": textwrap.shorten(query, 500),')),
    ),
    check=check,
    anywhere=True,
)
