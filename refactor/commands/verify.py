"""`refactor verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from refactor import options

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@options.common
@click.option("--against", required=True, metavar="REV|PATH", help="A git revision, a file or a directory.")
def verify(paths: tuple[Path, ...], config: Path | None, against: str) -> None:
    """Prove, task by task, that only insertions happened since a revision or another copy."""
    from refactor.changes import verifying
    from refactor.project import config as configuration

    settings = configuration.load(config, paths)
    where = paths or settings.paths
    proofs, problems = verifying.verify_paths(
        where, verifying.older(against, where), against, settings.settings
    )
    for line in verifying.lines(proofs, quiet=options.is_quiet()):
        click.echo(line)
    options.tell_problems(problems)
    options.tell(verifying.summary(proofs, problems))
    click.get_current_context().exit(verifying.status(proofs, problems))
