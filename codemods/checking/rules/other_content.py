"""DBF602: a row whose content is not what the file gets."""

from __future__ import annotations

from collections.abc import Iterator

from codemods.checking.contents import difference
from codemods.checking.declaration import RIGHT, SEED, Found, Rule, changed
from codemods.tasks.view import TaskView

_DUMPED = "            raw_content = json.dumps(summary.to_dict(), indent=2)\n"
_END = "                json.dump(summary.to_dict(), f, indent=2)\n"


def check(task: TaskView) -> Iterator[Found]:
    """Yields rows that certainly hold other bytes than the one file of their name."""
    for row in task.written.rows:
        if row.name is None:
            continue
        writes = [w for w in task.written.writes if w.name == row.name]
        found = [difference(task, row, write) for write in writes]
        content = row.record.field("content")
        if content is not None and found and all(found):
            yield Found(content, f"the row of {row.name.shown} is not what the file gets: {found[0]}")


RULE = Rule(
    code="DBF602",
    name="other-content",
    summary="the row's content is not what the file gets",
    wrong="The content is made by another expression than the one that writes the file: another indentation, other "
    "options, or what belongs to another file.",
    why="A file that is made again from its row would not be the file that was lost, and a comparison of the two "
    "reports damage that there is none of.",
    remedy="Compute the content once and give it to both, or copy the writer's expression.",
    valid=(
        RIGHT,
        SEED,
        changed((_END, "                f.write(raw_content)\n")),
        changed(
            (
                _DUMPED,
                "            result = summary.to_dict()\n            raw_content = json.dumps(result, indent=2)\n",
            )
        ),
    ),
    invalid=(
        changed((_DUMPED, "            raw_content = json.dumps(summary.to_dict())\n")),
        changed((_DUMPED, "            raw_content = json.dumps(summary.to_dict(), indent=4)\n")),
        changed(
            ('"content": raw_content', '"content": query'),
            (_END, _END + '            (self.run_id_dir / "query.txt").write_text(query)\n'),
        ),
    ),
    check=check,
)
