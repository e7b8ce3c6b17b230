"""The reference pages in docs/ are what the declarations say now, and the declarations say all there is."""

import re
import shutil
import subprocess
from pathlib import Path

import click
import pytest

from refactor.project.config import KEYS
from refactor.reference.commands import exit_statuses
from refactor.reference.environment import groups
from refactor.reference.pages import PAGES, write_pages

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", PAGES)
def test_page_is_current(name: str) -> None:
    """`make docs` was run after the last change of a declaration."""
    assert (DOCS / name).read_text(encoding="utf-8") == PAGES[name](), "run: make docs"


def test_no_page_of_the_reference_is_written_by_hand() -> None:
    """What is below reference/ is generated."""
    found = {f"reference/{file.name}" for file in (DOCS / "reference").iterdir()}

    assert found <= set(PAGES)


def test_every_page_is_written(tmp_path: Path) -> None:
    """`make docs` writes all pages."""
    write_pages(tmp_path)

    written = {str(file.relative_to(tmp_path)) for file in tmp_path.rglob("*") if file.is_file()}
    assert written == set(PAGES)


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_a_man_page_is_one() -> None:
    """No line of it is taken for a request that there is not."""
    pages = sorted(str(file) for file in (DOCS / "man").iterdir())
    shown = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", *pages], capture_output=True, text=True, check=True, encoding="utf-8"
    )

    assert shown.stderr == ""
    assert "refactor\u2010apply" in shown.stdout or "refactor-apply" in shown.stdout


def test_environment_page_has_every_variable_of_the_code() -> None:
    """Each name that looks like one of the runtime's variables is on the page, and the other way round."""
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "pipeline").rglob("*.py")]
    in_code = {name for text in sources for name in re.findall(r"[\"`](PIPELINE_[A-Z_]+[A-Z])[\"`]", text)}
    # `pipeline run` tells its own workers by it; nobody else sets it.
    in_code.remove("PIPELINE_KEEP_ANSWERS")
    on_page = {one.name for group in groups().values() for one in group}

    assert in_code == {name for name in on_page if name.startswith("PIPELINE_")}


def test_configuration_page_has_every_key() -> None:
    """Each key has a row with a meaning."""
    page = PAGES["reference/configuration.md"]()

    assert re.findall(r"^\| `([a-z-]+)` \|.*\| .{10,} \|$", page, re.MULTILINE) == list(KEYS)


def test_command_pages_have_every_option_with_a_meaning() -> None:
    """No option is without help."""
    for name in ("reference/refactor.md", "reference/pipeline.md"):
        rows = re.findall(r"^\| (`-.*?) \| (.*) \|$", PAGES[name](), re.MULTILINE)
        assert rows
        assert [row for row in rows if not row[1].strip()] == []


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        (
            "Exit status: 0 fine; 1 not fine, at all; 2 worse.",
            [("0", "fine"), ("1", "not fine, at all"), ("2", "worse")],
        ),
        ("Does.\n\nExit status: 0 done, 1 two\nlines. More 3 words.", [("0", "done"), ("1", "two lines")]),
        ("Does.", []),
    ],
)
def test_exit_statuses_are_read_from_the_sentence_in_the_help(
    sentence: str, expected: list[tuple[str, str]]
) -> None:
    """Each number with what follows it."""
    assert exit_statuses(click.Command("x", help=sentence)) == expected
