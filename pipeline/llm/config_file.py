"""The file that describes models and prices."""

import os
import tomllib
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigurationError

CONFIG_VARIABLE = "PIPELINE_LLM_CONFIG"

_TABLES = {"models", "prices"}


def read_config() -> tuple[str, dict[str, dict[str, Any]]]:
    """Return the path and the tables of the file that the environment names; none if it names none.

    Raises ConfigurationError for a file that cannot be read, or with other tables than expected.
    """
    path = os.environ.get(CONFIG_VARIABLE)
    if not path:
        return "", {}
    try:
        document = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"{CONFIG_VARIABLE}: cannot read {path}: {error}") from error
    if set(document) - _TABLES or not all(isinstance(table, dict) for table in document.values()):
        raise ConfigurationError(f"{path}: expected tables [models.NAME] and [prices.NAME] and nothing else")
    return path, document


def config_stamp() -> tuple[object, ...] | None:
    """Return what changes when that file does; None if the environment names none."""
    path = os.environ.get(CONFIG_VARIABLE)
    if not path:
        return None
    try:
        status = Path(path).stat()
    except OSError:
        return (path, None)
    return (path, status.st_mtime_ns, status.st_size)
