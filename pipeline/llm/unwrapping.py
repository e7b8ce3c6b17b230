"""What local servers put around an answer in JSON, and how to take it off.

A model without structured output wraps its answer in a fence, thinks aloud before it, or the server hands over
content in parts. What is inside has been paid for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

_BYTE_ORDER_MARK = "\ufeff"
_THOUGHTS = re.compile(r"\s*<(think|thinking|thought|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
# A template that has the opening tag in the prompt leaves the closing one alone in the answer.
_END_OF_THOUGHTS = re.compile(r"</(?:think|thinking|thought|reasoning)>", re.IGNORECASE)
# Both ends on lines of their own: a text inside of the answer may hold one as well.
_FENCE = re.compile(
    r"^[ \t]*(`{3,}|~{3,})[ \t]*[\w+-]*[ \t]*\r?\n(.*?)\r?\n[ \t]*\1[ \t]*\r?$", re.DOTALL | re.MULTILINE
)
_MOST_ENDS = 20
_TEXT_PARTS = {"text", "output_text"}


def text_of_content(content: object) -> str:
    """Return the text of a message's content, which may be a list of parts; empty for what has none."""
    if isinstance(content, str):
        return content
    if not isinstance(content, list | tuple):
        return ""
    texts = []
    for part in content:
        if isinstance(part, str):
            texts.append(part)
        elif _field(part, "type") in _TEXT_PARTS:
            text = _field(part, "text")
            # Some give the text with its annotations.
            text = _field(text, "value") if not isinstance(text, str) else text
            texts.append(text if isinstance(text, str) else "")
    return "".join(texts)


def candidates(text: str) -> Iterator[str]:
    """Yield what may be the answer in a text, as it is first, then with less and less around it."""
    yield text
    bare = _strip(text)
    yield bare
    spoken = [bare]
    if thoughts := _THOUGHTS.match(bare):
        spoken.append(_strip(bare[thoughts.end() :]))
    elif not bare.startswith(("{", "[")):
        ends = islice(_END_OF_THOUGHTS.finditer(bare), _MOST_ENDS)
        spoken += [_strip(bare[end.end() :]) for end in ends]
    yield from spoken[1:]
    for rest in reversed(spoken):
        fences = _FENCE.findall(rest)
        # Of two blocks nobody knows which is the answer.
        if len(fences) == 1:
            yield _strip(fences[0][1])


def _strip(text: str) -> str:
    return text.strip().lstrip(_BYTE_ORDER_MARK).strip()


def _field(part: Any, name: str) -> Any:
    return part.get(name) if isinstance(part, Mapping) else getattr(part, name, None)
