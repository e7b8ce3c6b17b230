"""Files that are read back after the statement that writes them, by the user's consent: their rows come after them.

Whatever the statement does, afterwards the file is looked for under the path that it was given, and what is there
becomes the row. What has to be known is which files a statement leads to, that they are whole when it ends, that the
row is reached on every way on which the method goes on, and that the files are plain local ones.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from codemods.knowledge.file_uses import WRITES, Use
from codemods.knowledge.read_backs import (
    ADDED_ENDINGS,
    DIRECTORY_WRITERS,
    LATER,
    LINKERS,
    NEVER_SWALLOW,
    OPENERS,
    TAKING_AWAY,
    WAITED_FOR,
)
from codemods.knowledge.verdicts import Verdict
from codemods.model import ContentOrigin
from codemods.python.call_facts import called_name, first_word, is_logging_call
from codemods.python.classes import Function
from codemods.python.effects.external import known_writer, origin_of, path_argument
from codemods.python.effects.model import Effect
from codemods.python.effects.summary import FileEffects
from codemods.python.frame_nodes import names_bound_by
from codemods.python.names import dotted_name
from codemods.python.opening import opened_path, opens_to_write, writes_utf8
from codemods.python.scopes import Scope, own_nodes, parameters
from codemods.python.statements import Site, read_names
from codemods.python.substitution import bind_arguments
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.settings import DeclaredWriter
from codemods.tasks.called_writes import require_simple_statement
from codemods.tasks.command_lines import words_of
from codemods.tasks.contents import Content
from codemods.tasks.context import TaskContext
from codemods.tasks.declared_writes import all_outputs, declaration_doubt
from codemods.tasks.free_paths import is_outside
from codemods.tasks.literals import ending_of
from codemods.tasks.move_sites import MoveSites
from codemods.tasks.open_files import (
    OpenFiles,
    assigned_name,
    is_file_context,
    is_file_writer,
    leaving,
)
from codemods.tasks.output_flow import OutputFlow
from codemods.tasks.places import Location, makes_temporary_path
from codemods.tasks.plain_places import written_out
from codemods.tasks.service_class import takes_bytes
from codemods.tasks.write_site import WriteSite

WON = frozenset(
    "DBR401 DBR402 DBR403 DBR404 DBR405 DBR406 DBR407 DBR408 DBR410 DBR421 DBR424 DBR426 DBR427 DBR428".split()
)
"""Refusals of a write whose content is not known before it, so that reading the file afterwards answers them."""

_CONSENT = "`row-after-file = true` lets the file be read back, so that its row comes after it"
_DEEPEST = 4


WritesOf = Callable[[TaskContext], tuple[WriteSite, ...]]


class _Named(NamedTuple):
    """A file that a call is given.

    Attributes:
        path: an expression for the path, or the target.
        location: which file.
        seen: the expression in the source that stands for it, or for the container that it is in.
    """

    path: ast.expr
    location: Location
    seen: ast.expr


class ReadBacks:
    """Answers for the statements of one task's entry method."""

    def __init__(self, context: TaskContext, writes_of: WritesOf | None = None) -> None:
        """`writes_of` finds the writes of another method of the class; without it none is looked into."""
        self._context = context
        self._writes_of = writes_of
        self._open_files = OpenFiles(context)
        self._effects = FileEffects.shared(context.sources)

    def of_call(self, site: Site, call: ast.Call, refused: Refused) -> tuple[WriteSite, ...]:
        """The files that a call leads to, read back behind its statement.

        Raises:
            Refused: the refusal that would stand without this, with why it stands.
        """
        found = self._files_of(call, site.scope) if refused.code in WON else []
        helped = not found and refused.code in {*WON, "DBR411"}
        if helped and not self._runs_later(site, call):
            found = self._outputs_of_method(call, site.scope)
        if not found or not (helped or self._are_all(call, site.scope, found)):
            raise refused
        anchor = self._anchor(site, call)
        if isinstance(anchor, str):
            raise self._adding(refused, anchor)
        temporary = all(named.location.temporary for named in found)
        doubt = (
            self._place_doubt(anchor, call)
            or (
                ""
                if helped
                else self._call_doubt(
                    site, call, [named.seen for named in found], is_waited_for=anchor is not site
                )
            )
            or next(filter(None, (self._file_doubt(named, site, call) for named in found)), "")
        )
        if doubt:
            raise self._adding(refused, doubt)
        if not (self._context.row_after_file or temporary):
            raise refused.adding(f"; {_CONSENT}")
        given = tuple(named.seen for named in found)
        once = {ast.unparse(named.path): named for named in found}
        return tuple(self._write(site, anchor, call, named, given) for named in once.values())

    def of_declared(self, site: Site, call: ast.Call, writer: DeclaredWriter) -> WriteSite:
        """The outputs, read back behind a call that writes them by the user's word.

        Raises:
            Refused: it may write something else, nothing can stand behind it, or there is no consent.
        """
        name = ast.unparse(call.func)
        doubt = declaration_doubt(call, writer, self._context)
        if doubt:
            raise Refused("DBR422", f"{name}() is declared as a writer, and {doubt}", call)
        require_simple_statement(site, call)
        anchor = self._anchor(site, call)
        doubt = anchor if isinstance(anchor, str) else self._place_doubt(anchor, call)
        if isinstance(anchor, str) or doubt:
            raise Refused("DBR405", f"{name}() writes the outputs; {doubt}", call)
        if not takes_bytes(self._context):
            raise Refused(
                "DBR402",
                f"{name}() writes the outputs; the database service is not known to take bytes",
                call,
            )
        if not self._context.row_after_file:
            raise Refused("DBR405", f"{name}() writes what output() names; {_CONSENT}", call)
        content = Content(ContentOrigin.READ_BACK, is_bytes=True, verdict=Verdict.UNKNOWN)
        path = all_outputs(self._context)
        return WriteSite(site, anchor, Location("target"), path, call, content, outputs_by=writer.path)

    def _write(
        self, site: Site, anchor: Site, call: ast.Call, named: _Named, given: tuple[ast.expr, ...]
    ) -> WriteSite:
        path, location, _ = named
        is_bytes, verdict = takes_bytes(self._context), Verdict.UNKNOWN
        if location.temporary:
            content = Content(ContentOrigin.MOVED_FILE, is_bytes=is_bytes, source=path, verdict=verdict)
        else:
            content = Content(ContentOrigin.READ_BACK, is_bytes=is_bytes, verdict=verdict)
        return WriteSite(site, anchor, location, path, call, content, None, given)

    def _adding(self, refused: Refused, doubt: str) -> Refused:
        if not self._context.row_after_file:
            return refused
        return refused.adding(f"; nor can it be read back after it is written: {doubt}")

    # The files that a call leads to.

    def _files_of(self, call: ast.Call, scope: Scope) -> list[_Named]:
        """The files that a call is given, or is a method of. What else it is given of an output is not decided here."""
        parts = [*call.args, *(k.value for k in call.keywords)]
        if isinstance(call.func, ast.Attribute):
            parts.insert(0, call.func.value)
        opened = opened_path(call)
        found: dict[tuple[str, int], _Named] = {}
        for part in parts:
            for named in self._named(part, scope, call, is_opened=part is opened):
                # One file can be given twice: each of the places is understood.
                found[ast.unparse(named.path), id(named.seen)] = named
        return list(found.values())

    def _are_all(self, call: ast.Call, scope: Scope, found: list[_Named]) -> bool:
        """Whether the file that a known writer writes is among those that were found."""
        writer = known_writer(call, scope, self._context.sources)
        path = path_argument(call, writer) if writer is not None else None
        if path is None or is_outside(path, scope, self._context.sources):
            return True
        return any(named.seen is path for named in found)

    def _named(
        self, node: ast.expr, scope: Scope, call: ast.Call, *, is_opened: bool = False, depth: int = 0
    ) -> Iterator[_Named]:
        locations = self._context.locations
        if locations.names_outputs(node, scope):
            outputs = locations.outputs
            if not outputs.known:
                return
            for key, location in outputs.targets.items():
                index = ast.Constant(int(key) if outputs.is_sequence else key)
                yield _Named(ast.Subscript(node, index, ast.Load()), location, node)
            return
        place = locations.evaluate(node, scope)
        if place is None and is_opened:
            place = written_out(node, scope)
        if place is not None:
            if place.is_file:
                yield _Named(node, place, node)
            return
        if depth > _DEEPEST:
            return
        for part in self._parts(node, scope, call):
            yield from self._named(part, scope, call, depth=depth + 1)

    def _parts(self, node: ast.expr, scope: Scope, call: ast.Call) -> Iterator[ast.expr]:
        """What a container or a command line is made of, also by way of a name that nothing else uses."""
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            yield from node.elts
        elif isinstance(node, ast.Dict):
            yield from node.values
        elif isinstance(node, ast.Starred):
            yield node.value
        elif isinstance(node, ast.Call) and dotted_name(node.func) in {"shlex.quote", "shlex.split"}:
            yield from node.args
        elif _joins_words(node):
            yield from node.args  # type: ignore[attr-defined]
        elif isinstance(node, ast.Name):
            value = _only_value(node.id, scope, call)
            if value is not None:
                yield value
        else:
            yield from words_of(node)

    def _outputs_of_method(self, call: ast.Call, scope: Scope) -> list[_Named]:
        """The outputs that a method of the class writes; none where it writes anything else, or cannot be followed."""
        context = self._context
        called = self._effects.calls.called(call, scope)
        if self._writes_of is None or called is None or not called.on_self or called.is_wrapped:
            return []
        inner = context.of_method(called.function, called.callee.module)
        try:
            writes, flow = with_read_backs(inner, self._writes_of(inner), self._writes_of)
        except Refused:
            return []
        if not writes or flow.problems or not context.locations.outputs.known:
            return []
        keys = {key for write in writes for key in self._keys(write)}
        targets = context.locations.outputs.targets
        if not keys <= set(targets) or not isinstance(call.func, ast.Attribute):
            return []
        return [
            _Named(self._output(call.func.value, key), targets[key], call.func)
            for key in keys
            if key is not None
        ]

    def _keys(self, write: WriteSite) -> Iterable[str | None]:
        """The outputs that a write can be of: a key that is a parameter's can be any."""
        place, path = write.location, write.path
        if place.covers or place.key is not None:
            return place.covers or {place.key}
        while isinstance(path, ast.Attribute):
            path = path.value
        if isinstance(path, ast.Name):
            values = write.site.scope.values_of(path.id) or ()
            path = values[0] if len(values) == 1 and isinstance(values[0], ast.expr) else path
        locations = self._context.locations
        if isinstance(path, ast.Subscript) and locations.names_outputs(path.value, write.site.scope):
            return locations.outputs.targets
        return {None}

    def _output(self, instance: ast.expr, key: str) -> ast.expr:
        """`self.output()`, or the target of a key in it."""
        made = ast.Call(ast.Attribute(instance, "output", ast.Load()), [], [])
        if not key:
            return made
        index = ast.Constant(int(key) if self._context.locations.outputs.is_sequence else key)
        return ast.Subscript(made, index, ast.Load())

    # Where the row goes.

    def _anchor(self, site: Site, call: ast.Call) -> Site | str:
        """The statement behind which the file is whole, or why there is none."""
        statement = site.statement
        if isinstance(statement, ast.With | ast.AsyncWith):
            if not any(item.context_expr is call for item in statement.items):
                return "it is written in the header of a with"
            left = next((s for inner in statement.body for s in leaving(inner)), None)
            if left is not None:
                return _leaves(left, "block")
            return site
        if opened_path(call) is not None and opens_to_write(call):
            if getattr(statement, "value", None) is not call:
                if self._is_closed_at_once(site, call):
                    return site
                return "the file is opened and not closed by a statement of its own"
            closed = self._open_files.closed_at(site)
            if closed is None:
                return f"{assigned_name(statement) or 'it'} is not closed in the block in which it is opened"
            return self._reached(site, closed)
        if called_name(call) == "Popen":
            waited = self._waited_for(site, call)
            if waited is not None:
                return self._reached(site, waited)
        if isinstance(statement, ast.Return):
            return "it is written in a return statement"
        if not isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign | ast.AugAssign):
            return "it is written in the header of a compound statement"
        return site

    def _reached(self, site: Site, end: Site) -> Site | str:
        """A later statement of the same suite, or what may leave before it."""
        link = site.chain[-1]
        between = link.suite[link.index + 1 : end.chain[-1].index]
        left = next((s for inner in between for s in leaving(inner)), None)
        return end if left is None else _leaves(left, "block")

    def _waited_for(self, site: Site, call: ast.Call) -> Site | None:
        """The statement in the suite of `process = Popen(...)` that waits for its end."""
        name = assigned_name(site.statement)
        if getattr(site.statement, "value", None) is not call or len(site.scope.values_of(name) or ()) != 1:
            return None
        link = site.chain[-1]
        later = (s for s in self._context.sites if s.chain[-1].suite is link.suite)
        return next((s for s in later if s.chain[-1].index > link.index and _waits(s.statement, name)), None)

    def _is_closed_at_once(self, site: Site, call: ast.Call) -> bool:
        """Whether nothing but the statement has an open file, `json.dump(data, open(path, "w"))`: it ends with it.

        A target's file gets its name at its own close alone.
        """
        outer = site.statement.value if isinstance(site.statement, ast.Expr) else None
        if not isinstance(outer, ast.Call):
            return False
        if isinstance(call.func, ast.Attribute) and not self._is_path(call.func.value, site.scope):
            return False
        function = outer.func
        if isinstance(function, ast.Attribute) and function.value is call:
            return function.attr in {"write", "writelines", "close"}
        given = [*outer.args, *(k.value for k in outer.keywords)]
        if not any(argument is call for argument in given):
            return False
        return is_file_writer(function, site.scope, self._context, as_bytes=True)

    def _is_path(self, node: ast.expr, scope: Scope) -> bool:
        """Whether an expression is a `pathlib` path for certain, and no target."""
        place = self._context.locations.evaluate(node, scope)
        return (
            place is not None and place.kind == "path" and place.filename is not None and not place.ambiguous
        )

    def _place_doubt(self, site: Site, call: ast.Call) -> str:
        """Why the row might not be reached although the method goes on."""
        if site.in_nested_function:
            return (
                f"it is written in {getattr(site.scope.function, 'name', 'a function')}(), a nested function"
            )
        for link in site.own_links:
            owner = link.owner
            if isinstance(owner, ast.Try | ast.TryStar) and link.field == "body":
                calm = next((h for h in owner.handlers if not _always_raises(h)), None)
                if calm is not None:
                    return f"the handler on line {calm.lineno} may go on without the row"
            elif isinstance(owner, ast.With | ast.AsyncWith):
                item = next(
                    (i for i in owner.items if not self._lets_through(i.context_expr, site.scope)), None
                )
                if item is not None:
                    return f"{ast.unparse(item.context_expr)} may end an error, and go on without the row"
        return ""

    def _lets_through(self, manager: ast.expr, scope: Scope) -> bool:
        if is_file_context(manager) or makes_temporary_path(manager):
            return True
        if not isinstance(manager, ast.Call):
            return False
        name = origin_of(manager, scope, self._context.sources) or dotted_name(manager.func) or ""
        return name in NEVER_SWALLOW

    # What is called.

    def _call_doubt(self, site: Site, call: ast.Call, files: list[ast.expr], *, is_waited_for: bool) -> str:
        """Why the files may not be whole when the statement ends, or may not be all that is written."""
        name = called_name(call)
        if name == "Popen" and (is_waited_for or isinstance(site.statement, ast.With)):
            return ""
        if name in LATER:
            return f"{ast.unparse(call.func)} may write it later"
        if name in DIRECTORY_WRITERS:
            return f"{ast.unparse(call.func)} makes a directory"
        if name in LINKERS:
            return f"{ast.unparse(call.func)} makes a link, and what is behind it may be written later"
        if name == "copy" and any(
            call.func.value is f for f in files if isinstance(call.func, ast.Attribute)
        ):
            return f"{ast.unparse(call.func)} makes another file"
        if any(k.arg == "opener" for k in call.keywords):
            return f"{ast.unparse(call.func)} opens what its opener= likes"
        for node in walk(site.statement):
            if isinstance(node, ast.Lambda | ast.GeneratorExp) and any(n is call for n in walk(node)):
                return "it is written in a lambda or a generator, which may be run later"
        if opened_path(call) is not None and opens_to_write(call):
            return ""
        called = self._effects.calls.called(call, site.scope)
        if self._runs_later(site, call):
            return f"{ast.unparse(call.func)} may write it later"
        if called is not None:
            if any(
                self._goes_on(n, one.scope)
                for one in self._effects.all_of(called)
                for n in walk(one.function)
            ):
                return f"a command of {ast.unparse(call.func)} may go on in the background"
            receiver = call.func.value if isinstance(call.func, ast.Attribute) else None
            on_target = any(receiver is node for node in files)
            arguments = bind_arguments(called.function, call, bound=called.callee.bound) or {}
            for effect in self._effects.of(called):
                if effect.use in {Use.OPEN, Use.KEEP}:
                    return f"{ast.unparse(call.func)} {effect.use} the file, by {effect.by}"
                if effect.use not in WRITES:
                    continue
                if on_target and _is_its_own(effect, called.function):
                    continue
                path = arguments.get(effect.place.root or "")
                if not effect.place.exact or path is None or not any(path is node for node in files):
                    return f"{ast.unparse(call.func)} writes other files too, by {effect.by}"
            return ""
        return self._unseen_doubt(site, call)

    def _runs_later(self, site: Site, call: ast.Call) -> bool:
        """Whether a function in sight does not write where it is called: a generator, a closure that it gives back."""
        called = self._effects.calls.called(call, site.scope)
        if called is None:
            return False
        if any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own_nodes(called.function)):
            return True
        if self._effects.writes_later(called):
            return True
        is_made = getattr(site.statement, "value", None) is call
        return is_made and isinstance(called.function, ast.AsyncFunctionDef)

    def _goes_on(self, call: ast.AST, scope: Scope) -> bool:
        """Whether a call starts a program that a shell does not wait for."""
        if not isinstance(call, ast.Call) or "&" not in (command := ast.unparse(call)):
            return False
        origin = origin_of(call, scope, self._context.sources) or dotted_name(call.func) or ""
        is_program = any(f in origin for f in ("subprocess", "os.", "shell"))
        return is_program and re.search(r"(?<![&>|])&(?![&>\d])", command) is not None

    def _unseen_doubt(self, site: Site, call: ast.Call) -> str:
        """The same for a call whose source is out of sight."""
        origin = origin_of(call, site.scope, self._context.sources) or dotted_name(call.func) or ""
        if self._goes_on(call, site.scope):
            return "the command may go on in the background"
        if first_word(call) in TAKING_AWAY and origin not in WAITED_FOR:
            return f"{ast.unparse(call.func)} may take it away"
        statement = site.statement
        if isinstance(statement, ast.With | ast.AsyncWith) or origin in WAITED_FOR:
            return ""
        if origin in OPENERS:
            return f"{ast.unparse(call.func)} leaves it open"
        value = getattr(statement, "value", None)
        if isinstance(value, ast.ListComp | ast.SetComp):
            value = value.elt
        value = value.value if isinstance(value, ast.Await) else value
        if isinstance(statement, ast.Expr) and value is call:
            return ""
        if isinstance(call.func, ast.Attribute) and known_writer(call, site.scope, self._context.sources):
            return ""
        return f"what {ast.unparse(call.func)} gives may be the file, still open"

    # The files.

    def _file_doubt(self, named: _Named, site: Site, call: ast.Call) -> str:
        path, location, _ = named
        shown = ast.unparse(path)
        trouble = location.trouble
        if trouble is not None and trouble.code == "DBR424" and not trouble.is_local:
            return trouble.reason
        if location.kind == "input":
            return f"{shown} is an input of the task"
        inner = {
            n for node in walk(site.statement) if isinstance(node, ast.comprehension) for n in _bound(node)
        }
        if read_names(path) & inner or any(isinstance(n, ast.NamedExpr) for n in walk(path)):
            return f"{shown} is known inside of the statement alone"
        why = self._context.repeatable.reason(path, site.scope)
        if why:
            return f"{shown} cannot be evaluated twice: {why}"
        if not takes_bytes(self._context) and not self._is_text(call, location):
            return "the database service is not known to take bytes"
        return self._ending_doubt(call, location, shown, site.scope)

    def _is_text(self, call: ast.Call, location: Location) -> bool:
        """Whether a file holds UTF-8 text: it is opened for that."""
        opens = opened_path(call) is not None and opens_to_write(call)
        return opens and writes_utf8(call) and location.trouble is None

    def _ending_doubt(self, call: ast.Call, location: Location, shown: str, scope: Scope) -> str:
        """Why another file may be written than the path says, or a directory."""
        origin = origin_of(call, scope, self._context.sources) or ""
        if opened_path(call) is not None and origin not in ADDED_ENDINGS:
            return ""
        ending = ending_of(location, scope, self._context)
        added = ADDED_ENDINGS.get(origin, ADDED_ENDINGS.get(called_name(call)))
        if added is not None and not (
            added and ending.endswith(added if added != "." else ending) and ending
        ):
            return f"{ast.unparse(call.func)} may add an ending to {shown}"
        writer = known_writer(call, scope, self._context.sources)
        # A copy to a directory goes into it.
        known = writer is not None and writer.use is not Use.MOVE
        if known or ending or self._effects.calls.called(call, scope) is not None:
            return ""
        return f"{shown} has no ending, and may be a directory or get one"


def _is_its_own(effect: Effect, method: Function) -> bool:
    """Whether what a method of a target writes is the target's own file, by its path or by its `open()`."""
    if effect.place.root in {"self.path", "self.fn"}:
        return effect.place.exact
    own = parameters(method)[0].arg if parameters(method) else ""
    opens = (n for n in walk(method) if isinstance(n, ast.Call) and ast.unparse(n.func) == f"{own}.open")
    return effect.place.root is None and effect.line in {call.lineno for call in opens}


def _joins_words(node: ast.expr) -> bool:
    """Whether an expression is `" ".join(words)`."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or node.func.attr != "join":
        return False
    text = node.func.value
    return isinstance(text, ast.Constant) and isinstance(text.value, str) and text.value.isspace()


def _waits(statement: ast.stmt, process: str) -> bool:
    """Whether a statement waits for the end of a process."""
    call = statement.value if isinstance(statement, ast.Expr | ast.Assign) else None
    return (
        isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"wait", "communicate"}
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == process
    )


def _leaves(left: ast.stmt, what: str) -> str:
    return f"the {type(left).__name__.lower()} on line {left.lineno} leaves the {what} before its end"


def _always_raises(handler: ast.ExceptHandler) -> bool:
    """Whether a handler ends with `raise`, whatever it does before."""
    *before, last = handler.body
    return isinstance(last, ast.Raise) and not any(True for s in before for _ in leaving(s))


def _bound(node: ast.comprehension) -> set[str]:
    return {name for inner in walk(node) for name in names_bound_by(inner)} | {
        n.id for n in walk(node.target) if isinstance(n, ast.Name)
    }


def _only_value(name: str, scope: Scope, call: ast.Call) -> ast.expr | None:
    """The value of a name that is bound once, of names that are bound once, for this call and perhaps for a log."""
    values = scope.values_of(name) or ()
    value = values[0] if len(values) == 1 else None
    if not isinstance(value, ast.expr) or scope.holder_of(name) is not scope:
        return None
    if any(len(scope.values_of(n) or (n,)) != 1 for n in read_names(value)):
        return None
    allowed = {id(n) for n in walk(call)}
    for node in walk(scope.function):
        if isinstance(node, ast.Call) and (is_logging_call(node) or dotted_name(node.func) == "print"):
            allowed |= {id(n) for n in walk(node)}
    uses = (n for n in walk(scope.function) if isinstance(n, ast.Name) and n.id == name)
    return value if all(isinstance(n.ctx, ast.Store) or id(n) in allowed for n in uses) else None


def with_read_backs(
    context: TaskContext, writes: tuple[WriteSite, ...], writes_of: WritesOf | None
) -> tuple[tuple[WriteSite, ...], OutputFlow]:
    """The writes of a method with those of calls that an output goes to, and the way of the outputs.

    Raises:
        Refused: an output goes where its file could not be read back.
    """
    left = MoveSites(context).left_names
    flow = OutputFlow(context, writes, left)
    if not flow.problems:
        return writes, flow
    read_backs = ReadBacks(context, writes_of)
    known, done = {id(write.call) for write in writes}, set[int]()
    found: list[WriteSite] = []
    for problem in flow.problems:
        if id(problem.led) in done:
            continue
        site = next((s for s in context.sites if problem.led in s.header), None)
        if not isinstance(problem.led, ast.Call) or site is None or id(problem.led) in known:
            raise problem.refused
        found += read_backs.of_call(site, problem.led, problem.refused)
        done.add(id(problem.led))
    order = {id(site.statement): index for index, site in enumerate(context.sites)}
    more = sorted(
        (*writes, *found), key=lambda w: (order[id(w.site.statement)], w.call.lineno, w.call.col_offset)
    )
    return tuple(more), OutputFlow(context, more, left)
