"""What `make demo` shows, in half a minute: a run that dies and comes back whole, and a task before and after.

Takes the directory to work in; the commands `pipeline` and `refactor` lie beside the Python that runs this.
"""

from __future__ import annotations

import filecmp
import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PROMPT = "Open a repair café in Aarhus"
RUN = ("--start-time", "2026-01-05T09:00", "--prompt", PROMPT)
TASK = "DeduplicateLeversTask"
LEGACY = "fixtures/legacy"
TERMINAL = sys.stdout.isatty()
CLEAR = "\r\033[K" if TERMINAL else ""


def main() -> int:
    work = Path(sys.argv[1] if len(sys.argv) > 1 else ".demo").resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    os.chdir(work)
    ignored = shutil.ignore_patterns("__pycache__", "shapes", "wordings")
    for name in ("fixtures", "pipeline"):  # the tool reads the classes that the tasks call, so both are needed
        shutil.copytree(HERE / name, name, ignore=ignored)
    os.environ["PIPELINE_DATABASE_URL"] = "sqlite:///demo.db"

    with ThreadPoolExecutor(1) as beside:
        # The roll-out needs no run and the runs no roll-out: with two cores both are done in the time of one.
        rolled_out = beside.submit(roll_out)
        same, different = runs()
        say(f"4. How a task gets there: what is inserted into {TASK} (the lines without + are the original's).")
        if TERMINAL and not rolled_out.done():
            print("   rolling out to all tasks, and writing the page for reviewers …", end="", flush=True)
        shown, *others = rolled_out.result()
    print(f"{CLEAR}{excerpt(shown.output)}")
    for done in others:
        done.print()
    run("pipeline", "report", "cafe", "--html", "plan.html")

    print(f"\n{same} files came back as they were, {different} did not. Each refactored task now writes to the database")
    print("before it writes a file, and nothing of it was changed but by insertion.")
    print(f"Two pages: {shown_path('plan.html')} (the run), {shown_path('refactor.html')} (the review).")
    print("Next, for tasks of your own:  refactor status YOUR_CODE, which names the command that goes on")
    print("(docs/how-to/own-pipeline.md). The same by hand, step by step: docs/tutorial.md")
    return 0 if different == 0 else 1


def runs() -> tuple[int, int]:
    """Kills a run, deletes its files, resumes it; how many files are then as they should be, and how many not."""
    say("1. A pipeline of 62 tasks runs, and is killed at its 40th answer, as a container that restarts.")
    run("pipeline", "run", "--plan-id", "cafe", *RUN, PIPELINE_FAULT="llm_answered:40", ok=(-9, 137)).print()
    files = len(list(Path("run/cafe").iterdir()))
    say(f"   Its {files} files are deleted:")
    print("   $ rm -r run")
    shutil.rmtree("run")

    say("2. `resume` writes the files again from the database and goes on; no answer is paid for twice.")
    run("pipeline", "resume", "cafe").print(last=3)

    say("3. The same plan without an accident, to compare:")
    run("pipeline", "-q", "run", "--plan-id", "undisturbed", *RUN).print()
    same, different = compare(Path("run/cafe"), Path("run/undisturbed"))
    print(f"   $ diff -r run/cafe run/undisturbed\n   {same} files identical, {different} different")
    return same, different


def roll_out() -> list[Done]:
    """The diff of one task, then all tasks refactored and proven, and the page on it."""
    against = ("--against", os.path.relpath(HERE / LEGACY))
    return [
        run("refactor", "apply", "--task", TASK, "--diff", LEGACY, ok=(1,), quiet=True),
        run("refactor", "apply", "--all", LEGACY, quiet=True),
        run("refactor", "verify", LEGACY, *against, quiet=True),
        run("refactor", "report", LEGACY, *against, "--html", "refactor.html", quiet=True),
    ]


def say(text: str) -> None:
    print(f"\n{text}", flush=True)


def shown_path(name: str) -> str:
    return os.path.relpath(name, HERE)


@dataclass(frozen=True)
class Done:
    """A command that has run: how it is shown, what it printed, how long it took."""

    command: str
    output: str
    seconds: float

    def print(self, last: int = 1) -> None:
        """Prints the command and the last lines of what it said."""
        print(f"   $ {self.command}")
        for line in [line for line in self.output.splitlines() if line.strip()][-last:]:
            print(f"   {line}")
        print(f"   ({self.seconds:.1f} s)", flush=True)


def run(
    command: str, *arguments: str, ok: tuple[int, ...] = (0,), quiet: bool = False, **environment: str
) -> Done:
    """Runs a command; on a terminal its present line is shown while it works, unless `quiet`."""
    started = time.monotonic()
    lines: list[str] = []
    with subprocess.Popen(
        [str(BIN / command), *arguments],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        for line in process.stdout or ():
            lines.append(line)
            if TERMINAL and not quiet:
                print(f"{CLEAR}   {line.rstrip()[:76]}", end="", flush=True)
    if not quiet:
        print(CLEAR, end="")
    if process.returncode not in ok:
        print("".join(lines))
        raise SystemExit(f"{command} ended with status {process.returncode}")
    words = " ".join(f'"{a}"' if " " in a else a for a in arguments)
    return Done(f"{command} {words}", "".join(lines), time.monotonic() - started)


def compare(left: Path, right: Path) -> tuple[int, int]:
    names = {p.name for p in (*left.iterdir(), *right.iterdir())}
    same, *others = filecmp.cmpfiles(left, right, sorted(names), shallow=False)
    return len(same), sum(map(len, others))


def excerpt(diff: str, most: int = 34) -> str:
    """The inserted lines of a diff, and the original's statement at each step, as a reviewer would skim them."""
    lines = diff.splitlines()
    removed = {line[1:].strip() for line in lines if line.startswith("-") and not line.startswith("---")}
    kept: list[str] = []
    for line in lines:
        if line.startswith("+") and not line.startswith("+++") and line[1:].strip():
            # An original line that only moved by one level is shown as context.
            mark = " " if line[1:].strip() in removed else "+"
            kept.append(f"   {mark}{line[1:]}")
    return "\n".join([*kept[:most], f"   … {len(kept) - most} lines more"] if len(kept) > most else kept)


if __name__ == "__main__":
    sys.exit(main())
