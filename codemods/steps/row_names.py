"""Names of the variables that rows are made of."""

from __future__ import annotations

import ast
import re

from codemods.python.sourcing import name_source, source_of
from codemods.tasks.write_site import WriteSite


def suffix_of(name: str | None) -> str:
    """The ending of a file's name with its dot, empty where it has none."""
    match = re.search(r"\.[A-Za-z0-9]{1,8}$", name or "")
    return match.group(0) if match else ""


def content_name(write: WriteSite, resolved: str | None) -> str:
    """What a variable for a file's content is called."""
    return f"{stem_of(write, resolved)}_content"


def stem_of(write: WriteSite, resolved: str | None) -> str:
    """What variables for a file are called after: its key in `output()`, or its name."""
    stem = write.location.key or ""
    if not stem and resolved:
        stem = re.sub(r"^[\d\-{}]+", "", resolved.rpartition("/")[2]).partition(".")[0]
    cleaned = re.sub(r"\W+", "_", stem).strip("_").lower()
    return cleaned if cleaned and not cleaned[0].isdigit() else "file"


def assignment(name: str, expression: ast.expr) -> str:
    """`name = expression`, as a line."""
    return f"{name} = {source_of(expression)}\n"


def persist_comment(filename: ast.expr, resolved: str | None) -> str:
    """What the step that persists a file says above or behind itself, as a line.

    The name where it is known; else the path that it is made of, without what makes it relative.
    """
    match filename:
        case ast.Call(func=ast.Attribute(attr="relpath" | "basename"), args=[path, *_]) if resolved is None:
            return f"# Step 6: persist {source_of(path)}\n"
    return f"# Step 6: persist {resolved or name_source(filename)}\n"
