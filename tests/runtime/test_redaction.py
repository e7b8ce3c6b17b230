"""Keys do not get into rows or logs."""

import io
import logging

import pytest

from pipeline.database.service import DatabaseService
from pipeline.logs import RedactingFormatter
from pipeline.redaction import redact, register_secret_variable

SECRET = "zq81-Very.Secret/Value"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("key sk-abcdef123456 refused", "key [redacted] refused"),
        ("key sk-proj-ab_cd-123*** refused", "key [redacted] refused"),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer [redacted]"),
        ("GET /v1?api_key=abc123&x=1", "GET /v1?api_key=[redacted]&x=1"),
        ("postgresql://me:pass@host/db", "postgresql://[redacted]@host/db"),
        ("a risk-averse task-based plan", "a risk-averse task-based plan"),
        ("nothing to see", "nothing to see"),
    ],
)
def test_what_looks_like_a_key_is_taken_out(text: str, expected: str) -> None:
    assert redact(text) == expected


def test_configured_keys_are_taken_out_whatever_they_look_like(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXAMPLE_API_KEY", SECRET)
    monkeypatch.setenv("HOUSE_PASSPHRASE", SECRET[::-1])
    register_secret_variable("HOUSE_PASSPHRASE")
    assert redact(f"<{SECRET}> <{SECRET[::-1]}>") == "<[redacted]> <[redacted]>"
    assert redact(f"Bearer {SECRET}, api_key={SECRET}") == "Bearer [redacted], api_key=[redacted]"


def test_an_error_message_is_redacted_before_it_is_stored(
    service: DatabaseService, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sqlalchemy import text

    monkeypatch.setenv("EXAMPLE_API_KEY", SECRET)
    interaction = service.create_llm_interaction(
        {"plan_id": "p", "llm_model": "m", "stage": "s", "prompt_text": "t"}
    )
    error = f"401 for {SECRET}, Bearer abcdef, sk-1234567890"
    service.update_llm_interaction(interaction.id, {"status": "failed", "error_message": error})
    with service._engine.begin() as connection:
        stored = connection.execute(text("SELECT error_message FROM llm_interactions")).scalar_one()
    assert stored == "401 for [redacted], Bearer [redacted], [redacted]"


def test_log_lines_and_tracebacks_are_redacted() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(RedactingFormatter("%(message)s"))
    logger = logging.Logger("test")
    logger.addHandler(handler)
    try:
        raise ValueError("refused sk-abcdef123456")
    except ValueError:
        logger.exception("with %s", "Bearer abc.def")
    assert "abc" not in stream.getvalue()
    assert "ValueError: refused [redacted]" in stream.getvalue()
