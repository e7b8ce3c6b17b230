"""Takes API keys out of text that is about to be stored, logged or shown."""

import os
import re
from collections.abc import Iterable

REDACTED = "[redacted]"

# Shorter values are more likely a switch ("none", "test") than a secret, and replacing them would
# mangle ordinary words.
_MIN_SECRET_LENGTH = 8
_SECRET_VARIABLE = re.compile(r"(API_KEY|ACCESS_TOKEN|SECRET_KEY)$")
_KEY_SHAPES = (
    re.compile(r"\bsk-[A-Za-z0-9_*.-]{6,}"),
    re.compile(r"(?i)(?<=\bbearer )(?!\[redacted\])[^\s'\",;}\]]+"),
    re.compile(r"(?i)(?<=api[_-]key[=:])\s*(?!\[redacted\])['\"]?[^\s'\",;&}\]]+"),
    re.compile(r"(?<=://)[^/\s:@]*:[^/\s@]+(?=@)"),
)

_extra_variables: set[str] = set()


def register_secret_variable(name: str) -> None:
    """Treat the value of environment variable `name` as a secret from now on."""
    _extra_variables.add(name)


def _configured_secrets() -> Iterable[str]:
    for name, value in os.environ.items():
        if len(value) >= _MIN_SECRET_LENGTH and (name in _extra_variables or _SECRET_VARIABLE.search(name)):
            yield value


def redact(text: str) -> str:
    """Return `text` without API keys.

    Replaced are the values of environment variables that hold keys, and whatever looks like a key:
    `sk-...`, `Bearer ...`, `api_key=...`, a user name and password in a URL.
    """
    # Longest first, so that a key that contains another one leaves no tail behind.
    for secret in sorted(set(_configured_secrets()), key=len, reverse=True):
        text = text.replace(secret, REDACTED)
    for shape in _KEY_SHAPES:
        text = shape.sub(REDACTED, text)
    return text
