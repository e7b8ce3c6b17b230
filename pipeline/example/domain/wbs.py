"""The work breakdown structure: the deliverable, its phases, their tasks and subtasks, as one tree."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Self


@dataclass
class WBSTask:
    """A node of the tree; an id such as `1.2.3` tells its place in it."""

    id: str
    title: str
    details: dict[str, Any] = field(default_factory=dict)
    children: list["WBSTask"] = field(default_factory=list)

    def walk(self, depth: int = 0) -> Iterator[tuple[int, "WBSTask"]]:
        """Yield this node and all below it with their depths, parents first."""
        yield depth, self
        for child in self.children:
            yield from child.walk(depth + 1)

    def to_dict(self) -> dict[str, Any]:
        """Return the node and all below it as JSON values."""
        return {
            "id": self.id,
            "title": self.title,
            "details": self.details,
            "children": [child.to_dict() for child in self.children],
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "WBSTask":
        """Return what `to_dict` was given; raises KeyError for anything else."""
        children = [cls.from_dict(child) for child in values["children"]]
        return cls(values["id"], values["title"], dict(values["details"]), children)


@dataclass
class WBSProject:
    """The whole tree."""

    root: WBSTask

    def find(self, task_id: str) -> WBSTask | None:
        """Return the node with an id, None if there is none."""
        return next((task for _, task in self.root.walk() if task.id == task_id), None)

    @property
    def phases(self) -> list[WBSTask]:
        """The first level below the deliverable."""
        return self.root.children

    @property
    def phase_tasks(self) -> list[WBSTask]:
        """The second level: what durations and dependencies are known of."""
        return [task for phase in self.phases for task in phase.children]

    def to_dict(self) -> dict[str, Any]:
        """Return the tree as JSON values."""
        return self.root.to_dict()

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return what `to_dict` was given; raises KeyError for anything else."""
        return cls(WBSTask.from_dict(values))

    def to_csv_string(self) -> str:
        """Return the tree as CSV, separated by semicolons, one title column a level."""
        rows = list(self.root.walk())
        levels = 1 + max(depth for depth, _ in rows)
        out = io.StringIO()
        writer = csv.writer(out, delimiter=";", lineterminator="\n")
        writer.writerow(["id", *(f"level {level}" for level in range(levels)), "description"])
        for depth, task in rows:
            titles = [task.title if level == depth else "" for level in range(levels)]
            writer.writerow([task.id, *titles, task.details.get("description", "")])
        return out.getvalue()

    def to_outline(self) -> str:
        """Return ids and titles, indented by level, as a prompt shows them."""
        return "\n".join(f"{'  ' * depth}{task.id} {task.title}" for depth, task in self.root.walk())


def project_from_levels(level1: dict[str, Any], level2: list[dict[str, Any]]) -> WBSProject:
    """Join the files of the first two levels into a tree."""
    root = WBSTask(
        level1["id"], level1["project_title"], {"description": level1.get("final_deliverable", "")}
    )
    for phase in level2:
        tasks = [
            WBSTask(task["id"], task["title"], {"description": task["description"]})
            for task in phase["tasks"]
        ]
        root.children.append(WBSTask(phase["id"], phase["phase_title"], {}, tasks))
    return WBSProject(root)


def with_subtasks(project: WBSProject, level3: list[dict[str, Any]]) -> WBSProject:
    """Return a copy with the subtasks of the third level; one whose parent is unknown is left out."""
    project = WBSProject.from_dict(json.loads(json.dumps(project.to_dict())))
    for subtask in level3:
        parent = project.find(subtask["parent_id"])
        if parent is not None:
            details = {"description": subtask["description"], "resources": subtask["resources"]}
            parent.children.append(WBSTask(subtask["id"], subtask["title"], details))
    return project
