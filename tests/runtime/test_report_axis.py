"""Moments get places in their order, and a night between two runs does not squeeze them together."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from pipeline.report.axis import make_axis

START = datetime(2025, 10, 1, 8, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


def test_a_run_without_pauses_is_to_scale() -> None:
    axis = make_axis([(at(0), at(40)), (at(30), at(60)), (at(70), at(100))])
    assert axis.cuts == ()
    assert [round(axis.place(at(moment)), 6) for moment in (0, 50, 100)] == [0, 50, 100]
    assert [(tick.label, round(tick.left)) for tick in axis.ticks][:3] == [
        ("08:00:00", 0),
        ("+15 s", 15),
        ("+30 s", 30),
    ]


def test_a_long_pause_is_cut_and_told() -> None:
    axis = make_axis([(at(0), at(60)), (at(7260), at(7320))])
    (cut,) = axis.cuts
    assert cut.label == "2 h"
    assert cut.width < 5
    assert axis.place(at(60)) == cut.left
    assert round(axis.place(at(7260)), 6) == round(cut.left + cut.width, 6)
    assert [tick.label for tick in axis.ticks if tick.begins_stretch] == ["08:00:00", "10:01:00"]


def test_a_pause_that_costs_little_room_stays() -> None:
    assert make_axis([(at(0), at(400)), (at(440), at(800))]).cuts == ()
    assert make_axis([(at(0), at(1)), (at(25), at(26))]).cuts == ()


def test_many_pauses_leave_room_for_what_happened() -> None:
    axis = make_axis([(at(hour * 3600), at(hour * 3600 + 1)) for hour in range(40)])
    assert len(axis.cuts) == 39
    assert sum(stretch.width for stretch in axis.stretches) > 65
    assert axis.place(at(39 * 3600 + 1)) <= 100.0001


def test_a_single_moment_has_an_axis_too() -> None:
    axis = make_axis([(at(0), at(0))])
    assert axis.place(at(0)) == 0
    assert axis.place(at(5)) <= 100


def test_labels_that_have_no_room_on_a_narrow_page_are_marked() -> None:
    axis = make_axis([(at(0), at(80))])
    narrow = [tick.left for tick in axis.ticks if not tick.wide_only]
    assert len(narrow) < len(axis.ticks)
    assert all(later - earlier >= 28 for earlier, later in pairwise(narrow))


moments = st.floats(0, 10**7).map(at)


@given(
    st.lists(st.tuples(moments, moments).map(lambda pair: (min(pair), max(pair))), min_size=1, max_size=40)
)
def test_places_keep_the_order_of_moments_and_stay_on_the_page(
    intervals: list[tuple[datetime, datetime]],
) -> None:
    axis = make_axis(intervals)
    ordered = sorted(moment for interval in intervals for moment in interval)
    places = [axis.place(moment) for moment in ordered]
    assert places == sorted(places)
    assert places[0] >= 0
    assert places[-1] <= 100.0001
    assert all(-0.0001 <= tick.left <= 100.0001 for tick in axis.ticks)
    assert len(axis.ticks) <= 8 + 2 * len(axis.stretches)
