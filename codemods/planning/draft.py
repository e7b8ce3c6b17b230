"""What the parts of planning share: the task, its names, and the insertions gathered so far."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from codemods.analysis.context import TaskContext
from codemods.analysis.opening import opened_path
from codemods.analysis.statements import Link, Site
from codemods.model import Insertion, NodePath, Step
from codemods.planning import templates
from codemods.planning.names import InsertedNames
from codemods.planning.templates import Vocabulary, let_through, shielded
from codemods.resolution.classes import Function


@dataclass
class Draft:
    """The plan of one method while it is made."""

    context: TaskContext
    names: InsertedNames
    words: Vocabulary
    insertions: list[Insertion] = field(default_factory=list)
    _shielded: dict[NodePath, str] = field(default_factory=dict)
    _flags: dict[int, str] = field(default_factory=dict)

    def add(self, step: Step, anchor: NodePath, where: str, code: str, line: int) -> None:
        """Adds one insertion; insertions at one place keep the order they were added in."""
        self.insertions.append(Insertion(step, anchor, where, code, line))

    def add_database_step(self, step: Step, site: Site, anchor: NodePath, where: str, code: str) -> None:
        """Adds code that talks to the database at a site.

        Inside the body of an original `try` the code is shielded: its errors pass the `try`'s handlers. Inside
        a context manager that may swallow its errors, the code behind it asks whether it did.
        """
        handling, swallowing = handling_tries(site), swallowing_withs(site)
        if handling or swallowing:
            flag = self._flag(site)
            for link in swallowing:
                self._ask_behind(link, flag, site.statement.lineno)
            for link in handling:
                self._let_through(link, flag, site.statement.lineno)
            code = shielded(flag, code)
        self.add(step, anchor, where, code, site.statement.lineno)

    def _flag(self, site: Site) -> str:
        function = site.scope.function
        if id(function) not in self._flags:
            self._flags[id(function)] = self.names.fresh("database_step")
            flag = self._flags[id(function)]
            if site.in_nested_function and isinstance(function, Function):
                link = site.own_links[0]
                first = 1 if ast.get_docstring(function, clean=False) is not None else 0
                self.add(
                    Step.SERVICE, link.path_of(first), "before", templates.flag_lowered(flag), function.lineno
                )
        return self._flags[id(function)]

    @property
    def entry_flag(self) -> str | None:
        """The flag of the entry method's own shielded steps, None where it has none."""
        return self._flags.get(id(self.context.entry))

    def _ask_behind(self, link: Link, flag: str, line: int) -> None:
        if link.prefix in self._shielded:
            return
        self._shielded[link.prefix] = flag
        message = (
            f"a database step failed inside line {link.owner.lineno} of the original, which hid the error"
        )
        error = f'{self.names.builtin("RuntimeError")}("{message}")'
        code = templates.raised_if_hidden(flag, error=error)
        self.insertions.insert(0, Insertion(Step.FAILED, link.prefix, "after", code, line))

    def _let_through(self, link: Link, flag: str, line: int) -> None:
        tried = link.owner
        if not isinstance(tried, ast.Try) or link.prefix in self._shielded:
            return
        self._shielded[link.prefix] = flag
        for index in range(len(tried.handlers)):
            anchor = (*link.prefix, ("handlers", index))
            self.insertions.insert(0, Insertion(Step.FAILED, anchor, "head", let_through(flag), line))


def handling_tries(site: Site) -> list[Link]:
    """The links of the tries of the same function whose handlers would see an error raised at the site."""
    return [
        link
        for link in site.own_links
        if isinstance(link.owner, ast.Try) and link.field == "body" and link.owner.handlers
    ]


def swallowing_withs(site: Site) -> list[Link]:
    """The links of the `with` statements of the same function that might end an error raised at the site."""
    return [
        link
        for link in site.own_links
        if isinstance(link.owner, ast.With | ast.AsyncWith)
        and not all(_is_file(item.context_expr) for item in link.owner.items)
    ]


def _is_file(expression: ast.expr) -> bool:
    return isinstance(expression, ast.Call) and opened_path(expression) is not None
