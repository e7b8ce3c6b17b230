"""What the database steps store: prompts and answers as text, the model that answered, files as they are."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Collection
from pathlib import Path, PurePath
from typing import Any

from pipeline.database.answer_facts import facts_of
from pipeline.errors import ConfigurationError

_TYPES = {".json": "json", ".md": "markdown", ".html": "html", ".csv": "csv"}
TOKENS = frozenset({"input_tokens", "output_tokens", "total_tokens"})
"""What the attempt of an executor counts."""

_STRUCTURES = ("to_dict", "raw_response_dict", "model_dump")


def stage_of(name: str) -> str:
    """Return the `stage` of a class of tasks: its name in snake_case, without `Task`."""
    stem = name.removesuffix("Task") or name
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", stem).lower()


def prompt_as_text(prompt: object) -> str:
    """Return a text as it is, anything else as JSON; an object in it stands as what it holds."""
    return prompt if isinstance(prompt, str) else json.dumps(prompt, ensure_ascii=False, default=_held)


def response_as_text(raw: object, answer: object) -> str:
    """Return a response as text: `raw`, else what the answer says of itself, never its address.

    Raises:
        ConfigurationError: there is neither.
    """
    if raw is not None:
        return raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, default=_held)
    if isinstance(answer, str):
        return answer
    if isinstance(answer, dict | list):
        return json.dumps(answer, ensure_ascii=False, default=_held)
    for name in _STRUCTURES:
        structure = getattr(answer, name, None)
        if callable(structure):
            return json.dumps(structure(), indent=2, default=str)
    text = getattr(answer, "text", None)
    if isinstance(text, str):
        return text
    raise ConfigurationError(f"complete: give raw=, since {type(answer).__name__} does not say what it holds")


def asked_model(model: object, otherwise: str) -> str:
    """Return the name of the model that is asked; never an object's own text, which can hold a key."""
    if model is None:
        return otherwise
    if isinstance(model, str):
        return model
    for name in ("model", "model_name", "name"):
        # A property of somebody else's class may raise anything, and must not end the call that is to be recorded.
        with contextlib.suppress(Exception):
            found = getattr(model, name, None)
            if isinstance(found, str):
                return found
    return type(model).__name__


def answered_by(executor: object, answer: object, asked: str, wanted: Collection[str]) -> dict[str, Any]:
    """Return the columns that say which model answered, why its answer ends, and what it counted.

    Args:
        executor: what made the attempts, None where the model was asked directly.
        answer: what it gave.
        asked: the model that was booked before.
        wanted: what the service has a column for.
    """
    attempt = _last_attempt(executor)
    if attempt is None:
        return facts_of(answer, wanted)
    counts = {name: getattr(attempt, name, None) for name in sorted(TOKENS & set(wanted))}
    model = asked_model(getattr(attempt, "llm_model", None), asked)
    return {"llm_model": model, **{name: count for name, count in counts.items() if count is not None}}


def row_values(name: str, content: str | bytes, content_type: str | None) -> dict[str, Any]:
    """Return the columns of a row of `plan_content` that a file gives."""
    known = _TYPES.get(PurePath(name).suffix.lower(), "binary" if isinstance(content, bytes) else "txt")
    return {"filename": name, "content_type": content_type or known, "content": content}


def content_of_file(path: object) -> str | bytes | None:
    """Return what a file holds, as text where it is UTF-8; None where there is no file."""
    file = Path(str(path))
    if not file.is_file():
        return None
    data = file.read_bytes()
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data


def digest_of(content: str | bytes) -> bytes:
    """Return what tells one content of a file from another."""
    return hashlib.sha256(
        content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    ).digest()


def name_of(path: object, directory: object) -> str:
    """Return a path as a row's name: below the run directory.

    Raises:
        ConfigurationError: it is not below it.
    """
    name = os.path.relpath(str(path), str(directory) if directory is not None else None)
    if PurePath(name).parts[:1] in {(), (os.pardir,)}:
        raise ConfigurationError(f"{path} is not below the run directory; give the row's name")
    return name.replace(os.sep, "/")


def _last_attempt(executor: object) -> object:
    """The attempt that gave the answer, None where the executor does not say."""
    last = getattr(executor, "get_last_attempt", None)
    if callable(last):
        return last()
    attempts = getattr(executor, "attempts", None)
    good = [a for a in attempts if getattr(a, "success", False)] if isinstance(attempts, list) else []
    return good[-1] if good else None


def _held(value: object) -> object:
    """What an object holds; a member of an enumeration is its value."""
    return getattr(value, "_value_", getattr(value, "__dict__", str(value)))
