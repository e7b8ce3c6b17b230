"""What is said of a plan that is to be created."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import BinaryIO

_OPTIONS = (
    click.option("--prompt", help="What to plan."),
    click.option(
        "--prompt-file",
        type=click.File("rb"),
        help="File with what to plan, in UTF-8; - for standard input.",
    ),
    click.option("--plan-id", help="Id of the new plan; made up by default."),
    click.option(
        "--llm-model",
        "llm_models",
        multiple=True,
        default=("offline",),
        show_default=True,
        help="Model to use; repeat for fallbacks, best first.",
    ),
    click.option("--fast", is_flag=True, help="Skip details."),
    click.option("--start-time", metavar="ISO8601", help="When the plan starts; now by default."),
)


def new_plan_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that describe a plan."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def prompt_text(prompt: str | None, prompt_file: BinaryIO | None) -> str:
    """Return what to plan; raises UsageError unless it is given once, BadParameter for a file that is no UTF-8."""
    if (prompt is None) == (prompt_file is None):
        raise click.UsageError("give either --prompt or --prompt-file")
    text = prompt if prompt_file is None else _read_prompt(prompt_file)
    if not text or not text.strip():
        raise click.UsageError("the prompt is empty")
    return text


def parse_start_time(text: str | None) -> datetime:
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
