"""DBF600: a key of `output()` that no row holds."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.tasks.view import TaskView

ROW = """\
            db_service.create_plan_content({
                "plan_id": plan_id,
                "filename": "summary.json",
                "stage": "summarise",
                "content_type": "json",
                "content": raw_content,
                "content_size_bytes": len(raw_content.encode("utf-8")),
            })
"""


def check(task: TaskView) -> Iterator[Found]:
    """Yields the outputs without a row; nothing where a row could be any file's."""
    outputs = task.context.locations.outputs
    if task.delegates or not outputs.known or any(not row.is_certain for row in task.written.rows):
        return
    for key in outputs.targets:
        name = task.written.output_name(key)
        if (
            name is None
            or not name.known
            or any(task.written.can_hold(row, name) for row in task.written.rows)
        ):
            continue
        label = f"output {key!r}" if key else "the output"
        place: ast.AST = next((w.write.call for w in task.written.writes if w.name == name), task.entry)
        yield Found(place, f"{label} ({name.shown}) is never persisted")


RULE = Rule(
    code="DBF600",
    name="output-not-persisted",
    summary="an output is never persisted",
    wrong="A file that `output()` names has no row: no `create_plan_content` gives its name.",
    why="The database is the storage, the file is only what Luigi looks at. After a restart this output is gone, and "
    "with it every task that reads it.",
    remedy="Persist it with `create_plan_content`, before the file is written.",
    valid=(
        RIGHT,
        SEED,
        changed(('"filename": "summary.json"', '"filename": self.name_of(summary)')),
        changed(
            ('"filename": "summary.json"', '"filename": Files.SUMMARY.value'),
            ("from plan import PlanTask", "from plan import Files, PlanTask"),
        ),
    ),
    invalid=(
        changed((ROW, "")),
        changed(('"filename": "summary.json"', '"filename": "sumary.json"')),
    ),
    check=check,
)
