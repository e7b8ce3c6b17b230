"""Looks at a range of generated pipelines: `python -m tests.properties.foreign 0 500`, or one with its text: `... 17`."""

from __future__ import annotations

import sys
from collections import Counter

from tests.properties.decisions import Decisions
from tests.properties.foreign.projects import generate
from tests.properties.foreign.running import broken
from tests.properties.foreign.test_foreign import story


def main(arguments: list[str]) -> int:
    first, last = int(arguments[0]), int(arguments[-1])
    if len(arguments) == 1:
        print(story(None, seed=first))
        return 0
    tally: Counter[str] = Counter()
    wrong = 0
    for seed in range(first, last):
        found, code = broken(generate(Decisions(seed)))
        tally[code or "rewritten"] += 1
        if found:
            wrong += 1
            print(f"{seed}: {found[0][:200]}")
    print(f"{wrong} wrong of {last - first}: {dict(tally.most_common())}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
