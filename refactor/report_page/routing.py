"""The lines of the graph: a curve to the next layer, and along free corridors to all others."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Point = tuple[float, float]
Cell = tuple[int, int]

TRACK = 6.0
RADIUS = 5.0
BUS = "bus"


def straight(start: Point, end: Point) -> str:
    """A curve from one point down to another."""
    middle = (start[1] + end[1]) / 2
    return f"M{_p(start)}C{_n(start[0])},{_n(middle)} {_n(end[0])},{_n(middle)} {_p(end)}"


class Corridors:
    """Free space to the right of each column, and above all of them, in which no node stands."""

    def __init__(
        self,
        columns: Sequence[Sequence[Sequence[int]]],
        edges: Mapping[tuple[int, int], tuple[Cell, Cell]],
        width: float,
    ) -> None:
        """Gives every line a track of its own wherever it runs beside another one.

        Args:
            columns: the nodes by column and layer.
            edges: the lines to be routed, with column and row of their ends.
            width: the least width of a corridor.
        """
        self._edges = edges
        self._least = width
        self._lefts: dict[int, float] = {}
        bottom = max((len(column) for column in columns), default=0)
        wanted: dict[object, list[tuple[float, float, tuple[int, int]]]] = {}
        for edge, ((column, row), (to_column, to_row)) in edges.items():
            here, there = row + 0.5, to_row - 0.5
            if to_column - column in {0, 1}:
                wanted.setdefault(column, []).append((min(here, there), max(here, there), edge))
            else:
                ends = sorted((column, to_column - 1))
                wanted.setdefault(column, []).append((-1, min(here, bottom), edge))
                wanted.setdefault(to_column - 1, []).append((-1, there, edge))
                wanted.setdefault(BUS, []).append((ends[0], ends[1], edge))
        self._tracks = {where: _colour(spans) for where, spans in wanted.items()}

    @property
    def bus_height(self) -> float:
        """The room above the columns."""
        return TRACK * self._count(BUS) + (RADIUS if self._count(BUS) else 0)

    def width(self, column: int) -> float:
        """The width of the corridor to the right of a column."""
        count = self._count(column)
        return max(self._least, TRACK * (count + 2)) if count else self._least

    def place(self, column: int, left: float) -> None:
        """Says where a corridor begins."""
        self._lefts[column] = left

    def route(self, source: int, target: int, start: Point, end: Point, layer_gap: float) -> str:
        """The line between two nodes; all corridors up to the target's must have their places."""
        edge = (source, target)
        (column, _), (to_column, _) = self._edges[edge]
        lane, to_lane = start[1] + layer_gap * 0.35, end[1] - layer_gap * 0.4
        x = self._x(column, edge)
        if to_column - column in {0, 1}:
            points = [start, (start[0], lane), (x, lane), (x, to_lane), (end[0], to_lane), end]
        else:
            over = self._x(to_column - 1, edge)
            bus = RADIUS + TRACK * self._tracks[BUS][edge]
            points = [start, (start[0], lane), (x, lane), (x, bus), (over, bus), (over, to_lane)]
            points += [(end[0], to_lane), end]
        return _rounded(points)

    def _count(self, where: object) -> int:
        return 1 + max(self._tracks[where].values()) if where in self._tracks else 0

    def _x(self, column: int, edge: tuple[int, int]) -> float:
        return self._lefts[column] + TRACK * (1.5 + self._tracks[column][edge])


def _colour(spans: Sequence[tuple[float, float, tuple[int, int]]]) -> dict[tuple[int, int], int]:
    """A track for each span so that spans on one track do not touch; short ones lie inside."""
    tracks: list[list[tuple[float, float]]] = []
    found = {}
    for low, high, edge in sorted(spans, key=lambda span: (span[1] - span[0], span[0])):
        free = (n for n, taken in enumerate(tracks) if all(high < one[0] or low > one[1] for one in taken))
        number = next(free, len(tracks))
        if number == len(tracks):
            tracks.append([])
        tracks[number].append((low, high))
        found[edge] = number
    return found


def _rounded(points: Sequence[Point]) -> str:
    """A line along points, with rounded corners."""
    parts = [f"M{_p(points[0])}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        parts.append(f"L{_p(_towards(corner, before))}Q{_p(corner)} {_p(_towards(corner, after))}")
    parts.append(f"L{_p(points[-1])}")
    return "".join(parts)


def _towards(corner: Point, other: Point) -> Point:
    """The point at which a corner begins to bend."""
    dx, dy = other[0] - corner[0], other[1] - corner[1]
    length = (dx * dx + dy * dy) ** 0.5
    if not length:
        return corner
    share = min(RADIUS, length / 2) / length
    return corner[0] + dx * share, corner[1] + dy * share


def _p(point: Point) -> str:
    return f"{_n(point[0])},{_n(point[1])}"


def _n(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")
