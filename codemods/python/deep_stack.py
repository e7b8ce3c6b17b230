"""Room for code that is nested deeper than Python's own limits expect: generated conditions, long concatenations."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

_LEVELS = 60_000
"""How deep calls may nest; a level of a tree takes three to six of them."""
_BYTES_A_LEVEL = 8 * 1024
"""More than a call takes of the machine's stack, C code in between included. Only what is used becomes memory."""

_inside = threading.local()


def with_deep_stack(work: Callable[[], T]) -> T:
    """Does some work in a thread with a large stack, and gives or raises what it gives or raises.

    Inside of such work, and where the system gives no such thread, it is done in place. The work has to be pure: when
    Ctrl-C ends the waiting for it, it is abandoned and goes on to its end unseen.
    """
    if getattr(_inside, "deep", False):
        return work()
    done: list[T] = []
    failed: list[BaseException] = []

    def run() -> None:
        _inside.deep = True
        try:
            done.append(work())
        except BaseException as error:
            failed.append(error)

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, _LEVELS))
    try:
        ran = _joined(run)
    finally:
        sys.setrecursionlimit(limit)
    if not ran:
        return work()
    if failed:
        raise failed[0]
    return done[0]


def _joined(run: Callable[[], None]) -> bool:
    """Runs in a thread with the large stack; False where the system has no room for it, and nothing was run."""
    before = threading.stack_size()
    try:
        threading.stack_size(_LEVELS * _BYTES_A_LEVEL)
        thread = threading.Thread(target=run, name="deep", daemon=True)
        thread.start()
    except (RuntimeError, ValueError):
        return False
    finally:
        with suppress(ValueError):
            threading.stack_size(before)
    thread.join()
    return True
