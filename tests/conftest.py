"""What holds for all tests: how often the garbage collector looks.

A session keeps millions of objects from its collection to its end: modules, tests, parameters. The collector would
walk over them again and again, which was a third of all work.
"""

from __future__ import annotations

import gc

NEW_OBJECTS = 20_000
"""How many more objects make the collector look at the youngest ones; Python's own number is 700."""

gc.set_threshold(NEW_OBJECTS, 10, 10)


def pytest_collection_finish() -> None:
    """Leave out of every later look what is there to stay."""
    gc.collect()
    gc.freeze()
