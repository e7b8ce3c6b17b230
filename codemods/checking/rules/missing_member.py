"""DBF951: a member that the value's class does not have."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Example, Found, Rule
from codemods.tasks.view import TaskView

_IMPORT = "from summarise import Summarise\n"
_WITH_MEMBER = """\
from dataclasses import dataclass


@dataclass
class Summarise:
    markdown: str

    @classmethod
    def execute(cls, llm, query) -> "Summarise":
        return cls(llm.complete(query))

    def to_dict(self):
        return {"markdown": self.markdown}
"""
_WITHOUT = _WITH_MEMBER.replace("def to_dict(self)", "def as_dict(self)")
_UNKNOWN_BASE = _WITHOUT.replace("class Summarise:", "class Summarise(Base):").replace(
    "from dataclasses", "from base import Base\nfrom dataclasses"
)


def _with(definition: str) -> Example:
    return Example(
        RIGHT.code.replace(_IMPORT, definition),
        before="def as_dict(self): ...\n\nsummary.to_dict()",
        after="def to_dict(self): ...\n\nsummary.to_dict()",
    )


def check(task: TaskView) -> Iterator[Found]:
    """Yields the first use of each member that a class certainly lacks."""
    seen: set[tuple[str, str]] = set()
    for access in task.missing_members:
        key = (access.owner.name, access.member)
        if not access.as_dict and key not in seen:
            seen.add(key)
            yield Found(access.node, f"{access.owner.name} has no member {access.member}")


RULE = Rule(
    code="DBF951",
    name="missing-member",
    summary="a member is used that the class does not have",
    wrong="An attribute or a method is used that the value's class, with all its bases, does not define.",
    why="It raises AttributeError, usually right after the LLM call: the call is paid for, its response is lost, and "
    "the task can never finish.",
    remedy="Look at the class. The expression that its `save_...` method writes is the content to persist.",
    valid=(RIGHT, SEED, _with(_WITH_MEMBER), _with(_UNKNOWN_BASE)),
    invalid=(_with(_WITHOUT),),
    check=check,
    anywhere=True,
)
