"""What conditions are worth, and what was assumed of those that are asked twice."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from codemods.python.bindings import variable
from codemods.python.flow import State
from codemods.python.index import Index
from codemods.python.statements import read_names
from codemods.python.trees import walk

IS, NONE, BOOL, OTHER_VALUE, ASSUMED = "is", "none", "bool", "other", "if"


class Conditions:
    """Evaluates the conditions of one function in a state.

    Facts about variables are `(IS, name, what)` for one that holds something followed, `(NONE, name)`,
    `(BOOL, name, value)` and `(OTHER_VALUE, name)`; a condition that was decided is `(ASSUMED, dump, value)`.
    """

    def __init__(self, index: Index, followed: frozenset[str]) -> None:
        """`followed` are the variables whose absence from a state means that they are unbound."""
        self._followed = followed
        tests = [node.test for node in index.nodes if isinstance(node, ast.If)]
        plain = [_without_not(test)[0] for test in tests]
        counted = Counter(ast.dump(test) for test in plain)
        self._names = {ast.dump(t): frozenset(read_names(t)) for t in plain if counted[ast.dump(t)] > 1}
        flags = {name for test in plain for name in _flags(test)}
        self.names = flags.union(*self._names.values())

    def assume(self, test: ast.expr, state: State, value: bool) -> State | None:
        """The state in which a condition has a value, None where it cannot."""
        known = self.worth(test, state)
        if known is not None:
            return state if known is value else None
        bare, negated = _without_not(test)
        dumped = ast.dump(bare)
        if dumped in self._names and not any(isinstance(n, ast.Call) for n in walk(bare)):
            return state | {(ASSUMED, dumped, value is not negated)}
        return state

    def forget(self, state: State, names: frozenset[str]) -> State:
        """The state without what is known of some variables."""
        if not names:
            return state
        return frozenset(
            fact
            for fact in state
            if not (
                (fact[0] in {IS, NONE, BOOL, OTHER_VALUE} and fact[1] in names)
                or (fact[0] == ASSUMED and self._names.get(str(fact[1]), frozenset()) & names)
            )
        )

    def worth(self, test: ast.expr, state: State) -> bool | None:
        """What a condition is worth in a state, None for either."""
        if isinstance(test, ast.Constant):
            return bool(test.value)
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            inner = self.worth(test.operand, state)
            return None if inner is None else not inner
        if isinstance(test, ast.BoolOp):
            values = [self.worth(v, state) for v in test.values]
            decisive = isinstance(test.op, ast.Or)
            if decisive in values:
                return decisive
            return None if None in values else not decisive
        if isinstance(test, ast.Compare) and len(test.ops) == 1:
            found = self._comparison(test.left, test.ops[0], test.comparators[0], state)
            if found is not None:
                return found
        name = variable(test) if isinstance(test, ast.Name) else None
        if name is not None:
            for fact in state:
                if fact[0] == BOOL and fact[1] == name:
                    return bool(fact[2])
            bound = self._is_none(name, state)
            if bound is not None:
                return not bound
        bare, negated = _without_not(test)
        for value in (True, False):
            if (ASSUMED, ast.dump(bare), value) in state:
                return value is not negated
        return None

    def _comparison(self, left: ast.expr, op: ast.cmpop, right: ast.expr, state: State) -> bool | None:
        if isinstance(op, ast.In | ast.NotIn) and isinstance(left, ast.Constant) and _is_locals(right):
            name = left.value
            if name not in self._followed:
                return None
            bound = any(fact[0] in {IS, NONE, BOOL, OTHER_VALUE} and fact[1] == name for fact in state)
            return bound if isinstance(op, ast.In) else not bound
        if isinstance(right, ast.Constant) and right.value is None:
            name = variable(left)
            is_none = self._is_none(name, state) if name is not None else None
            if is_none is None:
                return None
            if isinstance(op, ast.Is | ast.Eq):
                return is_none
            if isinstance(op, ast.IsNot | ast.NotEq):
                return not is_none
        return None

    @staticmethod
    def _is_none(name: str, state: State) -> bool | None:
        if (NONE, name) in state:
            return True
        return False if any(fact[0] == IS and fact[1] == name for fact in state) else None


def _is_locals(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in {"locals", "vars", "dir"}
    )


def _flags(test: ast.expr) -> Iterator[str]:
    """The variables that a condition takes for true or false."""
    if isinstance(test, ast.Name):
        yield test.id
    elif isinstance(test, ast.BoolOp):
        for value in test.values:
            yield from _flags(_without_not(value)[0])


def _without_not(test: ast.expr) -> tuple[ast.expr, bool]:
    negated = False
    while isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        test, negated = test.operand, not negated
    return test, negated
