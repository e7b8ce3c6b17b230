"""Markdown from response models: headings, lists and tables."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import BaseModel


def one_line(text: object) -> str:
    """Return `text` without line breaks, fit for a heading or a list item."""
    return " ".join(str(text).split())


def title_of(field_name: str) -> str:
    """Return a field's name as a title: `days_min` gives `Days min`."""
    return field_name.replace("_", " ").capitalize()


def heading(level: int, text: object) -> str:
    """Return a heading; Markdown knows six levels."""
    return f"{'#' * min(level, 6)} {one_line(text)}"


def bullets(items: Iterable[object]) -> str:
    """Return a bullet list, or a remark that there is nothing to list."""
    return "\n".join(f"- {one_line(item)}" for item in items) or "*None.*"


def table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table; a `|` in a cell is escaped."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join(
        "| " + " | ".join(one_line(cell).replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def table_of_models(models: Sequence[BaseModel]) -> str:
    """Return a table with a row a model and a column a field; the models are of one class."""
    if not models:
        return "*None.*"
    names = list(type(models[0]).model_fields)
    return table(
        [title_of(name) for name in names],
        [[_cell(getattr(model, name)) for name in names] for model in models],
    )


def sections(parts: Iterable[tuple[str, str]], level: int = 2) -> str:
    """Return titled texts under headings of one level."""
    return "\n\n".join(f"{heading(level, title)}\n\n{text.strip()}" for title, text in parts) + "\n"


def render_model(model: BaseModel, level: int = 2) -> str:
    """Return all fields of an answer in order.

    Single values become `**Title:** value`, lists become bullets, lists of models a section an item
    with the item's first field as its heading.
    """
    return "\n\n".join(_render_field(name, value, level) for name, value in model) + "\n"


def _render_field(name: str, value: Any, level: int) -> str:
    title = title_of(name)
    if isinstance(value, BaseModel):
        return f"{heading(level, title)}\n\n{render_model(value, level + 1).strip()}"
    if isinstance(value, list):
        if value and isinstance(value[0], BaseModel):
            items = "\n\n".join(_render_item(item, level + 1) for item in value)
            return f"{heading(level, title)}\n\n{items}"
        return f"{heading(level, title)}\n\n{bullets(value)}"
    return f"**{title}:** {_cell(value)}"


def _render_item(model: BaseModel, level: int) -> str:
    (_, first), *rest = model
    lines = [heading(level, first)]
    for name, value in rest:
        if isinstance(value, list) and not (value and isinstance(value[0], BaseModel)):
            lines.append(f"**{title_of(name)}:**\n\n{bullets(value)}")
        else:
            lines.append(_render_field(name, value, level + 1))
    return "\n\n".join(lines)


def _cell(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return "; ".join(one_line(item) for item in value)
    return one_line(value)
