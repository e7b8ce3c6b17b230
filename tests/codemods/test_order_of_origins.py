"""What a call may run is gone through as it stands in the source: a task is refused for the same reason each time."""

import ast
import random
from pathlib import Path

from codemods.python.modules import Module
from codemods.source import SourceFile
from codemods.tasks.origin_kinds import Instance, Kind, Origin, Outside, in_order

TEXT = "".join(f"class C{n}:\n    pass\n" for n in range(40))


def test_by_place() -> None:
    module = Module(SourceFile(Path("a.py"), TEXT))
    classes = [s for s in module.tree.body if isinstance(s, ast.ClassDef)]
    kinds: list[Origin] = [Kind(c, module) for c in classes]
    objects: list[Origin] = [Instance(c, module) for c in classes]
    packages: list[Origin] = [Outside(f"package.{n:02}") for n in range(40)]
    mixed = [*packages, *kinds, *objects]
    random.Random(1).shuffle(mixed)
    assert list(in_order(frozenset(mixed))) == [*objects, *kinds, *packages]
