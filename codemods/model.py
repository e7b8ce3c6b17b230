"""The values that flow from discovery to the report. All frozen, none knows how it is shown or written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from codemods.source import SourceFile

NodePath = tuple[tuple[str, int], ...]
"""The way from a method's body to one of its statements: (field, index) pairs, `(("body", 2), ("orelse", 0))`."""


class TaskState(StrEnum):
    """Where a task stands."""

    DONE = "done"
    TODO = "todo"
    EXEMPT = "exempt"
    REFUSED = "refused"
    DEFECTIVE = "defective"
    UNPLANNED = "unplanned"
    """Nobody asked for it, and whether it is to do was not looked at."""


class Step(StrEnum):
    """The nine steps; 2 and 7 are the original code, 7 also covers the confirmation of a write."""

    SERVICE = "1"
    INPUTS = "2"
    PENDING = "3"
    CALL = "4"
    COMPLETED = "5"
    PERSIST = "6"
    WRITE = "7"
    FAILED = "8"
    CLOSE = "9"


class ContentOrigin(StrEnum):
    """Where the content of a row comes from. By `READ_BACK` alone the row comes after its file."""

    IN_METHOD = "the write in the method"
    WRITER_SOURCE = "the writer's source"
    REPLAY = "the writing statements, run once more into a buffer"
    SCRATCH_FILE = "the writer, run once more into a scratch file"
    OPEN_FILE = "the open file, read back before it is closed"
    MOVED_FILE = "the file that is moved into place, read before the move"
    READ_BACK = "the file, read back after it is written"


@dataclass(frozen=True)
class Refusal:
    """Why a task stays as it is.

    Attributes:
        code: one of `codemods.refusals.REFUSALS`.
        reason: what was found, in this task.
        line: 1-based line in the file.
        column: 1-based column.
        trace: the traceback of an internal error; empty for a refusal that is meant.
    """

    code: str
    reason: str
    line: int
    column: int
    trace: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True)
class LlmCall:
    """One LLM call site.

    Attributes:
        callee: the called expression as written, `Summarise.execute`.
        line: 1-based line.
        prompt: the expression whose value is the whole prompt.
        result: the name that holds the result, or the receiver whose state does.
        response: the expression that gives the whole response text.
        in_loop: whether it can run more than once.
        conditional: whether it can be skipped.
        left_out: what the call is given and no column tells, as written.
        method: the method that the call stands in, where the entry method only leads there; empty for its own calls.
    """

    callee: str
    line: int
    prompt: str
    result: str
    response: str
    in_loop: bool
    conditional: bool
    left_out: tuple[str, ...] = ()
    method: str = ""


@dataclass(frozen=True)
class FileWrite:
    """One place where the task writes a file.

    Attributes:
        writer: the writing expression as written, `result.save_raw`.
        line: 1-based line.
        key: the key of `output()` that it writes, empty for a single target, None for an extra file.
        filename: the expression that gives the row's file name.
        resolved_filename: the literal file name where it is known.
        content_type: json, markdown, html, csv or txt.
        origin: how the content is known before the file is written.
        content: the expression or a short description of it.
        confirmed: whether the file is compared with the row after it was written.
    """

    writer: str
    line: int
    key: str | None
    filename: str
    resolved_filename: str | None
    content_type: str
    origin: ContentOrigin
    content: str
    confirmed: bool


@dataclass(frozen=True)
class Insertion:
    """Code to insert at one anchor.

    Attributes:
        step: which of the nine steps.
        anchor: the statement beside which it goes, a handler or case, or a suite (index -1 of its field); the
            empty path is the method itself.
        where: `before` or `after` a statement, `head` of a handler, case or suite, `else` of a try; for the method
            `prologue` (before the `try`), `opening` (first inside it) and `closing` (its handlers), and where its
            statements become a function: `function` (its head) and `returning` (what the `try` does with it). In the
            style `steps` it is `block`, the header of the `with` around the statements.
        code: complete statements with LF line ends and four-space indentation relative to the anchor.
        line: 1-based line of the original statement that it belongs to, for explanations.
    """

    step: Step
    anchor: NodePath
    where: str
    code: str
    line: int


@dataclass(frozen=True)
class TaskClass:
    """A task class as discovered.

    Attributes:
        name: class name.
        path: the file.
        line: 1-based line of the `class` statement.
        column: 1-based column.
        entry: the entry method's name, None where the class defines none.
        stage: the `stage` column of its rows.
        group: the stage (group of tasks) it belongs to.
        requires: names of the task classes that `requires()` mentions, in source order.
    """

    name: str
    path: Path
    line: int
    column: int
    entry: str | None
    stage: str
    group: str
    requires: tuple[str, ...] = ()


@dataclass(frozen=True)
class MethodPlan:
    """What goes into a method that the entry method calls.

    Attributes:
        name: the method.
        line: 1-based line of its `def`.
        insertions: what goes where in it.
    """

    name: str
    line: int
    insertions: tuple[Insertion, ...]


@dataclass(frozen=True)
class TaskAnalysis:
    """What was understood of a task that can be rewritten.

    Attributes:
        inputs: names of the inputs it reads (keys of `input()`), in source order, empty key for a single input.
        calls: LLM calls in source order.
        writes: file writes in source order.
        insertions: what goes where.
        imports: module-level imports to add, complete statements.
        methods: what goes into other methods of the class, whose calls are recorded there.
    """

    inputs: tuple[str, ...]
    calls: tuple[LlmCall, ...]
    writes: tuple[FileWrite, ...]
    insertions: tuple[Insertion, ...]
    imports: tuple[str, ...]
    methods: tuple[MethodPlan, ...] = ()


@dataclass(frozen=True)
class TaskReport:
    """One task, its state, and why.

    Attributes:
        task: the class.
        state: where it stands before anything is done.
        reason: one sentence for exempt, refused and defective; empty otherwise.
        refusal: set where state is refused.
        analysis: set where state is todo.
        also: what else the task is refused for, as far as the analysis came behind the first reason.
        row_after_file: whether the row of a file comes after it, or would, by consent.
    """

    task: TaskClass
    state: TaskState
    reason: str = ""
    refusal: Refusal | None = None
    analysis: TaskAnalysis | None = None
    also: tuple[Refusal, ...] = ()
    row_after_file: bool = False


@dataclass(frozen=True)
class FileInspection:
    """All tasks of one file, in source order."""

    source: SourceFile
    reports: tuple[TaskReport, ...]


@dataclass(frozen=True)
class FileRewrite:
    """What a rewrite or a revert of one file gives.

    Attributes:
        before: the file as read.
        after: the file as it would be written; equal text means no change.
        reports: one per task of the file, with the state after the rewrite.
        changed: names of the tasks that changed.
    """

    before: SourceFile
    after: SourceFile
    reports: tuple[TaskReport, ...]
    changed: tuple[str, ...] = ()


@dataclass(frozen=True)
class VerifyFinding:
    """A place where something other than an insertion happened.

    Attributes:
        task: the task, empty for code outside of every task.
        message: what is wrong.
        line: 1-based line in the original text.
    """

    task: str
    message: str
    line: int


@dataclass(frozen=True)
class VerifyReport:
    """The proof for one file: per task either nothing, or what is damaged."""

    tasks: Sequence[str] = field(default_factory=tuple)
    findings: Sequence[VerifyFinding] = field(default_factory=tuple)
