"""The report: one page with everything that people read of a plan."""

import csv
import html
from pathlib import Path

from pipeline.example.domain.html_page import html_page, markdown_to_html


class ReportGenerator:
    """Collects sections, which unfold at a click."""

    def __init__(self) -> None:
        self.sections: list[tuple[str, str]] = []

    def append_text(self, title: str, path: str) -> None:
        """Add a file of plain text as it is."""
        text = Path(path).read_text(encoding="utf-8")
        self.sections.append((title, f"<pre>{html.escape(text)}</pre>"))

    def append_markdown(self, title: str, path: str) -> None:
        """Add a file of Markdown."""
        self.sections.append((title, markdown_to_html(Path(path).read_text(encoding="utf-8"))))

    def append_html(self, title: str, path: str) -> None:
        """Add a page in a frame of its own, so that its style and scripts stay inside."""
        page = html.escape(Path(path).read_text(encoding="utf-8"))
        frame = f'<iframe title="{html.escape(title)}" sandbox="allow-scripts" srcdoc="{page}"></iframe>'
        self.sections.append((title, frame))

    def append_csv(self, title: str, path: str) -> None:
        """Add a table whose cells are separated by semicolons."""
        with Path(path).open(encoding="utf-8", newline="") as f:
            rows = list(csv.reader(f, delimiter=";"))
        lines = ["<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows]
        self.sections.append((title, "<table>\n" + "\n".join(lines) + "\n</table>"))

    def generate_html(self, title: str) -> str:
        """Return the page."""
        parts = [f"<h1>{html.escape(title)}</h1>"]
        for section_title, section_html in self.sections:
            parts.append(
                f"<details>\n<summary>{html.escape(section_title)}</summary>\n{section_html}\n</details>"
            )
        return html_page(title, "\n".join(parts))

    def save_report(self, output_path: str, title: str = "Plan") -> None:
        """Write the page."""
        document = self.generate_html(title)
        with Path(output_path).open("w", encoding="utf-8") as f:
            f.write(document)
