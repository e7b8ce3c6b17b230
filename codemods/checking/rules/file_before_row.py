"""DBF700: a file that is written before its row."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.checking.ordering import order_of
from codemods.checking.rules.output_not_persisted import ROW
from codemods.tasks.view import TaskView

WRITE = """\
            with self.output().open("w") as f:
                json.dump(summary.to_dict(), f, indent=2)
"""
_READ_BACK = """\
            path = self.output().path
            summary.save_raw(path)
            with open(path, "r") as f:
                raw_content = f.read()
"""
_CONFIRMED = """\
            with open(self.output().path) as written_file:
                written = written_file.read()
            if written != raw_content:
                db_service.create_plan_content({"plan_id": plan_id, "filename": "summary.json", "content": written})
"""
_DUMPED = "            raw_content = json.dumps(summary.to_dict(), indent=2)\n"


def check(task: TaskView) -> Iterator[Found]:
    """Yields the writes after which their row comes, on a way on which none came before; none by consent."""
    if task.context.row_after_file:
        return
    for function in task.functions:
        for write, row in order_of(task, function).late.values():
            name = write.name.shown if write.name is not None else "the file"
            line = row.record.call.lineno
            yield Found(write.write.call, f"{name} is written before its row (line {line})")


RULE = Rule(
    code="DBF700",
    name="file-before-row",
    summary="a file is written before its row",
    wrong="The file is written, and its content goes into the database only afterwards, often by reading it back.",
    why="When the process dies in between, Luigi takes the task for done because the file is there, and the database "
    "never gets the content. After the next restart the file is gone too.",
    remedy="Compute the content first, persist it, write the file last.",
    valid=(RIGHT, SEED, changed((WRITE, WRITE + _CONFIRMED))),
    invalid=(changed((ROW, ""), (WRITE, WRITE + ROW)), changed((_DUMPED, _READ_BACK), (WRITE, ""))),
    check=check,
)
