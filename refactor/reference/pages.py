"""Which page is made by what."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from codemods.checking.rules import RULES
from refactor.output.rule_pages import index, site_page
from refactor.reference.commands import command_page, exit_status_page
from refactor.reference.configuration import configuration_page
from refactor.reference.database import database_page
from refactor.reference.documents import documents_page
from refactor.reference.environment import environment_page
from refactor.reference.man import man_pages
from refactor.reference.refusals import refusals_page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path


PAGES: Mapping[str, Callable[[], str]] = {
    "refusals.md": refusals_page,
    "rules.md": index,
    **{f"rules/{rule.code}.md": partial(site_page, rule) for rule in RULES},
    "reference/refactor.md": lambda: command_page("refactor"),
    "reference/pipeline.md": lambda: command_page("pipeline"),
    "reference/exit-statuses.md": exit_status_page,
    "reference/configuration.md": configuration_page,
    "reference/environment.md": environment_page,
    "reference/database.md": database_page,
    "reference/json.md": documents_page,
    **{f"man/{name}": page for name, page in man_pages().items()},
}
"""File name below the documentation's directory, and what makes it."""


def write_pages(directory: Path) -> None:
    """Writes every page below an existing directory. Raises OSError where that cannot be written."""
    for name, page in PAGES.items():
        file = directory / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(page(), encoding="utf-8")
