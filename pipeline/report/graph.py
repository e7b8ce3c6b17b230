"""The tasks of a plan as a drawing: layers by dependency, in as many columns as show them largest."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from pipeline.report.facts import Task

WIDTH, HEIGHT = 190, 30
_GAP, _LAYER_GAP, _COLUMN_GAP, _MARGIN = 12, 24, 56, 12
_SCREEN = (1160, 760)
_LONGEST_LABEL = 22
_SWEEPS = 4

Needs = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A task by its number, and its upper left corner; `near` are those that it needs or that need it."""

    number: int
    x: float
    y: float
    near: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Edge:
    """A line from a task to one that needs it, as SVG path data."""

    source: int
    target: int
    path: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """The nodes by layer, the lines that no others imply, and the size."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float


def draw(tasks: Sequence[Task]) -> Drawing | None:
    """Lay out tasks; None where nothing is known of what they need."""
    by_name = {task.name: number for number, task in enumerate(tasks)}
    needs = tuple(tuple(by_name[name] for name in task.needs if name in by_name) for task in tasks)
    return _draw(needs) if any(needs) else None


def label(name: str) -> str:
    """Return what stands in a node."""
    stem = name.removesuffix("Task") or name
    return stem if len(stem) <= _LONGEST_LABEL else f"{stem[: _LONGEST_LABEL - 1]}…"


def drawn(tasks: Sequence[Task]) -> dict[str, Any]:
    """Return what the template of the graph needs beside the tasks."""
    return {"drawing": draw(tasks), "node_width": WIDTH, "node_height": HEIGHT, "label": label}


# Only the states change while a plan runs.
@lru_cache(maxsize=32)
def _draw(needs: Needs) -> Drawing:
    depths = _depths(needs)
    direct = _reduced(needs, depths)
    layers = _layers(depths, direct)
    tall = _tall(layers)
    columns = [layers[start : start + tall] for start in range(0, len(layers), tall)]
    at: dict[int, tuple[float, float]] = {}
    left = float(_MARGIN)
    for column in columns:
        width = max(map(len, column)) * (WIDTH + _GAP) - _GAP
        for row, layer in enumerate(column):
            start = left + (width - len(layer) * (WIDTH + _GAP) + _GAP) / 2
            for index, number in enumerate(layer):
                at[number] = (start + index * (WIDTH + _GAP), _MARGIN + row * (HEIGHT + _LAYER_GAP))
        left += width + _COLUMN_GAP
    near: list[set[int]] = [set(below) for below in needs]
    for number, below in enumerate(needs):
        for one in below:
            near[one].add(number)
    edges = tuple(
        Edge(one, number, _path(at[one], at[number])) for number, below in enumerate(direct) for one in below
    )
    nodes = tuple(
        Node(number, *at[number], tuple(sorted(near[number]))) for layer in layers for number in layer
    )
    height = 2 * _MARGIN + tall * (HEIGHT + _LAYER_GAP) - _LAYER_GAP
    return Drawing(nodes, edges, left - _COLUMN_GAP + _MARGIN, height)


def _depths(needs: Needs) -> list[int]:
    # Those that are needed come first.
    depths: list[int] = []
    for number, below in enumerate(needs):
        depths.append(1 + max((depths[one] for one in below if one < number), default=-1))
    return depths


def _reduced(needs: Needs, depths: Sequence[int]) -> list[tuple[int, ...]]:
    """The needs without those that follow from others."""
    beyond: dict[int, set[int]] = {}
    direct: list[tuple[int, ...]] = [()] * len(needs)
    for number in sorted(range(len(needs)), key=depths.__getitem__):
        own = [one for one in dict.fromkeys(needs[number]) if depths[one] < depths[number]]
        implied = set().union(*(beyond[one] for one in own))
        direct[number] = tuple(one for one in own if one not in implied)
        beyond[number] = implied | set(own)
    return direct


def _layers(depths: Sequence[int], direct: Sequence[tuple[int, ...]]) -> list[list[int]]:
    """The layers, each ordered by the mean place of its neighbours, so that few lines cross."""
    layers: list[list[int]] = [[] for _ in range(max(depths, default=-1) + 1)]
    neighbours: list[list[int]] = [list(below) for below in direct]
    for number, depth in enumerate(depths):
        layers[depth].append(number)
        for one in direct[number]:
            neighbours[one].append(number)
    place = {number: index - len(layer) / 2 for layer in layers for index, number in enumerate(layer)}
    for sweep in range(_SWEEPS):
        for layer in layers if sweep % 2 == 0 else reversed(layers):
            wanted = {number: _mean(neighbours[number], place, place[number]) for number in layer}
            layer.sort(key=wanted.__getitem__)
            place.update({number: index - len(layer) / 2 for index, number in enumerate(layer)})
    return layers


def _mean(numbers: Sequence[int], place: Mapping[int, float], otherwise: float) -> float:
    return sum(place[one] for one in numbers) / len(numbers) if numbers else otherwise


def _tall(layers: Sequence[Sequence[int]]) -> int:
    """How many layers a column has where the drawing is largest on a screen."""

    def scale(tall: int) -> float:
        widths = [
            max(map(len, layers[start : start + tall])) * (WIDTH + _GAP) + _COLUMN_GAP
            for start in range(0, len(layers), tall)
        ]
        return min(_SCREEN[0] / sum(widths), _SCREEN[1] / (tall * (HEIGHT + _LAYER_GAP)), 1.0)

    return max(range(len(layers), 0, -1), key=scale)


def _path(source: tuple[float, float], target: tuple[float, float]) -> str:
    x1, y1 = source[0] + WIDTH / 2, source[1] + HEIGHT
    x2, y2 = target[0] + WIDTH / 2, target[1]
    if y2 > y1:
        bend = (y2 - y1) / 2
        return f"M{x1:.0f},{y1:.0f}C{x1:.0f},{y1 + bend:.0f} {x2:.0f},{y2 - bend:.0f} {x2:.0f},{y2:.0f}"
    # To the next column: out at the side, and in at the other.
    x1, y1 = source[0] + WIDTH, source[1] + HEIGHT / 2
    x2, y2 = target[0], target[1] + HEIGHT / 2
    return f"M{x1:.0f},{y1:.0f}C{x1 + 40:.0f},{y1:.0f} {x2 - 40:.0f},{y2:.0f} {x2:.0f},{y2:.0f}"
