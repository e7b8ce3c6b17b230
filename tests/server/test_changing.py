"""Plans are created, stopped, gone on with and deleted over HTTP as the commands do it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.runtime.command import Command, assert_ended
from tests.server.served import Served, served, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

AS_JSON = {"Content-Type": "application/json"}
OFTEN = ("--max-writes", "10000")


@pytest.fixture(scope="module")
def command(tmp_path_factory: pytest.TempPathFactory) -> Command:  # type: ignore[override]
    directory = tmp_path_factory.mktemp("changing")
    return Command(directory, f"sqlite:///{directory / 'pipeline.db'}")


@pytest.fixture(scope="module")
def slow(command: Command) -> Iterator[Served]:
    """A server whose runs take their time; its database and its tables are not there before it."""
    with served(command, *OFTEN, PIPELINE_OFFLINE_LATENCY="0.3") as running:
        yield running


def status(server: Served, plan_id: str) -> str:
    return str(server.client.get(f"/api/plans/{plan_id}").json()["status"])


def test_created_stopped_resumed_deleted(slow: Served, command: Command) -> None:
    client = slow.client
    answer = client.post("/api/plans", json={"prompt": "Grow tea", "plan_id": "one"})
    assert (answer.status_code, answer.json()) == (202, {"plan_id": "one"})
    assert answer.headers["location"] == "/api/plans/one"
    # There before it has begun; and with rows before it has ended.
    assert client.get("/api/plans/one").json()["prompt"] == "Grow tea"
    wait_until(lambda: client.get("/api/plans/one/interactions").json()["interactions"])
    assert status(slow, "one") in {"created", "running"}
    for refused in (
        client.post("/api/plans/one/resume"),
        client.delete("/api/plans/one"),
        client.post("/api/plans", json={"prompt": "Grow tea", "plan_id": "one"}),
    ):
        assert refused.status_code == 409
        assert "one" in refused.json()["error"]
    assert client.post("/api/plans/one/stop").status_code == 202
    wait_until(lambda: status(slow, "one") == "stopped")
    wait_until(lambda: client.post("/api/plans/one/stop").status_code == 409)
    assert client.post("/api/plans/one/resume").status_code == 202
    wait_until(lambda: status(slow, "one") == "completed")
    assert set(slow.names("one")) == {path.name for path in (command.directory / "run" / "one").iterdir()}
    wait_until(lambda: client.delete("/api/plans/one").status_code == 200)
    assert client.get("/api/plans/one").status_code == 404
    assert client.delete("/api/plans/one").status_code == 404


def test_the_same_key_is_the_same_plan(slow: Served) -> None:
    client = slow.client
    plan = {"prompt": "Keep bees", "llm_models": ["offline-a", "offline"], "fast": True}
    keyed = {"Idempotency-Key": "k-1"}
    answers = [client.post("/api/plans", json=plan, headers=keyed) for _ in range(3)]
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["plan_id"] for answer in answers}) == 1
    other = client.post("/api/plans", json={**plan, "prompt": "Keep hens"}, headers=keyed)
    assert other.status_code == 422
    assert "Idempotency-Key" in other.json()["error"]
    plan_id = answers[0].json()["plan_id"]
    assert client.get(f"/api/plans/{plan_id}").json()["llm_models"] == ["offline-a", "offline"]
    wait_until(lambda: status(slow, plan_id) == "completed")
    again = client.post("/api/plans", json=plan, headers=keyed)
    assert (again.status_code, again.json()["plan_id"]) == (202, plan_id)
    assert status(slow, plan_id) == "completed"
    without = client.post("/api/plans", json={**plan, "plan_id": plan_id})
    assert without.status_code == 409


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({}, 422, "prompt"),
        ({"prompt": ""}, 422, "prompt is empty"),
        ({"prompt": " \n"}, 422, "prompt is empty"),
        ({"prompt": 7}, 422, "prompt"),
        ({"prompt": "\ud800"}, 422, "prompt"),
        ({"prompt": "x" * 500_001}, 422, "prompt"),
        ({"prompt": "x", "plan_id": "../x"}, 400, "invalid plan id"),
        ({"prompt": "x", "plan_id": ""}, 400, "invalid plan id"),
        ({"prompt": "x", "plan_id": "x" * 129}, 400, "invalid plan id"),
        ({"prompt": "x", "llm_models": []}, 422, "llm_models"),
        ({"prompt": "x", "llm_models": ["gpt-nine"]}, 400, "unknown LLM 'gpt-nine'"),
        ({"prompt": "x", "llm_models": "offline"}, 422, "llm_models"),
        ({"prompt": "x", "llm_models": ["offline-" + "x" * 300]}, 400, "llm_model"),
        ({"prompt": "x", "fast": "yes"}, 422, "fast"),
        ({"prompt": "x", "start_time": "now"}, 422, "start_time"),
        ([], 422, "body"),
    ],
)
def test_what_makes_no_sense_makes_no_plan(slow: Served, body: Any, status: int, told: str) -> None:
    before = slow.client.get("/api/plans").json()
    answer = slow.client.post("/api/plans", content=json.dumps(body), headers=AS_JSON)
    assert answer.status_code == status, answer.text
    assert told in answer.json()["error"]
    assert slow.client.get("/api/plans").json() == before


def test_other_bodies_and_names(slow: Served) -> None:
    client = slow.client
    # What a form of any page could send is no JSON.
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = client.post("/api/plans", content=b'{"prompt": "x"}', headers={"Content-Type": kind})
        assert answer.status_code == 422
    assert client.post("/api/plans", content=b"{", headers=AS_JSON).status_code == 422
    assert (
        client.post("/api/plans", json={"prompt": "x"}, headers={"Idempotency-Key": "k" * 256}).status_code
        == 422
    )
    for method, path in (("POST", "/resume"), ("POST", "/stop"), ("DELETE", "")):
        assert client.request(method, f"/api/plans/none{path}").status_code == 404
        assert client.request(method, f"/api/plans/.x{path}").status_code == 400
    assert client.post("/api/plans", content=b" " * 1_000_001).status_code == 413
    parts = (b" " * 100_000 for _ in range(20))
    assert client.post("/api/plans", content=parts, headers=AS_JSON).status_code == 413


def test_the_end_of_the_server_stops_its_runs_in_order(
    serve: Callable[..., Served], sqlite_command: Command
) -> None:
    server = serve(sqlite_command, "--max-runs", "1", PIPELINE_OFFLINE_LATENCY="0.5")
    assert server.client.post("/api/plans", json={"prompt": "x", "plan_id": "p1"}).status_code == 202
    full = server.client.post("/api/plans", json={"prompt": "x", "plan_id": "p2"})
    assert full.status_code == 429
    assert server.client.get("/api/plans/p2").status_code == 404
    wait_until(lambda: server.client.get("/api/plans/p1/interactions").json()["interactions"])
    server.process.terminate()
    server.process.wait(60)
    again = serve(sqlite_command)
    assert status(again, "p1") == "stopped"
    assert again.client.post("/api/plans/p1/resume").status_code == 202
    wait_until(lambda: status(again, "p1") == "completed")


def test_plans_for_workers(serve: Callable[..., Served], sqlite_command: Command) -> None:
    server = serve(sqlite_command, "--scheduler", "http://127.0.0.1:9")
    client = server.client
    assert client.post("/api/plans", json={"prompt": "x", "plan_id": "p1"}).status_code == 202
    assert status(server, "p1") == "running"
    assert client.post("/api/plans/p1/resume").status_code == 409
    assert client.delete("/api/plans/p1").status_code == 409
    assert client.post("/api/plans/p1/stop").status_code == 202
    assert status(server, "p1") == "stopped"
    assert client.post("/api/plans/p1/resume").status_code == 202
    assert status(server, "p1") == "running"
    assert b"workers" in sqlite_command("show", "p1").stdout


def test_too_many_changes(serve: Callable[..., Served], done: Command) -> None:
    client = serve(done, "--max-writes", "2").client
    assert [client.post("/api/plans/none/stop").status_code for _ in range(3)] == [404, 404, 429]
    refused = client.post("/api/plans/none/stop")
    assert 0 < int(refused.headers["retry-after"]) <= 60
    assert client.get("/api/plans").status_code == 200


def test_read_only(serve: Callable[..., Served], done: Command) -> None:
    client = serve(done, "--read-only").client
    for method, path in (("POST", "/p1/resume"), ("POST", "/p1/stop"), ("DELETE", "/p1"), ("POST", "")):
        answer = client.request(method, f"/api/plans{path}")
        assert answer.status_code == 403
        assert "--read-only" in answer.json()["error"]
    assert_ended(done("show", "p1"), 0)


def test_a_run_that_another_process_has(serve: Callable[..., Served], sqlite_command: Command) -> None:
    server = serve(sqlite_command)
    run = sqlite_command.start_run(PIPELINE_OFFLINE_LATENCY="0.5")
    wait_until(lambda: server.client.get("/api/plans/p1").status_code == 200)
    wait_until(lambda: server.client.get("/api/plans/p1/interactions").json()["interactions"])
    for method, path in (("POST", "/resume"), ("POST", "/stop"), ("DELETE", "")):
        answer = server.client.request(method, f"/api/plans/p1{path}")
        assert answer.status_code == 409
        assert f"process {run.pid}" in answer.json()["error"]
    run.kill()
    run.communicate()
    assert server.client.post("/api/plans/p1/resume").status_code == 202
    wait_until(lambda: status(server, "p1") == "completed")
