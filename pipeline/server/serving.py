"""What the server serves, and to whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pipeline.database.service import DatabaseService
    from pipeline.database.watching import Watching
    from pipeline.report.gather import ExpectTasks
    from pipeline.server.control.control import Control


@dataclass(frozen=True, slots=True)
class Serving:
    """Where plans are read, and who may ask.

    Attributes:
        service: reads plans and their files.
        watching: reads calls by their ids.
        expect_tasks: gives the tasks that a plan should have.
        token: what a caller must know; None where everybody who reaches the server may ask.
        control: what changes plans; None where nothing may be changed.
        writes_a_minute: how many requests that change something are taken from one address.
        hosts: what the server may be called in requests; None for any name.
    """

    service: DatabaseService
    watching: Watching
    expect_tasks: ExpectTasks
    token: str | None
    control: Control | None
    writes_a_minute: int
    hosts: frozenset[str] | None

    @property
    def read_only(self) -> bool:
        """Whether nothing may be changed."""
        return self.control is None
