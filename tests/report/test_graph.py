"""The drawing of the graph: layers, no overlap, lines that cross no task."""

from __future__ import annotations

import random
import re
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from codemods.model import TaskClass, TaskReport, TaskState
from refactor.report_page.graph import LONGEST_LINE, NODE_HEIGHT, NODE_WIDTH, Drawing, draw, label
from refactor.report_page.model import TaskPage


def pages(requires: dict[str, tuple[str, ...]]) -> list[TaskPage]:
    return [
        TaskPage(
            TaskReport(TaskClass(name, Path("t.py"), 1, 1, "run", name, "g", needs), TaskState.TODO),
            TaskState.TODO, name, "", (), (), None, None, (), (),
        )
        for name, needs in requires.items()
    ]  # fmt: skip


def random_requirements(seed: int) -> dict[str, tuple[str, ...]]:
    chance = random.Random(seed)
    names = [f"T{n}" for n in range(chance.randint(1, 60))]
    return {
        name: tuple(sorted(set(chance.choices(names[:n], k=chance.randint(0, 4))))) if n else ()
        for n, name in enumerate(names)
    }


def by_name(drawing: Drawing) -> dict[str, int]:
    return {node.item.report.task.name: at for at, node in enumerate(drawing.nodes)}


@pytest.mark.parametrize("seed", range(20))
def test_layers_overlap_and_lines(seed: int) -> None:
    requires = random_requirements(seed)
    drawing = draw(pages(requires))
    at = by_name(drawing)
    assert set(at) == set(requires)
    for one, other in combinations(drawing.nodes, 2):
        assert abs(one.x - other.x) >= NODE_WIDTH or abs(one.y - other.y) >= NODE_HEIGHT
    for node in drawing.nodes:
        assert 0 <= node.x <= drawing.width - NODE_WIDTH
        assert 0 <= node.y <= drawing.height - NODE_HEIGHT
    for name, needs in requires.items():
        for other in needs:
            below, right = drawing.nodes[at[name]], drawing.nodes[at[other]]
            assert below.y > right.y or below.x > right.x + NODE_WIDTH
            assert at[other] in drawing.nodes[at[name]].requires
            assert at[name] in drawing.nodes[at[other]].required_by


@pytest.mark.parametrize("seed", range(20))
def test_only_implied_requirements_are_left_out(seed: int) -> None:
    requires = random_requirements(seed)
    drawing = draw(pages(requires))
    at = by_name(drawing)
    drawn: dict[int, set[int]] = {}
    for edge in drawing.edges:
        drawn.setdefault(edge.target, set()).add(edge.source)

    def reached(node: int) -> set[int]:
        return set().union(*({one} | reached(one) for one in drawn.get(node, ())))

    for name, needs in requires.items():
        assert {at[other] for other in needs} <= reached(at[name])
        for one in drawn.get(at[name], ()):
            assert not any(one in reached(other) for other in drawn[at[name]] - {one})
    assert drawing.implied == sum(map(len, requires.values())) - len(drawing.edges)


@pytest.mark.parametrize("seed", range(20))
def test_lines_cross_no_task(seed: int) -> None:
    drawing = draw(pages(random_requirements(seed)))
    for edge in drawing.edges:
        if "C" in edge.path:  # from a layer to the next
            continue
        points = [tuple(map(float, pair)) for pair in re.findall(r"(-?[\d.]+),(-?[\d.]+)", edge.path)]
        for (x1, y1), (x2, y2) in pairwise(points):
            for share in (0.1, 0.3, 0.5, 0.7, 0.9):
                x, y = x1 + (x2 - x1) * share, y1 + (y2 - y1) * share
                assert 0 <= x <= drawing.width
                assert 0 <= y <= drawing.height
                inside = [
                    n.page.report.task.name
                    for n in drawing.nodes
                    if n.x < x < n.x + NODE_WIDTH and n.y < y < n.y + NODE_HEIGHT
                ]
                assert not inside, edge.path


def test_circles_and_unknown_names_are_borne() -> None:
    drawing = draw(pages({"A": ("B", "A"), "B": ("A", "Gone"), "C": ("B",)}))
    assert len(drawing.nodes) == 3
    assert draw([]).nodes == ()


def test_long_names_in_two_lines() -> None:
    assert label("SetupTask") == ("Setup",)
    assert label("Task") == ("Task",)
    assert label("EnrichTeamMembersWithContractTypeTask") == ("EnrichTeamMembers", "WithContractType")
    assert "".join(label("WBSProjectLevel1AndLevel2AndLevel3Task")) == "WBSProjectLevel1AndLevel2AndLevel3"
    assert all(len(line) <= LONGEST_LINE for line in label("X" * 90))
    assert label("X" * 90)[1].endswith("…")
