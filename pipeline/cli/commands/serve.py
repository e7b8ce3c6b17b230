"""`pipeline serve`: plans over HTTP, and in a browser."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import root_option, run_root_option, scheduler_option, workers_option


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="Port to listen at; 0 for any that is free.",
)
@click.option(
    "--token-env",
    metavar="NAME",
    help="Environment variable with the token that callers must know.",
)
@click.option("--read-only", is_flag=True, help="Refuse whatever would change something.")
@scheduler_option
@workers_option
@click.option(
    "--max-runs",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="How many plans this server runs at once.",
)
@click.option(
    "--max-writes",
    type=click.IntRange(min=1),
    default=60,
    show_default=True,
    help="How many changes one address may ask for within a minute.",
)
@root_option
@run_root_option
@click.pass_obj
def serve(
    quiet: bool,
    *,
    host: str,
    port: int,
    token_env: str | None,
    read_only: bool,
    scheduler: str | None,
    workers: int,
    max_runs: int,
    max_writes: int,
    root: str,
    run_root: Path,
) -> None:
    """Serve plans over HTTP: pages to create, watch and read them, an API, live events, metrics.

    With --scheduler, what is created is handed to `pipeline worker`; else this server runs it, each plan in a
    process of its own. At any address but this machine's own, --token-env or --read-only is required.
    """
    from pipeline.cli.actions import serve as action

    action.serve(
        quiet=quiet,
        host=host,
        port=port,
        token_env=token_env,
        read_only=read_only,
        scheduler=scheduler,
        workers=workers,
        max_runs=max_runs,
        max_writes=max_writes,
        root=root,
        run_root=run_root,
    )
