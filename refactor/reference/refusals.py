"""The page of the refusals."""

from __future__ import annotations

from codemods.refusals import REFUSALS
from refactor.reference.markdown import code, table

_INTRODUCTION = """\
# Refusals

A task whose steps cannot be inserted without breaking a law is left as it is. The command says the code,
the reason and the position, and ends with exit status 1. `refactor explain TASK` says what would help.

"""


def refusals_page() -> str:
    """The refusals as Markdown: code, title, when, what to do."""
    rows = [(code(rule.code), rule.title, rule.when, rule.remedy) for rule in REFUSALS.values()]
    return _INTRODUCTION + table(("code", "title", "when", "what to do"), rows)
