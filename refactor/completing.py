"""Names that a shell completes: tasks and stages of the project, and codes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click
    from click.shell_completion import CompletionItem

    from codemods.model import TaskReport


def tasks(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The tasks whose class name begins so, each with its state; for click's `shell_complete`."""
    return _items({report.task.name: str(report.state) for report in _reports(ctx)}, incomplete)


def stages(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The stages whose name begins so."""
    return _items({report.task.group: "" for report in _reports(ctx)}, incomplete)


def codes(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The rules of `check` and the refusals."""
    from codemods.refusals import REFUSALS

    refusals = {code: refusal.title for code, refusal in REFUSALS.items()}
    return [*rules(ctx, parameter, incomplete), *_items(refusals, incomplete)]


def rules(ctx: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The rules of `check`."""
    from codemods.checking.rules import BY_CODE

    return _items({code: rule.summary for code, rule in BY_CODE.items()}, incomplete)


def _reports(ctx: click.Context) -> list[TaskReport]:
    """The tasks of the paths that were typed so far; none where the project cannot be read."""
    from refactor.project.opening import open_project

    try:
        return list(
            open_project(ctx.params.get("paths") or (), ctx.params.get("config"), lambda task: False).reports
        )
    except Exception:
        # A traceback in the middle of a typed line helps nobody; the command itself says what is wrong.
        return []


def _items(known: dict[str, str], incomplete: str) -> list[CompletionItem]:
    from click.shell_completion import CompletionItem

    wanted = incomplete.lower()
    return [
        CompletionItem(name, help=text or None)
        for name, text in sorted(known.items())
        if name.lower().startswith(wanted)
    ]
