"""The places where a task writes files."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemods.knowledge.writer_names import COPIERS, MOVERS
from codemods.model import ContentOrigin
from codemods.python.call_facts import is_logging_call
from codemods.python.names import dotted_name
from codemods.python.opening import check_encoding, opened_path, opens_to_write
from codemods.python.scopes import Scope
from codemods.python.statements import Site, header_nodes
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.tasks.called_writes import CalledWrites, require_simple_statement
from codemods.tasks.contents import Content, ContentFinder
from codemods.tasks.context import TaskContext
from codemods.tasks.declared_writes import declared_writer
from codemods.tasks.move_sites import MoveSites, moved_into_place
from codemods.tasks.not_outputs import NotOutputs
from codemods.tasks.opened_writes import OpenedWrites
from codemods.tasks.output_uses import PASSING_BUILTINS
from codemods.tasks.places import Location
from codemods.tasks.plain_places import opens_by_module, require_local_text, written_out
from codemods.tasks.read_backs import ReadBacks
from codemods.tasks.undecided import Undecided
from codemods.tasks.write_site import WriteSite, runs_before, same_file

_WRITING = frozenset({"write_text", "write_bytes"})
_LOOKED_UP = _WRITING | {"open"}
_DEEPEST = 3


class WriteFinder:
    """Finds the writes of one task's entry method."""

    def __init__(
        self, context: TaskContext, llm_calls: frozenset[int], *, likely: bool = False, depth: int = 0
    ) -> None:
        """With `likely`, calls out of sight that probably write count as writes: for looking, not for rewriting."""
        self._context = context
        self._contents = ContentFinder(context)
        self._called = CalledWrites(context, self._contents, likely=likely)
        self._llm_calls = llm_calls
        self._opened = OpenedWrites(context, self._contents)
        self._moves = MoveSites(context)
        self._not_outputs = NotOutputs(context)
        self._depth = depth
        self._read_backs = ReadBacks(context, self.of_method if context.row_after_file else None)

    def find(self, undecided: Undecided) -> tuple[WriteSite, ...]:
        """All writes in source order.

        Args:
            undecided: is told of a write whose row could not come first or could not hold the file.
        """
        found: list[WriteSite] = []
        for site in self._context.sites:
            with undecided.collecting():
                found.extend(self._of_statement(site))
        with undecided.collecting():
            self._require_scratch_before(found)
        return tuple(found)

    @staticmethod
    def _require_scratch_before(found: Sequence[WriteSite]) -> None:
        for index, write in enumerate(found):
            if write.content.origin is ContentOrigin.SCRATCH_FILE and any(
                same_file(earlier, write) and runs_before(earlier.site, write.site)
                for earlier in found[:index]
            ):
                raise Refused("DBR407", f"{write.writer} is given a file that is already there", write.call)

    def of_method(self, context: TaskContext) -> tuple[WriteSite, ...]:
        """The writes of a method that the method calls."""
        if self._depth >= _DEEPEST:
            return ()
        inner = WriteFinder(context, self._llm_calls, depth=self._depth + 1)
        return tuple(write for site in context.sites for write in inner.at(site))

    def at(self, site: Site) -> tuple[WriteSite, ...]:
        """The writes of one statement. Raises Refused as `find` does."""
        return tuple(self._of_statement(site))

    def _of_statement(self, site: Site) -> Iterator[WriteSite]:
        statement = site.statement
        handled: set[int] = set()
        if isinstance(statement, ast.With | ast.AsyncWith):
            for item in statement.items:
                self._called.entered(item.context_expr, site.scope)
                found = self._of_item(site, statement, item)
                if found:
                    handled.add(id(item.context_expr))
                    yield from found
        for node in header_nodes(statement):
            if isinstance(node, ast.Lambda):
                self._of_lambda(site, node)
            if not isinstance(node, ast.Call) or id(node) in handled:
                continue
            if id(node) in self._llm_calls:
                # A model's own log of what it was asked is no product of the task.
                continue
            if is_logging_call(node):
                handled.update(id(n) for n in walk(node))
                continue
            yield from self._of_call_or_read_back(site, node)
        called = self._called_in(statement)
        for node in header_nodes(statement):
            if (
                isinstance(node, ast.Name | ast.Attribute)
                and isinstance(node.ctx, ast.Load)
                and node not in called
            ):
                # A function that is named without being called, by code that may call it.
                if isinstance(node, ast.Attribute) and node.attr in _WRITING:
                    raise Refused(
                        "DBR421", f"{ast.unparse(node)} is handed on, and may be called at any time", node
                    )
                self._called.named(node, site.scope)

    def _of_item(
        self, site: Site, statement: ast.With | ast.AsyncWith, item: ast.withitem
    ) -> tuple[WriteSite, ...]:
        opened = opened_path(item.context_expr) if isinstance(item.context_expr, ast.Call) else None
        if opened is not None and self._moves.is_left(opened, site):
            return ()
        if isinstance(item.context_expr, ast.Call) and self._not_outputs.covers(site, item.context_expr):
            return ()
        try:
            write = self._opened.by_with(site, statement, item)
        except Refused as refused:
            if not isinstance(item.context_expr, ast.Call):
                raise
            if opened is not None and (moved := self._moves.doubt_of(opened)) is not None:
                raise moved from refused
            return self._read_backs.of_call(site, item.context_expr, refused)
        return (write,) if write is not None else ()

    def _of_call_or_read_back(self, site: Site, call: ast.Call) -> tuple[WriteSite, ...]:
        writer = declared_writer(call, self._context, site.scope)
        if writer is not None:
            return (self._read_backs.of_declared(site, call, writer),)
        try:
            if self._not_outputs.covers(site, call):
                return ()
            return tuple(self._of_call(site, call))
        except Refused as refused:
            opened = opened_path(call)
            if opened is not None and (moved := self._moves.doubt_of(opened)) is not None:
                raise moved from refused
            if refused.code == "DBR408" and self._moves.still_open(site):
                raise
            return self._read_backs.of_call(site, call, refused)

    def _of_lambda(self, site: Site, function: ast.Lambda) -> None:
        """Refuses a lambda that writes: nobody can tell when it is run, and no statement fits into it."""
        scope = Scope(site.scope.module, site.scope.owner, function, site.scope)
        inner = Site(site.statement, site.chain, scope)
        for node in walk(function.body):
            if isinstance(node, ast.Call) and id(node) not in self._llm_calls:
                for write in self._of_call(inner, node):
                    raise Refused("DBR428", f"{write.writer} writes in a lambda", node)

    @staticmethod
    def _called_in(statement: ast.stmt) -> set[ast.AST]:
        """The expressions of a statement that are called, and those whose attribute is."""
        called: list[ast.AST] = [n.func for n in header_nodes(statement) if isinstance(n, ast.Call)]
        called += getattr(statement, "decorator_list", [])
        found: set[ast.AST] = set()
        while called:
            node = called.pop()
            if node not in found:
                found.add(node)
                called += [node.value] if isinstance(node, ast.Attribute) else []
        return found

    def _of_call(self, site: Site, call: ast.Call) -> Iterator[WriteSite]:
        scope = site.scope
        function = call.func
        moved = self._moves.write_of(site, call)
        if isinstance(moved, WriteSite):
            yield moved
            return
        if _looks_up_writer(call):
            raise Refused("DBR421", f"{ast.unparse(call)} gives what may write a file", call)
        if isinstance(function, ast.Attribute):
            if moved is None and self._moves.is_left(function.value, site):
                return
            receiver = self._context.locations.evaluate(function.value, scope)
            touched = function.attr == "touch" and written_out(function.value, scope) is not None
            if (receiver is not None and receiver.is_file) or touched or function.attr in _WRITING:
                write = self._of_path_method(site, call, function, receiver)
                if write is not None:
                    yield write
                return
        if opened_path(call) is not None and not opens_by_module(call, scope):
            opened = opened_path(call)
            if opened is not None and self._moves.is_left(opened, site):
                return
            write = self._opened.without_with(site, call)
            if write is not None:
                yield write
            return
        name = dotted_name(function) or ""
        last = name.rpartition(".")[2] or getattr(function, "attr", "")
        if _is_given_to_open_file(function, scope):
            return
        files = self._file_arguments(site, call)
        by_module = name.partition(".")[0] in {"os", "shutil"}
        # With two arguments it is a text's replace(), which moves nothing.
        if files and last in MOVERS and (by_module or last != "replace" or len(call.args) == 1):
            raise moved_into_place(call, moved or "")
        if files and last in COPIERS and all(index in {0, "src"} for index, _ in files):
            yield from self._called.of_free_path(site, call)
            return
        if isinstance(function, ast.Name) and scope.nested_function(function.id) is not None:
            return
        yield from self._called.of_call(site, call, files)

    def _of_path_method(
        self, site: Site, call: ast.Call, function: ast.Attribute, receiver: Location | None
    ) -> WriteSite | None:
        if receiver is not None and receiver.kind == "input":
            if function.attr in _WRITING or (function.attr == "open" and opens_to_write(call)):
                raise Refused("DBR408", f"{ast.unparse(function)} writes to an input of the task", call)
            return None
        place = receiver or written_out(function.value, site.scope) or Location("path")
        if function.attr in {"touch", "write_text", "write_bytes"}:
            require_local_text(place, function.value)
        if function.attr == "write_bytes":
            raise Refused("DBR402", f"{ast.unparse(function)} writes bytes", call)
        if function.attr in MOVERS and receiver is not None:
            raise Refused("DBR408", f"{ast.unparse(call)} moves a file", call)
        if function.attr == "touch":
            content = Content(ContentOrigin.IN_METHOD, ast.Constant(""))
        elif function.attr == "write_text" and call.args:
            if isinstance(call.args[0], ast.Starred):
                raise Refused("DBR406", f"{ast.unparse(call.args[0])} is unpacked into the write", call)
            check_encoding(call, call)
            content = self._contents.of_expression(call.args[0], site.scope)
        elif function.attr == "open":
            return self._opened.without_with(site, call)
        else:
            return None
        if content.once_only:
            raise Refused("DBR406", f"the content cannot be evaluated twice: {content.why}", call)
        require_simple_statement(site, call)
        return WriteSite(site, site, place, function.value, call, content)

    def _file_arguments(self, site: Site, call: ast.Call) -> list[tuple[int | str, Location]]:
        scope = site.scope
        found: list[tuple[int | str, Location]] = []
        # `for target, text in zip(self.output(), texts)`: what becomes of the elements is seen where they are used.
        passing = isinstance(call.func, ast.Name) and call.func.id in PASSING_BUILTINS
        passing = passing and not scope.is_local(ast.unparse(call.func))
        indexed: list[tuple[int | str, ast.expr]] = [*enumerate(call.args)]
        indexed.extend((k.arg, k.value) for k in call.keywords if k.arg is not None)
        for index, argument in indexed:
            if not passing and self._context.locations.names_outputs(argument, scope):
                raise Refused("DBR410", f"{ast.unparse(call.func)} is given the whole output()", call)
            location = self._context.locations.evaluate(argument, scope)
            if location is not None and location.is_file and not self._moves.is_left(argument, site):
                found.append((index, location))
        return found


def _is_given_to_open_file(function: ast.expr, scope: Scope) -> bool:
    """Whether a call is `f.write(...)` on an open file: the path is what is written, not where."""
    return (
        isinstance(function, ast.Attribute)
        and function.attr in {"write", "writelines"}
        and isinstance(function.value, ast.Name)
        and any(isinstance(v, ast.withitem) for v in scope.values_of(function.value.id) or ())
    )


def _looks_up_writer(call: ast.Call) -> bool:
    """Whether a call is `getattr(path, "write_text")`, or of `open`."""
    named = call.args[1] if len(call.args) > 1 else None
    is_lookup = isinstance(call.func, ast.Name) and call.func.id == "getattr"
    return is_lookup and isinstance(named, ast.Constant) and named.value in _LOOKED_UP
