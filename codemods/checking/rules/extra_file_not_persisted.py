"""DBF601: a file beside the outputs that no row holds."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.tasks.view import TaskView

_END = "                json.dump(summary.to_dict(), f, indent=2)\n"
_EXTRA = '            (self.run_id_dir / "summary.txt").write_text(query)\n'
_NUMBERED = (
    "            for index, part in enumerate(summary.parts):\n"
    '                with open(self.run_id_dir / "part-{}.txt".format(index), "w") as f:\n'
    "                    f.write(part)\n"
)
_TEMPORARY = (
    "            with tempfile.TemporaryDirectory() as folder:\n"
    '                summary.save_raw(os.path.join(folder, "summary.txt"))\n'
)
_KEPT = (
    "            for index, part in enumerate(summary.parts):\n"
    '                name = f"part-{index}.txt"\n'
    '                db_service.create_plan_content({"plan_id": plan_id, "filename": name, "content": part})\n'
    '                with open(self.run_id_dir / name, "w") as f:\n'
    "                    f.write(part)\n"
)


def check(task: TaskView) -> Iterator[Found]:
    """Yields the written files that are no output and have no row; nothing where a row could be any file's."""
    outputs = task.context.locations.outputs
    if task.delegates or not outputs.known or any(not row.is_certain for row in task.written.rows):
        return
    names = [task.written.output_name(key) for key in outputs.targets]
    for write in task.written.writes:
        name = write.name
        if name is None or not name.known or write.write.location.key is not None or name in names:
            continue
        if not any(task.written.can_hold(row, name) for row in task.written.rows):
            yield Found(write.write.call, f"the extra file {name.shown} is never persisted")


RULE = Rule(
    code="DBF601",
    name="extra-file-not-persisted",
    summary="an extra file is never persisted",
    wrong="The task writes a file that `output()` does not name, often in a loop or a callback, and no row holds it.",
    why="Extra files are read by other tasks and by people. Luigi does not know of them, so nothing will ever make "
    "them again.",
    remedy="Persist each with `create_plan_content`, before it is written.",
    valid=(RIGHT, SEED, changed((_END, _END + _TEMPORARY)), changed((_END, _END + _KEPT))),
    invalid=(changed((_END, _END + _EXTRA)), changed((_END, _END + _NUMBERED))),
    check=check,
)
