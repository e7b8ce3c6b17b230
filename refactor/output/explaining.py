"""What the tool understood of a task, told the way a colleague would."""

from __future__ import annotations

import sys
import textwrap
from typing import TYPE_CHECKING

from codemods.model import (
    ContentOrigin,
    FileWrite,
    Insertion,
    LlmCall,
    Step,
    TaskAnalysis,
    TaskReport,
    TaskState,
)
from refactor.output.terminal import is_terminal, width
from refactor.project.display import display

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

WIDTH = 100
STEPS = {
    (
        Step.SERVICE,
        "block",
    ): "a block that opens the database service, and at its end marks what is still open as failed"
    " and closes the service (steps 8 and 9)",
    (Step.SERVICE, ""): "open the database service",
    (Step.SERVICE, "prologue"): "ask for the plan id",
    (Step.INPUTS, ""): "read the inputs",
    (Step.PENDING, ""): "record the LLM call as pending, with the whole prompt",
    (Step.CALL, ""): "start the clock",
    (Step.CALL, "after"): "stop the clock",
    (
        Step.CALL,
        "function",
    ): "make the statements a function, whose answer can be recorded",
    (Step.COMPLETED, ""): "complete the record, with the whole response",
    (Step.PERSIST, ""): "persist the content",
    (Step.WRITE, ""): "confirm that the file holds what was persisted",
    (Step.FAILED, ""): "mark the record failed",
    (Step.FAILED, "closing"): "mark the record failed and raise on",
    (Step.CLOSE, ""): "close the database service",
}
"""What a step does, where it is inserted if that makes a difference."""

PLACES = {
    "block": "around the statements",
    "prologue": "at the head of the method",
    "function": "around the statements",
    "returning": "in that try, behind a call of that function",
    "opening": "at the head of a try around its body",
    "closing except": "in an except of that try",
    "closing": "in the finally of that try",
    "before": "before line {line}",
    "after": "after line {line}",
    "head": "at the head of the block at line {line}",
    "end": "at the end of the block at line {line}",
    "else": "in the else of the try at line {line}",
}


def explain(report: TaskReport) -> str:
    """The explanation of one task, complete lines."""
    return "\n".join(_lines(report)) + "\n"


def how_content_was_found(analysis: TaskAnalysis) -> Iterator[str]:
    """One line a written file: where the content of its row comes from."""
    for write in analysis.writes:
        yield f"{_file(write)}: {write.origin}{', confirmed after the write' if write.confirmed else ''}"


def _lines(report: TaskReport) -> Iterator[str]:
    task = report.task
    yield f"{task.name} ({display(task.path)}:{task.line}) {_stands(report)}"
    entry = f"Its work is in {task.entry}()." if task.entry else "It defines no entry method of its own."
    needs = f" It requires {_series(task.requires)}." if task.requires else ""
    yield ""
    yield from _wrap(
        f'{entry} It belongs to the stage {task.group}; its rows carry stage "{task.stage}".{needs}'
    )
    if report.refusal is not None:
        yield from _refusal(report)
    elif report.reason:
        yield from _wrap(f"{report.reason.rstrip('.')}.")
    if report.analysis is not None:
        yield from _analysis(report.analysis)


def _stands(report: TaskReport) -> str:
    return {
        TaskState.DONE: "is done: every result is in the database before it is in a file.",
        TaskState.TODO: "can be refactored.",
        TaskState.EXEMPT: "is exempt and stays as it is.",
        TaskState.REFUSED: "is refused and stays as it is.",
        TaskState.DEFECTIVE: "is refactored, but not as it should be; it is left alone.",
    }[report.state]


def _refusal(report: TaskReport) -> Iterator[str]:
    refusal = report.refusal
    if refusal is None:
        return
    yield ""
    from codemods.refusals import REFUSALS

    rule = REFUSALS.get(refusal.code)
    yield f"Why: {refusal.code}, {rule.title}" if rule else f"Why: {refusal.code}"
    why = report.reason or refusal.reason
    yield from _wrap(f"line {refusal.line}, column {refusal.column}: {why.rstrip('.')}.", "  ")
    if rule:
        yield from _wrap(rule.when, "  ")
        yield "What would help:"
        yield from _wrap(rule.remedy, "  ")
    for more in report.also:
        yield ""
        rule = REFUSALS.get(more.code)
        yield f"And: {more.code}, {rule.title}" if rule else f"And: {more.code}"
        yield from _wrap(f"line {more.line}, column {more.column}: {more.reason.rstrip('.')}.", "  ")
        if rule and more.code != refusal.code:
            yield "What would help:"
            yield from _wrap(rule.remedy, "  ")


def _analysis(analysis: TaskAnalysis) -> Iterator[str]:
    if analysis.inputs:
        named = [name or "its single input" for name in analysis.inputs]
        yield from _wrap(f"It reads {_series(named)}.")
    if not analysis.calls:
        yield "It calls no LLM."
    for call in analysis.calls:
        yield ""
        yield from _call(call)
    if not analysis.writes:
        yield ""
        yield "It writes no file."
    for write in analysis.writes:
        yield ""
        yield from _write(write)
    if analysis.insertions:
        yield ""
        yield "What is inserted:"
        yield from _steps(analysis.insertions)
    for method in analysis.methods:
        yield ""
        yield f"What is inserted into {method.name}():"
        yield from _steps(method.insertions)
    if analysis.imports:
        yield ""
        yield f"Added at the top of the module: {_series([line.strip() for line in analysis.imports])}"


def _call(call: LlmCall) -> Iterator[str]:
    often = [
        text for told, text in ((call.in_loop, "in a loop"), (call.conditional, "not on every path")) if told
    ]
    how = ", " + " and ".join(often) if often else ""
    yield from _wrap(f"Line {call.line}: it calls an LLM{how}: {call.callee}", hanging="  ")
    facts = [("prompt", call.prompt), ("result", call.result), ("response", call.response)]
    if call.left_out:
        facts.append(("not recorded", ", ".join(call.left_out)))
    yield from _facts(*facts)


def _write(write: FileWrite) -> Iterator[str]:
    output = {None: "an extra file", "": "its output"}.get(write.key, f'its output "{write.key}"')
    yield from _wrap(
        f"Line {write.line}: it writes {output} ({write.content_type}): {write.writer}", hanging="  "
    )
    name = (
        write.filename if write.resolved_filename is None else f"{write.filename} = {write.resolved_filename}"
    )
    yield from _facts(
        ("file name", name),
        ("content", write.content),
        ("found in", write.origin),
        ("confirmation", _confirmation(write)),
    )


def _confirmation(write: FileWrite) -> str:
    if write.confirmed:
        return "the file is compared with the row after the write, and the row set right if they differ"
    if write.origin is ContentOrigin.READ_BACK:
        return "none needed: the row holds what was read from the file; it comes after the file, by `row-after-file`"
    if write.origin in {ContentOrigin.OPEN_FILE, ContentOrigin.MOVED_FILE}:
        return "none needed: the row holds what was read from the file itself"
    return "none needed: the content is the same each time it is computed"


def _steps(insertions: Sequence[Insertion]) -> Iterator[str]:
    """The insertions in the order in which they will be read."""
    own = any(one.where == "function" for one in insertions)
    outer = {
        "block": 0,
        "prologue": 0,
        "function": 1,
        "opening": 3 if own else 1,
        "returning": 4,
        "closing": 5,
    }
    for insertion in sorted(insertions, key=lambda one: (outer.get(one.where, 2), one.line)):
        told = STEPS.get((insertion.step, insertion.where)) or STEPS[insertion.step, ""]
        place = (
            "closing except"
            if (insertion.step, insertion.where) == (Step.FAILED, "closing")
            else insertion.where
        )
        where = PLACES.get(place, f"{place}, line {{line}}").format(line=insertion.line)
        yield from _wrap(f"step {insertion.step}, {where}: {told}", "  ", hanging="  ")


def _facts(*facts: tuple[str, str]) -> Iterator[str]:
    for name, value in facts:
        lead = f"  {name + ':':<14}"
        lines = value.splitlines() or ["-"]
        yield from textwrap.wrap(
            lines[0],
            _columns(),
            initial_indent=lead,
            subsequent_indent=" " * len(lead),
            break_long_words=False,
            break_on_hyphens=False,
        )
        yield from (" " * len(lead) + line for line in lines[1:])


def _columns() -> int:
    return min(width(), WIDTH) if is_terminal(sys.stdout) else WIDTH


def _file(write: FileWrite) -> str:
    return write.resolved_filename or write.filename


def _series(words: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _wrap(text: str, indent: str = "", hanging: str = "") -> list[str]:
    return textwrap.wrap(
        text,
        _columns(),
        initial_indent=indent,
        subsequent_indent=indent + hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )
