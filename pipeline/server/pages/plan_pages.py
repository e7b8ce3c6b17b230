"""The pages of one plan: the plan as it runs, a task with its calls, a file."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Query, Response

from pipeline.errors import PlanNotFoundError
from pipeline.llm.prices import booking_prices
from pipeline.names import check_filename
from pipeline.plans.export import sent_messages
from pipeline.plans.show import file_content
from pipeline.redaction import redact
from pipeline.report.gather import gather
from pipeline.report.graph import drawn
from pipeline.report.view import make_view
from pipeline.server.pages.contents import JsonNode, Shown, json_tree, shown
from pipeline.server.pages.standing import standing
from pipeline.server.routes.files import FileInfo, all_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from pipeline.report.facts import Task
    from pipeline.report.view import View
    from pipeline.server.pages.rendering import Pages
    from pipeline.server.serving import Serving

_RENDERED_SECONDS = 1.0
_RENDERED_PLANS = 64
_CALLS_SHOWN = 20
_LONGEST_TEXT = 100_000


@dataclass(frozen=True, slots=True)
class ShownCall:
    """A call: its row, what was sent by role, and what came back, as a tree where that is JSON."""

    row: Mapping[str, Any]
    sent: tuple[tuple[str, str], ...]
    answer: str | None
    tree: JsonNode | None


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A file and what is shown of it; None for one that is shown on its own page alone."""

    info: FileInfo
    content: Shown | None


class RenderedPlans:
    """The page of a plan, made once a second however many watch it."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._rendered: OrderedDict[str, tuple[float, Response]] = OrderedDict()
        self._locks: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def page(self, plan_id: str) -> Response:
        """Return the page; raises PlanNotFoundError, InvalidNameError, DatabaseError."""
        with self._lock:
            lock = self._locks.setdefault(plan_id, threading.Lock())
        try:
            with lock:
                made, answer = self._rendered.get(plan_id, (0.0, None))
                if answer is None or time.monotonic() - made > _RENDERED_SECONDS:
                    answer = self._render(plan_id)
                    self._rendered[plan_id] = time.monotonic(), answer
        finally:
            with self._lock:
                self._locks.pop(plan_id, None)
                while len(self._rendered) > _RENDERED_PLANS:
                    self._rendered.popitem(last=False)
        return Response(answer.body, media_type=answer.media_type)

    def forget(self, plan_id: str) -> None:
        """Make the page anew, whatever its age: something was done to the plan."""
        self._rendered.pop(plan_id, None)

    def _render(self, plan_id: str) -> Response:
        serving = self._pages.serving
        view = _view(serving, plan_id)
        return self._pages.answer(
            "plan.html",
            **_of_plan(view),
            standing=standing(serving, view),
            **drawn(view.facts.tasks),
        )


def plan_page_routes(pages: Pages, rendered: RenderedPlans) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/plans/{plan_id}", include_in_schema=False)
    serving = pages.serving

    @router.get("")
    def plan(plan_id: str) -> Response:
        return rendered.page(plan_id)

    @router.get("/task")
    def task(plan_id: str, name: str = Query(max_length=1000)) -> Response:
        view = _view(serving, plan_id)
        found = next((one for one in view.facts.tasks if one.name == name), None)
        if found is None:
            raise PlanNotFoundError(f"plan {plan_id} has no task of this name")
        calls, more = _calls(serving, plan_id, found)
        return pages.answer(
            "task.html",
            **_of_plan(view),
            task=found,
            calls=calls,
            more=more,
            inputs=[file for other in view.facts.tasks if other.name in found.needs for file in other.files],
            needed_by=[other for other in view.facts.tasks if found.name in other.needs],
            by_name={one.name: one for one in view.facts.tasks},
            files=_files(serving, plan_id, found),
        )

    @router.get("/file")
    def file(plan_id: str, name: str = Query(max_length=1000)) -> Response:
        data = file_content(serving.service, plan_id, check_filename(name))
        info = next((one for one in all_files(serving, plan_id) if one.filename == name), None)
        if info is None:
            raise PlanNotFoundError(f"plan {plan_id} has no file of this name")
        content = shown(name, info.content_type, data)
        return pages.answer(
            "file.html", plan_id=plan_id, info=info, content=content, raw_href=raw_href(plan_id)
        )

    return router


def raw_href(plan_id: str) -> Any:
    """Return what gives the address of a file's bytes."""

    def address(filename: str) -> str:
        return f"/api/plans/{plan_id}/files/{quote(filename.encode('utf-8', 'surrogatepass'), safe='/')}"

    return address


def _view(serving: Serving, plan_id: str) -> View:
    prices = booking_prices()
    return make_view(gather(serving.service, plan_id, serving.expect_tasks, prices=prices), prices)


def _of_plan(view: View) -> dict[str, Any]:
    here = f"/plans/{view.facts.plan_id}"

    def task_href(task: Task) -> str:
        return f"{here}/task?name={_quoted(task.name)}"

    def file_href(name: str) -> str:
        return f"{here}/file?name={_quoted(name)}"

    return {
        "facts": view.facts,
        "view": view,
        "plan_id": view.facts.plan_id,
        "task_href": task_href,
        "file_href": file_href,
        "raw_href": raw_href(view.facts.plan_id),
    }


def _quoted(text: str) -> str:
    return quote(text.encode("utf-8", "surrogatepass"), safe="")


def _calls(serving: Serving, plan_id: str, task: Task) -> tuple[list[ShownCall], int]:
    """The last calls of a task with their texts, and how many there are before them."""
    if not task.calls:
        return [], 0
    numbered = [call for call in serving.watching.numbered_calls(plan_id) if redact(call.stage) == task.stage]
    shown_calls = numbered[-_CALLS_SHOWN:]
    rows = [serving.watching.interaction(plan_id, call.id) for call in shown_calls]
    return [_shown_call(row) for row in rows], len(numbered) - len(shown_calls)


def _shown_call(row: Mapping[str, Any]) -> ShownCall:
    sent = tuple((str(message["role"]), _text_of(message.get("content"))) for message in sent_messages(row))
    answer = row["response_text"]
    is_json = isinstance(answer, str) and answer.lstrip()[:1] in {"{", "["} and len(answer) <= _LONGEST_TEXT
    tree = json_tree(answer) if is_json else None
    return ShownCall(row, sent, None if answer is None else _cut(answer), tree)


def _text_of(content: object) -> str:
    """What a message says: its text, or the texts of its parts."""
    if isinstance(content, list):
        parts = [part.get("text") if isinstance(part, dict) else part for part in content]
        return _cut("\n".join("(not text)" if part is None else str(part) for part in parts))
    return "" if content is None else _cut(str(content))


def _cut(text: str) -> str:
    return (
        text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}\n… cut here; the API has all of it"
    )


def _files(serving: Serving, plan_id: str, task: Task) -> list[ShownFile]:
    own = {file.name for file in task.files}
    found = []
    left = 10 * _LONGEST_TEXT
    for info in all_files(serving, plan_id):
        if redact(info.filename) not in own or info.stage is None:
            continue
        content = None
        if info.size_bytes <= min(left, _LONGEST_TEXT):
            left -= info.size_bytes
            data = file_content(serving.service, plan_id, info.filename)
            content = shown(info.filename, info.content_type, data)
        found.append(ShownFile(info, content))
    return found
