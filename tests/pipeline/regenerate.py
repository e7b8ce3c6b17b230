"""Rebuilds what the codemod writes: the done tasks of the legacy pipeline, and `pipeline/example/tasks`.

    python -m tests.pipeline.regenerate           # both, in place
    python -m tests.pipeline.regenerate --check   # exit 1 if something would change

A task that is done is taken back first, by `refactor revert`. A revert only knows what the codemod of
today would insert, so where its wording has changed since, the module comes from git: its newest version
in which no task was done.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.legacy.facts import DONE

REPOSITORY = Path(__file__).parents[2]
LEGACY = REPOSITORY / "fixtures" / "legacy"
TASKS = REPOSITORY / "pipeline" / "example" / "tasks"

DONE_IN = ("analysis.py", "strategic_planning.py")
_INSERTED = b"get_database_service"


def refactored(legacy: Path, directory: Path) -> dict[str, bytes]:
    """Return the modules that `refactor apply --all` makes of a copy of `legacy` below `directory`."""
    copy = directory / "tasks"
    shutil.copytree(legacy, copy, ignore=shutil.ignore_patterns("__pycache__"))
    # The codemod looks for the modules that the tasks import above the tasks.
    (directory / "pipeline").symlink_to(REPOSITORY / "pipeline")
    run_refactor("apply", "--all", copy)
    return modules(copy)


def seed_state(directory: Path) -> dict[str, bytes]:
    """Return the legacy pipeline's modules with exactly the tasks in DONE refactored."""
    copy = write_undone(directory / "legacy")
    tasks = [argument for task in DONE for argument in ("--task", task)]
    run_refactor("apply", *tasks, copy)
    return modules(copy)


def write_undone(package: Path) -> Path:
    """Write the legacy pipeline with no task refactored at all, and return its directory."""
    shutil.copytree(LEGACY, package, ignore=shutil.ignore_patterns("__pycache__"))
    # The codemod looks for the modules that the tasks import above the tasks.
    (package.parent / "pipeline").symlink_to(REPOSITORY / "pipeline")
    run_refactor("revert", "--all", package)
    for name in DONE_IN:
        if _INSERTED in (package / name).read_bytes():
            (package / name).write_bytes(_before_any_step(name))
    return package


def modules(directory: Path) -> dict[str, bytes]:
    """Return the Python files of a directory by name."""
    return {path.name: path.read_bytes() for path in sorted(directory.glob("*.py"))}


def run_refactor(command: str, *arguments: str | Path) -> None:
    """Run `refactor` with this repository's configuration; raises RuntimeError if it does not end well."""
    process = subprocess.run(
        [
            *(sys.executable, "-c", "from refactor.cli import main; main()"),
            *(command, "--quiet", "--config", REPOSITORY / "pyproject.toml", *arguments),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if process.returncode:
        raise RuntimeError(f"refactor {command} failed:\n{process.stdout}{process.stderr}")


def _before_any_step(name: str) -> bytes:
    path = (LEGACY / name).relative_to(REPOSITORY)
    for commit in _git("log", "--format=%H", "--", str(path)).decode().split():
        content = _git("show", f"{commit}:{path}")
        if _INSERTED not in content:
            return content
    raise RuntimeError(f"git knows no version of {path} in which no task is done")


def _git(*arguments: str) -> bytes:
    return subprocess.run(["git", *arguments], cwd=REPOSITORY, check=True, capture_output=True).stdout


def _update(directory: Path, wanted: dict[str, bytes], *, check: bool) -> bool:
    found = modules(directory)
    if found == wanted:
        return False
    for name in sorted(found.keys() | wanted.keys()):
        if found.get(name) == wanted.get(name):
            continue
        sys.stdout.write(f"{(directory / name).relative_to(REPOSITORY)}\n")
        if check:
            continue
        if name in wanted:
            directory.mkdir(exist_ok=True)
            (directory / name).write_bytes(wanted[name])
        else:
            (directory / name).unlink()
    return True


def main() -> None:
    """Rebuild, or check."""
    parser = argparse.ArgumentParser(description="Rebuild what the codemod writes.")
    parser.add_argument("--check", action="store_true", help="change nothing, exit 1 if something would")
    check: bool = parser.parse_args().check
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        changed = _update(LEGACY, seed_state(Path(first)), check=check)
        # Not of the copy just made but of what the repository holds, which is what a reader compares.
        changed |= _update(TASKS, refactored(LEGACY, Path(second)), check=check)
    sys.exit(1 if check and changed else 0)


if __name__ == "__main__":
    main()
