"""A secret is taken out in whatever spelling it comes back, and what is none stays as it is."""

import base64
import html
import json
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from pipeline.database.service import DatabaseService
from pipeline.redaction import redact

SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "quote": quote,
    "quote-all": lambda secret: quote(secret, safe=""),
    "quote-plus": quote_plus,
    "quote-lower": lambda secret: re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
    "json": json.dumps,
    "json-unicode": lambda secret: json.dumps(secret, ensure_ascii=False),
    "json-in-json": lambda secret: json.dumps({"error": json.dumps({"key": secret})}),
    "repr": repr,
    "repr-of-bytes": lambda secret: repr(secret.encode()),
    "html": html.escape,
    "base64": lambda secret: base64.b64encode(secret.encode()).decode(),
    "basic": lambda secret: "Basic " + base64.b64encode(b"user:" + secret.encode()).decode(),
    "basic-urlsafe": lambda secret: base64.urlsafe_b64encode(b"u:" + secret.encode() + b"!").decode(),
}
SECRETS = [
    "k3y+Zz/9=longenough",
    "quiet river under snow",
    "q\"uo'te\\d-9",
    "zwölf & <drei>",
    "p@55:w0rd/x?y#z",
]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("name", ["SHOP_API_KEY", "DATABASE_PASSWORD", "HF_TOKEN"])
def test_a_secret_is_taken_out_in_each_spelling(
    secret: str, spelling: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    spelled = SPELLINGS[spelling](secret)
    monkeypatch.setenv(name, secret)
    shown = redact(f"the endpoint said: {spelled} (401)")
    assert spelled not in shown
    assert "[redacted]" in shown
    assert (shown.startswith("the endpoint said: "), shown.endswith(" (401)")) == (True, True)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    secret=st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=8, max_size=40),
    spelling=st.sampled_from(sorted(SPELLINGS)),
    before=st.sampled_from(["", "x", " ", '"', "=", "/"]),
)
def test_any_secret_is_taken_out_in_any_spelling(
    secret: str, spelling: str, before: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if secret.isalpha():
        secret += "-"
    monkeypatch.setenv("MY_SERVICE_SECRET", secret)
    spelled = SPELLINGS[spelling](secret)
    shown = redact(f"{before}{spelled}")
    assert secret not in shown
    assert spelled not in shown


NAMES = [
    *("HF_TOKEN", "GITHUB_TOKEN", "AZURE_OPENAI_KEY", "DATABASE_PASSWORD", "AWS_SECRET_ACCESS_KEY"),
    *("PGPASSWORD", "MY_PASSPHRASE", "CLIENT_SECRET", "OPENAI_API_KEY_2", "apikey", "DB_PASS", "SMTP_PWD"),
]


@pytest.mark.parametrize("name", NAMES)
def test_variables_that_hold_secrets_are_known_by_their_names(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "abcdefghijklmnop")
    assert redact("said abcdefghijklmnop.") == "said [redacted]."


@pytest.mark.parametrize("name", ["PWD", "MONKEY", "MAX_TOKENS", "KEYBOARD", "TOKENIZER", "COMPASS"])
def test_other_variables_hold_none(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "/home/somebody/work")
    assert redact("in /home/somebody/work") == "in /home/somebody/work"


@pytest.mark.parametrize("value", ["x1y2z", "s3cr3t", "a-b-c", "12_34"])
def test_a_short_key_is_taken_out_where_it_stands_alone(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_API_KEY", value)
    assert redact(f"key {value} refused, key={value}&x") == "key [redacted] refused, key=[redacted]&x"
    assert redact(f"a{value}b") == f"a{value}b"


@pytest.mark.parametrize("value", ["none", "test", "EMPTY", "", "ollama", "1"])
def test_a_switch_in_the_place_of_a_key_is_no_secret(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_API_KEY", value)
    assert redact("1 test of none, EMPTY ollama") == "1 test of none, EMPTY ollama"


def test_a_password_that_is_a_word_leaves_longer_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "postgres")
    assert redact("postgresql: user postgres") == "postgresql: user [redacted]"


@pytest.mark.parametrize(
    ("url", "leaked"),
    [
        ("postgresql://me:Pa55w0rdXYZ@db/x", "Pa55w0rdXYZ"),
        ("postgres://me:Pa55%40w0rd@db/x", "Pa55@w0rd"),
        ("postgresql://me:Pa55@w0rd@db/x", "w0rd"),
        ("postgresql://db/x?user=me&password=Pa55w0rdXYZ", "Pa55w0rdXYZ"),
        ("postgresql://db/x?sslpassword=Pa55%2Bw0rd", "Pa55+w0rd"),
        ("redis://:Pa55/w0rd@cache:6379/0", "Pa55/w0rd"),
    ],
)
def test_the_password_of_a_url_in_the_environment_is_a_secret(
    url: str, leaked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIPELINE_DATABASE_URL", url)
    assert redact(f'could not translate "{leaked}"') == 'could not translate "[redacted]"'


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("{'api_key': 'x1y2z3w4'}", "{'api_key': '[redacted]'}"),
        ('{"password": "two words"}', '{"password": "[redacted]"}'),
        ('{\\"client_secret\\": \\"abc\\"}', '{\\"client_secret\\": \\"[redacted]\\"}'),
        ("password=hunter2secret", "password=[redacted]"),
        ("host=db password='it\\'s me' user=u", "host=db password='[redacted]' user=u"),
        ("?access_token=abc&x=1", "?access_token=[redacted]&x=1"),
        ("GET /v1?key=k3y%2BZz", "GET /v1?key=[redacted]"),
        ("password: hunter2secret", "password: [redacted]"),
        ("X-Api-Key: foo", "X-Api-Key: [redacted]"),
        ("Authorization: Basic dTpw", "Authorization: Basic [redacted]"),
        ("('authorization', 'Token 12345')", "('authorization', 'Token [redacted]')"),
        ("Basic dXNlcjpwYXNzd29yZA==", "Basic [redacted]"),
        ("Server=db;UID=me;PWD=abc", "Server=db;UID=me;PWD=[redacted]"),
        ("ghp_0123456789abcdefABCDEF was revoked", "[redacted] was revoked"),
        ("https://me:p@ss@host/x", "https://[redacted]@host/x"),
    ],
)
def test_what_is_given_as_a_secret_is_taken_out(said: str, expected: str) -> None:
    assert redact(said) == expected
    assert redact(expected) == expected


@pytest.mark.parametrize(
    "ordinary",
    [
        "the bearer of bad news, and bearer bonds",
        "Basic information about basic principles",
        "The key: patience. The password: required. A token: 5",
        "sorted(rows, key=lambda row: row.id); max_tokens=4096; token usage: 1234",
        "http://localhost:8080/users/@me, mail me@example.org, ssh://git@host/x",
        "a secret garden, the secret = sauce; key-value; monkey=7bananas",
        "risk-averse, task-based, sk-learn; 12 tokens; keyboard: us",
        "pwd=/home/u2/work",
        "connection to server at 127.0.0.1, port 5432 failed: Connection refused",
    ],
)
def test_ordinary_text_stays_as_it_is(ordinary: str) -> None:
    assert redact(ordinary) == ordinary


WORDS = (
    "the key token secret password basic bearer of and a is was user plan task model answer call Basic "
    "authorization api access client private session : = , . - / ( ) 'quoted' \"both\" 12 3.5 50% http://x.org/a?b=c\n"
).split(" ")


@given(st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join))
def test_sentences_of_the_words_around_secrets_stay_readable(sentence: str) -> None:
    shown = redact(sentence)
    assert redact(shown) == shown
    # What follows `password =` may be one; what does not is text.
    if "=" not in sentence and ":" not in sentence and "uthorization" not in sentence:
        assert shown == sentence


def test_an_error_that_echoes_a_key_in_another_spelling_is_stored_without_it(
    service: DatabaseService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_API_KEY", SECRETS[0])
    made = service.create_llm_interaction(
        {"plan_id": "p", "llm_model": "m", "stage": "s", "prompt_text": "t"}
    )
    error = f"?k={quote_plus(SECRETS[0])} Basic {base64.b64encode(SECRETS[0].encode()).decode()}"
    service.update_llm_interaction(made.id, {"status": "failed", "error_message": error})
    with service._engine.begin() as connection:
        stored = connection.execute(text("SELECT error_message FROM llm_interactions")).scalar_one()
    assert stored == "?k=[redacted] Basic [redacted]"
