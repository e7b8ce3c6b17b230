"""Lines for people: one a task, one a problem, and the summary."""

from __future__ import annotations

from collections import Counter
from typing import IO, TYPE_CHECKING

from codemods.model import TaskReport, TaskState
from refactor.output.terminal import styled
from refactor.project.display import display

if TYPE_CHECKING:
    from collections.abc import Sequence

    from codemods.errors import SourceError
    from refactor.changes.run import Outcome, Run


NO_TASKS = "no tasks found"


def task_line(outcome: Outcome, run: Run, stream: IO[str] | None = None) -> str:
    """`path:line: Task: what became of it`; a refusal is placed where its reason is.

    Coloured where the stream that it goes to, standard output if none is given, is a terminal.
    """
    report = outcome.report
    line = report.refusal.line if report.refusal and outcome.refused else report.task.line
    became = _became(outcome, run)
    if outcome.refused:
        became = styled(became, stream, fg="red")
    elif outcome.changed:
        became = styled(became, stream, fg="green")
    else:
        became = styled(became, stream, dim=True)
    return f"{display(report.task.path)}:{line}: {report.task.name}: {became}"


def details(outcome: Outcome) -> list[str]:
    """What `-v` adds below a task's line: the steps inserted, and how the content of each file was found."""
    analysis = outcome.report.analysis
    if analysis is None or not outcome.changed:
        return []
    from refactor.output.explaining import how_content_was_found

    steps = ", ".join(sorted({insertion.step for insertion in analysis.insertions}))
    calls = [f"LLM call: {call.callee}" for call in analysis.calls]
    return [f"  steps: {steps}", *(f"  {line}" for line in (*calls, *how_content_was_found(analysis)))]


def problem_line(problem: SourceError) -> str:
    """`path:line:column: error: what is wrong`, as far as the position is known."""
    position = "".join(f":{number}" for number in (problem.line, problem.column) if number is not None)
    return f"{display(problem.path)}{position}: error: {problem.message}"


def reason(report: TaskReport) -> str:
    """Why a task stands where it stands, a refusal with its code; empty where there is nothing to say."""
    if report.refusal is None:
        return report.reason
    return f"{report.refusal.code} {report.reason or report.refusal.reason}"


def more_reasons(report: TaskReport) -> str:
    """` (and 2 more)` where a task is refused for more than its first reason; `explain` tells them."""
    return f" (and {len(report.also)} more)" if report.also else ""


def summary(run: Run) -> str:
    """`55 refactored, 0 refused, 2 exempt, 5 already done`, and what else there is to know."""
    if not run.outcomes and not run.problems:
        return NO_TASKS
    counts = count(run)
    past = f"would be {run.verb.past}" if run.dry else run.verb.past
    parts = [
        f"{counts['changed']} {past}",
        f"{counts['refused']} refused",
        f"{counts['exempt']} exempt",
        f"{counts['settled']} {run.verb.settled}",
    ]
    if counts["defective"]:
        parts.append(f"{counts['defective']} defective")
    if counts["left"]:
        parts.append(f"{counts['left']} left as they were")
    if run.problems:
        parts.append(files_with_errors(run.problems))
    return ", ".join(parts)


def progress(reports: Sequence[TaskReport]) -> str:
    """`5 of 60 tasks refactored, 55 to do`."""
    states = Counter(report.state for report in reports)
    wanted = len(reports) - states[TaskState.EXEMPT]
    if not reports:
        return NO_TASKS
    parts = [f"{states[TaskState.DONE]} of {wanted} tasks refactored", f"{states[TaskState.TODO]} to do"]
    parts += [
        f"{states[state]} {state}" for state in (TaskState.REFUSED, TaskState.DEFECTIVE) if states[state]
    ]
    return ", ".join(parts)


def files_with_errors(problems: Sequence[SourceError]) -> str:
    """`1 file with errors`."""
    return f"{len(problems)} file{'s' if len(problems) > 1 else ''} with errors"


def count(run: Run) -> Counter[str]:
    """The outcomes of a run by the words of its summary."""
    return Counter(_counted_as(outcome, run) for outcome in run.outcomes)


def _became(outcome: Outcome, run: Run) -> str:
    report = outcome.report
    if outcome.changed:
        became = f"would {run.verb.infinitive}" if run.dry else run.verb.past
        if report.reason and run.verb.state is TaskState.TODO:
            became = f"{became}; {report.reason}"
        return became if _calls_found(outcome) else f"{became}, no LLM call found"
    if outcome.refused and report.state is TaskState.DONE:
        return f"not {run.verb.past}: {reason(report)}"
    if outcome.refused or report.state is TaskState.EXEMPT:
        why = reason(report).removeprefix(f"{report.state} ")
        return f"{report.state} {why}{more_reasons(report)}".rstrip()
    if report.state is TaskState.DEFECTIVE:
        return f"unchanged (defective) {reason(report)}".rstrip()
    return f"unchanged ({report.state})"


def no_calls_note(run: Run) -> str:
    """What to look at where several tasks were refactored and none makes an LLM call; empty otherwise."""
    changed = [outcome for outcome in run.outcomes if outcome.changed]
    if len(changed) < 2 or any(_calls_found(outcome) for outcome in changed):
        return ""
    return (
        f"note: no LLM call was found in any of these {len(changed)} tasks; a call is known by the package that it "
        "asks, or by its argument: llm or llm_executor, unless llm-arguments in [tool.refactor] names others; "
        "llm-calls names functions that ask"
    )


def _calls_found(outcome: Outcome) -> bool:
    """Whether a task makes an LLM call, as far as its analysis is at hand."""
    return outcome.report.analysis is None or bool(outcome.report.analysis.calls)


def _counted_as(outcome: Outcome, run: Run) -> str:
    if outcome.changed:
        return "changed"
    state = outcome.report.state
    if outcome.refused:
        return "refused"
    if state in {TaskState.EXEMPT, TaskState.DEFECTIVE}:
        return str(state)
    if state is TaskState.REFUSED:
        return "settled"
    return "settled" if state is run.verb.state else "left"
