# mypy: allow-untyped-calls
"""Luigi's configuration without what a luigi.cfg nearby says of how tasks are run.

Luigi reads that file from the working directory by itself. What it says of a task's own parameters, or of a
target's credentials, is the user's business; how tasks are scheduled and run is this package's.
"""

from __future__ import annotations

from luigi.configuration import LuigiConfigParser, get_config

_OF_THE_RUN = frozenset(
    {"batch_notifier", "core", "email", "execution_summary", "logging", "resources", "retcode", "scheduler"}
    | {"sendgrid", "smtp", "task_history", "worker"}
)


def use_own_configuration() -> None:
    """Take out of Luigi's configuration, in this process and the workers that it forks, what is not for tasks.

    In place, because parts of Luigi hold on to the configuration that they were imported with.
    """
    config = get_config()
    if isinstance(config, LuigiConfigParser):
        # Not interpolated: a variable that is missing is told by whoever asks for the value. With the defaults,
        # which would reach into every section.
        kept = {
            name: dict(config.items(name, raw=True)) for name in config.sections() if name not in _OF_THE_RUN
        }
        config.clear()
        for name in list(config.defaults()):
            config.remove_option("DEFAULT", name)
        for section, values in kept.items():
            for name, value in values.items():
                config.set(section, name, value)
    # Luigi would add a handler of its own, which does not redact.
    config.set("core", "no_configure_logging", "true")
