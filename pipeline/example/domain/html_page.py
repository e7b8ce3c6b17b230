"""HTML from the Markdown that this package writes, and the page around it."""

import html
import re

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em; color: #222; }
h1, h2, h3 { line-height: 1.2; }
table { border-collapse: collapse; margin: 1em 0; }
th, td { border: 1px solid #ccc; padding: 0.3em 0.6em; text-align: left; vertical-align: top; }
blockquote { border-left: 4px solid #ccc; margin-left: 0; padding-left: 1em; }
summary { cursor: pointer; font-size: 1.3em; padding: 0.4em 0; }
iframe { width: 100%; height: 40em; border: 1px solid #ccc; }
"""

_HEADING = re.compile(r"(#{1,6}) +(.*)")
_CODE = re.compile(r"`([^`]+)`")
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_EMPHASIS = re.compile(r"\*(\S[^*]*)\*")
_CELL_END = re.compile(r"(?<!\\)\|")


def html_page(title: str, body: str, style: str = "") -> str:
    """Return a page that needs no other file."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def markdown_to_html(markdown: str) -> str:
    """Return HTML for headings, lists, tables, quotations, rules and paragraphs; raw HTML is escaped."""
    blocks: list[list[str]] = []
    kind = ""
    for line in markdown.splitlines():
        line_kind = _kind_of(line)
        # Lines of one kind belong together, except headings and rules.
        if line_kind and line_kind == kind and kind not in {"heading", "rule"}:
            blocks[-1].append(line.strip())
        elif line_kind:
            blocks.append([line.strip()])
        kind = line_kind
    return "\n".join(_block_to_html(block) for block in blocks)


def _kind_of(line: str) -> str:
    text = line.strip()
    if not text:
        return ""
    if _HEADING.fullmatch(text):
        return "heading"
    if text == "---":
        return "rule"
    starts = {"- ": "list", "> ": "quote", "| ": "table"}
    return starts.get(text[:2], "quote" if text == ">" else "paragraph")


def _block_to_html(lines: list[str]) -> str:
    match _kind_of(lines[0]):
        case "heading":
            found = _HEADING.fullmatch(lines[0])
            level = len(found[1]) if found else 1
            return f"<h{level}>{_inline(lines[0].lstrip('# '))}</h{level}>"
        case "rule":
            return "<hr>"
        case "list":
            return "<ul>\n" + "\n".join(f"<li>{_inline(line[2:])}</li>" for line in lines) + "\n</ul>"
        case "quote":
            return "<blockquote>" + "<br>\n".join(_inline(line[2:]) for line in lines) + "</blockquote>"
        case "table":
            return _table_to_html(lines)
        case _:
            return "<p>" + "<br>\n".join(_inline(line) for line in lines) + "</p>"


def _table_to_html(lines: list[str]) -> str:
    rows = []
    for number, line in enumerate(lines):
        cells = [cell.strip().replace("\\|", "|") for cell in _CELL_END.split(line)[1:-1]]
        # The second line only separates the headings from the rest.
        if number != 1:
            tag = "td" if number else "th"
            rows.append("<tr>" + "".join(f"<{tag}>{_inline(cell)}</{tag}>" for cell in cells) + "</tr>")
    return "<table>\n" + "\n".join(rows) + "\n</table>"


def _inline(text: str) -> str:
    # Every second piece is code, where stars mean nothing.
    pieces = _CODE.split(html.escape(text, quote=False))
    return "".join(
        f"<code>{piece}</code>"
        if position % 2
        else _EMPHASIS.sub(r"<em>\1</em>", _STRONG.sub(r"<strong>\1</strong>", piece))
        for position, piece in enumerate(pieces)
    )
