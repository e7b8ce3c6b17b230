"""Who is answered: the server's name, origins, tokens, limits."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.runtime.command import assert_ended

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runtime.command import Command
    from tests.server.served import Served

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("options", "environment", "told"),
    [
        (("--host", "0.0.0.0"), {}, b"--token-env or --read-only"),
        (("--token-env", "PLAN_TOKEN"), {"PLAN_TOKEN": "short"}, b"PLAN_TOKEN holds no token"),
    ],
)
def test_the_server_does_not_start(
    done: Command, options: tuple[str, ...], environment: dict[str, str], told: bytes
) -> None:
    process = done("serve", "--port", "0", *options, **environment)
    assert_ended(process, 2)
    assert told in process.stderr


def test_a_port_that_is_taken(done: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        process = done("serve", "--port", str(taken.getsockname()[1]))
    assert_ended(process, 2)
    assert b"cannot listen" in process.stderr


def test_only_with_the_token(serve: Callable[..., Served], done: Command) -> None:
    client = serve(done, "--token-env", "PLAN_TOKEN", PLAN_TOKEN=TOKEN).client
    for given in ("", "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}0", "Bearer \u00e9".encode()):
        answer = client.get("/api/plans", headers={"Authorization": given})
        assert answer.status_code == 401
        assert "token" in answer.json()["error"]
    for cookie in (TOKEN, "x", ""):
        assert client.get("/api/plans", headers={"Cookie": f"pipeline_session={cookie}"}).status_code == 401
    for path in ("/metrics", "/api/openapi.json", "/api/health", "/nothing", "/api/plans/p1/files.zip"):
        assert client.get(path).status_code == 401
    assert client.get("/healthz").status_code == client.get("/readyz").status_code == 200
    assert client.get("/api/plans", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_a_browser_logs_in(serve: Callable[..., Served], done: Command) -> None:
    client = serve(done, "--token-env", "PLAN_TOKEN", PLAN_TOKEN=TOKEN).client
    asked = client.get("/plans/p1?x=%20y", headers={"Accept": "text/html,*/*"})
    assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/plans/p1%3Fx%3D%2520y")
    assert "not the token" in client.post("/login", data={"token": TOKEN[:-1]}).text
    for away in (
        "//evil.example",
        "https://evil.example",
        "/\\evil.example",
        "/\r\nX: y",
        "javascript:alert(1)",
    ):
        answer = client.post("/login", data={"token": TOKEN, "next": away})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        client.cookies.clear()
    answer = client.post("/login", data={"token": TOKEN, "next": "/plans/p1"})
    assert answer.headers["location"] == "/plans/p1"
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert TOKEN not in cookie
    assert "Secure" not in cookie
    assert client.get("/api/plans").status_code == 200
    session = client.cookies["pipeline_session"]
    until, _, signature = session.partition(".")
    for forged in (
        f"{int(until) + 1}.{signature}",
        f"{until}.{signature[:-1]}",
        f"{until}.",
        signature,
        f"1.{signature}",
    ):
        client.cookies.clear()
        assert client.get("/api/plans", headers={"Cookie": f"pipeline_session={forged}"}).status_code == 401
    headers = {"X-Forwarded-Proto": "https"}
    assert "Secure" in client.post("/login", data={"token": TOKEN}, headers=headers).headers["set-cookie"]
    client.cookies.clear()
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.post("/login", data={"token": TOKEN}, headers=headers).status_code == 403
    assert client.post("/login", json={"token": TOKEN}).status_code == 415
    assert client.post("/login", content=b"token=%ff", headers=FORM).status_code in {400, 401}
    out = client.post("/logout", headers={"Cookie": f"pipeline_session={session}"})
    assert 'pipeline_session=""' in out.headers["set-cookie"]


def test_tokens_are_not_guessed_fast(serve: Callable[..., Served], done: Command) -> None:
    client = serve(done, "--token-env", "PLAN_TOKEN", PLAN_TOKEN=TOKEN).client
    answers = [
        client.get("/api/plans", headers={"Authorization": f"Bearer {n}"}).status_code for n in range(22)
    ]
    assert answers == [401] * 20 + [429] * 2
    assert client.get("/api/plans", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200


def test_a_page_elsewhere_gets_nothing(server: Served) -> None:
    for host in ("evil.example", f"evil.example:{server.port}", "", "[::1", "localhost.evil.example"):
        assert server.client.get("/api/plans", headers={"Host": host}).status_code in {400, 421}
    assert server.client.get("/api/plans", headers={"Host": f"localhost:{server.port}"}).status_code == 200
    for headers in (
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ):
        for method in ("POST", "DELETE", "PUT"):
            answer = server.client.request(method, "/api/plans/p1", headers=headers)
            assert answer.status_code == 403, headers
            assert "origin" in answer.json()["error"]


def test_a_body_has_a_limit(server: Served) -> None:
    assert server.client.post("/api/plans", content=b" " * 1_000_001).status_code == 413
    parts = (b" " * 100_000 for _ in range(20))
    answer = server.client.post("/api/plans", content=parts)  # in chunks, without a length
    assert answer.status_code == 413


def test_every_answer_has_the_headers(server: Served) -> None:
    for path in ("/api/plans", "/api/plans/p9", "/nothing", "/healthz"):
        headers = server.client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert "server" not in headers


def test_a_header_that_is_no_header(server: Served) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as connection:
        connection.sendall(b"GET /api/plans HTTP/1.1\r\nHost: a\r\nHost: b\r\nX: \x00\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 4")
    assert isinstance(server.client, httpx.Client)
