"""DBF304: a call of a model that the task leads to and that no interaction can tell of."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.tasks.unrecorded import reason_of
from codemods.tasks.view import TaskView

_IMPORTS = "from plan import PlanTask\n"
_READ = "                query = f.read()\n"
_CLASS = "class SummariseTask(PlanTask):\n"
_TITLE = """\
class SummariseTask(PlanTask):
    def title(self, text):
        client = OpenAI()
        return client.responses.create(model="small", input=f"Title of {text}").output_text

"""


def check(task: TaskView) -> Iterator[Found]:
    """Yields the places that lead to a model, or hand one on, where nothing is recorded."""
    seen: set[int] = set()
    for hit in task.unrecorded:
        # What a base class that does the steps is handed, it can record.
        if id(hit.led) not in seen and (task.opens_service or isinstance(hit.led, ast.Call)):
            seen.add(id(hit.led))
            yield Found(hit.led, reason_of(hit)[1])


RULE = Rule(
    code="DBF304",
    name="unrecorded-model-call",
    summary="the task leads to a call of a model that is not recorded",
    wrong="A model is asked in a method or a function that the task runs, or is handed on as a callable, and nothing "
    "there creates an interaction. Models are known by what the names resolve to: the packages of the usual vendors "
    "and frameworks, the names of `llm-arguments`, and calls that look like theirs where a client is out of sight.",
    why="The call costs money and time and leaves no trace: no prompt, no response, no error to look at.",
    remedy="Make the call in the entry method with an interaction around it, or create the interaction in the function "
    "that makes it. Where it is no call of a model, say so on its line: `# refactor: ignore[DBF304] reason`.",
    valid=(RIGHT, SEED),
    invalid=(
        changed(
            (_IMPORTS, "from openai import OpenAI\nfrom plan import PlanTask\n"),
            (_CLASS, _TITLE),
            (_READ, _READ + "            title = self.title(query)\n            print(title)\n"),
        ),
        changed(
            (
                _READ,
                _READ
                + "            answers = list(map(llm.complete, [query]))\n            print(answers)\n",
            )
        ),
        changed(
            (_IMPORTS, "import litellm\nfrom plan import PlanTask\n"),
            (
                _READ,
                _READ + "            ask = litellm.completion\n            print(ask('small', [query]))\n",
            ),
        ),
    ),
    check=check,
)
