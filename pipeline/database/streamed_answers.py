"""An answer that comes in parts, put together in the form that it has when it comes whole.

The parts are known by what they have, not by their class. What has none of these forms is kept part by part.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from typing import Any

_part_log = logging.getLogger(__name__)

_DEEPEST = 12
_NOT_JOINED = frozenset({"role", "id", "type", "name", "index"})
"""What a part says anew, and does not go on with; parts that hold themselves are followed as far as is sensible."""


def kept_part(part: object) -> Any:
    """Return a part as data, whatever becomes of it later; its class where it cannot be told."""
    try:
        return part_as_data(part)
    except Exception as error:  # parts of anybody's: what they do must not end the loop that reads them
        _part_log.warning("a part of an answer is recorded as its class: %s", type(error).__name__)
        return type(part).__name__


def answer_of_parts(data: Sequence[Any]) -> Any:
    """Return the answer of some parts, each as data: a text for texts, else data in the form of a whole answer.

    Nothing is lost where that fails: then it is the list of the parts.
    """
    if all(isinstance(part, str) for part in data):
        return "".join(data)
    told = [one for one in data if isinstance(one, dict)]
    try:
        for form in _PARTED_FORMS:
            if (answer := form(told)) is not None:
                return answer
    except Exception as error:  # parts of anybody's; what they are is still recorded
        _part_log.warning("an answer in parts is recorded part by part: %s", type(error).__name__)
    return list(data)


def part_as_data(part: object, depth: int = 0) -> Any:
    """Return a part as data: what it says of itself, else what it holds."""
    if isinstance(part, str | int | float | bool | None):
        return part
    if depth > _DEEPEST:
        return type(part).__name__
    if isinstance(part, Mapping):
        return {str(name): part_as_data(value, depth + 1) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [part_as_data(value, depth + 1) for value in part]
    dump = getattr(part, "model_dump", None)
    if callable(dump):
        try:
            return dump(mode="json", warnings=False)
        except Exception:  # one that takes no such arguments, or cannot say itself as JSON
            return part_as_data(dump(), depth + 1)
    held = getattr(part, "_value_", getattr(part, "__dict__", None))
    return str(part) if held is None else part_as_data(held, depth + 1)


def _chat_answer(data: list[dict[str, Any]]) -> dict[str, Any] | None:
    """OpenAI's chat, and its older completions."""
    chunks = [chunk for one in data if isinstance((chunk := _unwrapped_part(one)).get("choices"), list)]
    if not chunks:
        return None
    answer: dict[str, Any] = {}
    choices: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        answer |= {k: v for k, v in chunk.items() if k != "choices" and v is not None}
        for choice in chunk["choices"]:
            index = choice.get("index") or 0
            known = choices.setdefault(index, {"index": index})
            for name, value in choice.items():
                if name == "delta":
                    _join_parts(known.setdefault("message", {"content": None}), value or {})
                elif name == "text":
                    known["text"] = known.get("text", "") + (value or "")
                elif isinstance(value, dict):
                    _join_parts(known.setdefault(name, {}), value)
                elif value is not None:
                    known[name] = value
    for choice in choices.values():
        for call in choice.get("message", {}).get("tool_calls") or ():
            call.pop("index", None)
    if answer.get("object") == "chat.completion.chunk":
        answer["object"] = "chat.completion"
    return {**answer, "choices": [choices[index] for index in sorted(choices)]}


def _unwrapped_part(one: dict[str, Any]) -> dict[str, Any]:
    """The chunk in an event: Mistral's has it in `data`, that of OpenAI's `.stream()` in `chunk`."""
    inner = one.get("chunk") if one.get("type") == "chunk" else one.get("data")
    return inner if isinstance(inner, dict) else one


def _join_parts(known: dict[str, Any], given: Mapping[str, Any]) -> None:
    """Goes on with what is known: texts are joined, lists are too, and what has an index goes on with its own."""
    for name, value in given.items():
        before = known.get(name)
        if value is None:
            continue
        if isinstance(value, str) and isinstance(before, str) and name not in _NOT_JOINED:
            known[name] = before + value
        elif isinstance(value, dict) and isinstance(before, dict):
            _join_parts(before, value)
        elif isinstance(value, list):
            kept = before if isinstance(before, list) else [] if before is None else [before]
            for one in value:
                index = one.get("index") if isinstance(one, dict) else None
                same = next((k for k in kept if index is not None and k.get("index") == index), None)
                if same is None:
                    kept.append(one)
                else:
                    _join_parts(same, one)
            known[name] = kept
        elif isinstance(before, list):
            before.append(value)
        else:
            known[name] = value


def _responses_answer(data: list[dict[str, Any]]) -> dict[str, Any] | None:
    """OpenAI's responses, whose last event has the whole answer."""
    events = [one for one in data if str(one.get("type", "")).startswith("response.")]
    if not events:
        return None
    whole = [e["response"] for e in events if isinstance(e.get("response"), dict)]
    if whole and events[-1]["type"] in {"response.completed", "response.incomplete", "response.failed"}:
        return dict(whole[-1])
    text = "".join(e.get("delta") or "" for e in events if e["type"] == "response.output_text.delta")
    said = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": text}]}
    return {**(whole[-1] if whole else {"object": "response"}), "output": [said]}


def _message_answer(data: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Anthropic's messages."""
    begun = next((one.get("message") for one in data if one.get("type") == "message_start"), None)
    if not isinstance(begun, dict):
        return None
    answer, usage = dict(begun), dict(begun.get("usage") or {})
    blocks: dict[int, dict[str, Any]] = {}
    inputs: dict[int, str] = {}
    for one in data:
        kind, index = one.get("type"), one.get("index") or 0
        if kind == "content_block_start":
            blocks[index] = dict(one["content_block"])
        elif kind == "content_block_delta":
            block = blocks.setdefault(index, {})
            for name, value in one["delta"].items():
                if name == "partial_json":
                    inputs[index] = inputs.get(index, "") + (value or "")
                elif name == "citation":
                    block["citations"] = [*(block.get("citations") or ()), value]
                elif name != "type" and value is not None:
                    block[name] = (block.get(name) or "") + value
        elif kind == "message_delta":
            answer |= {k: v for k, v in one["delta"].items() if v is not None}
            usage |= {k: v for k, v in (one.get("usage") or {}).items() if v is not None}
    for index, text in inputs.items():
        blocks[index]["input"] = _as_far_as_it_is_json(text)
    return {**answer, "content": [blocks[index] for index in sorted(blocks)], "usage": usage}


def _as_far_as_it_is_json(text: str) -> Any:
    try:
        return json.loads(text or "{}")
    except ValueError:
        return text


def _candidates_answer(data: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Google's."""
    chunks = [one for one in data if "candidates" in one]
    if not chunks:
        return None
    answer: dict[str, Any] = {}
    candidates: dict[int, dict[str, Any]] = {}
    for chunk in chunks:
        answer |= {k: v for k, v in chunk.items() if k != "candidates" and v is not None}
        for candidate in chunk["candidates"] or ():
            index = candidate.get("index") or 0
            known = candidates.setdefault(index, {"content": {"parts": []}})
            known |= {k: v for k, v in candidate.items() if k != "content" and v is not None}
            content = candidate.get("content") or {}
            known["content"] |= {k: v for k, v in content.items() if k != "parts" and v is not None}
            for part in content.get("parts") or ():
                _add_to_parts(known["content"]["parts"], part)
    return {**answer, "candidates": [candidates[index] for index in sorted(candidates)]}


def _add_to_parts(parts: list[dict[str, Any]], part: dict[str, Any]) -> None:
    given = {k: v for k, v in part.items() if v is not None}
    last = parts[-1] if parts else {}
    if "text" in given and "text" in last and given.get("thought") == last.get("thought"):
        last |= {**given, "text": last["text"] + given["text"]}
    elif given:
        parts.append(given)


def _ollama_answer(data: list[dict[str, Any]]) -> dict[str, Any] | None:
    chunks = [one for one in data if isinstance(one.get("done"), bool)]
    if not chunks:
        return None
    answer: dict[str, Any] = {}
    for chunk in chunks:
        message, text = chunk.get("message"), chunk.get("response")
        answer |= {k: v for k, v in chunk.items() if k not in {"message", "response"} and v is not None}
        if isinstance(message, dict):
            _join_parts(answer.setdefault("message", {}), message)
        if isinstance(text, str):
            answer["response"] = answer.get("response", "") + text
    return answer


def _cohere_answer(data: list[dict[str, Any]]) -> dict[str, Any] | None:
    begun = next((one for one in data if one.get("type") == "message-start"), None)
    if begun is None:
        return None
    message: dict[str, Any] = {"role": "assistant"}
    answer: dict[str, Any] = {"id": begun.get("id")}
    lists: dict[str, dict[int, dict[str, Any]]] = {"content": {}, "tool_calls": {}}
    for one in data:
        delta = one.get("delta") or {}
        if one.get("type") == "message-end":
            answer |= {k: v for k, v in delta.items() if v is not None}
            continue
        for name, value in (delta.get("message") or {}).items():
            if name in lists and isinstance(value, dict):
                _join_parts(lists[name].setdefault(one.get("index") or 0, {}), value)
            elif isinstance(value, str) and name != "role":
                message[name] = message.get(name, "") + value
    for name, found in lists.items():
        if found:
            message[name] = [found[index] for index in sorted(found)]
    return {**answer, "message": message}


_PARTED_FORMS = (
    _chat_answer,
    _responses_answer,
    _message_answer,
    _candidates_answer,
    _ollama_answer,
    _cohere_answer,
)
