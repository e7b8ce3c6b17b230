"""The reviewers' five questions about one task, each with the evidence for its answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from refactor.report_page.model import Answer, Evidence, Question, Verdict

if TYPE_CHECKING:
    from codemods.checking.finding import Finding
    from codemods.model import FileWrite, TaskAnalysis
    from refactor.report_page.facts import Facts, Persisted
    from refactor.report_page.proofs import Proof

RULES = {
    Question.SERVICE: ("DBF1", "DBF90"),
    Question.STATES: ("DBF3", "DBF4", "DBF5", "DBF800", "DBF801"),
    Question.PERSISTENCE: ("DBF6", "DBF7"),
    Question.ERRORS: ("DBF8",),
    Question.UNCHANGED: ("DBF95",),
}
"""The rules of `check`, by the beginning of their codes, whose findings answer a question with no."""


@dataclass(frozen=True)
class Material:
    """What the answers about one task are drawn from.

    Attributes:
        facts: what the refactored text shows.
        findings: what `check` says of that text, None where it could not be applied.
        proof: what was proven of it.
        analysis: the plan, where the tool knows it.
    """

    facts: Facts
    findings: tuple[Finding, ...] | None
    proof: Proof
    analysis: TaskAnalysis | None


def answers(material: Material) -> tuple[Answer, ...]:
    """All five, in the reviewers' order."""
    found = {
        Question.SERVICE: _service(material.facts),
        Question.STATES: _states(material.facts),
        Question.PERSISTENCE: _persistence(material),
        Question.ERRORS: _errors(material.facts),
        Question.UNCHANGED: _unchanged(material.proof),
    }
    return tuple(_answer(question, *found[question], material.findings) for question in Question)


def _answer(
    question: Question,
    verdict: Verdict,
    evidence: Sequence[Evidence],
    findings: Sequence[Finding] | None,
) -> Answer:
    """The answer, which is no wherever `check` has something against it."""
    prefixes = RULES[question]
    against = [
        Evidence(f"{finding.code}: {finding.message}", (finding.row,), against=True)
        for finding in findings or ()
        if finding.code.startswith(prefixes)
    ]
    if against:
        verdict = Verdict.NO
    elif findings is None and verdict is Verdict.YES:
        verdict = Verdict.UNKNOWN
        evidence = [*evidence, Evidence("check could not be applied to the file")]
    elif verdict is Verdict.YES and question is not Question.UNCHANGED:
        rules = ", ".join(f"{prefix}{'x' * (6 - len(prefix))}" for prefix in prefixes)
        evidence = [*evidence, Evidence(f"check finds nothing by its rules {rules}")]
    return Answer(question, verdict, (*against, *evidence))


def _where(*told: tuple[str, tuple[int, ...]]) -> list[Evidence]:
    """What has a line, of what there could be."""
    return [Evidence(text, lines) for text, lines in told if lines]


def _service(facts: Facts) -> tuple[Verdict, list[Evidence]]:
    evidence = _where(
        ("plan id asked for", facts.plan_id),
        ("database service opened", facts.opened),
        ("closed in a finally", facts.closed),
    )
    if facts.in_with:
        evidence.append(Evidence("opened and closed by a with statement"))
    if facts.opened and (facts.closed or facts.in_with):
        return Verdict.YES, evidence
    if facts.delegates:
        return Verdict.UNKNOWN, [*evidence, Evidence("the rest is in code that is given the service")]
    return Verdict.NO, [*evidence, Evidence("the service is not opened and closed here", against=True)]


def _states(facts: Facts) -> tuple[Verdict, list[Evidence]]:
    if not facts.calls and not facts.pending:
        return Verdict.NOT_APPLICABLE, [Evidence("the task calls no LLM")]
    evidence = _where(
        (_counted(len(facts.calls), "LLM call"), facts.calls),
        (_counted(len(facts.pending), "interaction created"), facts.pending),
        (_counted(len(facts.completed), "update to completed"), facts.completed),
        (_counted(len(facts.failed), "update to failed"), facts.failed),
    )
    if facts.calls and facts.pending and facts.completed and facts.failed:
        return Verdict.YES, evidence
    if facts.delegates:
        return Verdict.UNKNOWN, [*evidence, Evidence("the rest is in code that is given the service")]
    missing = [
        name
        for name, lines in (
            ("created", facts.pending),
            ("completed", facts.completed),
            ("marked as failed", facts.failed),
        )
        if not lines
    ]
    if not missing:
        return Verdict.UNKNOWN, [*evidence, Evidence("the LLM call itself was not recognised")]
    return Verdict.NO, [*evidence, Evidence(f"no interaction is {' or '.join(missing)}", against=True)]


def _persistence(material: Material) -> tuple[Verdict, list[Evidence]]:
    facts = material.facts
    planned = _by_name(material.analysis)
    evidence = [_of_file(file, planned) for file in facts.files]
    if facts.undecided:
        evidence.append(Evidence("it also writes in ways that cannot be followed"))
    if not facts.files:
        verdict = Verdict.UNKNOWN if facts.undecided else Verdict.NOT_APPLICABLE
        return verdict, evidence or [Evidence("the task writes no file")]
    if any(piece.against for piece in evidence):
        return (Verdict.UNKNOWN if facts.delegates else Verdict.NO), evidence
    return (Verdict.UNKNOWN if facts.undecided else Verdict.YES), evidence


def _by_name(analysis: TaskAnalysis | None) -> dict[str, FileWrite]:
    return {w.resolved_filename: w for w in analysis.writes if w.resolved_filename} if analysis else {}


def _of_file(file: Persisted, planned: dict[str, FileWrite]) -> Evidence:
    if not file.rows:
        return Evidence(f"{file.name}: written, but no row was recognised", (file.line,), against=True)
    ahead = sum(row < file.line for row in file.rows)
    told = (
        f"{file.name}: {_counted(ahead, 'row')} before the file"
        if ahead
        else f"{file.name}: row after the file"
    )
    write = planned.get(file.name)
    if write is not None:
        told += f", content from {write.origin}"
        told += "; the file is compared with it after the write" if write.confirmed else ""
    return Evidence(told, tuple(sorted({*file.rows, file.line})))


def _errors(facts: Facts) -> tuple[Verdict, list[Evidence]]:
    evidence = _where(
        ("try around the work", (facts.outer_try,) if facts.outer_try else ()),
        ("except", facts.handlers),
        ("interaction marked as failed", facts.failed),
        ("the error is re-raised", facts.raised),
        ("finally", facts.finals),
        (f"{_counted(len(facts.inner_handlers), 'further handler')} inside", facts.inner_handlers),
    )
    handled = bool(facts.failed) or not facts.calls
    if handled and (facts.finals or facts.in_with):
        return Verdict.YES, evidence
    if facts.delegates:
        return Verdict.UNKNOWN, [*evidence, Evidence("the rest is in code that is given the service")]
    lacking = "no finally closes the service" if handled else "no error marks the interaction as failed"
    return Verdict.NO, [*evidence, Evidence(lacking, against=True)]


def _unchanged(proof: Proof) -> tuple[Verdict, list[Evidence]]:
    return proof.verdict, [
        *(
            Evidence(f"{damage.message} (line {damage.line} of the original)", against=True)
            for damage in proof.damage
        ),
        *(Evidence(text) for text in proof.texts),
    ]


def _counted(number: int, noun: str) -> str:
    head, _, tail = noun.partition(" ")
    if head in {"update", "interaction"}:
        return f"{number} {head}{'s' * (number != 1)} {tail}"
    return f"{number} {noun}{'s' * (number != 1)}"


def tally(all_answers: Sequence[Sequence[Answer]]) -> Iterator[tuple[Question, dict[Verdict, int]]]:
    """How often each question has each answer."""
    for question in Question:
        counts = dict.fromkeys(Verdict, 0)
        for of_task in all_answers:
            for answer in of_task:
                if answer.question is question:
                    counts[answer.verdict] += 1
        yield question, counts
