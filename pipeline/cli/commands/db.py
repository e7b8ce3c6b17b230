"""`pipeline db`: migrate the database."""

from __future__ import annotations

from typing import NoReturn

import click


@click.group()
def db() -> None:
    """Migrate the database."""


@db.command()
def upgrade() -> None:
    """Bring the tables to the newest revision."""
    from pipeline.cli.actions import db as action

    action.upgrade()


@db.command()
def check() -> NoReturn:
    """Exit 1 unless the tables are as this version needs them."""
    from pipeline.cli.actions import db as action

    action.check()
