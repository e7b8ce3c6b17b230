"""Where the pages of the rules are published, as far as somebody has said so."""

from __future__ import annotations

import os
import re
from urllib.parse import quote

from codemods.errors import RefactorError

VARIABLE = "REFACTOR_RULES_URL"
"""The environment variable with the address of a rule's page, `{code}` in the place of its code."""

_WEB = re.compile(r"https?://[^\s<>\"']+")


class RulesUrlError(RefactorError):
    """The variable holds no address of pages."""


def rule_address(code: str = "") -> str:
    """The address of a rule's page, or of what lies above all of them; empty where none is known.

    `https://example.org/docs/rules/{code}.html` gives `https://example.org/docs/rules/DBF700.html`; without a code,
    `https://example.org/docs/rules.html`, where the list is.

    Raises:
        RulesUrlError: the variable is set, and is no address with `{code}` in it.
    """
    pattern = os.environ.get(VARIABLE, "").strip()
    if not pattern:
        return ""
    if not _WEB.fullmatch(pattern) or "/{code}" not in pattern:
        raise RulesUrlError(
            f"{VARIABLE}: {pattern!r} is no address like https://example.org/rules/{{code}}.html"
        )
    return pattern.replace("{code}", quote(code)) if code else pattern.replace("/{code}", "")
