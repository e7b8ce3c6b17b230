"""The proof that nothing but insertions happened, task by task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from refactor.report_page.model import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from codemods.model import VerifyFinding
    from codemods.settings import Settings
    from refactor.report_page.model import FileTexts


@dataclass(frozen=True)
class Proof:
    """What was proven of one task.

    Attributes:
        verdict: yes for insertions only; unknown where there is no original to compare with.
        texts: what was compared, and how.
        damage: what else was changed.
    """

    verdict: Verdict
    texts: tuple[str, ...]
    damage: tuple[VerifyFinding, ...] = ()


@dataclass(frozen=True)
class FileProof:
    """What was proven of one file.

    Attributes:
        proven: the tasks that have insertions and nothing else.
        damage: what was damaged, by task; under the empty name what lies outside of every task.
    """

    proven: frozenset[str]
    damage: Mapping[str, tuple[VerifyFinding, ...]]


def prove_file(texts: FileTexts, settings: Settings) -> FileProof:
    """Verifies the finished text of a file against its original.

    Raises:
        SourceError: one of the two does not parse.
    """
    from codemods import api

    report = api.verify(texts.baseline, texts.finished, settings)
    damage: dict[str, tuple[VerifyFinding, ...]] = {}
    for finding in report.findings:
        damage[finding.task] = (*damage.get(finding.task, ()), finding)
    return FileProof(frozenset(report.tasks) - damage.keys(), damage)


def proof_of(task: str, file: FileProof, *, original: str, inserted: int, kept: int, by_tool: bool) -> Proof:
    """The proof of one task.

    Args:
        task: its name.
        file: what was proven of its file.
        original: what it was compared with, empty where there was nothing.
        inserted: how many lines were inserted.
        kept: how many original lines there are.
        by_tool: whether the plan of the tool gives exactly this text.
    """
    damage = file.damage.get(task, ())
    if not original:
        return Proof(
            Verdict.UNKNOWN,
            ("its steps were not written by this version of the tool; give --against REV to compare with",),
        )
    if damage:
        return Proof(Verdict.NO, (f"compared with {original}",), damage)
    if task not in file.proven:
        same = f"the task is the same as in {original}"
        if by_tool:
            return Proof(
                Verdict.YES, (same, "taking the steps out and applying the tool again gives this text")
            )
        return Proof(Verdict.UNKNOWN, (f"{same}, where it was refactored already; name an older revision",))
    texts = [
        (
            f"verified against {original}: all {kept} original lines are there, in order, changed by one level of "
            f"indentation at most, between {inserted} inserted ones"
        ),
        (
            "verified in the syntax tree: every original statement is where it was, no inserted statement binds a "
            "name of the original, leaves the method or swallows an error"
        ),
        "everything outside of the entry method is the same, added imports aside",
    ]
    if by_tool:
        texts.append("applying the tool to the original gives this text, byte for byte")
    return Proof(Verdict.YES, tuple(texts))
