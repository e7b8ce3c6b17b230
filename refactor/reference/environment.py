"""The page of the environment variables that the runtime and the commands read."""

from __future__ import annotations

from dataclasses import dataclass

from refactor.reference.markdown import code, table
from refactor.rule_address import VARIABLE


@dataclass(frozen=True)
class Variable:
    """An environment variable.

    Attributes:
        name: what to set.
        default: what counts where it is not set; empty for nothing.
        meaning: one sentence.
    """

    name: str
    default: str
    meaning: str


def environment_page() -> str:
    """The variables as Markdown: name, default, meaning."""
    parts = ["# Environment variables\n"]
    for title, variables in groups().items():
        rows = [(code(one.name), code(one.default), one.meaning) for one in variables]
        parts += [f"## {title}\n", table(("variable", "default", "meaning"), rows)]
    return "\n".join(parts)


def groups() -> dict[str, tuple[Variable, ...]]:
    """All variables by heading. Names and defaults are the code's own."""
    from pipeline import faults
    from pipeline.cli import options as cli
    from pipeline.database import engine, retry
    from pipeline.llm import offline
    from pipeline.llm.config_file import CONFIG_VARIABLE
    from pipeline.llm.endpoint_settings import EndpointSettings

    patience = f"{retry.RetryPolicy().patience_seconds:g}"
    return {
        "The database": (
            Variable(
                engine.URL_VARIABLE,
                engine.DEFAULT_URL,
                "Where the database is: `sqlite:///FILE`, or `postgresql://…` or `postgres://…`. "
                "`?prepare_threshold=5` has the server prepare statements, which a pooler in transaction mode does not "
                "take.",
            ),
            Variable(
                engine.POOL_SIZE_VARIABLE,
                "2",
                "Connections that one process keeps. Each worker is a process.",
            ),
            Variable(
                retry.PATIENCE_VARIABLE,
                patience,
                "Seconds for which a write is tried again while the database is away; commands that only look wait "
                f"{retry.READING_PATIENCE_SECONDS:g} at most.",
            ),
        ),
        "Runs": (
            Variable(
                "PIPELINE_RUN_ROOT",
                "run",
                "Directory that holds the run directories, as `--run-root`.",
            ),
            Variable("PIPELINE_ROOT", cli.DEFAULT_ROOT, "The task that requires all others, as `--root`."),
            Variable("PIPELINE_SCHEDULER", "", "Where luigid listens, as `--scheduler`."),
            Variable(
                "PIPELINE_LOG_FORMAT", "text", "`json`: log lines as JSON documents, as `--log-format`."
            ),
            Variable("PIPELINE_GRACE", "25", "Seconds that SIGTERM leaves a command, as `--grace`."),
        ),
        "Models": (
            Variable(CONFIG_VARIABLE, "", "A TOML file that describes models."),
            Variable(
                EndpointSettings("").api_key_env,
                "",
                "The key for a model whose description names no other variable in `api_key_env`.",
            ),
        ),
        "The offline model": tuple(_offline(offline.__doc__ or "", offline.PREFIX)),
        "Tests": (
            Variable(
                faults.VARIABLE,
                "",
                "`NAME` or `NAME:COUNT`: the process kills itself at a named point, as `kill -9` would; for tests of "
                f"what a crash leaves. Names: {', '.join(code(str(point)) for point in faults.FaultPoint)}.",
            ),
        ),
        "Output": (Variable("NO_COLOR", "", "Set to anything: no colours."),),
        "The tool": (
            Variable(
                VARIABLE,
                "",
                "Where the pages of the rules are published, `https://example.org/docs/rules/{code}.html`: SARIF then "
                "has their addresses.",
            ),
            Variable(
                "SOURCE_DATE_EPOCH", "", "The time that a report says it was made at, for pages to compare."
            ),
        ),
    }


def _offline(text: str, prefix: str) -> list[Variable]:
    """The table in the offline model's own docstring."""
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) == 2 and cells[0].startswith(f"`{prefix}"):
            found.append(Variable(cells[0].strip("`"), "", f"{cells[1][0].upper()}{cells[1][1:]}."))
    return found
