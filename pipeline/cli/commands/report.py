"""`pipeline report`: a page on a plan."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli.options import root_option, run_root_option


@click.command()
@click.argument("plan_id")
@click.option(
    "--html",
    "html_path",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    required=True,
    metavar="FILE",
    help="File to write, - for standard output.",
)
@root_option
@run_root_option
@click.pass_obj
def report(quiet: bool, *, plan_id: str, html_path: Path, root: str, run_root: Path) -> None:
    """Write a page on a plan: tasks in time, slowest tasks, tokens and cost, failures, files.

    The page is one file that needs no network. Works while the plan is running, and for plans that
    failed. Cost needs prices: tables [prices.MODEL] in the file that PIPELINE_LLM_CONFIG names.
    """
    from pipeline.cli.actions import report as action

    action.report(quiet=quiet, plan_id=plan_id, html_path=html_path, root=root, run_root=run_root)
