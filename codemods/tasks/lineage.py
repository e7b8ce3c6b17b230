"""Which base classes of a task are out of sight, and what those that the tool knows by name bring."""

from __future__ import annotations

from codemods.knowledge.framework_methods import ONLY_READ
from codemods.python.classes import ClassRef, ClassResolver, base_expressions
from codemods.python.names import NameResolver, dotted_name

_LUIGI_TASKS = frozenset(
    f"luigi.{prefix}{name}"
    for prefix in ("", "task.")
    for name in ("Task", "ExternalTask", "WrapperTask", "Config")
)
"""Luigi's own task classes: their `output()` gives nothing and none of their methods writes a file."""

_MEMBERLESS = frozenset(
    "object abc.ABC typing.Generic typing.Protocol Generic Protocol ABC enum.Enum enum.StrEnum".split()
)

PLAN_TASK = "pipeline.plan_task.PlanTask"
"""The base class of the runtime of this project, wherever it is installed."""

PLAN_TASK_DIRECTORY = "self.run_id_dir"
"""The run directory of the runtime's own tasks."""

PLAN_TASK_PATHS = {"file_path": "path", "local_target": "target"}
"""Methods of the runtime's own tasks that take a member of an enum and give the file of its value, by kind."""

OF_LUIGI = frozenset(
    "input output requires deps complete clone clone_parent clone_parents set_status_message "
    "set_progress_percentage set_tracking_url get_params get_param_names get_param_values to_str_params "
    "param_args task_id task_family task_module get_task_family get_task_namespace trigger_event "
    "on_success on_failure process_resources initialized run send_scheduler_message "
    "decrease_running_resources bulk_complete from_str_params has_excessive_failures no_unpicklable_properties".split()
)
"""Methods that Luigi gives a task; none of them writes a file of the task's."""

OF_THE_CONTRACT = frozenset({"get_plan_id", "get_database_service", "database_steps", "create_llm_executor"})
"""Methods that the pattern asks a base class for."""

OF_PLAN_TASK = frozenset({"file_path", "local_target", "note_end", "run_inner", "run_with_llm"})


class Lineage:
    """The base classes of a class, seen and unseen."""

    def __init__(self, names: NameResolver, classes: ClassResolver) -> None:
        self._names = names
        self._classes = classes

    def unseen(self, ref: ClassRef) -> tuple[str, ...]:
        """The base classes, as named, that are neither in the sources nor known by name."""
        return tuple(name for name, origin in self._outer(ref) if origin not in _LUIGI_TASKS | {PLAN_TASK})

    def only_reads(self, ref: ClassRef, method: str) -> bool:
        """Whether a method that no source shows is one of known frameworks, whichever of the bases it comes from."""
        outer = [o for _, o in self._outer(ref) if o not in _LUIGI_TASKS | {PLAN_TASK}]
        return bool(outer) and all(method in ONLY_READ.get(origin, ()) for origin in outer)

    def rests_on_plan_task(self, ref: ClassRef) -> bool:
        """Whether the line ends in the runtime's own base class, without its source."""
        return any(origin == PLAN_TASK for _, origin in self._outer(ref))

    def is_task(self, ref: ClassRef) -> bool:
        """Whether a class certainly is one of Luigi's tasks."""
        return any(origin in _LUIGI_TASKS | {PLAN_TASK} for _, origin in self._outer(ref))

    def _outer(self, ref: ClassRef) -> list[tuple[str, str]]:
        """The bases outside of the sources that can have members: as named, and by their full name."""
        found = []
        for item in self._classes.line(ref):
            for base in base_expressions(item.node):
                if self._classes.resolve(base, item.module) is not None:
                    continue
                dotted = dotted_name(base) or ""
                origin = self._names.origin(base, item.module) or dotted
                if origin not in _MEMBERLESS:
                    found.append((dotted or "an expression", origin))
        return found
