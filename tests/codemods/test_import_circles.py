"""No file leads back to itself by imports, those inside of functions and for type checkers included."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import grimp
import pytest

PACKAGES = ("codemods", "refactor", "pipeline", "migrations")


@pytest.fixture(scope="module")
def imports() -> dict[str, set[str]]:
    graph = grimp.build_graph(*PACKAGES, exclude_type_checking_imports=False, cache_dir=None)
    return {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}


def test_there_is_no_circle(imports: dict[str, set[str]]) -> None:
    assert len(imports) > 300
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


def test_one_would_be_seen(imports: dict[str, set[str]]) -> None:
    closed = {**imports, "codemods.errors": {"codemods.api"}}
    with pytest.raises(CycleError):
        TopologicalSorter(closed).prepare()
