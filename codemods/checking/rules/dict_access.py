"""DBF952: an object that is used as if it were a dict."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Example, Found, Rule
from codemods.checking.rules.missing_member import _IMPORT, _WITH_MEMBER
from codemods.tasks.view import TaskView


def _reading(expression: str) -> Example:
    code = RIGHT.code.replace(_IMPORT, _WITH_MEMBER)
    old = '"response_text": json.dumps(summary.to_dict()),'
    return Example(
        code.replace(old, f'"response_text": {expression},'),
        before=f'"response_text": {expression},',
        after='"response_text": summary.markdown,',
    )


def check(task: TaskView) -> Iterator[Found]:
    """Yields subscripts of, and dict methods on, values whose class has neither."""
    for access in task.missing_members:
        if access.as_dict:
            how = "subscripted" if access.member == "[]" else f"asked for .{access.member}()"
            yield Found(access.node, f"{access.owner.name} is {how}, but it is no dict")


RULE = Rule(
    code="DBF952",
    name="dict-access-on-object",
    summary="an object is used as if it were a dict",
    wrong="`value.get(...)` or `value[...]` on an instance of a class that has neither, a dataclass for instance.",
    why="It raises AttributeError or TypeError after the call is paid for.",
    remedy="Use the attribute, or the class's own method that gives a dict.",
    valid=(RIGHT, SEED, _reading("summary.markdown"), _reading('summary.to_dict()["markdown"]')),
    invalid=(_reading('summary.get("markdown", "")'), _reading('summary["markdown"]')),
    check=check,
    anywhere=True,
)
