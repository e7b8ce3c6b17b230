"""Numbers as people read them."""

from datetime import UTC, datetime
from decimal import Decimal

from pipeline.report.facts import Money

UNKNOWN = "unknown"

_MINUTE = 60
_HOUR = 3600
_DAY = 86400


def duration(seconds: float | None) -> str:
    """Return a duration with two units at most, such as `2 min 5 s`."""
    if seconds is None:
        return UNKNOWN
    if seconds < 1:
        return f"{seconds:.2f} s"
    if round(seconds, 1) < _MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < _HOUR:
        return _two(whole, _MINUTE, "min", 1, "s")
    if whole < _DAY:
        return _two(whole, _HOUR, "h", _MINUTE, "min")
    return _two(whole, _DAY, "d", _HOUR, "h")


def _two(whole: int, big: int, big_name: str, small: int, small_name: str) -> str:
    rest = whole % big // small
    return f"{whole // big} {big_name} {rest} {small_name}" if rest else f"{whole // big} {big_name}"


def clock(seconds: float) -> str:
    """Return a duration as short as the label of an axis must be: `0.5 s`, `45 s`, `1:30`, `2:00:00`."""
    if seconds < _MINUTE:
        return f"{seconds:g} s"
    minutes, rest = divmod(round(seconds), _MINUTE)
    if minutes < _MINUTE:
        return f"{minutes}:{rest:02}"
    return f"{minutes // _MINUTE}:{minutes % _MINUTE:02}:{rest:02}"


def count(number: int | None) -> str:
    """Return a number with its thousands apart."""
    return UNKNOWN if number is None else f"{number:,}"


def plural(number: int, singular: str, several: str | None = None) -> str:
    """Return a number with its noun."""
    return f"{number:,} {singular if number == 1 else several or singular + 's'}"


def size(size_bytes: int) -> str:
    """Return a number of bytes in the unit that keeps it short."""
    value = float(size_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{size_bytes} B" if unit == "B" else f"{value:.1f} {unit}"


def money(amount: Money | None) -> str:
    """Return an amount with its currency: two decimals, or as many as a small amount needs."""
    if amount is None:
        return UNKNOWN
    value = amount.amount
    places = 2 if value == 0 or value >= Decimal("0.1") else min(8, 1 - value.adjusted())
    return f"{amount.currency} {value:,.{places}f}"


def moment(value: datetime | None) -> str:
    """Return a moment in UTC, to the second."""
    return UNKNOWN if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def time_of_day(value: datetime) -> str:
    """Return the time of a moment in UTC, without the day."""
    return f"{value.astimezone(UTC):%H:%M:%S}"


def first_line(text: str, limit: int = 160) -> str:
    """Return the first line of a text that has something in it, cut where it gets long."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= limit else f"{line[: limit - 1]}…"
