"""Markdown and HTML keep what a model says, whatever characters it uses."""

from datetime import date

import pytest
from pydantic import BaseModel

from pipeline.example.domain.html_page import markdown_to_html
from pipeline.example.domain.rendering import render_model, table
from pipeline.example.domain.schedule import ProjectSchedule
from pipeline.example.domain.schedule_export import InteractiveGanttExporter, MermaidGanttExporter
from pipeline.example.domain.wbs import WBSProject, WBSTask


class Part(BaseModel):
    name: str
    tags: list[str]


class Whole(BaseModel):
    short_title: str
    is_final: bool
    parts: list[Part]


def test_fields_become_lines_lists_and_sections():
    whole = Whole(
        short_title="A\nB",
        is_final=True,
        parts=[Part(name="One", tags=["x", "y"]), Part(name="Two", tags=[])],
    )
    assert render_model(whole) == (
        "**Short title:** A B\n\n**Is final:** yes\n\n## Parts\n\n"
        "### One\n\n**Tags:**\n\n- x\n- y\n\n### Two\n\n**Tags:**\n\n*None.*\n"
    )


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("## A & B", "<h2>A &amp; B</h2>"),
        ("- one\n- **two**", "<ul>\n<li>one</li>\n<li><strong>two</strong></li>\n</ul>"),
        ("> a\n>\n> b", "<blockquote>a<br>\n<br>\nb</blockquote>"),
        ("a\nb\n\nc", "<p>a<br>\nb</p>\n<p>c</p>"),
        ("<script>", "<p>&lt;script&gt;</p>"),
        ("---", "<hr>"),
        ("a `b*c*` d", "<p>a <code>b*c*</code> d</p>"),
        (table(["x"], [["a|b"]]), "<table>\n<tr><th>x</th></tr>\n<tr><td>a|b</td></tr>\n</table>"),
    ],
)
def test_markdown_to_html(markdown, html):
    assert markdown_to_html(markdown) == html


def test_titles_cannot_leave_their_place_in_a_chart(tmp_path):
    title = "</script><script>alert(1)</script>: a; b"
    tasks = [WBSTask("1.1.1", title)]
    wbs = WBSProject(WBSTask("1", title, {}, [WBSTask("1.1", title, {}, tasks)]))
    schedule = ProjectSchedule.create(wbs, [], [], date(2026, 3, 2))
    for exporter in (InteractiveGanttExporter, MermaidGanttExporter):
        exporter.save(project_schedule=schedule, path=str(tmp_path / "chart.html"), title=title)
        assert "<script>alert" not in (tmp_path / "chart.html").read_text()
    source = MermaidGanttExporter.to_mermaid(schedule, title)
    assert all(line.count(":") <= 1 for line in source.splitlines())
