"""DBF605: a write that cannot be placed, so that nobody knows whether its file has a row."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.tasks.view import TaskView
from codemods.tasks.written import Row, Unplaced, Write

_NAMELESS = "nothing names the file"
_END = "                json.dump(summary.to_dict(), f, indent=2)\n"
_APPENDED = (
    '            with open(self.run_id_dir / "runs.log", "a") as log:\n                log.write("more\\n")\n'
)
_ANY_MODE = (
    '            with open(self.run_id_dir / "notes.txt", self.how) as f:\n                f.write("a")\n'
)
_LOOKED_UP = "            for name in self.exports:\n                getattr(self, name)()\n"
_EXPORT = """\
class SummariseTask(PlanTask):
    def csv(self):
        (self.run_id_dir / "summary.csv").write_text("a,b")

"""
_CLASS = "class SummariseTask(PlanTask):\n"
_READ = (
    '            with open(self.run_id_dir / "runs.log", "r") as log:\n                print(log.read())\n'
)
_ROW = '            db_service.create_plan_content({"plan_id": plan_id, "filename": "notes.txt", "content": "a"})\n'


def check(task: TaskView) -> Iterator[Found]:
    """Yields the writes that no row can be told to be of; nothing where a row could be any file's."""
    rows = task.written.rows
    if task.delegates or not task.opens_service or any(not row.is_certain for row in rows):
        return
    free = [row for row in rows if _is_free(row, task)]
    unnamed = [Unplaced(w.write.site, _NAMELESS) for w in task.written.writes if _is_nameless(w, task)]
    for write in task.written.unplaced:
        if not write.names:
            unnamed.append(write)
        elif not any(task.written.can_hold(row, name) for row in rows for name in write.names):
            yield _found(write)
    if not any(row.name is not None and "{}" in row.name.text for row in free):
        # A row that no write was found for may be that of one of these.
        for write in unnamed[len(free) :]:
            yield _found(write)
    for reached in task.unfollowed:
        yield Found(reached.led, f"a write that cannot be placed: {reached.reason}")


def _is_nameless(write: Write, task: TaskView) -> bool:
    """Whether a write is of a file that nothing names, and that no row can be told to be of."""
    if write.write.location.key is not None or (write.name is not None and write.name.known):
        return False
    return not any(write.name is not None and row.name == write.name for row in task.written.rows)


def _is_free(row: Row, task: TaskView) -> bool:
    name = row.name
    return name is None or not any(w.name is not None and name.covers(w.name) for w in task.written.writes)


def _found(write: Unplaced) -> Found:
    return Found(write.site.statement, f"a write that cannot be placed: {write.reason}")


RULE = Rule(
    code="DBF605",
    name="unplaced-write",
    summary="a write cannot be placed",
    wrong="The task writes, or may write, a file in a way that cannot be followed: it appends, opens in a mode that is "
    "no literal, hands an open file or a path out of sight, or runs a function that writes where no call of it stands. "
    "No row can be told to be that file's.",
    why="`apply` would refuse the task for it. Where it was added later, or the steps were written by hand, the file "
    "may have no row, and nobody would know.",
    remedy="Write the file where it can be seen and persist it, or, where its row is made in another way, or it is no "
    "product of the task, say so on its line: `# refactor: ignore[DBF605] reason`.",
    valid=(
        RIGHT,
        SEED,
        changed((_END, _END + _READ)),
        changed((_END, _END + _ROW + _ANY_MODE)),
    ),
    invalid=(
        changed((_END, _END + _APPENDED)),
        changed((_END, _END + _ANY_MODE)),
        changed((_CLASS, _EXPORT), (_END, _END + _LOOKED_UP)),
    ),
    check=check,
)
