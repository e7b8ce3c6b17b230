"""Recognises the steps that `apply` inserted into a method, by their own form.

Nothing outside of the method is looked at: what other files say today, or how a formatter has laid out the lines, makes
no difference. A statement counts as a step where its shape, and the names that the steps introduced, say so. An
expression in a place where `apply` puts one (a prompt, a content, a file name) may be any.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from codemods.python.classes import Function
from codemods.python.names import dotted_name
from codemods.python.trees import children, walk
from codemods.python.unification import is_renamed
from codemods.rewriting.held_statements import held_statements
from codemods.rewriting.statement_facts import (
    bound,
    comments_of,
    compares,
    header_names,
    is_bound_to,
    is_constant,
    is_method_call,
    is_name,
    is_none,
    is_read_of,
    last_line,
    may_hold_statements,
    stored,
    target,
    without_logs,
)
from codemods.steps.templates import ANSWERED, COLUMNS

STEP_COMMENT = re.compile(r"# Step [1-9]: ")
_LABELS = {
    "prompt": "# Step 3: the prompt",
    "pending": "# Step 3: LLM interaction, pending",
    "answered": ANSWERED,
    "call": "# Step 4: the LLM call, timed",
    "parts": "# Step 4: the parts of the answer",
    "answer": "# Step 5: the answer",
    "completed": "# Step 5: LLM interaction, completed",
    "persist": "# Step 6: persist ",
    "confirm": "# Step 7: confirm that the file holds what was persisted",
}
_STATUS = {"create_llm_interaction": {"pending"}, "update_llm_interaction": {"completed", "failed"}}


class NotOursError(Exception):
    """A method does not hold the steps as this tool writes them.

    Args:
        reason: what was found instead.
        node: where.
    """

    def __init__(self, reason: str, node: ast.AST) -> None:
        super().__init__(reason)
        self.reason = reason
        self.node = node


@dataclass(frozen=True)
class Steps:
    """What was inserted into a method.

    Attributes:
        start: the index of the first statement in front of the `try` around the method.
        statements: the inserted statements inside that `try`, outermost ones only, by identity.
        held: the function that the original statements became, None where they stand in the `try`.
    """

    start: int
    statements: frozenset[int]
    held: ast.FunctionDef | None = None


def recognise(method: Function, lines: Sequence[str]) -> Steps:
    """The steps in a method that talks to the database.

    Args:
        method: as parsed from its file.
        lines: the lines of that file.

    Raises:
        NotOursError: the method's steps have another form.
    """
    return Recogniser(method, lines, comments_of(lines, method)).steps()


@dataclass
class Recogniser:
    """Reads one method; see `recognise`."""

    method: Function
    lines: Sequence[str]
    comments: Mapping[int, str]
    made: set[str] = field(default_factory=set)
    parts: set[str] = field(default_factory=set)
    found: list[ast.stmt] = field(default_factory=list)
    replays: list[tuple[str, list[ast.stmt]]] = field(default_factory=list)
    service: str = ""
    plan: str = ""
    interaction: str = ""
    flag: str = ""

    def steps(self) -> Steps:
        """What was inserted."""
        outer = self.method.body[-1]
        if not isinstance(outer, ast.Try) or outer.orelse or not outer.body:
            raise NotOursError("there is no `try` around the method's statements", outer)
        self._opening(outer.body[0])
        held = held_statements(self.method)
        start = self._prologue(outer if held is None else held.function)
        self._closing(outer)
        self.found.append(outer.body[0])
        if held is None:
            kept = self._suite(outer.body[1:])
        else:
            kept = self._held(held.function)
            self._recorded(outer.body[1:])
        if not kept:
            raise NotOursError("nothing is left of the method but steps", outer)
        self._leave_nothing(self.method.body[:start] + kept)
        self._are_copies(kept)
        return Steps(start, frozenset(map(id, self.found)), held.function if held is not None else None)

    # The frame.

    def _opening(self, statement: ast.stmt) -> None:
        call = statement.value if isinstance(statement, ast.Assign) else None
        name = target(statement)
        if name is None or not is_method_call(call, "get_database_service"):
            raise NotOursError(
                "the `try` around the method does not begin with get_database_service()", statement
            )
        self.service = name

    def _held(self, function: ast.FunctionDef) -> list[ast.stmt]:
        """The original statements in a function of their own; its declaration of shared names is a step."""
        if not self._labelled(function, "answered") or not isinstance(function.body[0], ast.Nonlocal):
            raise self._unknown(function)
        self.found.append(function.body[0])
        self.made.add(function.name)
        return self._suite(function.body[1:])

    def _recorded(self, statements: Sequence[ast.stmt]) -> None:
        """Raises NotOursError unless what calls that function is: `answer = f()`, step 5, `return answer`."""
        called, *completing, _ = (s for s in statements if not self._sets_flag(s))
        self.made.add(target(called) or "")
        for statement in completing:
            if not (isinstance(statement, ast.If) and self._is_one(statement)):
                raise self._unknown(statement)
        self.found.extend(statements)

    def _prologue(self, work: ast.stmt) -> int:
        before = self.method.body[: self.method.body.index(work)]
        start = next((i for i, s in enumerate(before) if self.service in self._begun(s)), None)
        if start is None:
            raise NotOursError(f"{self.service} = None does not stand before the `try`", self.method.body[-1])
        self.made.add(self.service)
        if len(names := self._begun(before[start])) == 2:
            self.interaction = next(name for name in names if name != self.service)
            self.made.add(self.interaction)
        for statement in before[start + 1 :]:
            name = target(statement)
            if not self.flag and (marking := _marking(statement, on=not self.plan)):
                self.flag = marking
                continue
            if name is None or not isinstance(statement, ast.Assign):
                raise self._unknown(statement)
            if is_method_call(statement.value, "get_plan_id") and not self.plan:
                self.plan = name
            elif is_bound_to(statement, name, None) and not self.plan and not self.interaction:
                self.interaction = name
            elif self.interaction and not self.plan and _is_first_value(statement.value):
                pass
            elif is_bound_to(statement, name, False) and self.plan and not self.flag:
                self.flag = name
            else:
                raise self._unknown(statement)
            self.made.add(name)
        if not self.plan:
            raise NotOursError("get_plan_id() is not asked before the `try`", self.method.body[-1])
        return start

    @staticmethod
    def _begun(statement: ast.stmt) -> list[str]:
        """The names in `service = None` or `service = interaction = None`."""
        if not isinstance(statement, ast.Assign) or not is_none(statement.value):
            return []
        names = [t.id for t in statement.targets if isinstance(t, ast.Name)]
        return names if len(names) == len(statement.targets) <= 2 else []

    def _closing(self, outer: ast.Try) -> None:
        for handler in outer.handlers:
            *failing, last = handler.body
            if len(outer.handlers) > 1 or not (isinstance(last, ast.Raise) and last.exc is None):
                raise NotOursError("the handler around the method is not step 8", handler)
            for statement in failing:
                if not self._is_one(statement):
                    raise self._unknown(statement)
        closed = [s for s in outer.finalbody if isinstance(s, ast.If) and self._closes(s)]
        if len(closed) != len(outer.finalbody) or len(closed) != 1:
            raise NotOursError("the `finally` around the method is not step 9", outer)

    def _closes(self, statement: ast.If) -> bool:
        body = [s for s in statement.body if not self._sets_flag(s) and not self._keeps_flag(s)]
        return (
            compares(statement.test, self.service, ast.IsNot)
            and len(body) == 1
            and not statement.orelse
            and isinstance(body[0], ast.Expr)
            and ast.unparse(body[0]) == f"{self.service}.close()"
        )

    def _sets_flag(self, statement: ast.stmt) -> bool:
        """`self.database_step = True`, or to what it was before."""
        if not isinstance(statement, ast.Assign) or len(statement.targets) != 1 or not self.flag:
            return False
        value = statement.value
        kept = isinstance(value, ast.Name) and value.id in self.made
        return ast.unparse(statement.targets[0]) == self.flag and (is_constant(value, bool) or kept)

    def _keeps_flag(self, statement: ast.stmt) -> bool:
        """`database_step_before = self.database_step`."""
        name = target(statement)
        value = getattr(statement, "value", None)
        if not (name and self.flag and isinstance(value, ast.expr) and ast.unparse(value) == self.flag):
            return False
        self.made.add(name)
        return True

    # The suites.

    def _suite(self, suite: Sequence[ast.stmt]) -> list[ast.stmt]:
        """The original statements of a suite; those of the suites below are looked at as well."""
        kept: list[ast.stmt] = []
        index = 0
        while index < len(suite):
            width = self._width(suite, index)
            if width:
                self.found.extend(suite[index : index + width])
            else:
                kept.append(suite[index])
                self._below(suite[index])
            index += width or 1
        return kept

    def _below(self, statement: ast.stmt) -> None:
        if isinstance(statement, ast.ClassDef):
            return
        for name in ("body", "orelse", "finalbody"):
            self._suite(getattr(statement, name, None) or [])
        for part in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
            self._suite(part.body)

    def _width(self, suite: Sequence[ast.stmt], index: int) -> int:
        """How many statements from here on are one step, 0 for an original one."""
        statement = suite[index]
        buffer = target(statement)
        value = getattr(statement, "value", None)
        if buffer and is_method_call(value, "StringIO") and self._labelled(statement, "persist"):
            for end in range(index + 1, len(suite)):
                if is_read_of(suite[end], buffer):
                    self._replayed(buffer, list(suite[index : end + 1]))
                    return end + 1 - index
            raise NotOursError(f"{buffer} is filled and never read", statement)
        return int(self._is_one(statement))

    def _replayed(self, buffer: str, statements: list[ast.stmt]) -> None:
        self.replays.append((buffer, statements[1:-1]))
        self.made |= {buffer, target(statements[-1]) or buffer}
        for statement in statements[1:-1]:
            self.made |= bound(statement)

    def _is_one(self, statement: ast.stmt) -> bool:
        if isinstance(statement, ast.Assign):
            return self._is_assignment(statement)
        if isinstance(statement, ast.Expr):
            return self._is_call(
                statement.value, {"update_llm_interaction", "create_plan_content"}
            ) or self._keeps_part(statement.value)
        if isinstance(statement, ast.If):
            return self._is_condition(statement)
        if isinstance(statement, ast.With | ast.AsyncWith):
            return self._is_reading(statement)
        if isinstance(statement, ast.For):
            return self._labelled(statement, "persist") and self._reads_outputs(statement)
        return isinstance(statement, ast.Nonlocal) and statement.names == [self.flag]

    def _is_assignment(self, statement: ast.Assign) -> bool:
        name, value = target(statement), statement.value
        if self._sets_flag(statement) or self._keeps_flag(statement):
            return True
        if name is None:
            return False
        if name == self.interaction:
            opened = isinstance(value, ast.Attribute) and value.attr == "id" and value.value
            return is_bound_to(statement, name, None) or (
                bool(opened) and self._is_call(opened, {"create_llm_interaction"})
            )
        if self.flag and name == self.flag:
            return is_constant(value, bool) or (isinstance(value, ast.Name) and value.id in self.made)
        is_step = (
            (bool(self.flag) and isinstance(value, ast.Name) and value.id == self.flag)
            or self._labelled(statement, "prompt")
            or self._labelled(statement, "pending")
            or self._labelled(statement, "answer")
            or self._labelled(statement, "persist")
            or (self._labelled(statement, "call") and is_method_call(value, "perf_counter"))
            or (self._labelled(statement, "completed") and is_method_call(value, "get_last_attempt"))
            or (self._labelled(statement, "completed") and name in self.made and _reads_attempts(value))
            or self._is_duration(value)
        )
        if self._labelled(statement, "parts") and isinstance(value, ast.List) and not value.elts:
            self.parts.add(name)
            is_step = True
        if is_step:
            self.made.add(name)
        return is_step

    def _keeps_part(self, value: ast.expr) -> bool:
        """`stream_parts.extend(texts of chunk)`, first in the loop that reads a stream."""
        return (
            isinstance(value, ast.Call)
            and isinstance(value.func, ast.Attribute)
            and value.func.attr in {"append", "extend"}
            and len(value.args) == 1
            and not value.keywords
            and isinstance(value.func.value, ast.Name)
            and value.func.value.id in self.parts
            and all(_reads_constant_name(n) for n in ast.walk(value.args[0]) if isinstance(n, ast.Call))
        )

    def _is_duration(self, value: ast.expr) -> bool:
        return (
            isinstance(value, ast.BinOp)
            and isinstance(value.op, ast.Sub)
            and is_method_call(value.left, "perf_counter")
            and isinstance(value.right, ast.Name)
            and value.right.id in self.made
        )

    def _is_call(self, value: object, methods: set[str]) -> bool:
        """Whether an expression is a call of the service with the columns that the steps give it, and no others."""
        if not isinstance(value, ast.Call) or value.keywords or not isinstance(value.func, ast.Attribute):
            return False
        name, receiver = value.func.attr, value.func.value
        if name not in methods or not (isinstance(receiver, ast.Name) and receiver.id == self.service):
            return False
        *before, row = value.args or [value]
        wanted = [self.interaction] if name == "update_llm_interaction" else []
        if [b.id for b in before if isinstance(b, ast.Name)] != wanted or len(before) != len(wanted):
            return False
        if not isinstance(row, ast.Dict):
            return False
        columns = {
            k.value: v for k, v in zip(row.keys, row.values, strict=True) if isinstance(k, ast.Constant)
        }
        status = columns.get("status")
        return (
            len(columns) == len(row.keys)
            and columns.keys() <= COLUMNS[name]
            and ("plan_id" not in columns or is_name(columns["plan_id"], self.plan))
            and (name not in _STATUS or getattr(status, "value", None) in _STATUS[name])
        )

    def _is_condition(self, statement: ast.If) -> bool:
        test = statement.test
        if self._labelled(statement, "persist") and self._reads_if_there(statement):
            return True
        if self.flag and ast.unparse(test) == self.flag:
            (*rest, last) = statement.body
            return not rest and isinstance(last, ast.Raise) and not statement.orelse
        known = compares(test, self.interaction, ast.IsNot) or (
            isinstance(test, ast.Compare) and isinstance(test.left, ast.Name) and test.left.id in self.made
        )
        if statement.orelse or not (known or self._opens(statement)):
            return False
        for inner in statement.body:
            if not self._is_one(inner):
                raise self._unknown(inner)
        return True

    def _opens(self, statement: ast.If) -> bool:
        """Whether a condition has nothing in it but the opening of an interaction: that of a conditional call."""
        made = set(self.made)
        last = statement.body[-1]
        opened = (
            isinstance(last, ast.Assign) and target(last) == self.interaction and self._is_assignment(last)
        )
        if opened and all(self._is_one(inner) for inner in statement.body):
            return not is_bound_to(last, self.interaction, None)
        self.made = made
        return False

    def _is_reading(self, statement: ast.With | ast.AsyncWith) -> bool:
        """Whether a `with` runs a writer into a scratch file, or reads the file that was or is being written."""
        if self._labelled(statement, "persist") and self._reads_open_file(statement):
            self.made |= bound(statement)
            return True
        scratch = self._labelled(statement, "persist") and is_method_call(
            statement.items[0].context_expr, "TemporaryDirectory"
        )
        if not scratch and not self._labelled(statement, "confirm"):
            return False
        if len(statement.items) != 1 or not self._has_reading_form(statement.body, scratch=scratch):
            raise NotOursError(f"the step on line {statement.lineno} has another form", statement)
        self.made |= bound(statement)
        return True

    def _reads_outputs(self, statement: ast.For) -> bool:
        """`for target in luigi.task.flatten(self.output()): path = ...`, and the file's row if it is there."""
        called = statement.iter.func if isinstance(statement.iter, ast.Call) else statement.iter
        flattens = isinstance(called, ast.Attribute) and called.attr == "flatten"
        if statement.orelse or len(statement.body) != 2 or not flattens:
            return False
        located, reading = statement.body
        if target(located) is None or not isinstance(reading, ast.If) or not self._reads_if_there(reading):
            return False
        self.made |= bound(statement)
        return True

    def _reads_if_there(self, statement: ast.If) -> bool:
        """`if os.path.isfile(path): with open(path, "rb") as written: content = written.read()`, and the row."""
        if statement.orelse or len(statement.body) != 2:
            return False
        reading, row = statement.body
        if not (
            isinstance(statement.test, ast.Call)
            and ast.unparse(statement.test.func).endswith("path.isfile")
            and isinstance(reading, ast.With)
            and len(reading.items) == 1
            and self._has_reading_form(reading.body, scratch=False)
            and isinstance(row, ast.Expr)
            and self._is_call(row.value, {"create_plan_content"})
        ):
            return False
        self.made |= bound(reading)
        return True

    @staticmethod
    def _reads_open_file(statement: ast.With | ast.AsyncWith) -> bool:
        """`with open(f.tmp_path) as written: f.flush(); content = written.read()`."""
        opened = statement.items[0].context_expr
        named = opened.args[0] if isinstance(opened, ast.Call) and opened.args else None
        if not (isinstance(named, ast.Attribute) and isinstance(named.value, ast.Name)) or named.attr not in {
            "name",
            "tmp_path",
        }:
            return False
        return (
            len(statement.items) == 1
            and len(statement.body) == 2
            and isinstance(statement.body[0], ast.Expr)
            and ast.unparse(statement.body[0]) == f"{named.value.id}.flush()"
            and target(statement.body[1]) is not None
            and is_method_call(getattr(statement.body[1], "value", None), "read")
        )

    @staticmethod
    def _has_reading_form(body: Sequence[ast.stmt], *, scratch: bool) -> bool:
        if scratch:
            if len(body) != 3 or not isinstance(body[1], ast.Expr) or not isinstance(body[2], ast.With):
                return False
            path, body = target(body[0]), body[2].body
            if path is None:
                return False
        return (
            len(body) == 1
            and target(body[0]) is not None
            and is_method_call(getattr(body[0], "value", None), "read")
        )

    # What is left.

    def _leave_nothing(self, kept: Sequence[ast.stmt]) -> None:
        """Raises where an original statement has a name of the steps."""
        gone = set(map(id, self.found))
        stack: list[ast.AST] = list(reversed(kept))
        while stack:
            node = stack.pop()
            if id(node) in gone:
                continue
            if isinstance(node, ast.stmt | ast.ExceptHandler) and header_names(node) & self.made:
                raise self._unknown(node)
            stack.extend(c for c in reversed(children(node)) if may_hold_statements(c))

    def _are_copies(self, kept: Sequence[ast.stmt]) -> None:
        """Raises where a replay runs other statements than those under the handle of some `with` in the original."""
        gone = set(map(id, self.found))
        suites = [
            without_logs([s for s in node.body if id(s) not in gone], gone)
            for statement in kept
            for node in walk(statement)
            if isinstance(node, ast.With | ast.AsyncWith)
        ]
        for buffer, replay in self.replays:
            names = self.made.union(*map(stored, replay))
            if not any(is_renamed(suite, replay, names) for suite in suites):
                at = replay[0] if replay else self.method
                raise NotOursError(f"what fills {buffer} is not what the original writes", at)

    def _labelled(self, statement: ast.stmt, label: str) -> bool:
        """Whether the comment of a step stands right above a statement, or on a line of its own text."""
        text = _LABELS[label]
        first = statement.lineno
        if first > 1 and self.lines[first - 2].lstrip().startswith("#"):
            first -= 1
        told = [self.comments.get(number, "") for number in range(first, last_line(statement) + 1)]
        return any(t.startswith(text) if text.endswith(" ") else t == text for t in told)

    def _unknown(self, node: ast.AST) -> NotOursError:
        text = ast.unparse(node).splitlines()[0]
        shown = text if len(text) <= 60 else f"{text[:57]}..."
        return NotOursError(
            f"line {getattr(node, 'lineno', 0)} is no step as this tool writes it: {shown}", node
        )


def _marking(statement: ast.stmt, *, on: bool) -> str:
    """The attribute of the task that says whether a database step runs, where a statement gives it its first value."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Attribute):
        return ""
    value = statement.value
    if not isinstance(value, ast.Constant) or value.value is not on:
        return ""
    return ast.unparse(statement.targets[0])


def _is_first_value(value: ast.expr) -> bool:
    """Whether a value is what a name has that the function with the original statements shares."""
    return isinstance(value, ast.Constant) and value.value in (0.0, "")


def _reads_constant_name(call: ast.Call) -> bool:
    """Whether a call is `getattr(…, "name", None)`."""
    name = dotted_name(call.func) or ""
    return name.rpartition(".")[2] == "getattr" and [isinstance(a, ast.Constant) for a in call.args[1:]] == [
        True,
        True,
    ]


def _reads_attempts(value: ast.expr) -> bool:
    """Whether a value is the last of what an executor's attempts say, or else what there was."""
    return isinstance(value, ast.Subscript) and any(
        isinstance(n, ast.Attribute) and n.attr == "attempts" for n in ast.walk(value)
    )
