"""The page on the documents to create and to find."""

from typing import Any

from pipeline.example.domain.rendering import bullets, heading, title_of


def markdown_with_documents(to_create: list[dict[str, Any]], to_find: list[dict[str, Any]]) -> str:
    """Return the page: documents to create first, each with everything that is known of it."""
    lines = [heading(1, "Documents to create")]
    lines.extend(_describe(number, document) for number, document in enumerate(to_create, start=1))
    lines.append(heading(1, "Documents to find"))
    lines.extend(_describe(number, document) for number, document in enumerate(to_find, start=1))
    return "\n\n".join(lines) + "\n"


def _describe(number: int, document: dict[str, Any]) -> str:
    parts = [heading(2, f"{number}. {document['name']}")]
    for name, value in document.items():
        if name in {"id", "name"}:
            continue
        separator, text = ("\n\n", bullets(value)) if isinstance(value, list) else (" ", str(value))
        parts.append(f"**{title_of(name)}:**{separator}{text}")
    return "\n\n".join(parts)
