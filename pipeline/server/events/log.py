"""What has happened in each plan that is watched, in order: looked at once, however many watch."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
from typing import TYPE_CHECKING

from anyio.to_thread import run_sync

from pipeline.errors import ConfigurationError, PipelineError, PlanNotFoundError
from pipeline.server.events.changes import Event, changes, deleted, look
from pipeline.server.events.notices import Notices

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from pipeline.server.events.changes import Look
    from pipeline.server.serving import Serving

logger = logging.getLogger(__name__)

LOOKS_EVERY_SECONDS = 0.5
LOOKS_EVERY_SECONDS_IF_TOLD = 2.0
"""Of what no owner has written, as that a plan is deleted, nobody tells."""
LOOKS_TOGETHER_SECONDS = 0.25
"""What is written in quick succession is looked at once."""
HEARTBEAT_SECONDS = 15.0
_REMEMBERED = 64
_AT_ONCE = 100
_POSITION = re.compile(r"([0-9a-f]{16})-([0-9]{1,12})")


class EventLog:
    """The events of one plan. An event's id is the log's own and its place: valid for as long as the log is kept."""

    def __init__(self, serving: Serving, plan_id: str, notices: Notices | None) -> None:
        self.name = secrets.token_hex(8)
        self.events: list[Event] = []
        self.watchers = 0
        self.ended = False
        self._serving = serving
        self._plan_id = plan_id
        self._notices = notices
        self._written = asyncio.Event()
        self._is_told = True
        self._seen: Look = {}
        self._news = asyncio.Event()
        self._looking = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def look(self) -> None:
        """Add what is new; raises PlanNotFoundError, DatabaseError."""
        async with self._looking:
            now = await run_sync(look, self._serving, self._plan_id)
            self._add(list(changes(self._seen, now)))
            self._seen = now

    def watch(self) -> None:
        """Count a watcher; the first has the plan looked at."""
        self.watchers += 1
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._keep_looking())

    def leave(self) -> None:
        """Count one less; without any, the plan is looked at no more."""
        self.watchers -= 1
        if self.watchers == 0 and self._task is not None:
            self._task.cancel()
            self._task = None

    def note_written(self) -> None:
        """Have it looked at soon: somebody has written to it."""
        self._written.set()

    async def follow(self, position: int) -> AsyncIterator[tuple[int, list[Event]]]:
        """Yield the events behind a position as they come, all that there are at once, each time with the new position.

        None of them where there is none for long.
        """
        while True:
            news = self._news
            if events := self.events[position : position + _AT_ONCE]:
                position += len(events)
                yield position, events
                continue
            if self.ended:
                return
            try:
                await asyncio.wait_for(news.wait(), HEARTBEAT_SECONDS)
            except TimeoutError:
                yield position, []

    async def _keep_looking(self) -> None:
        while not self.ended:
            told, before = await self._wait(), len(self.events)
            try:
                await self.look()
                # Whoever writes without telling, as plain Luigi, is looked at more often.
                self._is_told = told or (self._is_told and len(self.events) == before)
            except PlanNotFoundError:
                self.ended = True
                self._add([deleted(self._plan_id)])
            except PipelineError as error:
                # It may be back at the next look.
                logger.debug("plan %s could not be looked at: %s", self._plan_id, error)
            except Exception:
                logger.exception("plan %s could not be looked at", self._plan_id)

    async def _wait(self) -> bool:
        """Wait until it is time to look; return whether that was told."""
        is_heard = self._is_told and self._notices is not None and self._notices.are_heard
        try:
            seconds = LOOKS_EVERY_SECONDS_IF_TOLD if is_heard else LOOKS_EVERY_SECONDS
            await asyncio.wait_for(self._written.wait(), seconds)
        except TimeoutError:
            return False
        await asyncio.sleep(LOOKS_TOGETHER_SECONDS)
        self._written.clear()
        return True

    def _add(self, events: list[Event]) -> None:
        if events:
            self.events += events
            news, self._news = self._news, asyncio.Event()
            news.set()


class EventLogs:
    """The logs of the plans that are, or lately were, watched."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving
        self._logs: dict[str, EventLog] = {}
        self._notices: Notices | None = None

    async def open(self, plan_id: str) -> EventLog:
        """Return the log of a plan, up to date; raises PlanNotFoundError, InvalidNameError, DatabaseError."""
        log = self._logs.get(plan_id)
        if log is None or log.ended:
            log = EventLog(self._serving, plan_id, self._listen())
        await log.look()
        kept = self._logs.pop(plan_id, log)
        # Another request may have made one meanwhile.
        log = log if kept.ended else kept
        self._logs[plan_id] = log
        self._forget()
        return log

    def _listen(self) -> Notices | None:
        url = self._serving.service.url
        if self._notices is None and url.get_backend_name() == "postgresql":
            loop = asyncio.get_running_loop()

            def tell(plan_id: str) -> None:
                loop.call_soon_threadsafe(self._note_written, plan_id)

            self._notices = Notices(url, tell)
        return self._notices

    def _note_written(self, plan_id: str) -> None:
        if (log := self._logs.get(plan_id)) is not None:
            log.note_written()

    def _forget(self) -> None:
        idle = [plan_id for plan_id, log in self._logs.items() if log.watchers == 0]
        for plan_id in idle[: max(0, len(idle) - _REMEMBERED)]:
            del self._logs[plan_id]


def position_in(log: EventLog, last_event_id: str | None) -> int | None:
    """Return how many events of a log a watcher has, None where it has those of another log.

    Raises ConfigurationError for what is no id of an event.
    """
    if not last_event_id:
        return 0
    match = _POSITION.fullmatch(last_event_id)
    if match is None:
        raise ConfigurationError("Last-Event-ID is none of this server's: leave it out to begin anew")
    if match.group(1) != log.name:
        return None
    position = int(match.group(2))
    if position > len(log.events):
        raise ConfigurationError(f"Last-Event-ID: there are {len(log.events)} events so far")
    return position
