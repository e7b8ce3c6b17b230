"""Whether a file name still means at the write what it meant where the path was made."""

from __future__ import annotations

import ast

from codemods.python.frame_nodes import names_bound_by
from codemods.python.statements import Site, read_names
from codemods.tasks.context import TaskContext
from codemods.tasks.write_site import WriteSite


def names_are_kept(filename: ast.expr, write: WriteSite, context: TaskContext) -> bool:
    """Whether no name in a file name is bound anew between the statements that made the path and the write.

    `path = folder / f"{number}.md"`, then `number += 1`, then a write to `path`: the file has the old number.
    """
    used = {n for n in read_names(filename) if write.site.scope.is_local(n)} - read_names(write.path)
    if not used:
        return True
    order = {id(site.statement): index for index, site in enumerate(context.sites)}
    rebinding = [site for site in context.sites if used & _bound(site)]
    return not any(
        _comes_between(site, maker, write.site, order)
        for maker in _makers(write, used, context)
        for site in rebinding
        if site is not maker
    )


def _makers(write: WriteSite, used: set[str], context: TaskContext) -> list[Site]:
    """The statements that put the names into the path, directly or through other variables."""
    wanted = read_names(write.path) - used
    found: list[Site] = []
    while new := [s for s in context.sites if s not in found and wanted & _bound(s)]:
        found.extend(new)
        for site in new:
            wanted |= {n.id for n in site.header if isinstance(n, ast.Name)} - used
    return [site for site in found if any(isinstance(n, ast.Name) and n.id in used for n in site.header)]


def _comes_between(site: Site, maker: Site, write: Site, order: dict[int, int]) -> bool:
    at, made, written = (order[id(s.statement)] for s in (site, maker, write))
    if made < at < written:
        return True
    around_write, around_maker = _loops(write), _loops(maker)
    if made > written:
        return any(loop in around_maker for loop in around_write)
    # A loop around the write alone can bind the name in one pass and use the path in the next.
    return any(
        loop is site.statement or loop in _loops(site) for loop in around_write if loop not in around_maker
    )


def _bound(site: Site) -> set[str]:
    return {name for node in site.header for name in names_bound_by(node)}


def _loops(site: Site) -> list[ast.AST]:
    kinds = (ast.For, ast.AsyncFor, ast.While)
    return [link.owner for link in site.chain if link.field == "body" and isinstance(link.owner, kinds)]
