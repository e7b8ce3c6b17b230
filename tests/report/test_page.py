"""The page as text: whole, escaped, and with nothing that it would have to load."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from refactor.report_page.highlighting import highlighted

VOID = {"meta", "input", "col", "use", "path", "circle", "rect"}
OPTIONAL = {"td", "th", "tr"}


class Reader(HTMLParser):
    """Collects ids, links and tags, and checks that what is opened is closed."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found["href"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


@pytest.fixture(scope="module", params=["every_kind_page", "legacy_page"])
def text(request: pytest.FixtureRequest) -> str:
    path: Path = request.getfixturevalue(request.param)
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def read(text: str) -> Reader:
    reader = Reader()
    reader.feed(text)
    reader.close()
    return reader


def test_well_formed(read: Reader) -> None:
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))


def test_every_link_leads_to_a_place_in_the_page(read: Reader) -> None:
    assert read.links
    assert {link for link in read.links if not link.startswith("#")} == set()
    assert {link[1:] for link in read.links} <= set(read.ids)


def test_loads_nothing(text: str, read: Reader) -> None:
    for tag, attributes in read.tags:
        assert tag not in {"link", "img", "iframe", "object", "embed", "base"}
        assert not {"src", "srcset", "style", "xlink:href"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
        if tag != "a":
            assert str(attributes.get("href", "#")).startswith("#")
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_the_policy_allows_what_is_there_by_hash(text: str) -> None:
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    policy = policy.replace("&#39;", "'")
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy
    parts = re.findall(r"<(style|script)>(.*?)</\1>", text, re.DOTALL)
    assert [kind for kind, _ in parts] == ["style", "script", "script"]
    for kind, content in parts:
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        (directive,) = re.findall(rf"{kind}-src ([^;]*)", policy)
        assert f"'sha256-{digest}'" in directive


def test_every_task_has_a_node_a_section_and_its_diff(legacy_page: Path) -> None:
    text = legacy_page.read_text(encoding="utf-8")
    names = re.findall(r"^class (\w+)\(", "".join(p.read_text() for p in _legacy_files()), re.MULTILINE)
    tasks = [name for name in names if f'id="task-{name}"' in text]
    assert len(tasks) == 62
    for name in tasks:
        assert f'href="#task-{name}" data-at=' in text
    assert text.count('<figure class="diff"') == 60
    assert text.count('scope="rowgroup" class="s" title="Step 6') >= 60


def _legacy_files() -> list[Path]:
    return sorted((Path(__file__).parents[2] / "fixtures" / "legacy").glob("*.py"))


def test_source_is_text_and_never_markup(every_kind_page: Path) -> None:
    text = every_kind_page.read_text(encoding="utf-8")
    assert "&lt;/script&gt;&lt;script&gt;document.title=" in text
    assert "<script>document" not in text
    assert "<img" not in text
    assert "{{ 7 * 7 }} {% raise %}" in re.sub(r"</?span[^>]*>", "", text)
    assert "tasks &lt;b&gt;&amp;&#34;x&#34;.py" in text
    assert "\u202e" not in text
    assert "\u200b" not in text
    assert 'title="right-to-left override">U+202E</span>' in text


def test_refusals_findings_and_what_to_do(every_kind_page: Path) -> None:
    text = every_kind_page.read_text(encoding="utf-8")
    assert ">DBR101</a>: call cannot be bracketed" in text
    assert "Assign the call&#39;s result to a name in a statement of its own" in text
    assert '<a class="rule" href="#rule-DBF700"><code>DBF700</code></a>' in text
    assert "made by whoever starts the run" in text


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [""],
        ["", "", ""],
        ['    text = """first', "", "    third", '"""'],
        ["    broken = 'no end", "  def (", "\t\tx = 1 \\", "    y"],
        ["    \x0c form = 1", "    x = '\x1b[31m'", "    ü = 'ä€😀'"],
    ],
)
def test_highlighting_keeps_every_line_and_character(lines: list[str]) -> None:
    shown = highlighted(lines)
    assert len(shown) == max(len(lines), 1 if lines else 0) or (not lines and shown in {(), ("",)})
    for line, html in zip(lines, shown, strict=False):
        plain = re.sub(r'<span class="unseen"[^>]*>U\+([0-9A-F]+)</span>', lambda m: chr(int(m[1], 16)), html)
        plain = re.sub(r"</?span[^>]*>", "", plain)
        for escaped, character in (
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&#34;", '"'),
            ("&#39;", "'"),
            ("&amp;", "&"),
        ):
            plain = plain.replace(escaped, character)
        assert plain == line
