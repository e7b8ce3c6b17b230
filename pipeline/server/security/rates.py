"""How often one address may do something."""

from __future__ import annotations

import math
import threading
import time
from collections import deque

_SECONDS = 60.0
_ADDRESSES = 10_000


class Rate:
    """At most so many within a minute, by address."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._moments: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def wait(self, address: str) -> int:
        """Count one, unless there were too many lately: then return for how many seconds to wait."""
        now = time.monotonic()
        with self._lock:
            if len(self._moments) >= _ADDRESSES:
                self._moments = {one: m for one, m in self._moments.items() if m[-1] > now - _SECONDS}
            moments = self._moments.setdefault(address, deque(maxlen=self._most))
            if len(moments) == self._most and (left := moments[0] + _SECONDS - now) > 0:
                return math.ceil(left)
            moments.append(now)
            return 0
