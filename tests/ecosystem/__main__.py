"""Runs every command over the repositories, prints a table, and what differs from the counts that are expected."""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.ecosystem.preparing import Prepared, prepare

_HERE = Path(__file__).parent
_EXPECTED = _HERE / "expected.json"
_LONGEST = 400
_PYFLAKES = re.compile(r"(.+?):\d+:\d+:? (.*?)(?: from line \d+)?$")


@dataclass
class Outcome:
    """What became of one repository: counts that must not change unnoticed, and figures that may."""

    found: int = 0
    states: dict[str, int] = field(default_factory=dict)
    refusals: dict[str, int] = field(default_factory=dict)
    findings: dict[str, int] = field(default_factory=dict)
    verified: bool = False
    reverted: str = ""
    new_pyflakes: int = 0
    crashes: list[str] = field(default_factory=list)
    seconds: dict[str, float] = field(default_factory=dict)
    megabytes: float = 0

    def counts(self) -> dict[str, object]:
        return {k: v for k, v in asdict(self).items() if k not in {"seconds", "megabytes"}}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.ecosystem", description=__doc__)
    parser.add_argument("directory", type=Path, help="where the checkouts are, one directory an entry")
    parser.add_argument("--only", action="append", help="names of entries")
    parser.add_argument("--keep", type=Path, help="leave the refactored copies in this directory")
    parser.add_argument("--row-after-file", action="store_true", help="with consent to rows after files")
    parser.add_argument("--update", action="store_true", help="write the counts to expected.json")
    options = parser.parse_args()
    extra = {"row-after-file": True} if options.row_after_file else {}
    key = "row-after-file" if options.row_after_file else "default"
    entries = tomllib.loads((_HERE / "repositories.toml").read_text())
    expected = json.loads(_EXPECTED.read_text()) if _EXPECTED.exists() else {}
    with tempfile.TemporaryDirectory() as scratch:
        into = options.keep or Path(scratch)
        into.mkdir(parents=True, exist_ok=True)
        for name, entry in entries.items():
            if (options.only and name not in options.only) or not (options.directory / name).is_dir():
                continue
            for old in (
                into / name,
                *(into / f"{name}.{state}" for state in ("pristine", "original", "applied")),
            ):
                shutil.rmtree(old, ignore_errors=True)
            outcome = _run(
                prepare(name, entry, options.directory, into, extra), keep=options.keep is not None
            )
            _print(name, outcome)
            before = expected.get(key, {}).get(name)
            if before is not None and before != outcome.counts():
                for item, value in outcome.counts().items():
                    if before.get(item) != value:
                        print(f"    {item}: expected {before.get(item)}, is {value}")
            expected.setdefault(key, {})[name] = outcome.counts()
    if options.update:
        _EXPECTED.write_text(json.dumps(expected, indent=1, sort_keys=True) + "\n")
    return 0


def _run(copy: Prepared, *, keep: bool) -> Outcome:
    outcome = Outcome()
    pristine = copy.beside("pristine")
    shutil.copytree(copy.root, pristine, symlinks=True)
    if copy.initialise is not None:
        _command(copy, outcome, "init", *copy.initialise, *copy.paths)
    original = copy.beside("original")
    shutil.copytree(copy.root, original, symlinks=True)
    before = _pyflakes(copy)
    _command(copy, outcome, "status", "--output-format", "json")
    applied = _command(copy, outcome, "apply", "--all", "--output-format", "json")
    _count(applied.stdout, outcome)
    outcome.verified = all(
        _command(copy, outcome, "verify", "--against", str(pristine / path), path).returncode == 0
        for path in copy.paths
    )
    checked = _command(copy, outcome, "check", "--no-cache", "--strict", "--output-format", "json")
    _findings(checked.stdout, outcome)
    outcome.new_pyflakes = len(_pyflakes(copy) - before)
    if keep:
        shutil.copytree(copy.root, copy.beside("applied"), symlinks=True)
    reverted = _command(copy, outcome, "revert", "--all")
    same = _are_equal(original, copy.root)
    if (
        copy.initialise
        and "--rebase" in copy.initialise
        and (" 0 files" not in " " + _command(copy, outcome, "init", "--revert", *copy.paths).stdout)
    ):
        same = same and _are_equal(pristine, copy.root)
    outcome.reverted = "identical" if same else f"differs, exit {reverted.returncode}"
    return outcome


def _are_equal(one: Path, other: Path) -> bool:
    return not subprocess.run(["diff", "-rq", one, other], capture_output=True, text=True, check=False).stdout


def _command(
    copy: Prepared, outcome: Outcome, verb: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    command = [
        str(Path(sys.executable).with_name("refactor")),
        verb,
        "--config",
        "refactor-ecosystem.toml",
        *arguments,
    ]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=copy.root, stdout=out, stderr=err)
        timed_out = False
        while True:
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            if time.monotonic() - started > _LONGEST:
                timed_out = True
                process.kill()
            time.sleep(0.02)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        text, errors = out.read(), err.read()
    outcome.seconds[verb] = round(usage.ru_utime + usage.ru_stime, 2)
    outcome.megabytes = max(outcome.megabytes, round(usage.ru_maxrss / 1024))
    if timed_out:
        outcome.crashes.append(f"{verb}: no end after {_LONGEST} s")
    elif process.returncode not in {0, 1} or "internal error" in errors + text or "Traceback" in errors:
        outcome.crashes.append(f"{verb}: exit {process.returncode}: {errors.strip().splitlines()[-1:]}")
    return subprocess.CompletedProcess(command, process.returncode, text, errors)


def _count(text: str, outcome: Outcome) -> None:
    try:
        tasks = json.loads(text)["tasks"]
    except (ValueError, KeyError):
        return
    outcome.found = len(tasks)
    outcome.states = dict(sorted(Counter(t.get("outcome") or t["state"] for t in tasks).items()))
    codes = Counter(t["reason"].split(" ", 1)[0] for t in tasks if t["state"] == "refused")
    outcome.refusals = {str(k): v for k, v in sorted(codes.items(), key=lambda p: (-p[1], str(p[0])))}


def _findings(text: str, outcome: Outcome) -> None:
    try:
        found = json.loads(text)["findings"]
    except (ValueError, KeyError):
        return
    outcome.findings = dict(sorted(Counter(f["code"] for f in found).items()))


def _pyflakes(copy: Prepared) -> set[str]:
    run = subprocess.run(
        [sys.executable, "-m", "pyflakes", *copy.paths],
        cwd=copy.root,
        capture_output=True,
        text=True,
        check=False,
    )
    # Without the positions, which insertions move: `path:line:column: message [line n]`.
    return {f"{m[1]}: {m[2]}" for m in map(_PYFLAKES.match, run.stdout.splitlines()) if m is not None}


def _print(name: str, outcome: Outcome) -> None:
    states = ", ".join(f"{v} {k}" for k, v in outcome.states.items())
    codes = " ".join(f"{k}×{v}" for k, v in outcome.refusals.items())
    longest = max(outcome.seconds.items(), key=lambda p: p[1], default=("", 0))
    print(
        f"{name}: {outcome.found} tasks: {states} [{codes}] findings {outcome.findings}; "
        f"verify {'clean' if outcome.verified else 'NOT CLEAN'}, revert {outcome.reverted}, "
        f"pyflakes +{outcome.new_pyflakes}, at most {longest[1]} s ({longest[0]}), {outcome.megabytes:.0f} MB"
    )
    for crash in outcome.crashes:
        print(f"    CRASH {crash}")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
