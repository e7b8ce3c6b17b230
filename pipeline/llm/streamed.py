"""A chat completion that comes in parts, put together as if it had come whole."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


class StreamEndedEarly(Exception):  # noqa: N818 - what happened, as the transport's own errors are called
    """The parts ended before the endpoint had said why its answer ends."""


def collected(chunks: Iterable[Any]) -> tuple[SimpleNamespace, float | None]:
    """Return the completion of a stream, and when its first part that says something came, by the performance counter.

    Only the first choice is put together, since one is asked for. Raises StreamEndedEarly, and what the package raises.
    """
    first_at = None
    response_id = model = finish_reason = usage = None
    texts: dict[str, list[str]] = {"content": [], "refusal": []}
    for chunk in chunks:
        response_id = getattr(chunk, "id", None) or response_id
        model = getattr(chunk, "model", None) or model
        # The last part, which has the counts, has no choices.
        usage = getattr(chunk, "usage", None) or usage
        for choice in (getattr(chunk, "choices", None) or ())[:1]:
            finish_reason = getattr(choice, "finish_reason", None) or finish_reason
            delta = getattr(choice, "delta", None)
            for name, parts in texts.items():
                if isinstance(said := getattr(delta, name, None), str) and said:
                    first_at = time.perf_counter() if first_at is None else first_at
                    parts.append(said)
    if finish_reason is None:
        raise StreamEndedEarly("the stream ended before the answer did")
    said = {name: "".join(parts) or None for name, parts in texts.items()}
    choice = SimpleNamespace(finish_reason=finish_reason, message=SimpleNamespace(**said))
    completion = SimpleNamespace(id=response_id, model=model, choices=[choice], usage=usage)
    return completion, first_at
