"""Whether the names of tasks in a configuration are names of anything."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from codemods.errors import ConfigurationError
from refactor.project.display import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from refactor.project.config import Configuration

_MEMBER = re.compile(rb"\.[ \t]*([^\W\d]\w*)")
_CLASS = re.compile(rb"^[ \t]*class[ \t]+(\w+)", re.MULTILINE)


def require_tasks(configuration: Configuration, contents: Iterable[bytes]) -> None:
    """Checks the names in a configuration against what all configured files say.

    The tasks of `exempt`, `stages` and `row-stage` are classes, and a method of `writers` is mentioned somewhere.

    Args:
        configuration: what was read.
        contents: what stands in the files that can hold a task: all of those that the configuration's paths lead to.

    Raises:
        ConfigurationError: no class is called so, or no method.
    """
    settings = configuration.settings
    named = {
        "exempt": sorted(settings.exempt),
        "stages": sorted(settings.stages),
        "row-stage": sorted(settings.row_stage),
    }
    contents = tuple(contents)
    if any(named.values()):
        known = sorted({name.decode() for content in contents for name in _CLASS.findall(content)})
        for key, names in named.items():
            _require_known(configuration, key, names, known, "task")
    if settings.writers:
        members = sorted({name.decode() for content in contents for name in _MEMBER.findall(content)})
        named_methods = [name.removeprefix("self.") for name in sorted(settings.writers)]
        _require_known(configuration, "writers", named_methods, members, "method")


def _require_known(
    configuration: Configuration, key: str, names: Sequence[str], known: Sequence[str], what: str
) -> None:
    for name in names:
        if name not in known:
            where = f"{configuration.source}: " if configuration.source is not None else ""
            raise ConfigurationError(
                f"{where}{key} in [tool.refactor] names {name}, and no {what} is called that"
                f"{did_you_mean(name, known)}"
            )
