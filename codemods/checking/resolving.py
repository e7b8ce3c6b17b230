"""What a local name stands for at a statement: the assignment that comes before it on the straight way."""

from __future__ import annotations

import ast

from codemods.analysis.locations import substitute
from codemods.analysis.statements import Site, read_names
from codemods.checking.index import Index

_MAX_DEPTH = 12


def preceding(name: str, site: Site, index: Index) -> tuple[ast.expr, Site] | None:
    """The value that a name was last given, and where; None where a branch, a loop or a call decides."""
    for depth in range(len(site.own_links) - 1, -1, -1):
        link = site.own_links[depth]
        for position in range(link.index - 1, -1, -1):
            statement = link.suite[position]
            if name not in index.deep_bound(statement):
                continue
            value = _assigned(statement, name)
            if value is None:
                return None
            start = len(site.chain) - len(site.own_links)
            chain = (
                *site.chain[: start + depth],
                type(link)(link.owner, link.field, link.suite, position, link.prefix),
            )
            return value, Site(statement, chain, site.scope)
    return None


def _assigned(statement: ast.stmt, name: str) -> ast.expr | None:
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        target = statement.targets[0]
        return statement.value if isinstance(target, ast.Name) and target.id == name else None
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
        return statement.value if statement.target.id == name else None
    return None


def spelled_out(node: ast.expr, site: Site, index: Index, depth: int = 0) -> ast.expr:
    """The expression with local names replaced by what they stand for, as far as that is known."""
    if depth > _MAX_DEPTH:
        return node
    replaced: dict[str, ast.expr] = {}
    for name in read_names(node):
        found = preceding(name, site, index)
        if found is not None and not _is_stateful(found[0]):
            replaced[name] = spelled_out(found[0], found[1], index, depth + 1)
    return substitute(node, replaced) if replaced else node


def _is_stateful(node: ast.expr) -> bool:
    """Whether two evaluations of an expression need not be one object: then its name is what identifies it."""
    if isinstance(node, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    return isinstance(node, ast.Await | ast.NamedExpr | ast.GeneratorExp)
