"""`pipeline report`: a page on a plan."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import click

from pipeline.cli.options import root_option, run_root_option


def _address(context: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
            raise click.BadParameter(f"{value} is no address of a server, as http://127.0.0.1:8765 is")
    return value


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
@click.option(
    "--server",
    callback=_address,
    metavar="URL",
    help="Where `pipeline serve` is reached: the page links to its prompts, answers and files.",
)
@root_option
@run_root_option
@click.pass_obj
def report(
    quiet: bool, *, plan_id: str, html_path: Path, server: str | None, root: str, run_root: Path
) -> None:
    """Write a page on a plan: tasks by dependency and in time, slowest tasks, tokens and cost, failures, files.

    The page is one file that needs no network. Works while the plan is running, and for plans that
    failed. Cost needs prices: tables [prices.MODEL] in the file that PIPELINE_LLM_CONFIG names.
    """
    from pipeline.cli.actions import report as action

    action.report(
        quiet=quiet, plan_id=plan_id, html_path=html_path, server=server, root=root, run_root=run_root
    )
