"""Named points at which a test can have the process killed.

`PIPELINE_FAULT=content_committed:3` kills the process, as `kill -9` would, when it passes the
named point for the third time. Without the variable a fault point costs a dictionary look-up.
"""

import os
import signal
from collections import Counter
from enum import StrEnum

from pipeline.errors import ConfigurationError

VARIABLE = "PIPELINE_FAULT"


class FaultPoint(StrEnum):
    """The moments between which a crash makes a difference."""

    INTERACTION_CREATED = "interaction_created"
    LLM_ANSWERED = "llm_answered"
    ANSWER_COMMITTED = "answer_committed"
    INTERACTION_COMPLETED = "interaction_completed"
    CONTENT_BEFORE_COMMIT = "content_before_commit"
    CONTENT_COMMITTED = "content_committed"
    RESTORE_KEPT = "restore_kept"
    RESTORE_BEFORE_REPLACE = "restore_before_replace"
    RESTORE_REPLACED = "restore_replaced"


_passes: Counter[str] = Counter()


def fault_point(point: FaultPoint) -> None:
    """Die here if the environment says so; raises ConfigurationError for a fault that does not exist."""
    wanted = os.environ.get(VARIABLE)
    if not wanted:
        return
    name, _, count = wanted.partition(":")
    if name not in FaultPoint.__members__.values() or not (count or "1").isdigit():
        raise ConfigurationError(
            f"{VARIABLE}={wanted!r}: expected NAME or NAME:COUNT, NAME one of {list(map(str, FaultPoint))}"
        )
    if name != point:
        return
    _passes[name] += 1
    if _passes[name] == int(count or "1"):
        os.kill(os.getpid(), signal.SIGKILL)
