"""DBF002: a suppression or an exemption that gives no reason. Found by the engine."""

from __future__ import annotations

from codemods.checking.declaration import RIGHT, SEED, Rule, changed

_PROMPT = '"prompt_text": query,'
_CUT = '"prompt_text": query[:10000],'
_CLASS = "class SummariseTask(PlanTask):"

RULE = Rule(
    code="DBF002",
    name="suppression-without-reason",
    summary="a suppression gives no reason",
    wrong="A `# refactor: ignore[...]` or `# refactor: exempt` says no more, or names no rule. It has no effect.",
    why="Who comes after cannot tell an accepted defect from a forgotten one.",
    remedy="Say in a few words why the finding is accepted here.",
    valid=(
        RIGHT,
        SEED,
        changed((_PROMPT, f"{_CUT}  # refactor: ignore[DBF303] the archive keeps the whole")),
    ),
    invalid=(
        changed((_PROMPT, f"{_CUT}  # refactor: ignore[DBF303]")),
        changed((_PROMPT, f"{_CUT}  # refactor: ignore")),
        changed((_CLASS, f"{_CLASS}  # refactor: exempt")),
    ),
)
