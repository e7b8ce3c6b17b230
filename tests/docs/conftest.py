"""Fixtures of the tests of the documentation."""

from tests.postgres import postgres_server, postgres_url  # noqa: F401
