"""The secrets that the environment holds, in each spelling in which they may come back in a text.

A value is a secret by the name of its variable, or as the password in a URL. An endpoint or a driver that
quotes it may have put it into a URL, into JSON or into a header before.
"""

from __future__ import annotations

import base64
import html
import json
import os
import re
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote, quote_plus, unquote

if TYPE_CHECKING:
    from collections.abc import Iterator

SECRET_NAME = re.compile(
    r"""(?ix) (?:
        (?:PASSWORD | PASSWD | PASSPHRASE | SECRET | TOKEN | API_?KEY | CREDENTIALS?)
      | (?:^|[_-]) (?:KEY | PASS)
      | [_-] PWD  # PWD and OLDPWD are directories
    ) (?:_?\d+)? $"""
)
"""Names of variables and of parameters whose value is nobody's business."""

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_SHORTEST = 4
# A value of this length is taken out wherever it stands; a shorter one where no letter and no digit is next
# to it, so that ordinary words which contain it stay whole.
_ANYWHERE_FROM = 8
# Below this, a part of a base64 text could be a part of any.
_SHORTEST_BASE64 = 8
_BASE64 = "[A-Za-z0-9+/_-]"
# `http://localhost:8080/@somebody`
_PATHS_MAY_HOLD_AT = {"http", "https", "ws", "wss"}

_extra_variables: set[str] = set()


def register_secret_variable(name: str) -> None:
    """Treat the value of environment variable `name` as a secret from now on."""
    _extra_variables.add(name)


def secrets_pattern() -> re.Pattern[str] | None:
    """Return what matches each secret of the environment in each spelling, None where there is none."""
    secrets: set[str] = set()
    for name, value in os.environ.items():
        if name in _extra_variables or SECRET_NAME.search(name):
            secrets.add(value)
        if _URL.match(value):
            secrets.update(_passwords_in(value))
    return _pattern(frozenset(filter(_is_worth_hiding, secrets)))


def _passwords_in(url: str) -> Iterator[str]:
    scheme, _, rest = url.partition("://")
    before_query, _, query = rest.partition("?")
    if scheme.lower() in _PATHS_MAY_HOLD_AT:
        rest = before_query = before_query.partition("/")[0]
    # A password may hold an @ that was not escaped, and then nobody knows where it ends.
    for user_info in (rest.partition("@")[0], rest.rpartition("@")[0], before_query.rpartition("@")[0]):
        password = user_info.partition(":")[2]
        yield from (password, unquote(password))
    yield from before_query.rpartition("@")[0].partition(":")[2].split("@")
    for name, value in parse_qsl(query):
        if SECRET_NAME.search(name):
            yield value


def _is_worth_hiding(value: str) -> bool:
    """Whether a value is more likely a secret than a switch: `none`, `test` and `EMPTY` stand in many texts."""
    if len(value) >= _ANYWHERE_FROM:
        return True
    kinds = (str.isalpha, str.isdigit, lambda c: not c.isalnum())
    return len(value) >= _SHORTEST and sum(any(map(kind, value)) for kind in kinds) > 1


@lru_cache(maxsize=8)
def _pattern(secrets: frozenset[str]) -> re.Pattern[str] | None:
    alternatives: dict[str, str] = {}
    for secret in secrets:
        # One word may be a part of another: `postgres` of `postgresql`.
        alone = len(secret) < _ANYWHERE_FROM or (secret.isalpha() and (secret.islower() or secret.isupper()))
        for spelling in _spellings(secret):
            found = re.escape(spelling)
            alternatives[spelling] = rf"(?<![^\W_]){found}(?![^\W_])" if alone else found
        for part in _base64_parts(secret):
            # The whole of the text, which may hold a user's name before the secret.
            alternatives[part] = rf"(?<!{_BASE64}){_BASE64}*{re.escape(part)}{_BASE64}*={{0,2}}"
    if not alternatives:
        return None
    # Longest first, so that a secret that contains another one leaves no tail behind.
    ordered = sorted(alternatives, key=lambda spelling: (-len(spelling), spelling))
    return re.compile("|".join(alternatives[spelling] for spelling in ordered))


def _spellings(secret: str) -> set[str]:
    raw = secret.encode("utf-8", "surrogateescape")
    text = raw.decode("utf-8", "backslashreplace")
    json_text = json.dumps(text)[1:-1]
    found = {secret, text, json_text, json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(json_text)[1:-1]}
    found |= {repr(text)[1:-1], repr(raw)[2:-1], html.escape(text), html.escape(text, quote=False)}
    found |= {text.replace("/", "\\/"), text.replace("'", "\\'"), raw.hex(), raw.hex().upper()}
    for safe in ("", "/", "/:", "~", "!*'()"):
        for quoted in (quote(raw, safe=safe), quote_plus(raw, safe=safe)):
            found |= {quoted, re.sub("%..", lambda escape: escape[0].lower(), quoted), quote(quoted, safe="")}
    return found


def _base64_parts(secret: str) -> Iterator[str]:
    """Yield what the base64 text of anything that contains the secret contains, of three possible alignments."""
    raw = secret.encode("utf-8", "surrogateescape")
    for offset, encode in product(range(3), (base64.b64encode, base64.urlsafe_b64encode)):
        encoded = encode(bytes(offset) + raw).decode("ascii").rstrip("=")
        # What shares a character with the bytes before or after the secret is not known.
        end = len(encoded) - ((offset + len(raw)) % 3 != 0)
        part = encoded[(0, 2, 3)[offset] : end]
        if len(part) >= _SHORTEST_BASE64:
            yield part
