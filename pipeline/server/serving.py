"""What the server serves, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.database.service import DatabaseService
    from pipeline.database.watching import Watching
    from pipeline.report.gather import ExpectTasks


@dataclass(frozen=True, slots=True)
class Serving:
    """Where plans are read, and who may ask.

    Attributes:
        service: reads plans and their files.
        watching: reads calls by their ids.
        expect_tasks: gives the tasks that a plan should have.
        token: what a caller must know; None where everybody who reaches the server may ask.
        read_only: whether nothing may be changed.
        hosts: what the server may be called in requests; None for any name.
    """

    service: DatabaseService
    watching: Watching
    expect_tasks: ExpectTasks
    token: str | None
    read_only: bool
    hosts: frozenset[str] | None
