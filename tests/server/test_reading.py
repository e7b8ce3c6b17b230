"""What is read through the server is what the commands say."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from pipeline.database.engine import get_engine
from pipeline.database.service import DatabaseService
from tests.runtime.command import Command, assert_ended
from tests.runtime.tiny_pipeline import File

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.server.served import Served


def without_clock(document: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in document.items() if key != "as_of"}


def test_a_plan_is_what_show_says(server: Served, done: Command) -> None:
    shown = done("show", "p1", "--output-format", "json")
    assert_ended(shown, 0)
    answer = server.client.get("/api/plans/p1")
    assert answer.headers["content-type"] == "application/json"
    assert without_clock(answer.json()) == without_clock(json.loads(shown.stdout))
    unchanged = server.client.get("/api/plans/p1", headers={"If-None-Match": answer.headers["etag"]})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert server.client.get("/api/plans/p1", headers={"If-None-Match": '"other"'}).status_code == 200


def test_the_tag_changes_with_the_plan(serve: Callable[..., Served], sqlite_command: Command) -> None:
    assert_ended(sqlite_command.run(PIPELINE_FAULT="content_committed:3"), -9)
    client = serve(sqlite_command).client
    before = client.get("/api/plans/p1").headers["etag"]
    assert client.get("/api/plans/p1").headers["etag"] == before
    assert_ended(sqlite_command("resume", "p1"), 0)
    assert client.get("/api/plans/p1").headers["etag"] != before


def test_files_are_their_bytes(server: Served, done: Command) -> None:
    listed = {file["filename"]: file for file in server.client.get("/api/plans/p1/files").json()["files"]}
    assert set(listed) == set(done.files())
    for name, content in done.files().items():
        answer = server.client.get(f"/api/plans/p1/files/{name}")
        digest = hashlib.sha256(content).hexdigest()
        assert answer.content == content
        assert answer.headers["etag"] == f'"{digest}"'
        assert listed[name]["sha256"] == digest
        assert listed[name]["size_bytes"] == len(content)
        assert answer.headers["content-type"].split(";")[0] == listed[name]["content_type"]
        assert answer.headers["content-security-policy"].startswith("sandbox;")
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-3", 206, slice(0, 4)),
        ("bytes=5-", 206, slice(5, None)),
        ("bytes=-4", 206, slice(-4, None)),
        ("bytes=0-999999", 206, slice(None)),
        ("bytes=999999-", 416, slice(0, 0)),
        ("bytes=-0", 416, slice(0, 0)),
        ("bytes=3-1", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("bytes=0-1,3-4", 200, slice(None)),
        ("lines=1-2", 200, slice(None)),
    ],
)
def test_a_part_of_a_file(server: Served, done: Command, asked: str, status: int, part: slice) -> None:
    content = done.files()[File.GOALS_MARKDOWN]
    path = f"/api/plans/p1/files/{File.GOALS_MARKDOWN}"
    answer = server.client.get(path, headers={"Range": asked})
    assert (answer.status_code, answer.content) == (status, content[part])
    if status == 206:
        start = part.indices(len(content))[0]
        assert (
            answer.headers["content-range"]
            == f"bytes {start}-{start + len(answer.content) - 1}/{len(content)}"
        )
    changed = server.client.get(path, headers={"Range": asked, "If-Range": '"of another content"'})
    assert (changed.status_code, changed.content) == (200, content)


def test_the_archive_holds_the_files(server: Served, done: Command) -> None:
    answer = server.client.get("/api/plans/p1/files.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == done.files()


def test_interactions_are_what_export_says(server: Served, done: Command) -> None:
    exported = [json.loads(line) for line in done("export", "p1").stdout.splitlines()]
    page = server.client.get("/api/plans/p1/interactions", params={"limit": 3}).json()
    rest = server.client.get("/api/plans/p1/interactions", params={"after": page["next"]}).json()
    calls = page["interactions"] + rest["interactions"]
    assert len(page["interactions"]) == 3
    assert rest["next"] is None
    assert [call["id"] for call in calls] == [line["id"] for line in exported]
    assert all("prompt_text" not in call for call in calls)
    shown = [server.client.get(f"/api/plans/p1/interactions/{call['id']}").json() for call in calls]
    assert shown == exported
    assert server.client.get("/api/plans/p1/interactions/999").status_code == 404


def test_plans_by_pages_status_and_text(serve: Callable[..., Served], sqlite_command: Command) -> None:
    with DatabaseService(get_engine(sqlite_command.database_url)) as service:
        for number in range(5):
            service.create_plan(
                f"plan-{number}",
                prompt="Grow tea",
                started_at=datetime(2025, 10, 1, tzinfo=UTC),
                speed_vs_detail="all_details_but_slow",
                llm_models=("offline",),
            )
        service.set_plan_status("plan-1", "failed")
    client = serve(sqlite_command).client
    whole = client.get("/api/plans").json()
    listed = json.loads(sqlite_command("list", "--output-format", "json").stdout)["plans"]
    assert [{key: plan[key] for key in listed[0]} for plan in whole["plans"]] == listed
    assert whole["next"] is None
    assert {(plan["prompt"], plan["done"], plan["tasks"]) for plan in whole["plans"]} == {("Grow tea", 1, 6)}
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get("/api/plans", params={"limit": 2, **cursor}).json()
        found += [plan["plan_id"] for plan in page["plans"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == [plan["plan_id"] for plan in whole["plans"]]
    assert len(found) == 5

    def ids(**params: object) -> set[str]:
        return {plan["plan_id"] for plan in client.get("/api/plans", params=params).json()["plans"]}

    assert ids(status="failed") == {"plan-1"}
    assert ids(status=["failed", "created"]) == set(found)
    assert ids(q="PLAN-3") == {"plan-3"}
    assert ids(q="grow TEA") == set(found)
    assert ids(q="%") == ids(q="_") == set()


@pytest.mark.parametrize(
    ("path", "status", "told"),
    [
        ("/api/plans/p2", 404, "did you mean p1"),
        ("/api/plans/p2/files.zip", 404, "no plan p2"),
        ("/api/plans/p2/events", 404, "no plan p2"),
        ("/api/plans/.p1", 400, "invalid plan id"),
        ("/api/plans/%2e%2e", 400, "invalid plan id"),
        ("/api/plans/p1%00", 400, "invalid plan id"),
        ("/api/plans/p1/files/none.md", 404, "has no content"),
        ("/api/plans/p1/files/%2e%2e/secret", 400, "invalid file name"),
        ("/api/plans/p1/files/a%5cb", 400, "invalid file name"),
        ("/api/plans/p1/files//etc/passwd", 400, "invalid file name"),
        ("/api/plans/p1/interactions/x", 422, "interaction_id"),
        ("/api/plans/p1/interactions/99999999999999999999", 422, "interaction_id"),
        ("/api/plans?limit=0", 422, "limit"),
        ("/api/plans?cursor=nonsense", 400, "cursor"),
        ("/api/plans?cursor=MDAwMS0wMS0wMVQwMDowMDowMCswMDowMSBw", 400, "cursor"),
        ("/api/plans?status=odd", 400, "odd"),
        ("/api/plans?q=%00", 400, "control"),
        ("/nothing", 404, "Not Found"),
    ],
)
def test_bad_requests_are_told_what_is_wrong(server: Served, path: str, status: int, told: str) -> None:
    answer = server.client.get(path)
    assert answer.status_code == status
    assert told in answer.json()["error"]


@pytest.mark.parametrize("position", ["x", "1", "0" * 16 + "-x", "<script>", "0" * 16 + "-" + "9" * 40])
def test_a_position_that_is_none(server: Served, position: str) -> None:
    answer = server.client.get("/api/plans/p1/events", headers={"Last-Event-ID": position})
    assert answer.status_code == 400
    assert "Last-Event-ID" in answer.json()["error"]


def test_health_metrics_and_the_description(server: Served) -> None:
    assert server.client.get("/healthz").text == "alive\n"
    assert server.client.get("/readyz").text == "ready\n"
    metrics = server.client.get("/metrics").text
    assert "pipeline_ready 1\n" in metrics
    assert "pipeline_plans_at_work 0\n" in metrics
    description = server.client.get("/api/openapi.json").json()
    facts = server.client.get("/api/plans/p1").json()
    assert set(facts) == set(description["components"]["schemas"]["PlanFacts"]["properties"])
