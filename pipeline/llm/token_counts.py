"""Token counts as endpoints give them: anything may stand there."""

MAX_COUNT = 2**31 - 1
"""What an INTEGER column of both databases takes."""


def usable_count(value: object) -> int | None:
    """Return a count that can be booked; None, which is not given, for what is no count of tokens.

    An answer is never lost for what its endpoint says that it cost.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if not 0 <= value <= MAX_COUNT or value != int(value):
        return None
    return int(value)
