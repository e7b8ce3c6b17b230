"""One task a module: base classes, results and names come from elsewhere, by relative imports and below src."""

from __future__ import annotations

import importlib
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from codemods.api import apply, inspect
from codemods.source import SourceFile, decode
from tests.shapes import laws
from tests.shapes.bench import Bench, Outcome
from tests.shapes.catalogue import DIRECTORY
from tests.shapes.rewriting import SETTINGS

if TYPE_CHECKING:
    from pytest_snapshot.plugin import Snapshot


@dataclass(frozen=True)
class Tree:
    """A directory of modules.

    Attributes:
        name: the directory.
        root: what goes on the import path.
        package: what is imported.
        tasks: the tasks by module, in the order to run them.
        stages: the stages of their rows.
        calls: how many LLM calls they make.
    """

    name: str
    root: str
    package: str
    tasks: tuple[tuple[str, str], ...]
    stages: frozenset[str]
    calls: int = 1


TREES = (
    Tree(
        "relative",
        ".",
        "ferry",
        (("ferry.tasks.sketch", "SketchTask"), ("ferry.tasks.page", "PageTask")),
        frozenset({"sketch", "page"}),
    ),
    Tree(
        "src_layout",
        "src",
        "harbour",
        (("harbour.tasks.forecast_task", "ForecastTask"),),
        frozenset({"forecast"}),
    ),
)
all_trees = pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.name)


def rewrite_tree(directory: Path) -> list[tuple[SourceFile, SourceFile]]:
    """Every module of a tree before and after, seen as one project."""
    sources = [decode(path.read_bytes(), path) for path in sorted(directory.rglob("*.py"))]
    rewrites = [apply(i, lambda _: True, SETTINGS) for i in inspect(sources, SETTINGS)]
    return [(r.before, r.after) for r in rewrites]


class _Tasks:
    """The tasks of a tree, in the place of a module."""


def run_tree(bench: Bench, tree: Tree, directory: Path, monkeypatch: pytest.MonkeyPatch) -> Outcome:
    monkeypatch.syspath_prepend(str(directory / tree.root))
    for name in [n for n in sys.modules if n.partition(".")[0] == tree.package]:
        monkeypatch.delitem(sys.modules, name)
    tasks = _Tasks()
    for module, task in tree.tasks:
        setattr(tasks, task, getattr(importlib.import_module(module), task))
    outcome = bench.run(tasks, [task for _, task in tree.tasks])
    for name in [n for n in sys.modules if n.partition(".")[0] == tree.package]:
        del sys.modules[name]
    return outcome


@all_trees
def test_only_the_tasks_of_a_tree_change(tree: Tree, snapshot: Snapshot):
    """Modules without tasks keep their bytes, those with tasks read like their snapshots."""
    snapshot.snapshot_dir = f"{__file__.rpartition('/')[0]}/snapshots"
    modules = {module.rpartition(".")[2]: task for module, task in tree.tasks}
    for before, after in rewrite_tree(DIRECTORY / "trees" / tree.name):
        name = before.path.stem
        if name not in modules:
            assert after.to_bytes() == before.to_bytes()
            continue
        laws.check_outside_is_untouched(before.text, after.text, (modules[name],))
        laws.check_only_insertions(before.text, after.text)
        laws.check_pyflakes_has_nothing_new(before.text, after.text)
        snapshot.assert_match(after.text, f"{tree.name}_{name}.txt")


@all_trees
def test_a_rewritten_tree_keeps_the_laws_in_a_run(
    bench: Bench, tree: Tree, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The whole tree is imported and run, before and after."""
    source = DIRECTORY / "trees" / tree.name
    copy = tmp_path / "after"
    shutil.copytree(source, copy)
    for before, after in rewrite_tree(source):
        (copy / before.path.relative_to(source)).write_bytes(after.to_bytes())
    before, after = (run_tree(bench, tree, d, monkeypatch) for d in (source, copy))
    assert after.error is None
    laws.check_same_behaviour(before, after)
    laws.check_every_file_has_its_row(after, set(tree.stages))
    assert set(after.rows) == set(after.files)
    laws.check_rows_come_before_files(after)
    laws.check_one_interaction_a_call(after, tree.calls, set(tree.stages), one_to_one=True)
    laws.check_calls_are_bracketed(after)
    laws.check_service_is_closed(after)
