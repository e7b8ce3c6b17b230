"""Whatever is asked for, over all routes of the description: an answer, and never an error of the server's own."""

from __future__ import annotations

import json
import string
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.runtime.command import Command, assert_ended
from tests.server.served import Served, served

if TYPE_CHECKING:
    from collections.abc import Iterator

ODD = st.sampled_from(
    [
        "",
        "p1",
        "p2",
        "0",
        "-1",
        "1e3",
        "../..",
        "%",
        "%00",
        "\x00",
        "\ud800",
        "é",
        "x" * 300,
        "99999999999999999999",
    ]
) | st.text(max_size=20)
HEADER = ODD.map(lambda text: "".join(c for c in text if c in string.printable[:95]).strip())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ODD,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ODD, inner, max_size=3),
    max_leaves=6,
)
PLAN = st.fixed_dictionaries(
    {},
    optional={
        "prompt": ODD | JSON,
        "llm_models": st.lists(ODD | st.just("offline"), max_size=3) | JSON,
        "fast": st.booleans() | JSON,
        "plan_id": ODD | JSON,
    },
)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that hands over what is created, so that nothing is run."""
    directory = tmp_path_factory.mktemp("asked")
    command = Command(directory, f"sqlite:///{directory / 'pipeline.db'}")
    assert_ended(command.run(), 0)
    with served(command, "--max-writes", "100000", "--scheduler", "http://127.0.0.1:9") as running:
        yield running


def operations(served: Served) -> list[tuple[str, str, dict[str, Any]]]:
    paths = served.client.get("/api/openapi.json").json()["paths"]
    return [(path, method, about) for path, methods in paths.items() for method, about in methods.items()]


@settings(max_examples=250, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_request_breaks_the_server(asked: Served, data: st.DataObject) -> None:
    path, method, about = data.draw(st.sampled_from(operations(asked)))
    query: dict[str, str] = {}
    headers: dict[str, str] = {}
    for parameter in about.get("parameters", ()):
        name, where = parameter["name"], parameter["in"]
        if where == "path":
            text = data.draw(ODD)
            path = path.replace(f"{{{name}}}", quote(text.encode("utf-8", "surrogatepass"), safe=""))
        elif data.draw(st.booleans()):
            where_to, value = (query, data.draw(ODD)) if where == "query" else (headers, data.draw(HEADER))
            where_to[name] = value.encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    content = b""
    if "requestBody" in about:
        body = data.draw(PLAN | JSON)
        content = (
            json.dumps(body).encode() if data.draw(st.integers(0, 9)) else data.draw(st.binary(max_size=20))
        )
        headers["Content-Type"] = data.draw(st.sampled_from(["application/json", "text/plain", ""]))
    with asked.client.stream(method.upper(), path, params=query, headers=headers, content=content) as answer:
        assert answer.status_code < 500, (method, path, query, headers, content)
        if answer.headers.get("content-type", "").startswith("text/event-stream"):
            return
        text = answer.read()
        if answer.status_code >= 400 and answer.status_code != 416:
            assert json.loads(text)["error"]


def test_the_server_still_answers(asked: Served) -> None:
    assert asked.client.get("/api/plans/p1").status_code in {200, 404}
    assert asked.client.get("/readyz").status_code == 200
