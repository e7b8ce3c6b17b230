"""Every reason to leave a task as it is. One declaration feeds the messages, the documentation and the tests."""

from __future__ import annotations

import ast
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from codemods.model import Refusal


@dataclass(frozen=True)
class RefusalRule:
    """A reason to refuse.

    Attributes:
        code: stable code, `DBR` and three digits; the hundreds say what it is about.
        title: a few words.
        when: the shape that is refused and which law it would break.
        remedy: what the author can do.
    """

    code: str
    title: str
    when: str
    remedy: str


_RULES = (
    RefusalRule(
        "DBR001",
        "several entry methods",
        "The class defines more than one entry method, and the work is spread over them.",
        "Keep the work in one of them, or name the entry in `entry-methods`.",
    ),
    RefusalRule(
        "DBR002",
        "suite on one line",
        "A step belongs inside a suite that shares its line with its header (`if x: call()`), or between two "
        "statements on one line. A line cannot be inserted there without changing the original line.",
        "Put the suite, or each statement, on a line of its own.",
    ),
    RefusalRule(
        "DBR003",
        "runtime methods missing",
        "The class has no `get_database_service()` or `get_plan_id()`, own or inherited, or the source of the base "
        "class that may have them is not in sight.",
        "Run `refactor init`, or give the base class both methods; put the source of a base class below the paths, "
        "or a class of your own with both methods between.",
    ),
    RefusalRule(
        "DBR004",
        "code not decidable",
        "The method calls `exec` or `eval`, which can see or bind any name, or lists its own names (`locals()`); a "
        "method or a parameter of the task is replaced at run time, or a member is bound in the class body under a "
        "condition, twice, or by something else than a `def`; or an expression that a step must repeat has no form on "
        "one line.",
        "Replace the dynamic code by explicit names; give the expression a name.",
    ),
    RefusalRule(
        "DBR005",
        "finally leaves",
        "A `finally` around a call or a write leaves by `return`, `break` or `continue`, which ends every exception: a "
        "database error would end there too.",
        "Leave after the `try` statement instead of in its `finally`.",
    ),
    RefusalRule(
        "DBR006",
        "own package hides the service",
        "The base class imports the database service of this distribution's package `pipeline`, and the target has a "
        "package or a module of that name itself: whichever is found first hides the other.",
        "Install the tool in an environment of its own, take the methods out of the base class and let `refactor init "
        "--service vendored` write them anew, with [the service as a module of your "
        "project](how-to/own-pipeline.md#without-this-distribution).",
    ),
    RefusalRule(
        "DBR007",
        "not in the steps style",
        'With `style = "steps"`: an answer that is returned as it is, a method of the class that asks a model and is '
        "called inside of a handler, or a stage of `row-stage` that `database_steps()` cannot be given. Such steps are "
        "written statement by statement only.",
        "Assign the answer to a name; or apply with `--style inline`.",
    ),
    RefusalRule(
        "DBR101",
        "call cannot be bracketed",
        "The LLM call sits in a comprehension, a lambda, a short-circuit or the header of a compound statement, where "
        "no statement can be placed right before and right after it.",
        "Assign the call's result to a name in a statement of its own, in a loop where there are several.",
    ),
    RefusalRule(
        "DBR102",
        "result returned directly",
        "`return X.execute(...)` where the method's statements cannot become a function whose answer is recorded: it "
        "is a coroutine or a generator, uses `super()`, returns answers of several forms, or what the record needs is "
        "known in the statements only.",
        "Assign the result to a name and return the name.",
    ),
    RefusalRule(
        "DBR103",
        "response not reachable",
        "The call's result is not kept in a name and its receiver does not hold it, so the whole response cannot "
        "be recorded.",
        "Assign the result to a name.",
    ),
    RefusalRule(
        "DBR104",
        "several calls in one statement",
        "One statement makes more than one LLM call, each of which needs an interaction of its own.",
        "Give each call a statement of its own.",
    ),
    RefusalRule(
        "DBR105",
        "call in a nested function, or handed on",
        "A nested function makes an LLM call, or a model's own method stands for one, and is not simply run in place: "
        "it is stored, returned, mapped or handed to code that may run it at any time, any number of times.",
        "Hand it to `llm_executor.run(...)` or call it directly, in a statement of its own.",
    ),
    RefusalRule(
        "DBR106",
        "model call that is not recorded",
        "The task leads to a call of a model that no interaction would tell of as it is: it stands in a function that "
        "the tool does not record at its call, or in a method of the class that is decorated, a generator, handed "
        "on, or called where a `with` or a `finally`, or a handler of a method without steps, could take a "
        "database error for its own; its client or its answer is out of sight; or what is sent is made inside of a "
        "framework.",
        "Make the call in the entry method, or in a plain method of the class that is called outside of such "
        "statements: the client made there, or in the module, the whole prompt among its arguments, its answer "
        "assigned to a name. Put a request that an HTTP client sends to a model into a function of the module that is "
        "given the prompt, or name it in `llm-calls`.",
    ),
    RefusalRule(
        "DBR107",
        "answer that comes later",
        "The call gives a stream, a batch, a coroutine or an answer that is made in the background: what the model "
        "said is not there when the call returns. A stream of a known package is recorded where one `for` of the same "
        "suite reads it and nothing else does.",
        "Ask for the whole answer, without `stream=`, awaited in the statement that calls; or read the stream in one "
        "`for chunk in stream:` behind the call, or around it, that is left by its end, `break` or an error alone.",
    ),
    RefusalRule(
        "DBR201",
        "prompt unknown",
        "No argument of the LLM call can be taken for its prompt.",
        "Pass the prompt as an argument of the call.",
    ),
    RefusalRule(
        "DBR202",
        "prompt cannot be evaluated twice",
        "The prompt is an expression with side effects, randomness or time in it, or out of the tool's sight; the "
        "recorded prompt could differ from the one sent.",
        "Assign the prompt to a name before the call.",
    ),
    RefusalRule(
        "DBR203",
        "prompt built inside a nested function",
        "The prompt is made of names that only the nested function has.",
        "Build the prompt before the nested function is run.",
    ),
    RefusalRule(
        "DBR401",
        "file opened to append or update",
        "The file is opened in a mode that keeps earlier content, so its content after the write is not known before.",
        "Write the whole file at once.",
    ),
    RefusalRule(
        "DBR402",
        "binary output",
        "The file is written as bytes, which a text column cannot hold byte for byte.",
        "Write text; or let the file be read back after it is written (`row-after-file`), where the database service "
        "takes bytes.",
    ),
    RefusalRule(
        "DBR403",
        "encoding or newline of the output",
        "The file is written in an encoding other than UTF-8, or with translated line ends, so that the row's bytes "
        "would not be the file's.",
        'Open the file with `encoding="utf-8"` and no `newline` translation.',
    ),
    RefusalRule(
        "DBR404",
        "open mode unknown",
        "The mode that a file is opened with is not a literal.",
        "Open the file with a literal mode.",
    ),
    RefusalRule(
        "DBR405",
        "content known too late",
        "What is written becomes known only while the file is open, and what the file holds cannot be read back before "
        "it is closed.",
        "Compute the content before opening the file; or open it by `with`, leave the block at its end only, and give "
        "the open file to nothing that may close it; or let the row come after the file (`row-after-file`).",
    ),
    RefusalRule(
        "DBR406",
        "content has side effects",
        "The content is an expression that consumes or changes something; evaluating it for the row would change "
        "what the original write sees.",
        "Assign the content to a name before writing it.",
    ),
    RefusalRule(
        "DBR407",
        "writer has side effects",
        "The called writer changes or consumes something besides the file, so it cannot be run once more for the row.",
        "Split the writer: one method that returns the content, one that writes it.",
    ),
    RefusalRule(
        "DBR408",
        "file moved into place",
        "An output is put in place by a move or a copy, and what the other file holds cannot be read before: it may "
        "still be open, its path may be another one the second time, or it is a directory.",
        "Give the other path a name that is bound once, close the file, and move it in a statement of its own; or "
        "write the output directly (Luigi targets already write through a temporary file).",
    ),
    RefusalRule(
        "DBR409",
        "output never written",
        "No statement was found that writes this key of `output()`; a row for it would be a guess.",
        "Write every output in the entry method, or in a method that it calls.",
    ),
    RefusalRule(
        "DBR410",
        "several files in one call",
        "One call is given several files, or the whole `output()`, to write.",
        "Write one file per call.",
    ),
    RefusalRule(
        "DBR411",
        "helper method writes",
        "A helper method writes files in a way that cannot be told from its source: in a branch or a loop, or with "
        "content that only it has; or it is run where no call of it stands: by its name, by an operator, by Luigi.",
        "Let the helper return the content and write it in the entry method.",
    ),
    RefusalRule(
        "DBR412",
        "file name unknown",
        "The name of the written file cannot be expressed where the row is made.",
        "Assign the path to a name before the write.",
    ),
    RefusalRule(
        "DBR421",
        "output handed out of sight",
        "An output, the run directory, something made of one of them, or the written path of a file is handed to code "
        "that is not known to only read it: a function or a method whose source is not in sight, a program, an "
        "attribute, a caller. It may write a file that would have no row.",
        "Write the file in the entry method, or hand it to a function whose source lies below the configured paths; "
        "what needs no row, say so at the call (`# refactor: not-output REASON`).",
    ),
    RefusalRule(
        "DBR422",
        "writer out of sight",
        "The entry method calls a method of a base class whose source is not in sight; it may write a file, or call a "
        "model.",
        "Add the source of the base class to the configured paths, or write the output in the entry method.",
    ),
    RefusalRule(
        "DBR423",
        "directory of a file",
        "A row is called by the file's path below the plan's run directory, the one that `get_plan_id()` takes the "
        "name of. The file is not shown to lie there, so that two files could share a row, and a restored file would "
        "be put elsewhere.",
        "Make the path from the run directory (`os.path.join(self.run_dir, ...)`), and have `get_plan_id()` return "
        "that directory's name (`os.path.basename(self.run_dir)`). Where all files lie below a directory that is "
        "written out, let it return that one's (`os.path.basename('/data/plan')`).",
    ),
    RefusalRule(
        "DBR424",
        "not a local file",
        "The target is not known to be a local file: a marker in a database, a file of another system, or of a class "
        "that is not in sight or changes how a local target writes. There may be no file, or one that a row cannot "
        "hold.",
        "Write to a `luigi.LocalTarget`, or exempt the task.",
    ),
    RefusalRule(
        "DBR425",
        "path kept for later",
        "An object, often by its constructor, keeps the path of the file, so that it may write the file at any later "
        "time.",
        "Let the object return its content, and write the file in the method.",
    ),
    RefusalRule(
        "DBR426",
        "content depends on the path",
        "What the called writer puts into the file depends on the file's path, so that running it once more into a "
        "scratch file would give something else.",
        "Pass what the writer takes from the path as an argument of its own.",
    ),
    RefusalRule(
        "DBR427",
        "file not always written",
        "The called writer can end without an error and without having written the file: in a branch, a loop, behind "
        "an early return or a swallowed error. Or the write, whose row comes before it, stands where the method "
        "catches an error that a write can raise (`OSError`, `UnicodeError`, `TypeError`, or what is above them).",
        "Decide in the method whether to call the writer; let its errors pass, or raise them again in the handler.",
    ),
    RefusalRule(
        "DBR428",
        "write inside an expression",
        "The write stands in a comprehension, a lambda, a short-circuit or a conditional expression, where no "
        "statement can be placed right before it.",
        "Write in a statement of its own, in a loop or a branch where there are several.",
    ),
    RefusalRule(
        "DBR430",
        "overridden in a subclass",
        "A class in sight inherits the entry method and overrides what its steps rest on: a method that it calls, or "
        "the kind of file that it writes. What is inserted for the one class would be wrong for the other.",
        "Give the subclass an entry method of its own, or pass what differs as an attribute.",
    ),
    RefusalRule(
        "DBR431",
        "file taken away again",
        "A file that a row is made for is removed, cut off or moved to another name, or may be: later in the method, "
        "or in a loop with the write. The row would tell of a file that is not there, and `pipeline doctor` would "
        "bring it back.",
        "Write what does not stay into a directory of `tempfile`; or say at the write that no row is wanted for it "
        "(`# refactor: not-output REASON`).",
    ),
    RefusalRule(
        "DBR901",
        "proof failed",
        "The rewritten task did not pass the tool's own proof. This is a defect of the tool; the task was left alone.",
        "Report it with the task's source.",
    ),
    RefusalRule(
        "DBR902",
        "internal error",
        "The tool failed on this task. This is a defect of the tool; the task was left alone, and the others were not "
        "affected.",
        "Report it with the message and the task's source.",
    ),
    RefusalRule(
        "DBR903",
        "result does not compile",
        "The bytes of the file with the steps in it would not compile, or would be read as another text.",
        "Make the file compile as it is (`python -m py_compile FILE`); if it does, report it with the file's head.",
    ),
    RefusalRule(
        "DBR904",
        "encoding of the source file",
        "A name in the inserted code has a character that the file's own encoding (its coding cookie) does not have.",
        "Save the file as UTF-8, or give the thing an ASCII name.",
    ),
    RefusalRule(
        "DBR911",
        "steps cannot be taken out",
        "`revert` did not find the steps as this tool writes them: they were written or edited by hand, or by another "
        "version. Nothing that may be somebody's is thrown away.",
        "Undo the edit of the line that the message names and revert again, or take the steps out with git.",
    ),
    RefusalRule(
        "DBR905",
        "nested too deep",
        "The method, or code that it leads to, is nested deeper than the tool can follow: some thousand operands, "
        "`elif` or chained calls.",
        "Take the generated part out of the method, into data or into a function; report it if the code is an ordinary "
        "one.",
    ),
)

REFUSALS: Mapping[str, RefusalRule] = MappingProxyType({rule.code: rule for rule in _RULES})


INTERNAL = "DBR902"
"""The code of what is a defect of this tool."""


class Refused(Exception):  # noqa: N818 - an outcome on its way to the task boundary, not an error
    """Raised inside analysis and planning; becomes the task's Refusal.

    Attributes:
        others: what else the task is refused for, as far as the analysis came.
    """

    others: tuple[Refused, ...] = ()

    def __init__(self, code: str, reason: str, node: ast.AST | None = None) -> None:
        self.code = REFUSALS[code].code
        self.reason = reason
        self.line = getattr(node, "lineno", 0)
        self.column = getattr(node, "col_offset", -1) + 1
        super().__init__(f"{code}: {reason}")

    def adding(self, more: str) -> Refused:
        """The same with more to its reason."""
        found = Refused(self.code, f"{self.reason}{more}")
        found.line, found.column = self.line, self.column
        return found

    def at(self, line: int, column: int) -> Refusal:
        """The refusal as a value; the given position stands in where the node had none."""
        cause = self.__cause__ if self.code == INTERNAL else None
        trace = "".join(traceback.format_exception(cause)) if cause is not None else ""
        return Refusal(self.code, self.reason, self.line or line, self.column or column, trace)
