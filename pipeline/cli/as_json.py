"""Frozen values as JSON, for scripts."""

import json
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from pipeline.terminal import printable_json

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def as_json(value: "DataclassInstance") -> str:
    """Return a dataclass as a JSON document: moments in ISO 8601, amounts of money as strings."""
    return printable_json(json.dumps(asdict(value), indent=2, ensure_ascii=False, default=_plain))


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
