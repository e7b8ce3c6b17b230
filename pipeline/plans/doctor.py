"""Examines a plan that nobody is working on, and treats what it finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.errors import PipelineError
from pipeline.files import find_leftovers, remove_leftovers
from pipeline.redaction import redact
from pipeline.running.evidence import FileComparison, FileState, Remedy
from pipeline.running.restore import compare_files, note_what_was_seen, restore_file

if TYPE_CHECKING:
    from pathlib import Path

    from pipeline.database.records import PlanRecord
    from pipeline.database.service import DatabaseService

STALE_REASON = "abandoned: the process that made this call is gone"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is wrong with a plan, and whether it has been put right."""

    subject: str
    problem: str
    repaired: bool


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What an examination found."""

    files: int
    interactions: dict[str, int]
    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing is left to put right."""
        return all(finding.repaired for finding in self.findings)


def examine(
    service: DatabaseService,
    plan: PlanRecord,
    run_dir: Path,
    *,
    repair: bool,
    replace: bool = False,
    is_run_dir: bool = True,
) -> Diagnosis:
    """Compare a plan's files and interactions with what they should be, and repair what can be.

    A file that differs is replaced only if something shows that its row is right, or with `replace`; it
    is kept. The caller holds the plan: a pending interaction of a plan that is being worked on is not stale.
    A directory that holds more than one plan's files (`is_run_dir` is false) is not searched for what a killed
    process left.
    """
    if repair:
        run_dir.mkdir(parents=True, exist_ok=True)
    files = compare_files(service, plan, run_dir)
    findings = []
    written: list[str] = []
    for file in files:
        if file.remedy is Remedy.NOTHING:
            continue
        if not repair or not (
            file.remedy in {Remedy.RESTORE, Remedy.REPLACE, Remedy.IN_THE_WAY}
            or (replace and file.remedy is Remedy.UNPROVEN)
        ):
            findings.append(Finding(file.filename, _left(file), repaired=False))
            continue
        finding = _restored(service, plan, run_dir, file)
        findings.append(finding)
        if finding.repaired:
            written.append(file.filename)
    if repair:
        note_what_was_seen(service, plan, files, written)
        findings += _without_leftovers(plan, run_dir) if is_run_dir else []
    pending = service.count_interactions(plan.plan_id).get("pending", 0)
    if pending:
        if repair:
            service.fail_pending_interactions(plan.plan_id, STALE_REASON)
        findings.append(
            Finding(_plural(pending, "LLM interaction"), "pending, with nobody at work", repaired=repair)
        )
    return Diagnosis(len(files), service.count_interactions(plan.plan_id), tuple(findings))


def summary(diagnosis: Diagnosis) -> str:
    """Return a line on what an examination came to."""
    interactions = ", ".join(f"{count} {status}" for status, count in diagnosis.interactions.items())
    repaired = sum(finding.repaired for finding in diagnosis.findings)
    counts = f"{_plural(len(diagnosis.findings), 'finding')}"
    if diagnosis.findings:
        counts = f"{repaired} repaired, {len(diagnosis.findings) - repaired} left"
    return f"{_plural(diagnosis.files, 'file')}, {counts}; LLM interactions: {interactions or 'none'}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _left(file: FileComparison) -> str:
    if file.remedy in {Remedy.RESTORE, Remedy.REPLACE}:
        return str(file.state)
    way = "; --replace takes the row" if file.remedy is Remedy.UNPROVEN else ""
    if way and file.state is FileState.DIFFERENT:
        way += " and keeps the file"
    if file.remedy is Remedy.REMAKE:
        way = "; its task has to run again"
    return redact(f"{file.state}, left as it is: {file.reason}{way}")


def _restored(service: DatabaseService, plan: PlanRecord, run_dir: Path, file: FileComparison) -> Finding:
    try:
        kept = restore_file(service, plan, run_dir, file)
    except (PipelineError, OSError) as error:
        # One file that cannot be repaired must not keep the others from it.
        return Finding(
            file.filename, redact(f"{file.state}, and cannot be restored: {error}"), repaired=False
        )
    problem = str(file.state) if kept is None else f"{file.state}; the file that was there is now {kept}"
    return Finding(file.filename, problem, repaired=True)


def _without_leftovers(plan: PlanRecord, run_dir: Path) -> list[Finding]:
    # Plain Luigi does not say that it is at work, so its temporary files may be those of a living process.
    removed = remove_leftovers(run_dir, ours_only=not plan.made_by_run)
    findings = [Finding(name, "left by a killed process", repaired=True) for name in removed]
    for path in find_leftovers(run_dir):
        name = path.relative_to(run_dir).as_posix()
        findings.append(Finding(name, "left by a killed process, unless Luigi is at work", repaired=False))
    return findings
