"""Takes API keys and passwords out of text that is about to be stored, logged or shown."""

import base64
import binascii
import re
from collections.abc import Callable

from pipeline.secret_values import register_secret_variable, secrets_pattern

__all__ = ["REDACTED", "redact", "register_secret_variable"]

REDACTED = "[redacted]"

_NOT_YET = r"(?!\[redacted\])"
# A value as code, JSON, a query and a header write it; quotes stay where they are.
_QUOTED = r"(?:(?!(?P=quote))(?:\\.|[^\n\\]))+"
_BARE = r"""[^\s'",;&)}\]<>\\]+"""
_VALUE = rf"""(?P<quote>\\?["'])?{_NOT_YET}(?P<value>(?(quote){_QUOTED}|{_BARE}))"""
# How names end that are given to nothing but a secret.
_STRONG = (
    r"(?:api[_-]?key|access[_-]?key|secret[_-]?key|private[_-]?key|passw(?:or)?d|passphrase|(?<=;)pwd|"
    r"(?<![a-z0-9])secret|(?:access|auth|refresh|session|id|api|bearer)[_-]?token)"
)
# `monkey=7bananas`
_WEAK = r"(?<![a-z0-9])(?:token|key)"


def _keep_name(match: re.Match[str]) -> str:
    return f"{match['name']}{match['quote'] or ''}{REDACTED}"


def _has_digit(match: re.Match[str]) -> str:
    """For names that also begin an ordinary sentence: only what no word of a language looks like."""
    value = match["value"]
    is_key = len(value) >= 6 and any(map(str.isdigit, value)) and any(map(str.isalpha, value))
    return _keep_name(match) if is_key else match[0]


def _if_basic(match: re.Match[str]) -> str:
    """Basic credentials are base64 of a name, a colon and a password; `Basic information` is not."""
    try:
        decoded = base64.b64decode(match["value"] + "==")
    except (binascii.Error, ValueError):
        return match[0]
    return _keep_name(match) if b":" in decoded else match[0]


_SHAPES: tuple[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    (re.compile(r"\bsk-[A-Za-z0-9_*.-]{6,}"), REDACTED),
    # Keys that say whose they are.
    (
        re.compile(
            r"\b(?:gh[pousr]_|github_pat_|glpat-|hf_|gsk_|xox[abeprs]-|AKIA|ASIA|AIza|eyJ[\w-]+\.eyJ)"
            r"[A-Za-z0-9_.-]{12,}"
        ),
        REDACTED,
    ),
    # User and password in a URL, whose password may hold an `@` that was not escaped.
    (re.compile(r"(?<=://)[^/\s:@'\"]*:[^/\s'\"]+(?=@)"), REDACTED),
    (
        re.compile(
            r"(?i)(?P<name>\bauthorization\\?['\"]?\s*[:=,]\s*(?P<quote>\\?['\"])?(?:(?:bearer|basic|token|apikey|key)\s+)?)"
            rf"{_NOT_YET}(?!(?:bearer|basic|token)\s)[^\s'\",;}}\]\\]+"
        ),
        lambda match: f"{match['name']}{REDACTED}",
    ),
    (re.compile(r"(?P<name>\b[Bb]asic )(?P<quote>)?(?P<value>[A-Za-z0-9+/_-]{8,}=*)"), _if_basic),
    # `the bearer of bad news`
    (
        re.compile(
            rf"(?P<name>\b(?:Bearer|bearer|BEARER) ){_NOT_YET}(?:(?=[^\s'\",;}}\]]*[0-9_.~+/=-][^\s'\",;}}\].])"
            r"[^\s'\",;}\]]{6,}|(?<=Bearer )[a-z]{6,}(?![\w]|\s+[a-z]))"
        ),
        lambda match: f"{match['name']}{REDACTED}",
    ),
    (re.compile(rf"(?i)(?P<name>{_STRONG}=\s*){_VALUE}"), _keep_name),
    (re.compile(rf"(?i)(?P<name>api[_-]?key:\s*){_VALUE}"), _keep_name),
    (re.compile(rf"(?i)(?P<name>{_STRONG}\\?['\"]\s*[:,=]\s*)(?=\\?['\"]){_VALUE}"), _keep_name),
    (re.compile(rf"(?i)(?P<name>(?:{_STRONG}|{_WEAK})\\?['\"]?\s*[:=]\s*){_VALUE}"), _has_digit),
)


def redact(text: str) -> str:
    """Return `text` without API keys and passwords.

    Replaced are the values of environment variables that hold secrets, in each spelling (see
    pipeline.secret_values), and whatever looks like a secret: `sk-...`, `Bearer ...`, `Basic ...`, `api_key=...`,
    `'password': '...'`, a user name and password in a URL.
    """
    known = secrets_pattern()
    if known is not None:
        text = known.sub(REDACTED, text)
    for shape, replacement in _SHAPES:
        text = shape.sub(replacement, text)
    return text
