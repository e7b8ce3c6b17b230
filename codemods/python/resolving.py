"""What a local name stands for at a statement: the assignment that comes before it on the straight way."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from codemods.python.index import Index
from codemods.python.statements import Site


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


@dataclass(frozen=True)
class Standing:
    """An expression where it stands.

    Attributes:
        node: the expression.
        site: the statement that evaluates it.
    """

    node: ast.AST
    site: Site

    def followed(self, index: Index) -> Standing:
        """What a local name stands for, as far as that is known; any other expression as it is."""
        found = self
        # Each step leads to a statement further up.
        while True:
            value = preceding(found.node.id, found.site, index) if isinstance(found.node, ast.Name) else None
            if value is None or _is_stateful(value[0]):
                return found
            found = Standing(*value)


def alike(left: Standing, right: Standing, index: Index) -> bool:
    """Whether two expressions are one, local names replaced by what they stand for."""
    if isinstance(left.node, ast.Name) and isinstance(right.node, ast.Name) and left.node.id == right.node.id:
        mine, other = (
            preceding(s.node.id, s.site, index) for s in (left, right) if isinstance(s.node, ast.Name)
        )
        if (mine is None and other is None) or (mine and other and mine[0] is other[0]):
            return True
    left, right = left.followed(index), right.followed(index)
    if left.node.__class__ is not right.node.__class__:
        return False
    return all(
        _alike_fields(
            getattr(left.node, name, None), getattr(right.node, name, None), left.site, right.site, index
        )
        for name in left.node._fields
        if name != "ctx"
    )


def _alike_fields(left: object, right: object, here: Site, there: Site, index: Index) -> bool:
    if isinstance(left, ast.AST) and isinstance(right, ast.AST):
        return alike(Standing(left, here), Standing(right, there), index)
    if isinstance(left, list) and isinstance(right, list):
        pairs = zip(left, right, strict=False)
        return len(left) == len(right) and all(_alike_fields(a, b, here, there, index) for a, b in pairs)
    return type(left) is type(right) and left == right


def _is_stateful(node: ast.expr) -> bool:
    """Whether two evaluations of an expression need not be one object: then its name is what identifies it."""
    if isinstance(node, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp):
        return True
    return isinstance(node, ast.Await | ast.NamedExpr | ast.GeneratorExp)
