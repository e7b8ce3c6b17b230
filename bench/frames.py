"""How long scripts of a plan's page run at a time while the plan's 62 tasks change: milliseconds of the processor.

    python -m bench.frames [--latency 0.2] [--workers 4]

A real chromium traces the page from the beginning of the run to its end. What runs at a time is what may keep a frame
from being drawn: 16 ms are a frame. Layout and painting are not scripts, and told beside them.
"""

import argparse
import json
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from tests.runtime.command import Command
from tests.server.served import served

ROOT = "pipeline.example.tasks:FullPlanPipeline"
SCRIPTS = {
    "FunctionCall",
    "EvaluateScript",
    "RunMicrotasks",
    "EventDispatch",
    "TimerFire",
    "FireAnimationFrame",
}
DRAWING = {"UpdateLayoutTree", "Layout", "PrePaint", "Paint", "Layerize", "ParseHTML"}


def outermost(events: list[dict[str, Any]], names: set[str], thread: tuple[int, int]) -> list[float]:
    """The milliseconds of the processor of each event that is within none of the others."""
    found = []
    end = 0.0
    chosen = [
        e for e in events if e["name"] in names and e.get("ph") == "X" and (e["pid"], e["tid"]) == thread
    ]
    for event in sorted(chosen, key=lambda each: (each["ts"], -each.get("dur", 0))):
        if event["ts"] >= end:
            end = event["ts"] + event.get("dur", 0)
            found.append(event.get("tdur", event.get("dur", 0)) / 1000)
    return found


def main() -> None:
    """Print what was traced."""
    parser = argparse.ArgumentParser(description="Measure the scripts of a plan's page.")
    parser.add_argument("--latency", type=float, default=0.2)
    parser.add_argument("--workers", default="4")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary, sync_playwright() as playwright:
        directory = Path(temporary)
        command = Command(directory, f"sqlite:///{directory / 'pipeline.db'}", ROOT)
        given = {"PIPELINE_OFFLINE_LATENCY": str(options.latency)}
        with served(command, "--workers", options.workers, **given) as server:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = browser.new_page()
            trace = directory / "trace.json"
            made = server.client.post("/api/plans", json={"prompt": "Open a repair café", "plan_id": "p"})
            made.raise_for_status()
            browser.start_tracing(
                page=page, path=trace, categories=["devtools.timeline", "toplevel", "__metadata"]
            )
            page.goto(f"{server.url}plans/p")
            changes = page.evaluate(
                """() => new Promise((done) => {
                    let changes = 0;
                    new MutationObserver(() => { changes += 1; })
                        .observe(document.body, { childList: true, subtree: true });
                    const ended = () => document.querySelector(".verdict .badge").textContent.includes("completed");
                    setInterval(() => { if (ended()) { done(changes); } }, 500);
                })"""
            )
            browser.stop_tracing()
            browser.close()
        events = json.loads(trace.read_text(encoding="utf-8"))["traceEvents"]
        main_thread = next(
            (e["pid"], e["tid"])
            for e in events
            if e["name"] == "FunctionCall" and "server.js" in json.dumps(e.get("args", {}))
        )
        for what, names in (("scripts", SCRIPTS), ("layout and painting", DRAWING)):
            found = sorted(outermost(events, names, main_thread), reverse=True)
            longest = ", ".join(f"{one:.1f}" for one in found[:5])
            print(f"{what}: {len(found)} times, the longest {longest} ms, together {sum(found):.0f} ms")
        print(f"the page was changed {changes} times")


if __name__ == "__main__":
    main()
