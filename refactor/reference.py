"""Reference pages made from the declarations: `python -m refactor.reference DIRECTORY` writes them."""

from __future__ import annotations

import sys
from pathlib import Path

from codemods.refusals import REFUSALS


def refusals_page() -> str:
    """The table of refusals as Markdown: code, when, what to do."""
    rows = [
        f"| `{rule.code}` | {rule.title} | {_cell(rule.when)} | {_cell(rule.remedy)} |"
        for rule in REFUSALS.values()
    ]
    return "\n".join(
        [
            "# Refusals",
            "",
            "A task whose steps cannot be inserted without breaking a law is left as it is. The command says the code,",
            "the reason and the position, and ends with exit status 1. `refactor explain TASK` says what would help.",
            "",
            "| code | title | when | what to do |",
            "| --- | --- | --- | --- |",
            *rows,
            "",
        ]
    )


PAGES = {"refusals.md": refusals_page}
"""File name below the documentation's directory, and what makes it."""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def write_pages(directory: Path) -> None:
    """Writes every page into an existing directory."""
    for name, page in PAGES.items():
        (directory / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
