"""DBF305: a text that a call is given and that its interaction does not hold."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.python.scopes import Scope
from codemods.python.statements import read_names
from codemods.python.trees import walk
from codemods.tasks.data import is_data
from codemods.tasks.records import Kind
from codemods.tasks.view import TaskView

_FAR = 8
_LONGEST = 60


def check(task: TaskView) -> Iterator[Found]:
    """Yields texts and data among the arguments of a call that no prompt of the method is made of."""
    prompts = [record.field("prompt_text") for record in task.records_of(Kind.PENDING)]
    recorded = [prompt for prompt in prompts if prompt is not None]
    if not task.strict or task.delegates or not recorded or len(recorded) != len(prompts):
        return
    scope = task.context.scope
    told = {ast.dump(part) for prompt in recorded for part in walk(prompt)}
    names = _made_of(set().union(*(read_names(prompt) for prompt in recorded)), scope)
    told |= {
        ast.dump(part)
        for name in names
        for value in scope.values_of(name) or ()
        if isinstance(value, ast.expr)
        for part in walk(value)
    }
    for site, call in task.llm_calls:
        if site.in_nested_function:
            continue
        for given in (*call.args, *(k.value for k in call.keywords if k.arg not in {None, "model"})):
            if ast.dump(given) in told or not is_data(given, site.scope, task.context):
                continue
            for part in _parts_of(given):
                if ast.dump(part) in told or not is_data(part, site.scope, task.context):
                    continue
                own = read_names(part) - {task.context.scope.self_name}
                is_lost = not _made_of(own, scope) & names
                if is_lost and (own or isinstance(part, ast.Attribute) or _is_prose(part)):
                    yield Found(part, f"{_short(part)} is sent, and no interaction holds it", strict=True)


def _parts_of(given: ast.expr) -> Iterator[ast.expr]:
    """What an expression is put together of: the elements of lists and dictionaries, the pieces of a text."""
    match given:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            below = elements
        case ast.Dict(values=values):
            below = values
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            below = [left, right]
        case ast.JoinedStr(values=values):
            below = [v.value for v in values if isinstance(v, ast.FormattedValue)]
        case _:
            below = []
            yield given
    for part in below:
        yield from _parts_of(part)


def _is_prose(part: ast.expr) -> bool:
    """Whether a literal is a text for the model: one word may as well be a role, or a name of something."""
    return isinstance(part, ast.Constant) and isinstance(part.value, str) and " " in part.value.strip()


def _short(part: ast.expr) -> str:
    text = ast.unparse(part)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _made_of(names: set[str], scope: Scope) -> set[str]:
    """The names, and those that their values are made of."""
    found = set(names)
    for _ in range(_FAR):
        further = {
            name
            for known in found
            for value in scope.values_of(known) or ()
            if isinstance(value, ast.expr)
            for name in read_names(value)
            # An open file says nothing of which text was read from it.
            if any(isinstance(v, ast.expr) for v in scope.values_of(name) or ())
        }
        if further <= found:
            break
        found |= further
    return found


_DOCUMENT = (
    'with self.requires_document().open("r") as f:\n                document = f.read()\n'
    "            with self.input()"
)

RULE = Rule(
    code="DBF305",
    name="argument-not-recorded",
    summary="a text that the call is given is in no interaction",
    wrong="The call is given several texts or data, and `prompt_text` has only one of them.",
    why="What the model read is then in no row: the call cannot be repeated, judged or learned from.",
    remedy="Record all of them, as one JSON document by the names of the parameters. For a task that this tool has "
    "refactored: `refactor revert --task NAME`, then `refactor apply --task NAME`.",
    valid=(
        RIGHT,
        SEED,
        changed(
            ("with self.input()", _DOCUMENT),
            ("execute(llm, query)", "execute(llm, query, document)"),
            ('"prompt_text": query,', '"prompt_text": json.dumps({"query": query, "document": document}),'),
            strict=True,
        ),
        changed(("execute(llm, query)", "execute(llm, query[:500])"), strict=True),
        changed(
            ("query = f.read()", "document = f.read()\n            query = f'Read {document}'"),
            ("execute(llm, query)", "execute(llm, query, document)"),
            strict=True,
        ),
    ),
    invalid=(
        changed(
            ("with self.input()", _DOCUMENT),
            ("execute(llm, query)", "execute(llm, query, document)"),
            strict=True,
        ),
        changed(
            ("with self.input()", "items = json.loads('[1, 2]')\n            with self.input()"),
            ("execute(llm, query)", "execute(llm, query, items=items)"),
            strict=True,
        ),
        changed(
            ("with self.input()", _DOCUMENT),
            ("execute(llm, query)", "execute(llm, query, document.strip())"),
            strict=True,
        ),
        changed(("execute(llm, query)", 'execute(llm, query, "Be brief.")'), strict=True),
        changed(
            ("from summarise import Summarise\n", "from openai import OpenAI\n"),
            (
                "Summarise.execute(llm, query)",
                'OpenAI().responses.create(model="m", input=query, instructions="Be brief.")',
            ),
            strict=True,
        ),
        changed(
            ("from summarise import Summarise\n", "from openai import OpenAI\n"),
            ("with self.input()", _DOCUMENT),
            (
                "Summarise.execute(llm, query)",
                'OpenAI().responses.create(model="m", input=[{"content": document}, {"content": query}])',
            ),
            strict=True,
        ),
    ),
    check=check,
    anywhere=True,
)
