"""Whether a file name still means at the write what it meant where the path was made."""

from __future__ import annotations

import ast

from codemods.knowledge.verdicts import Verdict
from codemods.python.frame_nodes import names_bound_by
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, own_nodes
from codemods.python.statements import Site, read_names
from codemods.tasks.context import TaskContext
from codemods.tasks.relative_paths import module_value
from codemods.tasks.texts import is_text
from codemods.tasks.write_site import WriteSite

_NUMBERS = frozenset({"int", "float", "bool"})


def names_are_kept(filename: ast.expr, write: WriteSite, context: TaskContext) -> bool:
    """Whether a file name gives at the write what it gave where the path was made.

    `path = folder / f"{number}.md"`, then `number += 1`, then a write to `path`: the file has the old number. What can
    change without a name being bound, an attribute, an element, what a call gives, is taken for changed where anything
    with an effect stands between the two.
    """
    if not _is_settled(filename, write, context) and _much_happens(filename, write, context):
        return False
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


def _much_happens(filename: ast.expr, write: WriteSite, context: TaskContext) -> bool:
    """Whether a statement that may change something stands between one that makes the path and the write."""
    scope = write.site.scope
    wanted = (
        {n for n in read_names(write.path) if scope.is_local(n)} - read_names(filename) - {scope.self_name}
    )
    if not wanted:
        return False
    makers: list[Site] = []
    while new := [s for s in context.sites if s not in makers and wanted & _bound(s)]:
        makers.extend(new)
        for site in new:
            read = {n.id for n in site.header if isinstance(n, ast.Name)}
            wanted |= {n for n in read if scope.is_local(n)} - read_names(filename) - {scope.self_name}
    order = {id(site.statement): index for index, site in enumerate(context.sites)}
    loud = [
        site
        for site in context.sites
        if site.statement is not write.site.statement and not _is_quiet(site, context)
    ]
    return any(
        _comes_between(site, maker, write.site, order)
        for maker in makers
        for site in loud
        if site is not maker
    )


def _is_quiet(site: Site, context: TaskContext) -> bool:
    """Whether a statement by itself, without those in it, changes nothing but what it binds by name."""
    statement = site.statement
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        if not all(isinstance(target, ast.Name) for target in targets):
            return False
        value = statement.value
        return value is None or (
            context.locations.evaluate(value, site.scope) is not None
            or context.repeatable.expression(value, site.scope) is Verdict.SAME
        )
    if isinstance(statement, ast.Expr):
        # `target.makedirs()` of a known target, `os.makedirs(os.path.dirname(target.path))`, a docstring.
        return context.repeatable.expression(statement.value, site.scope) is Verdict.SAME
    return isinstance(statement, ast.Pass | ast.Try)


def _is_settled(node: ast.expr, write: WriteSite, context: TaskContext) -> bool:
    """Whether an expression is made of texts, constants and names that only a binding changes."""
    if isinstance(node, ast.Constant):
        return True
    if isinstance(node, ast.JoinedStr):
        return all(_is_settled(part, write, context) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return _is_settled(node.value, write, context)
    if isinstance(node, ast.BinOp):
        return all(_is_settled(part, write, context) for part in (node.left, node.right))
    scope = write.site.scope
    if isinstance(node, ast.Name):
        if scope.is_local(node.id):
            return is_text(node, scope, context) or _is_number(node.id, scope)
        return module_value(node, scope.module, context.sources) is not None
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        given = (node.func.value, *node.args, *(k.value for k in node.keywords))
        return all(_is_settled(part, write, context) for part in given)
    return isinstance(node, ast.Attribute) and _is_constant(node, scope)


def _is_number(name: str, scope: Scope) -> bool:
    """Whether a name is bound to numbers alone: written out, counted on, declared, of a `range` or an `enumerate`."""
    values = [v.value if isinstance(v, ast.AugAssign) else v for v in scope.values_of(name) or ()]
    counted = {
        id(part)
        for loop in own_nodes(scope.holder_of(name).function)
        if isinstance(loop, ast.For) and isinstance(loop.iter, ast.Call)
        for part in _counted(loop, dotted_name(loop.iter.func), name)
    }
    return bool(values) and all(
        isinstance(v, ast.Constant) or id(v) in counted or _is_declared_number(v) for v in values
    )


def _is_declared_number(value: ast.AST) -> bool:
    return (
        isinstance(value, ast.arg)
        and isinstance(value.annotation, ast.Name)
        and value.annotation.id in _NUMBERS
    )


def _counted(loop: ast.For, over: str | None, name: str) -> tuple[ast.AST, ...]:
    """What a name is bound to where a loop counts by it."""
    target = loop.target
    if over == "range" and isinstance(target, ast.Name) and target.id == name:
        return (loop,)
    pair = over == "enumerate" and isinstance(target, ast.Tuple) and len(target.elts) == 2
    first = target.elts[0] if isinstance(target, ast.Tuple) and pair else None
    return (target,) if isinstance(first, ast.Name) and first.id == name else ()


def _is_constant(node: ast.Attribute, scope: Scope) -> bool:
    """Whether an attribute is a member of an enumeration by its looks, `Files.SUMMARY.value`, or a class's constant."""
    member = node.value if node.attr == "value" else node
    root = (dotted_name(member) or "").partition(".")[0]
    return (
        bool(root)
        and not scope.is_local(root)
        and isinstance(member, ast.Attribute)
        and member.attr.isupper()
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
