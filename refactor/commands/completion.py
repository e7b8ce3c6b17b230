"""`refactor completion`."""

from __future__ import annotations

import click

_VARIABLE = "_REFACTOR_COMPLETE"


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that lets SHELL complete commands, options, tasks, stages and rules."""
    from click.shell_completion import get_completion_class

    # Asked of the context: the root imports the commands, not the other way round.
    root = click.get_current_context().find_root()
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"no completion for {shell}")
    script = kind(root.command, {}, root.info_name or "refactor", _VARIABLE)
    # Not source(): for bash it starts one to learn its version, and warns of a shell that is not the reader's.
    click.echo(script.source_template % script.source_vars(), nl=False)
