"""How much of the pipeline's detail a run asks for."""

from enum import Enum


class SpeedVsDetailEnum(str, Enum):  # noqa: UP042 - Luigi and old databases know the members as plain strings
    """The trade between a quick run and a detailed plan."""

    ALL_DETAILS_BUT_SLOW = "all_details_but_slow"
    FAST_BUT_SKIP_DETAILS = "fast_but_skip_details"
