"""The page of the JSON documents, from their schemas."""

from __future__ import annotations

import json
from importlib import resources
from typing import TYPE_CHECKING, Any

from refactor.reference.markdown import code, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SCHEMAS = {
    "refactor": ("apply", "check", "explain", "report", "status"),
    "pipeline": ("compare", "doctor", "health", "list", "run", "show"),
}
"""The schemas by the package that holds them."""

_INTRODUCTION = """\
# JSON documents

What the commands print with `--output-format json`. Each document has a [JSON Schema](https://json-schema.org) in the
wheel, `refactor/schemas` and `pipeline/schemas`:

```console
$ python -c "from importlib.resources import files; print((files('refactor') / 'schemas/check.json').read_text())"
```

Fields are added in later versions; none is renamed or removed without a note in the changelog.
"""


def schema(package: str, name: str) -> dict[str, Any]:
    """One schema. Raises FileNotFoundError for a name that is none."""
    text = (resources.files(package) / "schemas" / f"{name}.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def documents_page() -> str:
    """Every field of every document: where it is, its type, what it says."""
    parts = [_INTRODUCTION]
    for package, names in SCHEMAS.items():
        for name in names:
            document = schema(package, name)
            rows = [(code(path), kind, text) for path, kind, text in _fields(document, "")]
            parts.append(
                f"## {document['title']}\n\n{document['description']}\n\n{table(('field', 'type', 'says'), rows)}"
            )
    return "\n".join(parts)


def _fields(schema: Mapping[str, Any], path: str) -> Iterator[tuple[str, str, str]]:
    for name, field in schema.get("properties", {}).items():
        here = f"{path}.{name}" if path else name
        yield here, _kind(field), field.get("description", "")
        for inner, suffix in _inside(field):
            yield from _fields(inner, here + suffix)


def _inside(field: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    if "properties" in field:
        yield field, ""
    if "items" in field:
        yield field["items"], "[]"
    for one in field.get("anyOf", ()):
        yield from _inside(one)


def _kind(field: Mapping[str, Any]) -> str:
    if "enum" in field:
        return ", ".join(map(code, field["enum"]))
    if "const" in field:
        return code(field["const"])
    if "anyOf" in field:
        return " or ".join(_kind(one) for one in field["anyOf"])
    kinds: list[str] = field["type"] if isinstance(field["type"], list) else [field["type"]]
    names = ["list" if kind == "array" else kind for kind in kinds]
    if field.get("items", {}).get("type") == "string":
        names = ["list of strings"]
    return " or ".join(names)
