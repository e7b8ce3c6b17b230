"""Methods that frameworks on Luigi give a task, by the full name of their class: which of them only read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_OF_GOKART = frozenset("load load_data_frame load_generator".split())
_OF_D6TFLOW = frozenset("inputLoad outputLoad".split())

ONLY_READ: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        **dict.fromkeys(("gokart.TaskOnKart", "gokart.task.TaskOnKart"), _OF_GOKART),
        **{
            f"d6tflow.tasks.{name}": _OF_D6TFLOW
            for name in "TaskData TaskCache TaskCachePandas TaskPickle TaskJson TaskCSVPandas TaskPqPandas".split()
        },
    }
)
"""What loads the inputs, or what the task has written before; none of it writes a file."""
