"""`refactor rule`."""

from __future__ import annotations

import click

from refactor import completing


@click.command()
@click.argument("code", required=False, shell_complete=completing.codes)
@click.option("--all", "everything", is_flag=True, help="The pages of all rules.")
def rule(code: str | None, *, everything: bool) -> None:
    """Explain CODE, a rule of `refactor check` (DBF...) or a refusal (DBR...); without CODE, list the rules."""
    from refactor.output import rule_pages

    if everything:
        click.echo(rule_pages.document(), nl=False)
    elif code is None:
        click.echo(rule_pages.listing(), nl=False)
    else:
        click.echo(rule_pages.explained(code), nl=False)
