"""Whether the names of tasks in a configuration are names of anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codemods.errors import ConfigurationError
from refactor.project.display import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from refactor.project.config import Configuration

_CLASS = re.compile(rb"^[ \t]*class[ \t]+(\w+)", re.MULTILINE)


def require_tasks(configuration: Configuration, contents: Iterable[bytes]) -> None:
    """Checks the tasks that `exempt`, `stages` and `row-stage` name against the classes of all configured files.

    Args:
        configuration: what was read.
        contents: what stands in the files that can hold a task: all of those that the configuration's paths lead to.

    Raises:
        ConfigurationError: no class is called so.
    """
    settings = configuration.settings
    named = {
        "exempt": sorted(settings.exempt),
        "stages": sorted(settings.stages),
        "row-stage": sorted(settings.row_stage),
    }
    if not any(named.values()):
        return
    known = sorted({name.decode() for content in contents for name in _CLASS.findall(content)})
    for key, names in named.items():
        for name in names:
            if name not in known:
                where = f"{configuration.source}: " if configuration.source is not None else ""
                raise ConfigurationError(
                    f"{where}{key} in [tool.refactor] names {name}, and no task is called that"
                    f"{did_you_mean(name, known)}"
                )
