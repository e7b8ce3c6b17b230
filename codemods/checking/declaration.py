"""What a rule is: one declaration from which its test, its page and `refactor rule` are made."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from codemods.tasks.view import TaskView


@dataclass(frozen=True)
class Found:
    """One place where a rule is broken.

    Attributes:
        node: the code at fault; its position is the finding's.
        message: what is wrong there, one sentence without a full stop.
        strict: whether it is a judgement rather than a certainty, reported with `--strict` only.
    """

    node: ast.AST
    message: str
    strict: bool = False


Check = Callable[["TaskView"], Iterator[Found]]


@dataclass(frozen=True)
class Example:
    """A module for the tests and the page.

    Attributes:
        code: the source of the whole module.
        before: for the page, the lines that differ from the pattern; empty for the whole code.
        after: for the page, what they should be.
        strict: whether the finding needs `--strict`.
    """

    code: str
    before: str = ""
    after: str = ""
    strict: bool = False


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        code: `DBF` and three digits, the hundreds name the step.
        name: a few words in kebab-case.
        summary: the message without the details of a finding.
        wrong: what is wrong, for the page.
        why: why it matters, for the page.
        valid: code that is right, though it resembles what is wrong.
        invalid: code that is wrong.
        check: yields what is wrong in one refactored task; None for what the engine itself finds.
        of_frame: whether it is about what a block of steps does by itself: the service, failure, time and model.
        anywhere: whether it holds for any method that talks to the database, not for the entry method as a whole.
        remedy: what to do.
    """

    code: str
    name: str
    summary: str
    wrong: str
    why: str
    remedy: str
    valid: tuple[Example, ...]
    invalid: tuple[Example, ...]
    check: Check | None = None
    anywhere: bool = False
    of_frame: bool = False


PATTERN = """\
import json
import time
from datetime import datetime
from pathlib import Path

import luigi

from plan import PlanTask
from summarise import Summarise


class SummariseTask(PlanTask):
    def output(self):
        return luigi.LocalTarget(self.run_id_dir / "summary.json")

    def run_with_llm(self, llm):
        db_service = None
        interaction_id = None
        plan_id = self.get_plan_id()
        try:
            db_service = self.get_database_service()
            with self.input().open("r") as f:
                query = f.read()
            interaction_id = db_service.create_llm_interaction({
                "plan_id": plan_id,
                "llm_model": str(self.llm_models[0]) if self.llm_models else "unknown",
                "stage": "summarise",
                "prompt_text": query,
                "status": "pending",
            }).id
            start_time = time.perf_counter()
            summary = Summarise.execute(llm, query)
            duration_seconds = time.perf_counter() - start_time
            db_service.update_llm_interaction(interaction_id, {
                "status": "completed",
                "response_text": json.dumps(summary.to_dict()),
                "completed_at": datetime.utcnow(),
                "duration_seconds": duration_seconds,
            })
            raw_content = json.dumps(summary.to_dict(), indent=2)
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": "summary.json",
                "stage": "summarise",
                "content_type": "json",
                "content": raw_content,
                "content_size_bytes": len(raw_content.encode("utf-8")),
            })
            with self.output().open("w") as f:
                json.dump(summary.to_dict(), f, indent=2)
        except Exception as error:
            if interaction_id is not None:
                db_service.update_llm_interaction(interaction_id, {
                    "status": "failed",
                    "error_message": str(error),
                    "completed_at": datetime.utcnow(),
                })
            raise
        finally:
            if db_service is not None:
                db_service.close()
"""
"""A task refactored by hand in the wording that counts as right."""

RIGHT = Example(PATTERN)

SEED = Example(
    PATTERN.replace("        interaction_id = None\n", "")
    .replace(
        """\
            if interaction_id is not None:
                db_service.update_llm_interaction(interaction_id, {
                    "status": "failed",
                    "error_message": str(error),
                    "completed_at": datetime.utcnow(),
                })
""",
        """\
            if db_service and "interaction_id" in locals():
                try:
                    db_service.update_llm_interaction(interaction_id, {
                        "status": "failed",
                        "error_message": str(error),
                        "completed_at": datetime.utcnow(),
                    })
                except Exception:
                    pass
""",
    )
    .replace("if db_service is not None:", "if db_service:")
)
"""The same in the wording of the first five tasks that anybody refactored."""


def changed(*edits: tuple[str, str], strict: bool = False) -> Example:
    """The pattern with pieces of its text replaced, each of which must occur.

    Raises:
        ValueError: a piece does not occur, which would make the example prove nothing.
    """
    code = PATTERN
    for old, new in edits:
        if old not in code:
            raise ValueError(f"not in the pattern: {old!r}")
        code = code.replace(old, new)
    return Example(
        code, before=_shown(new for _, new in edits), after=_shown(old for old, _ in edits), strict=strict
    )


def _shown(pieces: Iterator[str]) -> str:
    return "\n".join(piece.strip("\n") for piece in pieces)
