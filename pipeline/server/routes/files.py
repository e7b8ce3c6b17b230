"""The files of a plan, from the database: a list, the bytes of one, all of them as an archive."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse

from pipeline.cli.as_json import as_json
from pipeline.names import check_filename
from pipeline.plans.show import file_content
from pipeline.running.inputs import input_files
from pipeline.server.archive import zip_parts
from pipeline.server.ranges import UnsatisfiableError, part_of
from pipeline.server.routes.plans import JSON, matches
from pipeline.server.security.headers import CONTENT_POLICY

if TYPE_CHECKING:
    from pipeline.server.serving import Serving

_TYPE = re.compile(r"[a-z0-9.+-]{1,60}/[a-z0-9.+-]{1,60}")
_BYTES = "application/octet-stream"
_INPUT_TYPES = {"json": "application/json", "txt": "text/plain"}


@dataclass(frozen=True, slots=True)
class FileInfo:
    """A file. `stage` and `updated_at` are null for the two inputs, which are made of the plan itself."""

    filename: str
    content_type: str
    size_bytes: int
    sha256: str
    stage: str | None
    updated_at: datetime | None


@dataclass(frozen=True, slots=True)
class FileList:
    """The files of a plan, by name."""

    files: tuple[FileInfo, ...]


def file_routes(serving: Serving) -> APIRouter:
    """Return the routes."""
    router = APIRouter(prefix="/api/plans/{plan_id}", tags=["files"])

    @router.get("/files", response_model=FileList)
    def list_files(plan_id: str) -> Response:
        """The files of a plan, without their contents."""
        return Response(as_json(FileList(all_files(serving, plan_id))), media_type=JSON)

    @router.get("/files.zip", response_class=StreamingResponse)
    def archive(plan_id: str) -> Response:
        """All files of a plan as a ZIP archive, which is made while it is read."""
        serving.service.get_plan(plan_id)
        headers = {"Content-Disposition": f'attachment; filename="{plan_id}.zip"'}
        return StreamingResponse(
            zip_parts(serving.service, plan_id), media_type="application/zip", headers=headers
        )

    @router.get("/files/{filename:path}", response_class=Response)
    def content(
        plan_id: str,
        filename: str,
        range_: Annotated[str | None, Header(alias="range")] = None,
        if_range: Annotated[str | None, Header()] = None,
        if_none_match: Annotated[str | None, Header()] = None,
    ) -> Response:
        """The bytes of a file; `Range` gives a part of them."""
        data = file_content(serving.service, plan_id, check_filename(filename))
        tag = f'"{hashlib.sha256(data).hexdigest()}"'
        headers = {"ETag": tag, "Accept-Ranges": "bytes", "Content-Security-Policy": CONTENT_POLICY}
        if matches(if_none_match, tag):
            return Response(status_code=304, headers=headers)
        media_type = _served_as(_type_of(serving, plan_id, filename))
        try:
            part = part_of(range_ if if_range in {None, tag} else None, len(data))
        except UnsatisfiableError:
            return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{len(data)}"})
        if part is None:
            return Response(data, media_type=media_type, headers=headers)
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(data)}"
        return Response(data[part.start : part.stop], 206, headers, media_type)

    return router


def all_files(serving: Serving, plan_id: str) -> tuple[FileInfo, ...]:
    """Return what is known of a plan's files; raises PlanNotFoundError."""
    plan = serving.service.get_plan(plan_id)
    stored = {
        info.filename: FileInfo(
            info.filename, info.content_type, info.size_bytes, info.sha256, info.stage, info.updated_at
        )
        for info in serving.service.list_content(plan_id)
    }
    inputs = {
        name: FileInfo(name, _input_type(name), len(data), hashlib.sha256(data).hexdigest(), None, None)
        for name, data in input_files(plan).items()
    }
    # As file_content gives them: an input is what the plan makes of it.
    return tuple(file for _, file in sorted({**stored, **inputs}.items()))


def _input_type(filename: str) -> str:
    return _INPUT_TYPES.get(filename.rpartition(".")[2], _BYTES)


def _type_of(serving: Serving, plan_id: str, filename: str) -> str:
    return next(
        (file.content_type for file in all_files(serving, plan_id) if file.filename == filename), _BYTES
    )


def _served_as(content_type: str) -> str:
    """The type as a header takes it: what a task called its file may be anything."""
    name = content_type.partition(";")[0].strip().lower()
    return name if _TYPE.fullmatch(name) else _BYTES
