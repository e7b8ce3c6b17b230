"""DBF504: a response that is what Python shows of an object, not what the model said."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Example, Found, Rule, changed
from codemods.python.resolving import preceding
from codemods.python.scopes import Scope
from codemods.tasks.context import TaskContext
from codemods.tasks.lineage import Lineage
from codemods.tasks.records import Kind
from codemods.tasks.view import TaskView

_SAYS_ITSELF = ("model_dump", "json")


def check(task: TaskView) -> Iterator[Found]:
    """Yields `str(answer)` and the like where the answer is an object that has no text of its own."""
    answers = {
        name: (site, call)
        for site, call in task.llm_calls
        if (name := _named(site.statement, call)) is not None
    }
    for record in task.records_of(Kind.UPDATE):
        response = record.field("response_text")
        if isinstance(response, ast.Name) and response.id not in answers:
            given = preceding(response.id, record.site, task.index)
            response = given[0] if given is not None else response
        shown = _shown(response)
        if response is None or shown is None or shown.id not in answers:
            continue
        site, call = answers[shown.id]
        # An answer that is a dictionary says itself by json.dumps().
        forms = _SAYS_ITSELF[:1] if _is_dumped(response) else _SAYS_ITSELF
        if task.says_itself(site, call, forms):
            text = ast.unparse(response)
            yield Found(response, f"{text} is what Python shows of the answer, not the answer whole")
        elif _has_no_text(shown, site.scope, task.context):
            text = ast.unparse(response)
            yield Found(response, f"{text} is the address of an object: its class does not say what it holds")


def _named(statement: ast.stmt, call: ast.Call) -> str | None:
    """The name that a statement gives the answer of a call."""
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target, value = statement.targets[0], statement.value
    elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
        target, value = statement.target, statement.value
    else:
        return None
    value = value.value if isinstance(value, ast.Await) else value
    return target.id if isinstance(target, ast.Name) and value is call else None


def _shown(response: ast.expr | None) -> ast.Name | None:
    """The name whose text a response is: `x` of `str(x)`, `repr(x)`, `f"{x}"`, `"%s" % x`, or of a piece of these."""
    while isinstance(response, ast.Subscript):
        response = response.value
    given: ast.expr | None = None
    match response:
        case ast.Call(func=ast.Name(id="str" | "repr" | "format" | "ascii"), args=[one], keywords=[]):
            given = one
        case ast.Call(func=ast.Attribute(value=one, attr="__str__" | "__repr__"), args=[], keywords=[]):
            given = one
        case ast.Call(
            func=ast.Attribute(value=ast.Constant(value="{}" | "{!s}" | "{!r}"), attr="format"),
            args=[one],
            keywords=[],
        ):
            given = one
        case ast.Call(
            func=ast.Attribute(attr="dumps"),
            args=[one],
            keywords=[ast.keyword(arg="default", value=ast.Name(id="str" | "repr"))],
        ):
            given = one
        case ast.JoinedStr(values=[ast.FormattedValue(value=one)]):
            given = one
        case ast.BinOp(left=ast.Constant(value="%s" | "%r"), op=ast.Mod(), right=ast.Tuple(elts=[one])):
            given = one
        case ast.BinOp(left=ast.Constant(value="%s" | "%r"), op=ast.Mod(), right=one):
            given = one
    return given if isinstance(given, ast.Name) else None


def _is_dumped(response: ast.expr) -> bool:
    return (
        isinstance(response, ast.Call)
        and isinstance(response.func, ast.Attribute)
        and response.func.attr == "dumps"
    )


def _has_no_text(name: ast.Name, scope: Scope, context: TaskContext) -> bool:
    classes = context.sources.classes
    ref = context.inference.of(name, scope)
    if ref is None or classes.is_dataclass(ref) or classes.is_pydantic(ref):
        return False
    if Lineage(context.sources.names, classes).unseen(ref):
        return False
    return not any(classes.has_member(ref, method) for method in ("__str__", "__repr__", "__format__"))


_RESPONSE = '"response_text": json.dumps(summary.to_dict()),'
_CLASSES = """
class Note:
    def __init__(self, text):
        self.text = text

    def to_dict(self):
        return {"text": self.text}


class Summarise:
    @classmethod
    def execute(cls, llm, query) -> Note:
        return Note(llm.complete(query))
"""
_NOTE = ("from summarise import Summarise\n", _CLASSES)
_SAID = _CLASSES.replace("def to_dict", "def __str__(self):\n        return self.text\n\n    def to_dict")
_OPENAI = Example(
    changed(
        ("from summarise import Summarise\n", "from openai import OpenAI\n"),
        (
            "summary = Summarise.execute(llm, query)",
            'summary = OpenAI().responses.create(model="m", input=query)',
        ),
        (_RESPONSE, '"response_text": str(summary),'),
    ).code,
    before='"response_text": str(summary),',
    after='"response_text": summary.model_dump_json(),',
)

RULE = Rule(
    code="DBF504",
    name="object-as-response",
    summary="the recorded response is what Python shows of an object",
    wrong="`response_text` is `str(answer)` or `repr(answer)`, and the answer is an object: of a package, or of a "
    "class that defines no text of its own.",
    why="`<Note object at 0x7f…>` says nothing of what the model said, and Python's form of a package's answer can be "
    "read back by no program.",
    remedy="Record what the object says itself whole: `answer.model_dump_json()`, `json.dumps(answer.to_dict())`, "
    "or its text.",
    valid=(
        RIGHT,
        SEED,
        changed(_NOTE, (_RESPONSE, '"response_text": str(summary.text),')),
        changed(
            (_NOTE[0], _SAID),
            (_RESPONSE, '"response_text": str(summary),'),
        ),
    ),
    invalid=(
        changed(_NOTE, (_RESPONSE, '"response_text": str(summary),')),
        changed(_NOTE, (_RESPONSE, '"response_text": f"{summary!r}",')),
        changed(_NOTE, (_RESPONSE, '"response_text": "{}".format(summary),')),
        changed(_NOTE, (_RESPONSE, '"response_text": "%s" % summary,')),
        changed(_NOTE, (_RESPONSE, '"response_text": json.dumps(summary, default=str),')),
        changed(_NOTE, (_RESPONSE, '"response_text": summary.__str__(),')),
        changed(
            _NOTE,
            (
                "            duration_seconds = ",
                "            said = str(summary)\n            duration_seconds = ",
            ),
            (_RESPONSE, '"response_text": said,'),
        ),
        changed(
            _NOTE,
            ("summary = Summarise", "summary: Note = Summarise"),
            (_RESPONSE, '"response_text": str(summary),'),
        ),
        _OPENAI,
    ),
    check=check,
)
