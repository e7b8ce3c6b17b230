"""Numbers are shown as people read them, and what is not known as unknown."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from pipeline.report import units
from pipeline.report.facts import Money


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (None, "unknown"),
        (0, "0.00 s"),
        (0.449, "0.45 s"),
        (1, "1.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min"),
        (125, "2 min 5 s"),
        (3599.6, "1 h"),
        (3725, "1 h 2 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_durations(seconds: float | None, text: str) -> None:
    assert units.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.5, "0.5 s"), (45, "45 s"), (60, "1:00"), (90, "1:30"), (7384, "2:03:04")]
)
def test_labels_of_an_axis(seconds: float, text: str) -> None:
    assert units.clock(seconds) == text


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_135_716, "1.1 MB"), (5 * 10**12, "5000.0 GB")],
)
def test_sizes(size: int, text: str) -> None:
    assert units.size(size) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        ("0", "USD 0.00"),
        ("1234.5", "USD 1,234.50"),
        ("0.1", "USD 0.10"),
        ("0.0192", "USD 0.019"),
        ("0.00000123", "USD 0.0000012"),
        ("0.000000000001", "USD 0.00000000"),
    ],
)
def test_amounts_keep_two_digits_that_say_something(amount: str, text: str) -> None:
    assert units.money(Money("USD", Decimal(amount))) == text


def test_what_is_not_known_is_said_to_be() -> None:
    assert (units.money(None), units.count(None), units.moment(None)) == ("unknown",) * 3


def test_moments_are_shown_in_utc() -> None:
    moment = datetime(2025, 10, 1, 1, 30, tzinfo=timezone(timedelta(hours=2)))
    assert (units.moment(moment), units.time_of_day(moment)) == ("2025-09-30 23:30:00", "23:30:00")
    assert units.moment(moment.astimezone(UTC)) == "2025-09-30 23:30:00"


def test_the_first_line_with_something_in_it_is_cut_where_it_gets_long() -> None:
    assert units.first_line("\n  \n an error\nmore") == "an error"
    assert units.first_line("") == ""
    assert units.first_line("x" * 200, 10) == "xxxxxxxxx…"


def test_nouns() -> None:
    assert [units.plural(n, "call") for n in (0, 1, 2000)] == ["0 calls", "1 call", "2,000 calls"]
    assert units.plural(2, "call has", "calls have") == "2 calls have"
