"""What is shown of a content: as what it is, and never as part of the page itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from markupsafe import Markup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from markdown_it.renderer import RendererHTML
    from markdown_it.token import Token
    from markdown_it.utils import EnvType, OptionsDict

LONGEST_SHOWN = 300_000
_MOST_NODES = 3000
_DEEPEST = 40
_IMAGES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


@dataclass(frozen=True, slots=True)
class JsonNode:
    """A value of a JSON document: `key` is its name in what it is part of, `text` what it says."""

    key: str | None
    kind: str
    text: str
    children: tuple[JsonNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Shown:
    """A content as a page shows it: `kind` is markdown, json, html, image, text, or none for what cannot be shown."""

    kind: str
    text: str = ""
    markup: str = ""
    tree: JsonNode | None = None


def shown(filename: str, content_type: str, data: bytes) -> Shown:
    """Return what to show of a file."""
    kind = content_type.partition(";")[0].strip().lower()
    name = filename.lower()
    if kind in _IMAGES:
        return Shown("image")
    if kind in {"text/html", "application/xhtml+xml"} or name.endswith((".html", ".htm")):
        # Served by itself, with headers that let it do nothing.
        return Shown("html")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return Shown("none", "not text in UTF-8")
    if "\x00" in text:
        return Shown("none", "not text")
    if len(data) > LONGEST_SHOWN:
        return Shown("text", f"{text[:LONGEST_SHOWN]}\n… cut here; the whole file is to be had by its link")
    if kind == "application/json" or name.endswith(".json"):
        tree = json_tree(text)
        return Shown("text", text) if tree is None else Shown("json", text, tree=tree)
    if kind == "text/markdown" or name.endswith((".md", ".markdown")):
        return Shown("markdown", text, markdown(text))
    return Shown("text", text)


def markdown(text: str) -> Markup:
    """Return Markdown as HTML in which no HTML, no image and no address but of the web is the author's own."""
    return Markup(_markdown().render(text))  # noqa: S704 - the renderer escapes: html is off


def json_tree(text: str) -> JsonNode | None:
    """Return a JSON document as a tree, None for what is none or too much of one."""
    try:
        value = json.loads(text)
        return _node(None, value, iter(range(_MOST_NODES)), 0)
    except (ValueError, RecursionError, StopIteration):
        return None


def _node(key: str | None, value: Any, left: Iterator[int], depth: int) -> JsonNode:
    next(left)
    if depth > _DEEPEST:
        raise ValueError("too deep")
    if isinstance(value, dict):
        children = tuple([_node(name, item, left, depth + 1) for name, item in value.items()])
        return JsonNode(key, "object", f"{{{len(children)}}}", children)
    if isinstance(value, list):
        children = tuple([_node(str(n), item, left, depth + 1) for n, item in enumerate(value)])
        return JsonNode(key, "array", f"[{len(children)}]", children)
    if isinstance(value, str):
        return JsonNode(key, "string", value)
    return JsonNode(key, "other", json.dumps(value))


@cache
def _markdown() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    # A page has one order of headings, and a model's are not part of it.
    parser.add_render_rule("heading_open", _heading_open)
    parser.add_render_rule("heading_close", _heading_close)
    parser.add_render_rule("link_open", _link_open)
    return parser


def _heading_open(
    _: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return f'<p class="heading heading-{tokens[index].tag[1:]}">'


def _heading_close(
    _: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    return "</p>\n"


def _link_open(
    renderer: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType
) -> str:
    tokens[index].attrSet("rel", "noreferrer noopener nofollow")
    return renderer.renderToken(tokens, index, options, env)
