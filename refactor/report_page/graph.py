"""The dependency graph as a drawing: layers by dependency depth, stacked in columns that fit a screen."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from refactor.report_page.routing import Corridors, straight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from refactor.report_page.gathering import StagePages
    from refactor.report_page.model import TaskPage

Item = TypeVar("Item")

NODE_WIDTH, NODE_HEIGHT = 178, 36
GAP, LAYER_GAP = 14, 24
MARGIN, CORRIDOR = 14, 26
SCREEN = (1240, 900)
LONGEST_LINE = 20
SWEEPS = 8
MOST_COLUMNS = 8


@dataclass(frozen=True)
class Node(Generic[Item]):
    """A task, or a stage, in the drawing.

    Attributes:
        item: the task or the stage.
        x, y: its upper left corner.
        label: its name in one line or two.
        requires: positions of the nodes that it requires, all of them.
        required_by: positions of the nodes that require it.
    """

    item: Item
    x: float
    y: float
    label: tuple[str, ...]
    requires: tuple[int, ...]
    required_by: tuple[int, ...]


@dataclass(frozen=True)
class Edge:
    """A line from a task to one that requires it.

    Attributes:
        source, target: positions of the nodes.
        path: the line, as SVG path data.
    """

    source: int
    target: int
    path: str


@dataclass(frozen=True)
class Drawing(Generic[Item]):
    """The whole graph.

    Attributes:
        nodes: the tasks or stages, by layer and from left to right.
        edges: the requirements that no other requirement implies.
        implied: how many requirements are left out because others imply them.
        columns: how many columns the layers stand in.
        width, height: of the drawing.
    """

    nodes: tuple[Node[Item], ...]
    edges: tuple[Edge, ...]
    implied: int
    columns: int
    width: float
    height: float


def draw(pages: Sequence[TaskPage]) -> Drawing[TaskPage]:
    """Lays out the tasks; each stands below, or in a column to the right of, everything that it requires."""
    by_name = {page.report.task.name: number for number, page in enumerate(pages)}
    needs = {
        number: tuple(by_name[name] for name in page.report.task.requires if name in by_name)
        for number, page in enumerate(pages)
    }
    return _laid_out(pages, [label(page.report.task.name) for page in pages], needs)


def draw_stages(stages: Sequence[StagePages]) -> Drawing[StagePages]:
    """Lays out the stages, each as one node; a stage requires another where one of its tasks does."""
    stage_of = {page.report.task.name: number for number, stage in enumerate(stages) for page in stage.tasks}
    needs: dict[int, tuple[int, ...]] = {}
    for number, stage in enumerate(stages):
        required = {
            stage_of[name] for page in stage.tasks for name in page.report.task.requires if name in stage_of
        }
        needs[number] = tuple(sorted(required - {number}))
    return _laid_out(stages, [(_cut(stage.name),) for stage in stages], needs)


def _laid_out(
    items: Sequence[Item], labels: Sequence[tuple[str, ...]], needs: Mapping[int, Sequence[int]]
) -> Drawing[Item]:
    depths = _depths(needs)
    reduced = _reduced(needs, depths)
    layers = _ordered_layers(depths, reduced)
    columns = _columns(layers)
    return _placed(items, labels, needs, reduced, columns)


def _depths(needs: Mapping[int, Sequence[int]]) -> dict[int, int]:
    """How many tasks at most come before each one; a requirement that closes a circle does not count."""
    depths: dict[int, int] = {}

    def depth(node: int, path: frozenset[int]) -> int:
        if node not in depths:
            below = [depth(one, path | {node}) for one in needs[node] if one not in path and one != node]
            depths[node] = 1 + max(below, default=-1)
        return depths[node]

    for node in needs:
        depth(node, frozenset())
    return depths


def _reduced(needs: Mapping[int, Sequence[int]], depths: Mapping[int, int]) -> dict[int, tuple[int, ...]]:
    """The requirements without those that follow from others."""
    reached: dict[int, set[int]] = {}
    reduced: dict[int, tuple[int, ...]] = {}
    for node in sorted(needs, key=lambda one: depths[one]):
        direct = [one for one in dict.fromkeys(needs[node]) if depths[one] < depths[node]]
        beyond = set().union(*(reached[one] for one in direct))
        reduced[node] = tuple(one for one in direct if one not in beyond)
        reached[node] = beyond | set(direct)
    return reduced


def _ordered_layers(depths: Mapping[int, int], edges: Mapping[int, Sequence[int]]) -> list[list[int]]:
    """The layers, each ordered by the mean position of its nodes' neighbours, so that few lines cross."""
    layers: list[list[int]] = [[] for _ in range(max(depths.values(), default=-1) + 1)]
    for node, depth in depths.items():
        layers[depth].append(node)
    neighbours: dict[int, list[int]] = {node: list(edges[node]) for node in edges}
    for node, below in edges.items():
        for one in below:
            neighbours[one].append(node)
    position: dict[int, float] = {}
    for layer in layers:
        position.update({node: index - (len(layer) - 1) / 2 for index, node in enumerate(layer)})
    for sweep in range(SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            layer.sort(key=lambda node: _mean([position[one] for one in neighbours[node]], position[node]))
            position.update({node: index - (len(layer) - 1) / 2 for index, node in enumerate(layer)})
    return layers


def _mean(values: Sequence[float], default: float) -> float:
    return sum(values) / len(values) if values else default


def _columns(layers: Sequence[list[int]]) -> list[list[list[int]]]:
    """The layers split into as many columns as show them largest on a screen."""
    best: tuple[float, list[list[list[int]]]] = (0.0, [])
    for count in range(1, min(MOST_COLUMNS, len(layers)) + 1):
        tall = -(-len(layers) // count)
        columns = [list(layers[start : start + tall]) for start in range(0, len(layers), tall)]
        width = sum(_column_width(column) + CORRIDOR for column in columns) + 2 * MARGIN
        height = tall * (NODE_HEIGHT + LAYER_GAP) + 2 * MARGIN
        scale = min(SCREEN[0] / width, SCREEN[1] / height, 1.0)
        if scale > best[0] + 0.01:
            best = (scale, columns)
    return best[1]


def _column_width(column: Sequence[Sequence[int]]) -> float:
    return max(len(layer) for layer in column) * (NODE_WIDTH + GAP) - GAP


def _placed(
    items: Sequence[Item],
    labels: Sequence[tuple[str, ...]],
    needs: Mapping[int, Sequence[int]],
    reduced: Mapping[int, Sequence[int]],
    columns: Sequence[Sequence[Sequence[int]]],
) -> Drawing[Item]:
    long_edges = _long_edges(reduced, columns)
    corridors = Corridors(columns, long_edges, CORRIDOR)
    top = MARGIN + corridors.bus_height
    at: dict[int, tuple[float, float]] = {}
    left = float(MARGIN)
    for number, column in enumerate(columns):
        at.update(_column_positions(column, reduced, left, top))
        left += _column_width(column)
        corridors.place(number, left)
        left += corridors.width(number)
    order = [node for column in columns for layer in column for node in layer]
    place = {node: position for position, node in enumerate(order)}
    wanted: dict[int, list[int]] = {node: [] for node in order}
    for node, below in needs.items():
        for one in below:
            wanted[one].append(node)
    edges = []
    for node in order:
        for one in reduced[node]:
            (x1, y1), (x2, y2) = at[one], at[node]
            start, end = (x1 + NODE_WIDTH / 2, y1 + NODE_HEIGHT), (x2 + NODE_WIDTH / 2, y2)
            routed = (one, node) in long_edges
            path = corridors.route(one, node, start, end, LAYER_GAP) if routed else straight(start, end)
            edges.append(Edge(place[one], place[node], path))
    nodes = tuple(
        Node(
            items[node],
            *at[node],
            labels[node],
            tuple(sorted(place[one] for one in set(needs[node]))),
            tuple(sorted(place[one] for one in set(wanted[node]))),
        )
        for node in order
    )
    tallest = max((len(column) for column in columns), default=0)
    height = top + tallest * (NODE_HEIGHT + LAYER_GAP) - LAYER_GAP + MARGIN
    implied = sum(len(set(below)) for below in needs.values()) - len(edges)
    return Drawing(nodes, tuple(edges), implied, len(columns), left + MARGIN, height)


def _long_edges(
    reduced: Mapping[int, Sequence[int]], columns: Sequence[Sequence[Sequence[int]]]
) -> dict[tuple[int, int], tuple[tuple[int, int], tuple[int, int]]]:
    """The lines that do not lead from a layer to the next of the same column, with column and row of both ends."""
    cell = {
        node: (number, row)
        for number, column in enumerate(columns)
        for row, layer in enumerate(column)
        for node in layer
    }
    return {
        (one, node): (cell[one], cell[node])
        for node, below in reduced.items()
        for one in below
        if cell[one][0] != cell[node][0] or cell[node][1] - cell[one][1] > 1
    }


def _column_positions(
    column: Sequence[Sequence[int]], reduced: Mapping[int, Sequence[int]], left: float, top: float
) -> dict[int, tuple[float, float]]:
    """Each layer centred in its column, then every node moved towards what it requires, as far as there is room."""
    width = _column_width(column)
    at: dict[int, tuple[float, float]] = {}
    for row, layer in enumerate(column):
        taken = len(layer) * (NODE_WIDTH + GAP) - GAP
        lowest, highest = left, left + width - taken
        centred = left + (width - taken) / 2
        wishes = [
            _mean([at[one][0] for one in reduced[node] if one in at], centred + index * (NODE_WIDTH + GAP))
            - index * (NODE_WIDTH + GAP)
            for index, node in enumerate(layer)
        ]
        start = min(max(_mean(wishes, centred), lowest), highest)
        y = top + row * (NODE_HEIGHT + LAYER_GAP)
        at.update({node: (start + index * (NODE_WIDTH + GAP), y) for index, node in enumerate(layer)})
    return at


def label(name: str) -> tuple[str, ...]:
    """A class name for a node: without `Task`, in two lines where it is long, cut where it is longer still."""
    stem = name.removesuffix("Task") or name
    if len(stem) <= LONGEST_LINE:
        return (stem,)
    words = re.findall(r"[A-Z]+(?![a-z])\d*|[A-Z]?[a-z_]+\d*|\d+|.", stem)
    splits = [("".join(words[:at]), "".join(words[at:])) for at in range(1, len(words))]
    fitting = [split for split in splits if len(split[0]) <= LONGEST_LINE]
    first, second = min(fitting, key=_longer, default=(stem[:LONGEST_LINE], stem[LONGEST_LINE:]))
    return first, _cut(second)


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_LINE else f"{text[: LONGEST_LINE - 1]}…"


def _longer(split: tuple[str, str]) -> int:
    return max(map(len, split))
