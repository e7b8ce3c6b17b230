"""The two command lines as man pages, from click's own objects."""

from __future__ import annotations

import inspect
from functools import partial
from typing import TYPE_CHECKING

import click

from refactor.reference.commands import commands_of, program_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAMS = ("refactor", "pipeline")


def man_pages() -> dict[str, Callable[[], str]]:
    """The name of each page, and what makes it: a program, then each of its commands."""
    return {
        f"{path.replace(' ', '-')}.1": partial(_page, path, command)
        for program in PROGRAMS
        for path, command in ((program, program_of(program)), *commands_of(program_of(program), program))
    }


def _page(path: str, command: click.Command) -> str:
    context = click.Context(command, info_name=path, help_option_names=["-h", "--help"])
    name = path.replace(" ", "-")
    paragraphs = _paragraphs(command.help or "")
    lines = [
        f'.TH "{_text(name.upper())}" "1" "" "luigi-database-first"',
        ".SH NAME",
        f"{_text(name)} \\- {_text(paragraphs[0].rstrip('.'))}",
        ".SH SYNOPSIS",
        f".B {_text(path)}",
        _text(" ".join(command.collect_usage_pieces(context))),
        ".SH DESCRIPTION",
        "\n.PP\n".join(map(_text, paragraphs)),
    ]
    parameters = [one for one in command.get_params(context) if isinstance(one, click.Option)]
    records = [one.get_help_record(context) for one in parameters]
    options = [record for record in records if record is not None]
    if options:
        lines.append(".SH OPTIONS")
        for names, meaning in options:
            lines += [".TP", f"\\fB{_text(names)}\\fP", _text(meaning)]
    if isinstance(command, click.Group):
        lines += [".SH COMMANDS", *_listed(command, path)]
    if command.epilog:
        lines += [".SH EXAMPLES", ".nf"]
        lines += [_text(line.strip()) for line in command.epilog.splitlines()[2:]]
        lines.append(".fi")
    return "\n".join(lines) + "\n"


def _listed(group: click.Group, path: str) -> Iterator[str]:
    for called, command in commands_of(group, path):
        first = _paragraphs(command.help or "")[0]
        yield f".TP\n\\fB{_text(called.replace(' ', '-'))}\\fP(1)\n{_text(first)}"


def _paragraphs(text: str) -> list[str]:
    """The paragraphs, each on one line: roff fills lines by itself."""
    cleaned = inspect.cleandoc(text).replace("\b\n", "").replace("`", "")
    return [" ".join(paragraph.split()) for paragraph in cleaned.split("\n\n")]


def _text(text: str) -> str:
    """A text that roff takes as it is: hyphens that can be copied, nothing that looks like a request."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
