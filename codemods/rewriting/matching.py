"""Matches an original syntax tree against a changed one in which statements may only have been inserted."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from codemods.python.classes import Function
from codemods.python.frame_nodes import names_bound_by
from codemods.python.trees import children, push_children, same, walk
from codemods.rewriting.blocks import is_block, names_bound_by_block
from codemods.rewriting.held_statements import damage_by_holding, held_statements
from codemods.steps.step_names import identifiers

_FRAMES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
_WAYS_OUT = frozenset({ast.Return, ast.Break, ast.Continue, ast.Yield, ast.YieldFrom})
_SUITES = ("body", "orelse", "finalbody")
_DATABASE_CALLS = frozenset({"create_llm_interaction", "update_llm_interaction", "create_plan_content"})


@dataclass
class Inserted:
    """The inserted statements of one method.

    Attributes:
        statements: all of them, outermost only.
        in_tries: those inside the body of an original try that has handlers, with that try as it is now.
        lost: the first original statement that has no counterpart, where matching failed.
        damage: what is wrong with where the original statements stand now.
    """

    statements: list[ast.stmt] = field(default_factory=list)
    in_tries: list[tuple[ast.stmt, ast.Try]] = field(default_factory=list)
    lost: ast.stmt | None = None
    damage: tuple[str, ...] = ()


def match_method(before: Function, after: Function) -> tuple[Inserted, ast.Try | ast.With | None]:
    """What was inserted into a method, and the `try` that was put around its statements, or the block, if any.

    The statements may also stand in a function of their own, which that `try` calls and whose result it returns.

    `Inserted.lost` is set where `after` is not `before` with insertions.
    """
    if not _same_header(before, after):
        return Inserted(lost=before), None
    plain = Inserted()
    if _match_suite(before.body, after.body, plain, ()):
        return plain, None
    held = held_statements(after)
    if held is not None:
        documented = 1 if ast.get_docstring(before, clean=False) is not None else 0
        found = Inserted(
            statements=[*held.around[documented:]], damage=tuple(damage_by_holding(before, held))
        )
        if same(before.body[:documented], after.body[:documented]) and _match_suite(
            before.body[documented:], held.function.body, found, ()
        ):
            found.statements.append(held.function)
            return found, held.wrap
    kept = _preamble(before)
    original = before.body[kept:]
    best = plain
    for index, statement in enumerate(after.body[kept:], start=kept):
        if not isinstance(statement, ast.Try) and not is_block(statement):
            continue
        if not original:
            continue
        found = Inserted(statements=[*after.body[kept:index], *after.body[index + 1 :]])
        same_preamble = same(before.body[:kept], after.body[:kept])
        if same_preamble and _match_suite(original, statement.body, found, ()):
            return found, statement
        if best is plain or (
            found.lost is not None and best.lost is not None and found.lost.lineno > best.lost.lineno
        ):
            best = found
    return best, None


def _preamble(function: Function) -> int:
    kept = 1 if ast.get_docstring(function, clean=False) is not None else 0
    while kept < len(function.body) and isinstance(function.body[kept], ast.Global | ast.Nonlocal):
        kept += 1
    return kept


def _same_header(before: Function, after: Function) -> bool:
    return type(before) is type(after) and _same_but_body(before, after)


def _same_but_body(before: ast.AST, after: ast.AST) -> bool:
    return all(
        same(getattr(before, name, None), getattr(after, name, None))
        for name in before._fields
        if name != "body"
    )


def _match_suite(
    before: Sequence[ast.stmt], after: Sequence[ast.stmt], inserted: Inserted, tries: tuple[ast.Try, ...]
) -> bool:
    """Whether `before` is `after` without some of its statements; gathers those."""
    position = 0
    for statement in before:
        while position < len(after):
            candidate = after[position]
            position += 1
            trial = Inserted()
            if _matches(statement, candidate, trial, tries):
                inserted.statements.extend(trial.statements)
                inserted.in_tries.extend(trial.in_tries)
                break
            _remember_lost(inserted, trial)
            inserted.statements.append(candidate)
            inserted.in_tries.extend((candidate, t) for t in tries)
        else:
            inserted.lost = inserted.lost or statement
            return False
    for candidate in after[position:]:
        inserted.statements.append(candidate)
        inserted.in_tries.extend((candidate, t) for t in tries)
    inserted.lost = None
    return True


def _remember_lost(inserted: Inserted, trial: Inserted) -> None:
    if trial.lost is not None and (inserted.lost is None or trial.lost.lineno > inserted.lost.lineno):
        inserted.lost = trial.lost


def _matches(before: ast.stmt, after: ast.stmt, inserted: Inserted, tries: tuple[ast.Try, ...]) -> bool:
    if type(before) is not type(after):
        return False
    if not any(isinstance(getattr(before, name, None), list) for name in (*_SUITES, "handlers", "cases")):
        return same(before, after)
    for name in before._fields:
        old, new = getattr(before, name, None), getattr(after, name, None)
        if name in _SUITES and isinstance(old, list) and isinstance(new, list):
            inner = tries
            if name == "body" and isinstance(after, ast.Try) and after.handlers:
                inner = (*tries, after)
            elif name == "body" and isinstance(after, Function | ast.ClassDef):
                inner = ()
            if not _match_suite(old, new, inserted, inner):
                return False
        elif name in {"handlers", "cases"} and isinstance(old, list) and isinstance(new, list):
            if len(old) != len(new):
                return False
            for left, right in zip(old, new, strict=True):
                if not _same_but_body(left, right) or not _match_suite(
                    left.body, right.body, inserted, tries
                ):
                    return False
        elif not same(old, new):
            return False
    return True


def damage_by_insertions(before: Function, inserted: Inserted, wrap: ast.Try | ast.With | None) -> list[str]:
    """What inserted statements do to the original: rebound names, new ways out, widened tries, swallowed errors."""
    found = [*inserted.damage]
    original_names = identifiers(before) - {before.name}
    bound: set[str] = set()
    for statement in inserted.statements:
        nodes = _own(statement)
        bound |= _names_of(nodes)
        found.extend(
            f"an inserted statement leaves the method or a loop ({type(node).__name__.lower()})"
            for node in nodes
            if node.__class__ in _WAYS_OUT
        )
    if isinstance(wrap, ast.With):
        # What else a `with` could do, such as to swallow an exception, the runtime's block does not.
        bound |= names_bound_by_block(wrap)
    elif wrap is not None:
        bound |= {h.name for h in wrap.handlers if h.name}
        for handler in wrap.handlers:
            bound |= set().union(*(_bound(s) for s in handler.body))
            if not (handler.body and isinstance(handler.body[-1], ast.Raise)):
                found.append("the handler around the method swallows the exception")
        if any(isinstance(n, ast.Return | ast.Raise) for s in wrap.finalbody for n in _own(s)):
            found.append("the finally around the method replaces the exception")
    mentioned = {n.attr for n in walk(before) if isinstance(n, ast.Attribute)}
    stored = {
        n.attr
        for statement in inserted.statements
        for n in _own(statement)
        if isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Load)
    }
    found.extend(
        f"an inserted statement sets the attribute {name}, which the original uses"
        for name in sorted(stored & mentioned)
    )
    found.extend(
        f"an inserted statement binds {name}, which the original uses"
        for name in sorted(bound & original_names)
    )
    if any(_calls_database(statement) and not _is_shielded(tried) for statement, tried in inserted.in_tries):
        found.append("an original try was widened: its handlers would report a database error as their own")
    return list(dict.fromkeys(found))


def _own(statement: ast.AST) -> list[ast.AST]:
    nodes: list[ast.AST] = []
    stack = [statement]
    while stack:
        node = stack.pop()
        nodes.append(node)
        if isinstance(node, ast.For | ast.AsyncFor | ast.While):
            stack.extend(c for c in children(node) if not isinstance(c, ast.Break | ast.Continue))
        elif not isinstance(node, _FRAMES):
            push_children(node, stack)
    return nodes


def _bound(statement: ast.AST) -> set[str]:
    return _names_of(_own(statement))


def _names_of(nodes: list[ast.AST]) -> set[str]:
    comprehended = {
        n.id
        for node in nodes
        if node.__class__ is ast.comprehension
        for n in walk(node.target)
        if isinstance(n, ast.Name)
    }
    return {name for node in nodes for name in names_bound_by(node)} - comprehended


def _calls_database(statement: ast.stmt) -> bool:
    return any(isinstance(n, ast.Attribute) and n.attr in _DATABASE_CALLS for n in walk(statement))


def _is_shielded(tried: ast.Try) -> bool:
    """Whether every handler begins by letting a marked error through: `if flag: raise`."""
    return all(
        isinstance(first := handler.body[0], ast.If)
        and isinstance(first.test, ast.Name | ast.Attribute)
        and len(first.body) == 1
        and isinstance(first.body[0], ast.Raise)
        and first.body[0].exc is None
        for handler in tried.handlers
    )
