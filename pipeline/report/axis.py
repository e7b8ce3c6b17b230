"""A time axis: from moments to places, with the times in which nothing happened cut out."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise

from pipeline.report import units

Interval = tuple[datetime, datetime]

_STEPS = (
    0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800,
    3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800,
)  # fmt: skip
_WANTED_TICKS = 8
_CUT_WIDTH = 4.0
_LABEL_WIDTH = 7.0
_LABEL_WIDTH_NARROW = 28.0


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of time in which something happened, and where it is, in percent of the width."""

    begin: datetime
    end: datetime
    left: float
    width: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark on the axis; `wide_only` where a narrow page has no room for its label."""

    left: float
    label: str
    begins_stretch: bool
    wide_only: bool = False


@dataclass(frozen=True, slots=True)
class Cut:
    """A time in which nothing happened, drawn as a narrow band whatever its length."""

    left: float
    width: float
    label: str


@dataclass(frozen=True, slots=True)
class Axis:
    """Places in percent for moments."""

    stretches: tuple[Stretch, ...]
    ticks: tuple[Tick, ...]
    cuts: tuple[Cut, ...]

    def place(self, moment: datetime) -> float:
        """Return where a moment is; one outside of all stretches is at the edge of the nearest before it."""
        place = self.stretches[0].left
        for stretch in self.stretches:
            if moment < stretch.begin:
                break
            length = (stretch.end - stretch.begin).total_seconds()
            share = (moment - stretch.begin).total_seconds() / length if length else 0.0
            place = stretch.left + stretch.width * min(1.0, share)
        return place


def make_axis(intervals: Iterable[Interval]) -> Axis:
    """Return an axis for intervals, of which there is at least one.

    A pause of at least half a minute that would take more than an eighth of the width is cut.
    """
    busy = _union(intervals)
    active = sum((end - begin).total_seconds() for begin, end in busy)
    pauses = [(later[0] - earlier[1]).total_seconds() for earlier, later in pairwise(busy)]
    longest_kept = max(30.0, active / 7)
    stretches_in_time = [busy[0]]
    cut_lengths = []
    for pause, interval in zip(pauses, busy[1:], strict=True):
        if pause <= longest_kept:
            stretches_in_time[-1] = (stretches_in_time[-1][0], interval[1])
        else:
            cut_lengths.append(pause)
            stretches_in_time.append(interval)
    return _lay_out(stretches_in_time, cut_lengths)


def _union(intervals: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for begin, end in sorted(intervals):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _lay_out(stretches_in_time: list[Interval], cut_lengths: list[float]) -> Axis:
    cut_width = min(_CUT_WIDTH, 30.0 / max(1, len(cut_lengths)))
    available = 100.0 - cut_width * len(cut_lengths)
    lengths = [(end - begin).total_seconds() for begin, end in stretches_in_time]
    # A stretch of a moment gets some width all the same.
    floor = max(sum(lengths) * 0.02, 0.001)
    weights = [max(length, floor) for length in lengths]
    scale = available / sum(weights)
    stretches, cuts, ticks = [], [], []
    left = 0.0
    for index, ((begin, end), weight) in enumerate(zip(stretches_in_time, weights, strict=True)):
        # Where a moment was stretched to a width, the axis is stretched with it.
        stretch = Stretch(begin, max(end, begin + timedelta(seconds=weight)), left, weight * scale)
        stretches.append(stretch)
        left += stretch.width
        if index < len(cut_lengths):
            cuts.append(Cut(left, cut_width, units.duration(cut_lengths[index])))
            left += cut_width
    step = _step(sum(weights))
    for stretch in stretches:
        ticks += _ticks(stretch, step)
    return Axis(tuple(stretches), _thinned(ticks), tuple(cuts))


def _thinned(ticks: list[Tick]) -> tuple[Tick, ...]:
    """Mark the ticks whose label has no room on a narrow page: the beginnings of stretches go first."""
    kept: list[Tick] = []
    for tick in sorted(ticks, key=lambda tick: not tick.begins_stretch):
        if all(abs(tick.left - other.left) >= _LABEL_WIDTH_NARROW for other in kept):
            kept.append(tick)
    return tuple(tick if tick in kept else replace(tick, wide_only=True) for tick in ticks)


def _step(seconds: float) -> float:
    return next((step for step in _STEPS if seconds / step <= _WANTED_TICKS), seconds / _WANTED_TICKS)


def _ticks(stretch: Stretch, step: float) -> list[Tick]:
    length = (stretch.end - stretch.begin).total_seconds()
    ticks = []
    if stretch.width >= _LABEL_WIDTH:
        ticks.append(Tick(stretch.left, units.time_of_day(stretch.begin), begins_stretch=True))
    for number in range(1, int(length / step) + 1):
        offset = number * step / length * stretch.width
        if _LABEL_WIDTH <= offset <= stretch.width - _LABEL_WIDTH / 2:
            ticks.append(Tick(stretch.left + offset, f"+{units.clock(number * step)}", begins_stretch=False))
    return ticks
