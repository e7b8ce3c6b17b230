"""Builds an instance of a JSON schema from a seed: the same seed, the same instance."""

import hashlib
import math
import random
from typing import Any

from pipeline.errors import LLMError

Schema = dict[str, Any]

_WORDS = [
    "scope",
    "budget",
    "owner",
    "supplier",
    "milestone",
    "permit",
    "staffing",
    "quality",
    "safety",
    "review",
    "contract",
    "training",
    "inventory",
    "audience",
    "pilot",
    "rollout",
    "baseline",
    "margin",
    "interface",
    "fallback",
    "maintenance",
    "audit",
    "logistics",
]
_MAX_DEPTH = 6
_FORMATS = {
    "date": "2025-01-15",
    "date-time": "2025-01-15T09:30:00Z",
    "time": "09:30:00Z",
    "duration": "P3D",
    "email": "someone@example.org",
    "uri": "https://example.org/",
    "uuid": "00000000-0000-4000-8000-000000000000",
}


def build_answer(schema: Schema, seed: str, words: int | None = None) -> Any:
    """Return a value that fits `schema`, a pydantic model's JSON schema, determined by `seed`.

    A text has `words` words, three to seven by default. Raises LLMError for a schema it has no value for,
    e.g. a string that must match a pattern.
    """
    return _Builder(schema, seed, words).build(schema, "answer", 0)


class _Builder:
    def __init__(self, root: Schema, seed: str, words: int | None) -> None:
        self._words = words
        self._definitions: dict[str, Schema] = root.get("$defs", {})
        self._random = random.Random(hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest())  # noqa: S311 - not for secrets

    def build(self, schema: Schema, name: str, depth: int) -> Any:
        if "$ref" in schema:
            return self.build(self._definitions[schema["$ref"].rsplit("/", 1)[-1]], name, depth)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        for union in ("anyOf", "oneOf"):
            if union in schema:
                return self.build(self._choose(schema[union], depth), name, depth)
        if "allOf" in schema:
            return self.build(
                {key: value for part in schema["allOf"] for key, value in part.items()}, name, depth
            )
        match schema.get("type"):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "string":
                return self._string(schema, name)
            case "integer":
                return self._integer(schema)
            case "number":
                return self._number(schema)
            case "boolean":
                return self._random.random() < 0.5
            case "null":
                return None
            case None:
                return self._sentence(name)
        raise LLMError(f"the offline model has no value for field {name!r} of schema {schema!r}")

    def _choose(self, options: list[Schema], depth: int) -> Schema:
        null = [option for option in options if option.get("type") == "null"]
        # An optional field that refers to its own model would never end.
        if null and depth >= _MAX_DEPTH:
            return null[0]
        others = [option for option in options if option.get("type") != "null"]
        return self._random.choice(others) if others else null[0]

    def _object(self, schema: Schema, depth: int) -> dict[str, Any]:
        if depth > 4 * _MAX_DEPTH:
            raise LLMError("the offline model cannot answer a schema that requires itself")
        properties: dict[str, Schema] = schema.get("properties", {})
        if properties:
            return {name: self.build(field, name, depth + 1) for name, field in properties.items()}
        values = schema.get("additionalProperties")
        if isinstance(values, dict):
            return {
                f"{self._random.choice(_WORDS)}_{i}": self.build(values, "value", depth + 1) for i in (1, 2)
            }
        return {}

    def _array(self, schema: Schema, name: str, depth: int) -> list[Any]:
        if "prefixItems" in schema:
            return [self.build(item, name, depth + 1) for item in schema["prefixItems"]]
        minimum = schema.get("minItems", 0)
        maximum = schema.get("maxItems", max(minimum, 4))
        wanted = 0 if depth >= _MAX_DEPTH else self._random.randint(2, 4)
        count = min(max(wanted, minimum), maximum)
        items: list[Any] = []
        # A set of few possible values may not have as many as wanted.
        for _ in range(8 * count):
            if len(items) == count:
                break
            item = self.build(schema.get("items", {}), name, depth + 1)
            if not (schema.get("uniqueItems") and item in items):
                items.append(item)
        return items

    def _string(self, schema: Schema, name: str) -> str:
        if "pattern" in schema:
            raise LLMError(f"the offline model has no value for field {name!r}: it must match a pattern")
        if schema.get("format") in _FORMATS:
            return _FORMATS[schema["format"]]
        text = self._sentence(name)
        minimum, maximum = schema.get("minLength", 0), schema.get("maxLength")
        while len(text) < minimum:
            text += " " + self._random.choice(_WORDS)
        return text if maximum is None else text[:maximum]

    def _sentence(self, name: str) -> str:
        if self._words is None:
            words = self._random.sample(_WORDS, k=self._random.randint(3, 7))
        else:
            words = self._random.choices(_WORDS, k=self._words)
        return f"{name.replace('_', ' ').capitalize()}: {' '.join(words)}"

    def _integer(self, schema: Schema) -> int:
        lowest, highest = _bounds(schema)
        low = math.ceil(lowest) + ("exclusiveMinimum" in schema)
        high = math.floor(highest) - ("exclusiveMaximum" in schema)
        step = int(schema.get("multipleOf", 1))
        return step * self._random.randint(-(-low // step), max(-(-low // step), high // step))

    def _number(self, schema: Schema) -> float:
        low, high = _bounds(schema)
        # Inside the bounds, so that exclusive ones hold as well.
        return round(low + (high - low) * self._random.uniform(0.1, 0.9), 6)


def _bounds(schema: Schema) -> tuple[float, float]:
    low = schema.get("minimum", schema.get("exclusiveMinimum"))
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    if low is None:
        low = 0 if high is None or high > 0 else high - 10
    return low, low + 10 if high is None else high
