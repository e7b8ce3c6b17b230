"""The global names of a module, as far as its own text says them."""

from __future__ import annotations

import ast
import re
from functools import lru_cache

from codemods.python.frame_nodes import names_bound_by, nodes_of_frame
from codemods.python.modules import Module
from codemods.python.trees import walk

# A pattern that begins with letters is found many times as fast as one that begins with a boundary or a choice.
_DYNAMIC = tuple(re.compile(rf"{name}(?<!\w{name})\s*\(") for name in ("globals", "exec", "eval"))
_GLOBAL = re.compile(r"global\s")


@lru_cache(maxsize=256)
def written_names(module: Module) -> frozenset[str]:
    """The global names that the module's text binds anywhere; a star import brings others, unseen."""
    found: set[str] = set()
    for node in nodes_of_frame(module.tree.body):
        found.update(names_bound_by(node))
    if _GLOBAL.search(module.source.text):
        found.update(name for n in walk(module.tree) if isinstance(n, ast.Global) for name in n.names)
    return frozenset(found)


@lru_cache(maxsize=256)
def last_star_import(module: Module) -> int:
    """The line of the module's last star import, 0 without one."""
    if "*" not in module.bindings:
        return 0
    return max(
        (
            node.lineno
            for node in nodes_of_frame(module.tree.body)
            if isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
        ),
        default=0,
    )


@lru_cache(maxsize=256)
def module_names(module: Module) -> frozenset[str] | None:
    """All global names of a module, None where a star import or `globals()` hides some."""
    if any(pattern.search(module.source.text) for pattern in _DYNAMIC) or last_star_import(module):
        return None
    return written_names(module)
