"""The runner of the pages' commands: what is wrong in a page fails."""

import os
from pathlib import Path

import pytest

from tests.docs.console import Command, NotRun, PageFile, matches, run_page, steps


def told(page: str, directory: Path, timeout: float = 20) -> list[str]:
    work = directory / "work"
    work.mkdir()
    return run_page(page, work, os.environ, timeout)


def block(*lines: str) -> str:
    return "\n".join(["```console", *lines, "```", ""])


def test_right_page_is_right(tmp_path: Path) -> None:
    """Variables, directories and files last from one block to the next."""
    page = (
        block("$ mkdir below && cd below", "$ word=kept")
        + '```python title="deep/answer.py"\nprint(42)\n```\n'
        + block("$ echo $word; ls deep", "kept", "answer.py")
        + "<!-- exit: 3 -->\n"
        + block(
            "$ cat <<END", "> two", "> END", "two", "$ sh -c 'echo out; echo err >&2; exit 3'", "out", "err"
        )
    )

    assert told(page, tmp_path) == []


@pytest.mark.parametrize(
    "page",
    [
        block("$ echo one", "two"),
        block("$ echo one; echo two", "one"),
        block("$ echo one", "one", "two"),
        block("$ true", "something"),
        block("$ false"),
        block("$ echo right; false", "right"),
        "<!-- exit: 1 -->\n" + block("$ true"),
        "<!-- exit: 1 -->\n" + block("$ false", "$ false"),
        block("$ no-such-command-anywhere"),
    ],
)
def test_wrong_page_is_told(page: str, tmp_path: Path) -> None:
    """Other output or another status is told once."""
    assert len(told(page, tmp_path)) == 1


def test_a_page_that_does_not_end_is_told(tmp_path: Path) -> None:
    """The command that waits is named."""
    found = told(block("$ echo before", "$ sleep 30"), tmp_path, timeout=4)

    assert [text for text in found if "`sleep 30` did not end" in text]
    assert [text for text in found if "more than 4 s" in text]


@pytest.mark.parametrize(
    ("expected", "printed", "equal"),
    [
        ("a\nb", "a\nb\n", True),
        ("a  b", "a b\n", False),
        ("a\n…\nd", "a\nb\nc\nd\n", True),
        ("a\n…\nd", "a\nd\n", True),
        ("a\n…\nd", "a\nb\n", False),
        ("…\nd", "a\nd\ne\n", False),
        ("a …  z", "a b c  z\n", True),
        ("a … z", "a\nz\n", False),
        ("a.c", "abc\n", False),
        ("…", "", True),
    ],
)
def test_elision(expected: str, printed: str, equal: bool) -> None:
    """`…` stands for lines, or for a part of a line, and everything else for itself."""
    assert matches(expected, printed) is equal


def test_what_a_page_says() -> None:
    """Blocks of other languages are text; comments belong to the block below them."""
    page = (
        "```toml\nx = 1\n```\n\n"
        '<!-- not run: needs a network -->\n```console\n$ curl x\n```\n\n```toml title="a.toml"\nx = 1\n```\n'
        "\n    ```console\n    $ ls\n    a\n    ```\n"
    )

    assert list(steps(page)) == [
        NotRun(6, "$ curl x\n", "needs a network"),
        PageFile(10, "a.toml", "x = 1\n"),
        Command(15, "ls", "a", 0),
    ]


@pytest.mark.parametrize("page", [block("ls"), "<!-- not run: -->\n" + block("$ ls")])
def test_senseless_block(page: str) -> None:
    """A block without a command, and one that is left out without a reason."""
    with pytest.raises(ValueError, match="line"):
        list(steps(page))
