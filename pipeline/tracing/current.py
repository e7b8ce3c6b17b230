"""The trace that is being written in this thread, where the program writes any."""

from __future__ import annotations

import sys
from typing import Any


def current_trace_id() -> str | None:
    """Return the id of the current trace of OpenTelemetry as 32 hexadecimal digits, None where there is none.

    Nothing is imported for it: a program that has not imported OpenTelemetry writes no traces.
    """
    trace: Any = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    try:
        context = trace.get_current_span().get_span_context()
        return f"{context.trace_id:032x}" if context.is_valid else None
    except Exception:
        # Half imported, or another package of the name; no call is lost for it.
        return None
