"""Draws the pictures of the README and the documentation from real runs: `make pictures`.

A pipeline is run and killed, its files are deleted, it is resumed, and compared with a run without an accident. What
the commands print is what the picture shows; only the time is compressed. The picture is an SVG whose frames are
switched by CSS, so that it needs no script and moves wherever an image may. The pages of both reports are what a
browser shows of them, before and after the roll-out, and of one task: the original beside the refactored text.
"""

from __future__ import annotations

import html
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from pipeline.cli.options import DEFAULT_ROOT
from tests.browser import FLAGS, NAMES
from tests.runtime.command import Command
from tests.server.served import served

_ROOT = Path(__file__).resolve().parents[2]
_BIN = Path(sys.executable).parent
_TARGET = _ROOT / "docs" / "assets" / "resume.svg"
_COLUMNS, _ROWS = 88, 16
_CHARACTER, _LINE, _MARGIN = 8.43, 19, 16
_TASK = "IdentifyRisksTask"
_PROMPT = "Open a repair café in Aarhus"


@dataclass(frozen=True)
class Shot:
    """A command of the film.

    Attributes:
        typed: the command as it is shown.
        run: the command as it is run, empty where what is typed is run.
        environment: what is set for it.
        keep: how many of the printed lines are shown, from both ends.
        pause: seconds for which its last line stands.
    """

    typed: str
    run: str = ""
    environment: tuple[tuple[str, str], ...] = ()
    keep: int = 12
    pause: float = 1.2


_COMMON = "--start-time 2026-01-05T09:00"
_SHOTS = (
    Shot(
        f'pipeline run --plan-id cafe --prompt "{_PROMPT}"',
        f'pipeline run --plan-id cafe {_COMMON} --prompt "{_PROMPT}"',
        (("PIPELINE_FAULT", "llm_answered:40"),),
    ),
    Shot("rm -r run        # the container restarts: its disk is empty", pause=1.0),
    Shot("pipeline resume cafe", keep=14, pause=2.0),
    Shot(
        "diff -r run/cafe /tmp/undisturbed && echo identical",
        f'PIPELINE_RUN_ROOT=other pipeline -q run --plan-id undisturbed {_COMMON} --prompt "{_PROMPT}" 2>/dev/null; '
        "diff -r run/cafe other/undisturbed && echo identical",
        pause=3.0,
    ),
)


def main() -> None:
    frames = _film()
    _TARGET.write_text(_svg(frames), encoding="utf-8")
    print(f"{_TARGET.relative_to(_ROOT)}: {len(frames)} frames, {_TARGET.stat().st_size // 1024} kB")
    with tempfile.TemporaryDirectory() as directory:
        _photograph(_pages(Path(directory)))
    with tempfile.TemporaryDirectory() as directory:
        _photograph_server(Path(directory))


def _pages(directory: Path) -> dict[str, Path]:
    """The reports of the included pipeline before and after the roll-out, and of a run of it."""
    for name in ("fixtures", "pipeline"):
        shutil.copytree(_ROOT / name, directory / name, ignore=shutil.ignore_patterns("__pycache__"))
    legacy = "fixtures/legacy"
    commands = (
        f"refactor report {legacy} --html report-before.html",
        f"cp -r {legacy} original",
        f"refactor apply --all --quiet {legacy}",
        f"refactor report {legacy} --against original --html report-after.html",
        f'pipeline -q run --plan-id cafe {_COMMON} --prompt "{_PROMPT}"',
        "pipeline report cafe --html run.html",
    )
    for command in commands:
        _printed(Shot(command), str(directory))
    return {name: directory / f"{name}.html" for name in ("report-before", "report-after", "run")}


def _photograph(pages: dict[str, Path]) -> None:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, NAMES))), args=list(FLAGS)
        )
        for name, page in pages.items():
            view = browser.new_page(viewport={"width": 1440, "height": 900}, color_scheme="light")
            view.goto(page.as_uri())
            view.screenshot(path=_TARGET.with_name(f"{name}.png"), animations="disabled")
            print(f"docs/assets/{name}.png")
            if name == "report-after":
                task = view.locator(f"#task-{_TASK}")
                task.evaluate("task => { task.open = true }")
                # What is opened gets its height as it comes into view, which moves what is photographed.
                # The bar above the tasks stays in view, and would lie over it.
                view.evaluate("document.querySelector('.filters').style.position = 'static'")
                task.locator("figure.diff").scroll_into_view_if_needed()
                view.wait_for_timeout(1000)
                task.locator("figure.diff").screenshot(
                    path=_TARGET.with_name("task.png"), animations="disabled"
                )
                print("docs/assets/task.png")
        browser.close()


def _photograph_server(directory: Path) -> None:
    """The pages of the server: a plan while it runs, and one of its tasks."""
    command = Command(directory, f"sqlite:///{directory / 'pipeline.db'}", DEFAULT_ROOT)
    with served(command, PIPELINE_OFFLINE_LATENCY="0.5") as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=next(filter(None, map(shutil.which, NAMES))), args=list(FLAGS)
        )
        view = browser.new_page(viewport={"width": 1280, "height": 1400}, color_scheme="light")
        server.client.post("/api/plans", json={"prompt": _PROMPT, "plan_id": "cafe"}).raise_for_status()
        view.goto(f"{server.url}plans/cafe")
        view.locator(".node-done").nth(23).wait_for(timeout=600_000)
        view.screenshot(path=_TARGET.with_name("server-plan.png"), animations="disabled")
        view.goto(f"{server.url}plans/cafe/task?name=PremiseAttackTask")
        view.screenshot(path=_TARGET.with_name("server-task.png"), animations="disabled")
        print("docs/assets/server-plan.png, docs/assets/server-task.png")
        browser.close()


def _film() -> list[tuple[float, list[str]]]:
    """The frames: for how long, and the lines of the screen."""
    screen: list[str] = []
    frames: list[tuple[float, list[str]]] = []
    with tempfile.TemporaryDirectory() as directory:
        for shot in _SHOTS:
            for end in (*range(0, len(shot.typed), 9), len(shot.typed)):
                frames.append((0.06, [*screen, f"$ {shot.typed[:end]}"]))
            screen.append(f"$ {shot.typed}")
            printed = _printed(shot, directory)
            for line in _shortened(printed, shot.keep):
                screen.append(line)
                frames.append((0.13, list(screen)))
            frames.append((shot.pause, list(screen)))
    return [(seconds, lines[-_ROWS:]) for seconds, lines in frames]


def _printed(shot: Shot, directory: str) -> list[str]:
    environment = os.environ | dict(shot.environment) | {"PATH": f"{_BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", shot.run or shot.typed],
        cwd=directory,
        env=environment
        | {"PIPELINE_DATABASE_URL": "sqlite:///pipeline.db", "PIPELINE_OFFLINE_LATENCY": "0.05"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    lines = [line[:_COLUMNS] for line in done.stdout.splitlines()]
    return [*lines, "Killed"] if done.returncode in {-9, 137} else lines


def _shortened(lines: list[str], keep: int) -> list[str]:
    if len(lines) <= keep:
        return lines
    return [*lines[: keep // 2], "…", *lines[-(keep - keep // 2) :]]


def _svg(frames: list[tuple[float, list[str]]]) -> str:
    total = sum(seconds for seconds, _ in frames)
    width = round(_COLUMNS * _CHARACTER + 2 * _MARGIN)
    height = _ROWS * _LINE + 2 * _MARGIN + 10
    rules, groups = [], []
    start = 0.0
    for number, (seconds, lines) in enumerate(frames):
        first, last = 100 * start / total, 100 * (start + seconds) / total
        start += seconds
        hidden = f"0%,{max(first - 0.001, 0):.3f}%{{opacity:0}}" if number else ""
        gone = "" if number == len(frames) - 1 else f"{last:.3f}%,100%{{opacity:0}}"
        rules.append(f"@keyframes f{number}{{{hidden}{first:.3f}%,{last - 0.001:.3f}%{{opacity:1}}{gone}}}")
        rules.append(f"#f{number}{{animation:f{number} {total:.1f}s step-end infinite}}")
        texts = "".join(_text(row, line) for row, line in enumerate(lines) if line)
        # Without animation (a reader that asks for none, an old viewer) the last frame is the picture.
        groups.append(f'<g id="f{number}" opacity="{int(number == len(frames) - 1)}">{texts}</g>')
    title = (
        "A run is killed, its files are deleted, resume brings them back: identical to an undisturbed run."
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img" '
        f'aria-label="{title}"><title>{title}</title><style>'
        "text{font:14px ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;fill:#d6deeb;white-space:pre}"
        ".c{fill:#ffffff;font-weight:600}.k{fill:#ff7b72}.g{fill:#7ee787}"
        + "".join(rules)
        + "@media (prefers-reduced-motion:reduce){g{animation:none!important}}</style>"
        f'<rect width="{width}" height="{height}" rx="10" fill="#0d1117"/>' + "".join(groups) + "</svg>\n"
    )


def _text(row: int, line: str) -> str:
    y = _MARGIN + 10 + (row + 0.5) * _LINE
    kind = "c" if line.startswith("$ ") else "k" if line == "Killed" else "g" if line == "identical" else ""
    attribute = f' class="{kind}"' if kind else ""
    return f'<text x="{_MARGIN}" y="{y:g}"{attribute}>{html.escape(line)}</text>'


if __name__ == "__main__":
    main()
