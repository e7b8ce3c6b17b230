"""Runs of the whole pipeline, and what they are compared with."""

import os
import warnings
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

with warnings.catch_warnings():
    # Luigi warns at its first import of a default that this project does not use.
    warnings.simplefilter("ignore", DeprecationWarning)
    import luigi  # noqa: F401

from pipeline.database import engine as engines
from tests.forked import Server
from tests.pipeline.regenerate import write_undone
from tests.pipeline.runs import Run, Setting, assert_ended
from tests.pipeline.zygote import UNDONE
from tests.postgres import postgres_server, postgres_tables_url  # noqa: F401
from tests.shared import made_once
from tests.sqlite import migrated_sqlite, sqlite_tables_url, sqlite_url  # noqa: F401

MakeRun = Callable[..., Run]


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Start each test without settings of the machine it runs on, end it without connections."""
    for name in list(os.environ):
        if name.startswith("PIPELINE_"):
            monkeypatch.delenv(name)
    yield
    engines.dispose_engines()
    engines._engines.clear()


@pytest.fixture(scope="session")
def undone_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory that holds the package with no task refactored."""

    def make(root: Path) -> None:
        package = write_undone(root / UNDONE)
        assert not any("database" in module.read_text(encoding="utf-8") for module in package.glob("*.py"))

    return made_once(tmp_path_factory, "undone", make)


@pytest.fixture(scope="session")
def zygote(undone_root: Path) -> Iterator[Server]:
    zygote = Server("tests.pipeline.zygote", str(undone_root))
    yield zygote
    zygote.close()


@pytest.fixture(scope="session")
def undisturbed(zygote: Server, tmp_path_factory: pytest.TempPathFactory) -> Callable[[Setting], Run]:
    """A function that runs the pipeline from before the refactoring, or gives the run of that setting again."""
    runs: dict[Setting, Run] = {}

    def run(setting: Setting) -> Run:
        if setting not in runs:
            directory = made_once(
                tmp_path_factory,
                f"undisturbed-{zlib.crc32(repr(setting).encode()):08x}",
                lambda here: assert_ended(Run(zygote, here / "work", setting).begin_undone()),
            )
            runs[setting] = Run(zygote, directory / "work", setting)
        return runs[setting]

    return run


@pytest.fixture
def make_run(zygote: Server, tmp_path: Path, request: pytest.FixtureRequest) -> MakeRun:
    """A function that gives a plan on a database of the kind named, with all tables."""

    def make(database: str, setting: Setting | None = None, plan_id: str = "p1") -> Run:
        url: str = request.getfixturevalue(f"{database}_tables_url")
        return Run(zygote, tmp_path / "work", setting or Setting(), url, plan_id)

    return make
