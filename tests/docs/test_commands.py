"""Every command that README and the pages of docs/ show does what they say, in a copy of the repository."""

import compileall
import os
import re
import shutil
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy

from pipeline.database import migrate
from pipeline.database.engine import get_engine
from tests.docs.console import NotRun, run_page, steps
from tests.openai_server import serve
from tests.shared import made_once

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
WITH_COMMANDS = [page for page in PAGES if any(True for _ in steps(page.read_text(encoding="utf-8")))]
TIMEOUT = 300
ENDPOINT = "http://localhost:11434/v1"
"""Where the pages' own model is; a server of the test takes its place."""

# What is shown and not run here, page by page.
IN_ITS_PLACE = "the environment of the tests is in its place"
GOES_ON = "goes on until it is stopped"
INSTALL = "pip install 'luigi-database-first[{}] @ file:///path/to/the/clone'"
SHOWN_ONLY = {
    (
        "README.md",
        "pip install 'luigi-database-first[runtime,tool] @ git+https://HOST/OWNER/REPOSITORY'",
    ): IN_ITS_PLACE,
    ("README.md", "uv tool install 'luigi-database-first[runtime,tool] @ git+https://HOST/OWNER/REPOSITORY'"): IN_ITS_PLACE,
    ("docs/tutorial.md", "python3 -m venv .venv"): IN_ITS_PLACE,
    ("docs/how-to/own-pipeline.md", "pip install '/path/to/the/clone/of/this/repository[runtime,tool]'"): IN_ITS_PLACE,
    ("README.md", "pip install -e '.[runtime,tool]'"): IN_ITS_PLACE,
    ("docs/how-to/editor.md", "pip install -e '.[lsp]'"): IN_ITS_PLACE,
    ("docs/how-to/postgresql.md", INSTALL.format("postgres")): IN_ITS_PLACE,
    ("docs/how-to/server.md", "pipeline serve --port 8000"): GOES_ON,
    (
        "docs/how-to/server.md",
        "curl -s 'http://127.0.0.1:8000/api/plans?status=running&limit=10'",
    ): "needs the server",
    (
        "docs/how-to/server.md",
        "curl -s http://127.0.0.1:8000/api/plans -H 'Content-Type: application/json' "
        "-H 'Idempotency-Key: cafe-1' \\",
    ): "needs the server",
    ("docs/how-to/server.md", "export PLAN_TOKEN=$(openssl rand -hex 32)"): GOES_ON,
    ("docs/how-to/models.md", INSTALL.format("openai")): IN_ITS_PLACE,
}


def relative(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_once(tmp_path_factory, "clone", make_clone)


def make_clone(directory: Path) -> None:
    """The working tree as a clone would have it after a commit, with this Python's environment as its .venv."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        source, target = ROOT / name, directory / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    for command in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "All"]):
        subprocess.run(["git", *command], cwd=directory, check=True, env=environment(directory))
    # Each page has a copy of its own, and would compile it again.
    compileall.compile_dir(directory, quiet=1)
    environment_directory = directory / ".venv"
    environment_directory.mkdir()
    for name in ("bin", "lib", "lib64", "include", "pyvenv.cfg"):
        if (Path(sys.prefix) / name).exists():
            (environment_directory / name).symlink_to(Path(sys.prefix) / name)
    for stamp in (".runtime", ".installed"):  # what `make` takes for "nothing to install"
        (environment_directory / stamp).touch()


def environment(directory: Path) -> dict[str, str]:
    """What a shell of a reader has, without this process's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIPELINE_", "GIT_"))}
    return {
        **kept,
        "PATH": f"{Path(sys.executable).parent}:{kept['PATH']}",
        # The commands and the tasks of the copy, not those that are installed.
        "PYTHONPATH": str(directory),
        "COLUMNS": "80",
        "NO_COLOR": "1",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "GIT_AUTHOR_NAME": "Reader",
        "GIT_AUTHOR_EMAIL": "reader@example.org",
        "GIT_COMMITTER_NAME": "Reader",
        "GIT_COMMITTER_EMAIL": "reader@example.org",
    }


@pytest.mark.parametrize("page", WITH_COMMANDS, ids=relative)
def test_commands_of_a_page(page: Path, clone: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """Each command ends and prints as the page says."""
    text = page.read_text(encoding="utf-8")
    directory = tmp_path / "clone"
    shutil.copytree(clone, directory, symlinks=True)
    variables = environment(directory)
    if "$POSTGRES_URL" in text:
        variables["POSTGRES_URL"] = request.getfixturevalue("postgres_url")
    with ExitStack() as stack:
        if ENDPOINT in text:
            pytest.importorskip("openai", reason="the page asks an endpoint, through the openai package")
            text = text.replace(ENDPOINT, stack.enter_context(serve("none")).base_url)

        told = run_page(text, directory, variables, TIMEOUT)

    assert not told, "\n\n".join([relative(page), *told])


def test_what_is_shown_only_is_known() -> None:
    """A block that is not run is on the list above, with the same reason."""
    found = {
        (relative(page), line): step.reason
        for page in PAGES
        for step in steps(page.read_text(encoding="utf-8"))
        if isinstance(step, NotRun)
        for line in [step.text.strip().removeprefix("$ ").splitlines()[0]]
    }

    assert found == SHOWN_ONLY


def test_make_targets_that_the_pages_name_exist() -> None:
    """Also those that are shown only."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {
        name
        for page in PAGES
        for name in re.findall(r"(?:`|\$ )make ([a-z]+)", page.read_text(encoding="utf-8"))
    }

    assert named
    assert named <= targets


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
def test_queries(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Every query that a page shows is one that the database takes; what asks PostgreSQL's own tables, it alone."""
    queries = [
        query
        for page in PAGES
        for query in re.findall(
            r"^```sql\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
        )
        if database == "postgres" or "pg_" not in query
    ]
    url = (
        f"sqlite:///{tmp_path / 'pipeline.db'}"
        if database == "sqlite"
        else request.getfixturevalue("postgres_url")
    )
    engine = get_engine(url)
    migrate.upgrade(engine)

    assert queries
    for query in queries:
        with engine.begin() as connection:
            result = connection.execute(sqlalchemy.text(query))
            assert not result.returns_rows or result.all() == [], query
    engine.dispose()
