"""The structure that the legacy pipeline must have, from facts.json."""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TaskFacts:
    """Name, place, entry method, dependencies and files of one task; the key "" stands for a single value."""

    task: str
    module: str
    entry: str
    requires: dict[str, str]
    outputs: dict[str, str]
    extra_files: list[str]


FACTS = [TaskFacts(**values) for values in json.loads(Path(__file__).with_name("facts.json").read_text())]
EXEMPT = {"StartTimeTask", "SetupTask"}
CLOSING = "FullPlanPipeline"

DONE = ("RedlineGateTask", "PremiseAttackTask", "IdentifyPurposeTask", "PlanTypeTask", "PotentialLeversTask")
"""The tasks that had been refactored when the seed was written."""
