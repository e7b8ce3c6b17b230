"""Examines a plan that nobody is working on, and treats what it finds."""

from dataclasses import dataclass
from pathlib import Path

from pipeline.database.records import PlanRecord
from pipeline.database.service import DatabaseService
from pipeline.errors import PipelineError
from pipeline.files import remove_leftovers
from pipeline.redaction import redact
from pipeline.restore import FileState, compare_files, restore_file

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


def examine(service: DatabaseService, plan: PlanRecord, run_dir: Path, *, repair: bool) -> Diagnosis:
    """Compare a plan's files and interactions with what they should be, and repair what can be.

    The caller holds the plan: a pending interaction of a plan that is being worked on is not stale.
    """
    if repair:
        run_dir.mkdir(parents=True, exist_ok=True)
    files = compare_files(service, plan, run_dir)
    findings = [
        _file_finding(service, plan, run_dir, file.filename, file.state, repair=repair)
        for file in files
        if file.state is not FileState.SAME
    ]
    if repair:
        findings += [
            Finding(name, "left by a killed process", repaired=True) for name in remove_leftovers(run_dir)
        ]
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
    counts = f"{_plural(diagnosis.files, 'file')}, {_plural(len(diagnosis.findings), 'finding')}"
    return f"{counts}; LLM interactions: {interactions or 'none'}"


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _file_finding(
    service: DatabaseService,
    plan: PlanRecord,
    run_dir: Path,
    filename: str,
    state: FileState,
    *,
    repair: bool,
) -> Finding:
    if not repair:
        return Finding(filename, str(state), repaired=False)
    try:
        restore_file(service, plan, run_dir, filename)
    except (PipelineError, OSError) as error:
        # One file that cannot be repaired must not keep the others from it.
        return Finding(filename, redact(f"{state}, and cannot be restored: {error}"), repaired=False)
    return Finding(filename, str(state), repaired=True)
