"""The page: one file with everything in it, that asks the network for nothing and runs no foreign script."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING
from urllib.parse import quote

from pipeline.errors import ConfigurationError
from pipeline.files import write_output
from pipeline.report import units
from pipeline.report.facts import CallState, TaskState
from pipeline.report.graph import drawn
from pipeline.report.timeline import describe_call
from pipeline.report.view import make_view

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jinja2 import BaseLoader, Environment

    from pipeline.llm.prices import Price
    from pipeline.report.facts import PlanFacts, Task

PACKAGE = "pipeline.report"

# Never the only cue beside colour: each comes with its word.
SIGNS = {
    TaskState.DONE: "✓",
    TaskState.RUNNING: "▶",
    TaskState.FAILED: "✕",
    TaskState.UNFINISHED: "◐",
    TaskState.WAITING: "○",
}


def make_environment(loader: BaseLoader) -> Environment:
    """Return what renders the templates of this page, and others that use its parts."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        loader=loader,
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        duration=units.duration,
        count=units.count,
        size=units.size,
        money=units.money,
        moment=units.moment,
        time_of_day=units.time_of_day,
        first_line=units.first_line,
        pc=_percent,
    )
    environment.globals.update(
        plural=units.plural,
        describe_call=describe_call,
        signs=SIGNS,
        CallState=CallState,
        TaskState=TaskState,
    )
    return environment


@dataclass(frozen=True, slots=True)
class Served:
    """Where a server shows what the page has only the names of.

    Attributes:
        address: the server's, `http://host:port`, without a slash at its end.
        plan_id: the plan.
    """

    address: str
    plan_id: str

    def task(self, task: Task) -> str:
        """Return the address of a task's prompts, answers and files."""
        return f"{self.address}/plans/{quote(self.plan_id, safe='')}/task?name={_quoted(task.name)}"

    def file(self, name: str) -> str:
        """Return the address of a file."""
        return f"{self.address}/plans/{quote(self.plan_id, safe='')}/file?name={_quoted(name)}"


def render(facts: PlanFacts, prices: Mapping[str, Price], server: str | None = None) -> str:
    """Return the page on a plan.

    Args:
        facts: what is known of it.
        prices: of the models.
        server: the address of a server that shows prompts, answers and files; the page links to it.
    """
    from jinja2 import PackageLoader
    from markupsafe import Markup

    environment = make_environment(PackageLoader(PACKAGE))
    style, script = _asset("style.css"), _asset("script.js") + _asset("graph.js")
    return environment.get_template("page.html").render(
        view=make_view(facts, prices),
        facts=facts,
        **drawn(facts.tasks),
        served=Served(server.rstrip("/"), facts.plan_id) if server else None,
        style=Markup(style),  # noqa: S704 - our own files, and hashed below
        script=Markup(script),  # noqa: S704
        # Hashes, not 'unsafe-inline': if something slipped through the escaping, it would still not run.
        policy=(
            f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)}; "
            "base-uri 'none'; form-action 'none'"
        ),
    )


def write_page(path: Path, page: str) -> None:
    """Write the page whole or not at all, or into a pipe or a device; raises ConfigurationError where it cannot be."""
    try:
        # A character that no file can hold is shown as its number.
        write_output(path, page.encode("utf-8", "backslashreplace"))
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror or error}") from error


def _quoted(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="")


def _asset(name: str) -> str:
    return resources.files(PACKAGE).joinpath("assets", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def _percent(value: float) -> str:
    """Return a number as an SVG attribute takes it, without digits that nobody sees."""
    return f"{value:.2f}".rstrip("0").rstrip(".") + "%"
