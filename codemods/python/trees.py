"""Walking syntax trees, without the nodes that carry no information of their own (contexts and operators).

`ast.walk` does the same at two to three times the cost, which dominates the analysis of a large file.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, wraps
from types import MappingProxyType
from typing import TypeVar
from weakref import WeakKeyDictionary

T = TypeVar("T")

_AST = ast.AST
_ATTRIBUTE = ast.Attribute
_CALL = ast.Call
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {
    ast.Constant: (),
    ast.MatchSingleton: (),
    ast.Global: (),
    ast.Nonlocal: (),
}
_FRAMES = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef})
_LEAVES = frozenset({ast.Name, ast.Constant})
_WITH_GAPS = frozenset({"keys", "kw_defaults"})
_WITHOUT_NODES = frozenset(
    {
        "arg",
        "asname",
        "attr",
        "conversion",
        "ctx",
        "id",
        "is_async",
        "kind",
        "kwd_attrs",
        "level",
        "module",
        "name",
        "op",
        "ops",
        "rest",
        "simple",
        "str",
        "type_comment",
    }
)


def _fields(kind: type[ast.AST]) -> tuple[str, ...]:
    """The fields of a node type that hold nodes only, last first."""
    names = reversed(kind._fields)
    # `name` is text everywhere but in a type alias.
    alias = kind.__name__ == "TypeAlias"
    _FIELDS[kind] = tuple(n for n in names if n not in _WITHOUT_NODES or (alias and n == "name"))
    return _FIELDS[kind]


def children(node: ast.AST) -> list[ast.AST]:
    """The nodes directly below a node, in source order."""
    kind = node.__class__
    if kind is _ATTRIBUTE:
        return [node.value]  # type: ignore[attr-defined]
    found: list[ast.AST] = []
    if _FIELDS.get(kind) != ():
        push_children(node, found)
        found.reverse()
    return found


def push_children(node: ast.AST, stack: list[ast.AST]) -> None:
    """Puts the nodes directly below a node on a stack, the first one on top."""
    kind = node.__class__
    # The two most frequent kinds that hold nodes: half of all.
    if kind is _ATTRIBUTE:
        stack.append(node.value)  # type: ignore[attr-defined]
        return
    if kind is _CALL:
        stack += node.keywords[::-1]  # type: ignore[attr-defined]
        stack += node.args[::-1]  # type: ignore[attr-defined]
        stack.append(node.func)  # type: ignore[attr-defined]
        return
    names = _FIELDS.get(kind)
    for name in _fields(kind) if names is None else names:
        value = getattr(node, name, None)
        if value.__class__ is list:
            if name in _WITH_GAPS:
                stack.extend([item for item in reversed(value) if item is not None])
            elif value:
                stack += value[::-1]
        elif value is not None:
            stack.append(value)


def walk(node: ast.AST) -> Iterator[ast.AST]:
    """A node and everything below it, in source order."""
    stack = [node]
    known = _FIELDS
    while stack:
        current = stack.pop()
        yield current
        if known.get(current.__class__) != ():
            push_children(current, stack)


def walk_in_frames(tree: ast.AST) -> Iterator[tuple[ast.AST, tuple[ast.AST, ...]]]:
    """The nodes below one but names and constants, each with the classes and functions around it, outermost first."""
    stack: list[tuple[ast.AST, tuple[ast.AST, ...]]] = [(tree, ())]
    while stack:
        node, around = stack.pop()
        yield node, around
        inner = (*around, node) if node.__class__ in _FRAMES else around
        stack += [(child, inner) for child in children(node) if child.__class__ not in _LEAVES]


@lru_cache(maxsize=1 << 12)
def nodes_of(node: ast.AST) -> tuple[ast.AST, ...]:
    """What `walk` gives, found once: for whole functions, which many ask for."""
    return tuple(walk(node))


def kept_with_tree(find: Callable[[ast.Module], T]) -> Callable[[ast.Module], T]:
    """Finds something of a file once, and forgets it with the file: an editor's server parses without end.

    What is found must not hold the tree itself; nodes below it do not.
    """
    known: WeakKeyDictionary[ast.Module, T] = WeakKeyDictionary()

    @wraps(find)
    def found(tree: ast.Module) -> T:
        if tree not in known:
            known[tree] = find(tree)
        return known[tree]

    return found


@kept_with_tree
def by_kind(tree: ast.Module) -> Mapping[type[ast.AST], tuple[ast.AST, ...]]:
    """The nodes below a file by their type, each in source order; found in one walk for all who ask for some."""
    found: dict[type[ast.AST], list[ast.AST]] = {}
    for node in walk(tree):
        if node is not tree:
            found.setdefault(node.__class__, []).append(node)
    return MappingProxyType({kind: tuple(nodes) for kind, nodes in found.items()})


def same(left: object, right: object) -> bool:
    """Whether two trees are equal, positions aside."""
    kind = left.__class__
    if kind is not right.__class__:
        return False
    if kind is list:
        if len(left) != len(right):  # type: ignore[arg-type]
            return False
        return all(map(same, left, right))  # type: ignore[call-overload]
    if isinstance(left, _AST):
        for name in left._fields:
            one, other = getattr(left, name, None), getattr(right, name, None)
            if one is not other and not same(one, other):
                return False
        return True
    return bool(left == right)
