"""Fixtures of the tests of the documentation."""

from tests.browser import browser  # noqa: F401
from tests.postgres import postgres_server, postgres_url  # noqa: F401
