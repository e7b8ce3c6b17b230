"""`pipeline import`: make a plan of a file from another database."""

from __future__ import annotations

import shutil
import tempfile
from typing import BinaryIO

import click

from pipeline.cli.services import open_ready_service
from pipeline.database.transfer import Transfer
from pipeline.names import check_plan_id
from pipeline.plans.transfer import import_plan as import_from


def import_plan(*, file: BinaryIO, plan_id: str | None) -> None:
    """Make the plan. Raises ConfigurationError, DatabaseError."""
    wanted = None if plan_id is None else check_plan_id(plan_id)
    with open_ready_service() as service, tempfile.TemporaryFile() as copy:
        source = file
        if not file.seekable():
            # It is read again where the transaction is repeated.
            shutil.copyfileobj(file, copy)
            source = copy
        made, rows = import_from(service, Transfer(None, None, None), source, wanted)
    click.echo(made)
    click.echo(f"imported plan {made}: {rows} rows; go on with: pipeline resume {made}", err=True)
