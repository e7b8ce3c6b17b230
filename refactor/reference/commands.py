"""The pages of the two command lines, and of their exit statuses, from click's own objects."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING

import click

from refactor.reference.markdown import code, table

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPTION = re.compile(r"(?<![\w`-])(--[a-z][a-z-]*)(?!`)\b")
_STATUS = re.compile(r"(\d+) (.+?)(?=[;,] \d+ |$)")


def command_page(program: str) -> str:
    """A command line as Markdown: the program, then each command with its usage, arguments and options.

    Args:
        program: `refactor` or `pipeline`.
    """
    root = program_of(program)
    parts = [f"# The `{program}` command\n", *_sections(root, program, root=True)]
    for path, command in commands_of(root, program):
        parts += [f"## {path}\n", *_sections(command, path)]
    return "\n".join(parts)


def exit_status_page() -> str:
    """What the exit statuses of the two programs mean, as Markdown."""
    parts = ["# Exit statuses\n"]
    for program in ("refactor", "pipeline"):
        rows = [
            (code(status), _OPTION.sub(r"`\1`", meaning))
            for status, meaning in exit_statuses(program_of(program))
        ]
        parts += [f"## {program}\n", table(("status", "meaning"), rows)]
    return "\n".join(parts)


def exit_statuses(command: click.Command) -> list[tuple[str, str]]:
    """Status and meaning, as the sentence in a program's help gives them."""
    sentence = " ".join((command.help or "").split()).partition("Exit status: ")[2]
    return _STATUS.findall(sentence.partition(". ")[0].rstrip("."))


def program_of(program: str) -> click.Command:
    """The command line of `refactor` or `pipeline`."""
    import pipeline.cli.main
    import refactor.cli

    return {"refactor": refactor.cli.main, "pipeline": pipeline.cli.main.main}[program]


def commands_of(group: click.Command, path: str) -> Iterator[tuple[str, click.Command]]:
    """Every command below a group that does something itself, with the words that call it."""
    if not isinstance(group, click.Group):
        return
    context = click.Context(group, info_name=path)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if command is None or command.hidden:
            continue
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def _sections(command: click.Command, path: str, *, root: bool = False) -> Iterator[str]:
    context = click.Context(command, info_name=path, help_option_names=["-h", "--help"])
    yield f"{_prose(command)}\n"
    yield f"```text\n{path} {' '.join(command.collect_usage_pieces(context))}\n```\n"
    options = [one for one in command.get_params(context) if isinstance(one, click.Option) and not one.hidden]
    if not root:
        # Every command has it.
        options = [one for one in options if "--help" not in one.opts]
    if options:
        yield table(
            ("option", "meaning"), [(_names(one, context), _meaning(one, context)) for one in options]
        )
    if command.epilog:
        yield f"```sh\n{_examples(command.epilog)}```\n"


def _examples(epilog: str) -> str:
    # The lines below \b and a heading, as `refactor.examples` makes them.
    return "".join(f"{line.strip()}\n" for line in epilog.splitlines()[2:])


def _prose(command: click.Command) -> str:
    # click marks a paragraph that keeps its line breaks with \b.
    return _OPTION.sub(r"`\1`", inspect.cleandoc(command.help or "").replace("\b\n", ""))


def _names(option: click.Option, context: click.Context) -> str:
    names = ", ".join(code(name) for name in sorted(option.opts, key=len))
    if option.is_flag or option.count:
        return names
    return f"{names} {code(option.make_metavar(context))}"


def _meaning(option: click.Option, context: click.Context) -> str:
    notes = []
    if option.required:
        notes.append("Required.")
    if option.multiple:
        notes.append("Can be repeated.")
    if isinstance(option.envvar, str):
        notes.append(f"Also from {code(option.envvar)}.")
    if option.show_default:
        notes.append(f"Default: {_default(option, context)}.")
    return " ".join([_OPTION.sub(r"`\1`", option.help or ""), *notes])


def _default(option: click.Option, context: click.Context) -> str:
    value = option.get_default(context)
    if isinstance(value, list | tuple):
        return ", ".join(code(str(one)) for one in value)
    return code(str(value))
