"""`pipeline run`: create a plan and run all of its tasks."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from pipeline.cli.options import (
    lease_option,
    root_option,
    run_format_option,
    run_root_option,
    workers_option,
)

if TYPE_CHECKING:
    from typing import BinaryIO


@click.command()
@click.option("--prompt", help="What to plan.")
@click.option(
    "--prompt-file",
    type=click.File("rb"),
    help="File with what to plan, in UTF-8; - for standard input.",
)
@click.option("--plan-id", help="Id of the new plan; made up by default.")
@click.option(
    "--llm-model",
    "llm_models",
    multiple=True,
    default=("offline",),
    show_default=True,
    help="Model to use; repeat for fallbacks, best first.",
)
@click.option("--fast", is_flag=True, help="Skip details.")
@click.option("--start-time", metavar="ISO8601", help="When the plan starts; now by default.")
@workers_option
@run_format_option
@lease_option
@root_option
@run_root_option
@click.pass_obj
def run(
    quiet: bool,
    *,
    prompt: str | None,
    prompt_file: BinaryIO | None,
    plan_id: str | None,
    llm_models: tuple[str, ...],
    fast: bool,
    start_time: str | None,
    workers: int,
    output_format: str,
    lease: int,
    root: str,
    run_root: Path,
) -> NoReturn:
    """Create a plan and run all of its tasks."""
    if (prompt is None) == (prompt_file is None):
        raise click.UsageError("give either --prompt or --prompt-file")
    text = prompt if prompt_file is None else _read_prompt(prompt_file)
    if not text or not text.strip():
        raise click.UsageError("the prompt is empty")
    started_at = _parse_start_time(start_time)
    from pipeline.cli.actions import run as action

    action.run(
        quiet=quiet,
        prompt=text,
        plan_id=plan_id,
        llm_models=llm_models,
        fast=fast,
        started_at=started_at,
        workers=workers,
        output_format=output_format,
        lease=lease,
        root=root,
        run_root=run_root,
    )


def _parse_start_time(text: str | None) -> datetime:
    """Return the moment that ISO 8601 text names, in UTC where it names no zone, or now; raises BadParameter."""
    if text is None:
        return datetime.now(UTC).replace(microsecond=0)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--start-time") from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _read_prompt(file: BinaryIO) -> str:
    """Return the text of a prompt file as it is, but for a byte order mark; raises BadParameter unless it is UTF-8."""
    data = file.read().removeprefix(b"\xef\xbb\xbf")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise click.BadParameter(
            f"{file.name} is not UTF-8: byte 0x{data[error.start]:02x} in line {line}; save it as UTF-8",
            param_hint="--prompt-file",
        ) from None
