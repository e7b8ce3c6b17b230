"""What to type: the examples at the end of each command's help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

EXAMPLES: Mapping[str, Sequence[str]] = {
    "init": (
        "refactor init --diff",
        'refactor init --rebase --plan-id "self.date.isoformat()"',
        "refactor init --revert",
    ),
    "status": ("refactor status", "refactor status -v app/tasks", "refactor status --output-format json"),
    "explain": ("refactor explain ReportTask", "refactor explain --output-format json ReportTask app/tasks"),
    "apply": (
        "refactor apply --task ReportTask --diff",
        "refactor apply --stage planning --interactive",
        "refactor apply --all --commit --verify-with 'pytest -q'",
    ),
    "check": (
        "refactor check",
        "refactor check --select DBF7 --output-format full app/tasks",
        "refactor check --output-format sarif --output-file findings.sarif",
    ),
    "verify": ("refactor verify --against origin/main", "refactor verify --against ../original app/tasks"),
    "report": (
        "refactor report --html report.html",
        "refactor report --html report.html --against origin/main --since last-week.html",
        "refactor report --format markdown > summary.md",
    ),
    "revert": ("refactor revert --task ReportTask --diff", "refactor revert --all app/tasks"),
    "rule": ("refactor rule", "refactor rule DBF700", "refactor rule DBR405"),
    "lsp": ("refactor lsp",),
    "completion": (
        'eval "$(refactor completion bash)"',
        "refactor completion fish > ~/.config/fish/completions/refactor.fish",
    ),
}
"""The examples of each command, the plainest first."""


def epilog(command: str) -> str:
    """The examples as click's help shows them, empty for a command without any."""
    # click keeps the lines of a paragraph that begins with \b.
    lines = EXAMPLES.get(command, ())
    return "\n".join(("\b", "Examples:", *(f"  {line}" for line in lines))) if lines else ""
