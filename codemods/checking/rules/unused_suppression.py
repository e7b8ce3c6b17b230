"""DBF001: a suppression that suppresses nothing. Found by the engine."""

from __future__ import annotations

from codemods.checking.declaration import RIGHT, SEED, Rule, changed

_PROMPT = '"prompt_text": query,'
_CUT = '"prompt_text": query[:10000],'

RULE = Rule(
    code="DBF001",
    name="unused-suppression",
    summary="a suppression suppresses nothing",
    wrong="A `# refactor: ignore[...]` names a rule that finds nothing on its line, or a `# refactor: exempt` stands "
    "outside of every class header.",
    why="It hides the next defect of that kind on the line, and tells readers of a problem that is gone.",
    remedy="Remove it; an exemption goes into the header of the class.",
    valid=(
        RIGHT,
        SEED,
        changed((_PROMPT, f"{_CUT}  # refactor: ignore[DBF303] the archive keeps the whole")),
    ),
    invalid=(
        changed((_PROMPT, f"{_PROMPT}  # refactor: ignore[DBF303] the archive keeps the whole")),
        changed(
            ("    def output(self):", "    # refactor: exempt kept by the web server\n    def output(self):")
        ),
    ),
)
