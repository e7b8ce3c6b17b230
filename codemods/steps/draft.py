"""What the parts of planning share: the task, its names, and the insertions gathered so far."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from codemods.model import Insertion, NodePath, Step
from codemods.python.call_facts import is_logging_call
from codemods.python.classes import Function
from codemods.python.statements import Link, Site
from codemods.refusals import Refused
from codemods.steps import templates
from codemods.steps.step_names import InsertedNames
from codemods.steps.templates import Vocabulary, let_through, shielded
from codemods.tasks.context import TaskContext
from codemods.tasks.open_files import is_file_context


@dataclass(frozen=True)
class Recording:
    """How an answer is recorded that the method returns as it is.

    Attributes:
        answer: the name that it is given.
        code: step 5.
        start: the name of the time at which the call began.
        read: further names of the inserted code that step 5 reads.
    """

    answer: str
    code: str
    start: str
    read: tuple[str, ...]


@dataclass
class Draft:
    """The plan of one method while it is made."""

    context: TaskContext
    names: InsertedNames
    words: Vocabulary
    insertions: list[Insertion] = field(default_factory=list)
    _shielded: set[NodePath] = field(default_factory=set)
    _sharing: set[int] = field(default_factory=set)
    recording: Recording | None = None
    """Set where the method returns an answer as it is: its statements become a function that the steps call."""
    marks_all: bool = False
    """Whether every step is marked: an original handler of a method that calls this one could take its error."""
    flag: str | None = None
    """Says whether a database step runs; None where no original statement could take its error for its own."""

    def add(self, step: Step, anchor: NodePath, where: str, code: str, line: int) -> None:
        """Adds one insertion; insertions at one place keep the order they were added in."""
        self.insertions.append(Insertion(step, anchor, where, code, line))

    def add_database_step(
        self, step: Step, site: Site, anchor: NodePath, where: str, code: str, *, first: str = ""
    ) -> None:
        """Adds code that talks to the database at a site.

        Inside the body of an original `try` the code is shielded: its errors pass the `try`'s handlers. Inside
        a context manager that may swallow its errors, the code behind it asks whether it did.

        `first` stands before the code and computes what the original computes next: its errors are the
        original's, for the original's handlers.
        """
        self._require_a_way_out(site)
        handling = [(link.owner, link.prefix) for link in handling_tries(site)]
        swallowing = [(link.owner, link.prefix) for link in swallowing_withs(site)]
        if site.in_nested_function:
            around = self._outside(site)
            handling += [found for found in around if isinstance(found[0], ast.Try)]
            swallowing += [found for found in around if not isinstance(found[0], ast.Try)]
        if handling or swallowing or self.marks_all:
            flag = self._flag(site)
            for owner, path in swallowing:
                self._ask_behind(owner, path, flag, site.statement.lineno)
            for owner, path in handling:
                self._let_through(owner, path, flag, site.statement.lineno)
            final = any(link.field == "finalbody" for link in site.own_links)
            code = shielded(flag, code, kept=self.names.shared("database_step_before") if final else None)
        self.add(step, anchor, where, first + code, site.statement.lineno)

    def sees_errors(self, site: Site) -> bool:
        """Whether an original statement could handle or swallow an error raised at a site."""
        own = handling_tries(site) or swallowing_withs(site)
        return self.marks_all or bool(own) or (site.in_nested_function and bool(self._outside(site)))

    def let_through(self, site: Site) -> None:
        """Lets the errors of database steps that a call at a site runs pass the handlers around it."""
        for link in handling_tries(site):
            self._let_through(link.owner, link.prefix, self._flag(site), site.statement.lineno)

    def _require_a_way_out(self, site: Site) -> None:
        """Raises Refused where a `finally` would end the error of a database step, whatever is inserted."""
        around = {id(link.owner) for link in site.own_links if link.field != "finalbody"}
        for other in self.context.sites:
            tried = other.statement
            if isinstance(tried, ast.Try) and any(leaves(s) for s in tried.finalbody):
                nested = site.in_nested_function and other.scope.function is not site.scope.function
                if nested or id(tried) in around:
                    raise Refused("DBR005", f"the finally of line {tried.lineno} leaves", tried.finalbody[0])

    def _outside(self, site: Site) -> list[tuple[ast.stmt, NodePath]]:
        """The statements outside of a nested function that see its errors, wherever the function is run."""
        return [
            (other.statement, other.path)
            for other in self.context.sites
            if not any(link.owner is site.scope.function for link in other.chain)
            and (
                (isinstance(other.statement, ast.Try) and other.statement.handlers)
                or (isinstance(other.statement, ast.With | ast.AsyncWith) and may_swallow(other.statement))
            )
            and any(_runs_something(s) for s in other.statement.body)
        ]

    def _flag(self, site: Site) -> str:
        function = site.scope.function
        if self.flag is None:
            self.flag = self.names.fresh("database_step")
        shared = self.flag.isidentifier() and site.in_nested_function
        if shared and isinstance(function, Function) and id(function) not in self._sharing:
            self._sharing.add(id(function))
            link = site.own_links[0]
            first = 1 if ast.get_docstring(function, clean=False) is not None else 0
            code = templates.flag_shared(self.flag)
            self.insertions.insert(
                0, Insertion(Step.SERVICE, link.path_of(first), "before", code, function.lineno)
            )
        return self.flag

    def _ask_behind(self, owner: ast.stmt, path: NodePath, flag: str, line: int) -> None:
        if path in self._shielded:
            return
        self._shielded.add(path)
        message = f"a database step failed inside line {owner.lineno} of the original, which hid the error"
        error = f'{self.names.builtin("RuntimeError")}("{message}")'
        code = templates.raised_if_hidden(flag, error=error)
        self.insertions.insert(0, Insertion(Step.FAILED, path, "after", code, line))

    def _let_through(self, tried: ast.stmt, path: NodePath, flag: str, line: int) -> None:
        if not isinstance(tried, ast.Try) or path in self._shielded:
            return
        self._shielded.add(path)
        for index in range(len(tried.handlers)):
            anchor = (*path, ("handlers", index))
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
        if isinstance(link.owner, ast.With | ast.AsyncWith) and may_swallow(link.owner)
    ]


def may_swallow(statement: ast.With | ast.AsyncWith) -> bool:
    """Whether a context manager of the statement might end an exception; open files and Luigi's paths never do."""
    return not all(is_file_context(item.context_expr) for item in statement.items)


def _runs_something(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Call) and not is_logging_call(node) for node in ast.walk(statement))


def leaves(statement: ast.stmt, *, in_loop: bool = False) -> bool:
    """Whether a statement can leave its suite by return, break or continue."""
    if isinstance(statement, ast.Return):
        return True
    if isinstance(statement, ast.Break | ast.Continue):
        return not in_loop
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return False
    loops = isinstance(statement, ast.For | ast.AsyncFor | ast.While)
    suites = [getattr(statement, name, []) for name in ("body", "orelse", "finalbody")]
    suites.extend(part.body for name in ("handlers", "cases") for part in getattr(statement, name, []))
    return any(leaves(s, in_loop=in_loop or loops) for suite in suites for s in suite)
