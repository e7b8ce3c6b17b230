"""The schedule as files: two Gantt charts for the browser and a table."""

import csv
import html
import json
import re
from pathlib import Path

from pipeline.example.domain.html_page import html_page
from pipeline.example.domain.schedule import Activity, ProjectSchedule


class MermaidGanttExporter:
    """A page with the chart as Mermaid source, drawn where `mermaid.min.js` lies beside it."""

    @staticmethod
    def to_mermaid(project_schedule: ProjectSchedule, title: str) -> str:
        """Return the Mermaid source of the chart: a section a phase, tasks only."""
        lines = [
            "gantt",
            f"    title {_mermaid_text(title)}",
            "    dateFormat YYYY-MM-DD",
            "    axisFormat %d %b %Y",
        ]
        phase = None
        for activity in project_schedule.activities:
            if activity.parent_id is not None:
                continue
            if activity.phase != phase:
                phase = activity.phase
                lines.append(f"    section {_mermaid_text(phase)}")
            tag = "crit, " if activity.is_critical else ""
            key = "t" + activity.id.replace(".", "_")
            lines.append(
                f"    {_mermaid_text(activity.title)} :{tag}{key}, {activity.start}, {activity.days}d"
            )
        return "\n".join(lines) + "\n"

    @staticmethod
    def save(project_schedule: ProjectSchedule, path: str, title: str = "Schedule") -> None:
        """Write the page; the source stays readable where the script is missing."""
        source = MermaidGanttExporter.to_mermaid(project_schedule, title)
        body = (
            f'<h1>{html.escape(title)}</h1>\n<pre class="mermaid">\n{html.escape(source)}</pre>\n'
            '<script src="mermaid.min.js"></script>\n'
            "<script>if (window.mermaid) { mermaid.initialize({ startOnLoad: true }); }</script>"
        )
        with Path(path).open("w", encoding="utf-8") as f:
            f.write(html_page(title, body))


def _mermaid_text(text: str) -> str:
    """Take out what separates fields in Mermaid."""
    return " ".join(re.sub(r"[:;#,]", " ", text).split()) or "untitled"


_INTERACTIVE_STYLE = """
.row { position: relative; height: 24px; border-bottom: 1px solid #eee; }
.row.sub { display: none; }
#chart.details .row.sub { display: block; }
.bar { position: absolute; top: 3px; height: 17px; border-radius: 3px; background: #4a7ebb; color: #fff;
  font-size: 11px; line-height: 17px; padding-left: 4px; white-space: nowrap; overflow: visible; }
.bar.critical { background: #c0504d; }
.row.sub .bar { opacity: 0.6; }
#frame { overflow-x: auto; }
#facts { min-height: 3em; }
"""

_INTERACTIVE_SCRIPT = """
const activities = JSON.parse(document.getElementById("activities").textContent);
const chart = document.getElementById("chart");
const facts = document.getElementById("facts");
const day = 86400000;
const first = Math.min(...activities.map(a => Date.parse(a.start)));
const last = Math.max(...activities.map(a => Date.parse(a.end)));
let pixelsPerDay = 8;
function draw() {
  chart.replaceChildren();
  chart.style.width = ((last - first) / day * pixelsPerDay + 400) + "px";
  for (const a of activities) {
    const row = chart.appendChild(document.createElement("div"));
    row.className = a.parent_id ? "row sub" : "row";
    const bar = row.appendChild(document.createElement("div"));
    bar.className = a.is_critical ? "bar critical" : "bar";
    bar.style.left = ((Date.parse(a.start) - first) / day * pixelsPerDay) + "px";
    bar.style.width = Math.max(a.days * pixelsPerDay - 5, 2) + "px";
    bar.textContent = a.id + " " + a.title;
    bar.onmouseenter = () => {
      facts.textContent = `${a.id} ${a.title} (${a.phase}): ${a.days} days from ${a.start}` +
        (a.predecessors.length ? `, after ${a.predecessors.join(", ")}` : "");
    };
  }
}
document.getElementById("closer").onclick = () => { pixelsPerDay *= 1.5; draw(); };
document.getElementById("wider").onclick = () => { pixelsPerDay /= 1.5; draw(); };
document.getElementById("details").onclick = () => chart.classList.toggle("details");
draw();
"""


class InteractiveGanttExporter:
    """A page that zooms, shows and hides subtasks, and needs nothing but a browser."""

    @staticmethod
    def save(project_schedule: ProjectSchedule, path: str, title: str = "Schedule") -> None:
        """Write the page with its style, script and data inside."""
        # A "<" inside a string could end the script element.
        data = json.dumps([_as_json(a) for a in project_schedule.activities]).replace("<", "\\u003c")
        body = "\n".join(
            [
                f"<h1>{html.escape(title)}</h1>",
                f"<p>From {project_schedule.start} to {project_schedule.end}; critical tasks are red.</p>",
                '<p><button id="closer">Zoom in</button> <button id="wider">Zoom out</button>',
                '<button id="details">Subtasks</button></p>',
                '<p id="facts"></p><div id="frame"><div id="chart"></div></div>',
                f'<script type="application/json" id="activities">{data}</script>',
                f"<script>{_INTERACTIVE_SCRIPT}</script>",
            ]
        )
        page = html_page(title, body, style=_INTERACTIVE_STYLE)
        Path(path).write_text(page, encoding="utf-8")


def _as_json(activity: Activity) -> dict[str, object]:
    return {
        "id": activity.id,
        "title": activity.title,
        "phase": activity.phase,
        "start": activity.start.isoformat(),
        "end": activity.end.isoformat(),
        "days": activity.days,
        "predecessors": list(activity.predecessors),
        "parent_id": activity.parent_id,
        "is_critical": activity.is_critical,
    }


class CSVGanttExporter:
    """The schedule as a table, separated by semicolons."""

    @staticmethod
    def save(project_schedule: ProjectSchedule, path: str) -> None:
        """Write a row an activity."""
        with Path(path).open("w", encoding="utf-8", newline="") as f:
            writer = csv.writer(f, delimiter=";", lineterminator="\n")
            writer.writerow(
                ["id", "parent", "phase", "title", "start", "end", "days", "predecessors", "critical"]
            )
            for activity in project_schedule.activities:
                writer.writerow(
                    [
                        activity.id,
                        activity.parent_id or "",
                        activity.phase,
                        activity.title,
                        activity.start,
                        activity.end,
                        activity.days,
                        ",".join(activity.predecessors),
                        "yes" if activity.is_critical else "no",
                    ]
                )
