"""The source of all choices: a seed that Hypothesis picks, or a list of choices that is made shorter and smaller.

Hypothesis draws one number for a case instead of a hundred small ones: it would repeat parts of earlier cases
in every second case otherwise, and a draw costs more than running a case does.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence


class Decisions:
    """Answers each question with a number, and remembers the answers.

    Args:
        seed: where numbers come from.
        fixed: answers to give instead; 0 after the last of them. Each is cut to what is possible.
    """

    def __init__(self, seed: int = 0, fixed: Sequence[int] | None = None) -> None:
        self._random = random.Random(seed)
        self._fixed = fixed
        self.taken: list[int] = []

    def upto(self, most: int) -> int:
        """A number from 0 to `most`."""
        if self._fixed is None:
            answer = self._random.randrange(most + 1)
        else:
            position = len(self.taken)
            answer = min(most, self._fixed[position]) if position < len(self._fixed) else 0
        self.taken.append(answer)
        return answer


def shrunk(taken: Sequence[int], fails: Callable[[Sequence[int]], bool], most_tries: int = 1500) -> list[int]:
    """A simpler list of answers that still fails: parts are dropped, then set to 0, then halved."""
    best = list(taken)
    tries = 0

    def accept(candidate: list[int]) -> bool:
        nonlocal best, tries
        tries += 1
        if candidate != best and tries <= most_tries and fails(candidate):
            best = candidate
            return True
        return False

    improved = True
    while improved and tries <= most_tries:
        improved = False
        for width in (32, 16, 8, 4, 2, 1):
            start = 0
            while start < len(best):
                part = best[start : start + width]
                smaller = [[], [0] * len(part), *([[n // 2 for n in part]] if width == 1 else [])]
                if any(accept([*best[:start], *new, *best[start + width :]]) for new in smaller):
                    improved = True
                else:
                    start += width
    return best
