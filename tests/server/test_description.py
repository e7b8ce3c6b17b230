"""What the description of the API leads to: requests as it allows them, and as it does not, over all of its routes.

Six of each route; 300 with `CHAOS=1`.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest
import requests
from hypothesis import HealthCheck, given, seed, settings

with warnings.catch_warnings():
    # Of what it is built on, at its first import.
    warnings.simplefilter("ignore", DeprecationWarning)
    import schemathesis

from tests.runtime.command import Command, assert_ended
from tests.server.served import Served, served
from tests.shared import CHAOS

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLES = 300 if CHAOS else 6
NEGATIVE = schemathesis.GenerationMode.NEGATIVE


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server that hands over what is created, so that nothing is run."""
    directory = tmp_path_factory.mktemp("asked")
    command = Command(directory, f"sqlite:///{directory / 'pipeline.db'}")
    assert_ended(command.run(), 0)
    with served(command, "--max-writes", "100000", "--scheduler", "http://127.0.0.1:9") as running:
        yield running


def test_no_request_that_the_description_leads_to_is_an_error_of_the_server(asked: Served) -> None:
    described = asked.client.get("/api/openapi.json").json()
    schema = schemathesis.openapi.from_dict(described)
    schema.config.update(base_url=asked.url)
    session = requests.Session()
    tried: set[str] = set()
    statuses: set[int] = set()
    for result in schema.get_all_operations():
        operation = result.ok()

        @seed(7)
        @settings(
            max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck)
        )
        @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=NEGATIVE))
        def ask(case: schemathesis.Case) -> None:
            tried.add(f"{case.method} {case.path}")
            # As a stream: events go on for as long as somebody listens.
            with session.request(**case.as_transport_kwargs(), stream=True, timeout=60) as answer:
                statuses.add(answer.status_code)
                assert answer.status_code < 500, case.as_curl_command()

        ask()
    assert tried == {
        f"{method.upper()} {path}" for path, methods in described["paths"].items() for method in methods
    }
    assert {200, 202, 404, 422} <= statuses
