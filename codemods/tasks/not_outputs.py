"""Files that are written and are no output, by the user's word: a pattern of the configuration, or a comment."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from fnmatch import fnmatchcase

from codemods.python.class_headers import NOT_OUTPUT, said_on
from codemods.python.opening import opened_path
from codemods.python.scopes import Scope
from codemods.python.statements import Site
from codemods.tasks.context import TaskContext
from codemods.tasks.literals import home_of, literal_tail, literal_text

_OF_PATHS = frozenset({"write_text", "write_bytes", "touch", "open"})


class NotOutputs:
    """Answers for the calls of one task."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self._patterns = context.settings.not_outputs

    def covers(self, site: Site, call: ast.Call) -> bool:
        """Whether what a call writes needs no row.

        A comment covers every file that the call is given, a pattern those that it matches; a target of `output()` is
        an output, whatever a pattern says.
        """
        source = site.scope.module.source
        if said_on(NOT_OUTPUT, range(call.lineno, (call.end_lineno or call.lineno) + 1), source.text):
            return True
        if not self._patterns:
            return False
        paths = list(self._paths(call, site.scope))
        return bool(paths) and all(self._matches(path, site.scope) for path in paths)

    def _paths(self, call: ast.Call, scope: Scope) -> Iterator[ast.expr]:
        opened = opened_path(call)
        if opened is not None:
            yield opened
            return
        function = call.func
        if isinstance(function, ast.Attribute) and function.attr in _OF_PATHS:
            yield function.value
        for given in (*call.args, *(k.value for k in call.keywords)):
            place = self._context.locations.evaluate(given, scope)
            if place is not None and place.is_file:
                yield given

    def _matches(self, path: ast.expr, scope: Scope) -> bool:
        place = self._context.locations.evaluate(path, scope)
        texts = [ast.unparse(path)]
        if place is not None:
            if place.key is not None or place.covers or place.kind == "input":
                return False
            home = home_of(place, scope)
            name = literal_text(place.filename, home, self._context)
            texts.append(name or literal_tail(place.filename, home, self._context))
        known = literal_text(path, scope, self._context)
        return any(fnmatchcase(text, p) for text in (*texts, known) if text for p in self._patterns)
