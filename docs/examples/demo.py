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
from pathlib import Path

HERE = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
PROMPT = "Open a repair café in Aarhus"
RUN = ("--start-time", "2026-01-05T09:00", "--prompt", PROMPT)
TASK = "DeduplicateLeversTask"
LEGACY = "fixtures/legacy"


def main() -> int:
    work = Path(sys.argv[1] if len(sys.argv) > 1 else ".demo").resolve()
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    os.chdir(work)
    ignored = shutil.ignore_patterns("__pycache__", "shapes", "wordings")
    for name in ("fixtures", "pipeline"):  # the tool reads the classes that the tasks call, so both are needed
        shutil.copytree(HERE / name, name, ignore=ignored)
    os.environ["PIPELINE_DATABASE_URL"] = "sqlite:///demo.db"

    say("1. A pipeline of 62 tasks runs, and is killed at its 40th answer, as a container that restarts.")
    show("pipeline", "run", "--plan-id", "cafe", *RUN, PIPELINE_FAULT="llm_answered:40", ok=(-9, 137))
    files = len(list(Path("run/cafe").iterdir()))
    say(f"   Its {files} files are deleted:")
    print("   $ rm -r run")
    shutil.rmtree("run")

    say("2. `resume` writes the files again from the database and goes on; no answer is paid for twice.")
    show("pipeline", "resume", "cafe", last=3)

    say("3. The same plan without an accident, to compare:")
    show("pipeline", "-q", "run", "--plan-id", "undisturbed", *RUN)
    same, different = compare(Path("run/cafe"), Path("run/undisturbed"))
    print(f"   $ diff -r run/cafe run/undisturbed\n   {same} files identical, {different} different")

    say(f"4. How a task gets there: what is inserted into {TASK} (the lines without + are the original's).")
    shown = run("refactor", "apply", "--task", TASK, "--diff", LEGACY).stdout
    print(excerpt(shown))
    show("refactor", "apply", "--all", LEGACY, last=1)
    show("refactor", "verify", LEGACY, "--against", str(HERE / LEGACY), last=1)
    run("refactor", "report", LEGACY, "--against", str(HERE / LEGACY), "--html", "refactor.html")
    run("pipeline", "report", "cafe", "--html", "plan.html")

    print(f"\nTwo pages: {shown_path('plan.html')} (the run), {shown_path('refactor.html')} (the review).")
    print("Next, for tasks of your own:  refactor init YOUR_CODE && refactor apply --all --diff YOUR_CODE")
    print("(docs/how-to/own-pipeline.md). The same by hand, step by step: docs/tutorial.md")
    return 0 if different == 0 else 1


def say(text: str) -> None:
    print(f"\n{text}", flush=True)


def shown_path(name: str) -> str:
    return os.path.relpath(name, HERE)


def run(command: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(BIN / command), *arguments],
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def show(
    command: str, *arguments: str, ok: tuple[int, ...] = (0,), last: int = 1, **environment: str
) -> None:
    """Runs a command, with its seconds while it works, and prints the last lines of what it says."""
    words = " ".join(f'"{a}"' if " " in a else a for a in arguments)
    print(f"   $ {command} {words}", flush=True)
    started = time.monotonic()
    done = run(command, *arguments, **environment)
    if done.returncode not in ok:
        print(done.stdout)
        sys.exit(f"{command} ended with status {done.returncode}")
    lines = [line for line in done.stdout.splitlines() if line.strip()]
    for line in lines[-last:]:
        print(f"   {line}")
    print(f"   ({time.monotonic() - started:.1f} s)", flush=True)


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
