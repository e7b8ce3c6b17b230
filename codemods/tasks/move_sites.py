"""Files that are put in place by a move or a copy: what they hold is read under the name that they have before."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from codemods.knowledge.read_backs import OPENERS
from codemods.knowledge.verdicts import Verdict
from codemods.model import ContentOrigin
from codemods.python.call_facts import called_name
from codemods.python.effects.external import origin_of
from codemods.python.names import dotted_name
from codemods.python.opening import opened_path, opens_to_write
from codemods.python.scopes import Scope
from codemods.python.statements import Site, read_names
from codemods.refusals import Refused
from codemods.tasks.contents import Content
from codemods.tasks.context import TaskContext
from codemods.tasks.literals import ending_of
from codemods.tasks.open_files import OpenFiles
from codemods.tasks.places import Location
from codemods.tasks.scratch_files import is_scratch
from codemods.tasks.service_class import takes_bytes
from codemods.tasks.targets import is_local_target
from codemods.tasks.write_site import WriteSite, runs_before

_MOVES = frozenset("os.rename os.renames os.replace shutil.move".split())
_COPIES = frozenset("shutil.copy shutil.copy2 shutil.copyfile os.link".split())
_INTO_DIRECTORIES = frozenset("shutil.move shutil.copy shutil.copy2".split())
_OF_TARGETS = {"move": False, "rename": False, "copy": True}
_OF_PATHS = {"rename": False, "replace": False, "move": False, "copy": True}
_PATHS = frozenset({"pathlib.Path", "pathlib.PosixPath"})


@dataclass(frozen=True)
class Move:
    """A call that moves or copies one file to another name.

    Attributes:
        call: the call.
        source: the path that is read.
        kept: the path, and the target, that is moved away, as written; none for a copy.
        destination: the path, or the target's path, that it gets.
        index: which argument that is.
    """

    call: ast.Call
    source: ast.expr
    kept: frozenset[str]
    destination: ast.expr
    index: int | str


class MoveSites:
    """The moves and copies of one task's entry method."""

    def __init__(self, context: TaskContext) -> None:
        self._context = context
        self._open_files = OpenFiles(context)

    def write_of(self, site: Site, call: ast.Call) -> WriteSite | str | None:
        """The write that a move makes; why its source cannot be read before; None for a call that moves nothing.

        The row comes before the move, so it needs no consent.
        """
        move = self._move(call, site.scope)
        if move is None:
            return None
        location = self._context.locations.evaluate(move.destination, site.scope)
        if location is None or not location.is_file:
            return None
        doubt = self._doubt(site, move, location)
        if doubt:
            return doubt
        content = Content(
            ContentOrigin.MOVED_FILE, source=move.source, is_bytes=True, verdict=Verdict.UNKNOWN
        )
        return WriteSite(site, site, location, move.destination, call, content, move.index, (*call.args,))

    def is_left(self, path: ast.expr, site: Site) -> bool:
        """Whether a file is written under a name that it leaves later on: it has its row under the other one.

        A file in a temporary directory has none at all, unless it is moved.
        """
        if self.left_names:
            name = _named(path)
            if any(name in move.kept and runs_before(site, moved) for moved, move in self._moves):
                return True
        return is_scratch(path, site.scope, self._context.sources)

    @cached_property
    def left_names(self) -> frozenset[str]:
        """The paths that files are moved away from, as written: of names that are bound once."""
        return frozenset[str]().union(*(move.kept for _, move in self._moves))

    def doubt_of(self, path: ast.expr) -> Refused | None:
        """The refusal of a move whose source is a path, None where none is refused."""
        refused = self._found[1]
        name = _named(path) if refused else ""
        return next((why for names, why in refused if name in names), None)

    @property
    def _moves(self) -> tuple[tuple[Site, Move], ...]:
        return self._found[0]

    @cached_property
    def _found(self) -> tuple[tuple[tuple[Site, Move], ...], tuple[tuple[frozenset[str], Refused], ...]]:
        """The moves with a row, and the names of the paths whose moves are refused."""
        found, refused = [], []
        for site in self._context.sites:
            for node in site.header:
                move = self._move(node, site.scope) if isinstance(node, ast.Call) else None
                if move is None:
                    continue
                write = self.write_of(site, move.call)
                if isinstance(write, WriteSite):
                    found.append((site, move))
                elif write is not None:
                    names = move.kept | {_named(move.source)}
                    refused.append((names, moved_into_place(move.call, write)))
        return tuple(found), tuple(refused)

    def _move(self, call: ast.Call, scope: Scope) -> Move | None:
        name = origin_of(call, scope, self._context.sources) or ""
        if name in _MOVES | _COPIES:
            return self._by_function(call, scope, copies=name in _COPIES)
        if not isinstance(call.func, ast.Attribute) or len(call.args) != 1:
            return None
        held, attribute = call.func.value, call.func.attr
        made = self._made(held, scope)
        if not isinstance(made, ast.Call):
            return None
        if attribute in _OF_TARGETS and is_local_target(made, scope, self._context.sources):
            copies = _OF_TARGETS[attribute]
            source = _first(made) if isinstance(held, ast.Call) else ast.Attribute(held, "path", ast.Load())
            if source is None:
                return None
        elif attribute in _OF_PATHS and self._origin(made, scope) in _PATHS:
            copies, source = _OF_PATHS[attribute], held
        else:
            return None
        names = [] if copies else [held, source, *made.args[:1]]
        return Move(call, source, self._kept(names, scope), call.args[0], 0)

    def _by_function(self, call: ast.Call, scope: Scope, *, copies: bool) -> Move | None:
        given = {k.arg: k.value for k in call.keywords}
        if any(isinstance(a, ast.Starred) for a in call.args) or set(given) - {"src", "dst"}:
            return None
        source = call.args[0] if call.args else given.get("src")
        destination = call.args[1] if len(call.args) > 1 else given.get("dst")
        if source is None or destination is None:
            return None
        kept = self._kept([] if copies else [source, self._made(source, scope)], scope)
        return Move(call, source, kept, destination, 1 if len(call.args) > 1 else "dst")

    @staticmethod
    def _kept(nodes: Sequence[ast.AST], scope: Scope) -> frozenset[str]:
        """The names among some expressions of one path that name it alone: each is bound once."""
        return frozenset(
            _named(node)
            for node in nodes
            if isinstance(node, ast.expr)
            and all(len(scope.values_of(name) or ("self",)) == 1 for name in read_names(node))
        )

    def _made(self, node: ast.expr, scope: Scope) -> ast.AST:
        """What a name was bound to, where that is one value."""
        if isinstance(node, ast.Name):
            values = scope.values_of(node.id) or ()
            return values[0] if len(values) == 1 else node
        return node

    def _origin(self, call: ast.Call, scope: Scope) -> str:
        return origin_of(call, scope, self._context.sources) or dotted_name(call.func) or ""

    def _doubt(self, site: Site, move: Move, location: Location) -> str:
        context, scope = self._context, site.scope
        source = ast.unparse(move.source)
        if location.kind == "input":
            return "an input of the task is written to"
        if origin_of(move.call, scope, context.sources) in _INTO_DIRECTORIES and not ending_of(
            location, scope, context
        ):
            return (
                f"{ast.unparse(move.destination)} has no ending, and may be a directory that it is put into"
            )
        if not takes_bytes(context):
            return "the database service is not known to take bytes"
        statement = site.statement
        value = getattr(statement, "value", None)
        if value is not move.call or not isinstance(statement, ast.Expr | ast.Assign | ast.Return):
            return "the move is no statement of its own"
        why = context.repeatable.reason(move.source, scope)
        if why:
            return f"{source} cannot be evaluated twice: {why}"
        opened = self.still_open(site, move.source) if _is_move(move) else ""
        if opened:
            return f"{opened} may hold back a part of the file until it is closed"
        located = context.locations.evaluate(move.source, scope)
        if located is None or not located.is_file or located.kind == "input" or not _is_move(move):
            return ""
        if located.key is not None:
            return f"{source} is an output, which loses its name"
        if not move.kept:
            return f"{source} is a file of the task, which loses its name"
        return ""

    def still_open(self, site: Site, source: ast.expr | None = None) -> str:
        """What is open for writing where a file is moved: its last bytes may not be in the file yet."""
        names = read_names(source) if source is not None else set[str]()
        for other in self._context.sites:
            statement = other.statement
            if isinstance(statement, ast.With | ast.AsyncWith):
                if any(link.owner is statement for link in site.chain):
                    for item in statement.items:
                        if self._opens(item.context_expr, other) or names & read_names(item.context_expr):
                            return ast.unparse(item.context_expr)
            elif isinstance(statement, ast.Assign) and runs_before(other, site):
                closed = self._open_files.closed_at(other)
                if self._opens(statement.value, other) and (closed is None or not runs_before(closed, site)):
                    return ast.unparse(statement.value)
        return ""

    def _opens(self, node: ast.expr, site: Site) -> bool:
        if not isinstance(node, ast.Call):
            return False
        if opened_path(node) is not None and opens_to_write(node):
            return True
        return origin_of(node, site.scope, self._context.sources) in OPENERS


def _is_move(move: Move) -> bool:
    return called_name(move.call) not in {"copy", "copy2", "copyfile", "link"}


def _named(node: ast.expr) -> str:
    """A path as written, without what makes no difference: `str(name)`, `Path(name)` and `name.path`."""
    while True:
        if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
            last = (dotted_name(node.func) or "").rpartition(".")[2]
            if last not in {"str", "fspath", "Path", "LocalTarget"}:
                return ast.unparse(node)
            node = node.args[0]
        elif isinstance(node, ast.Attribute) and node.attr in {"path", "fn"}:
            node = node.value
        else:
            return ast.unparse(node)


def _first(call: ast.Call) -> ast.expr | None:
    """The path that a target is made of."""
    if call.args and not isinstance(call.args[0], ast.Starred):
        return call.args[0]
    return next((k.value for k in call.keywords if k.arg == "path"), None)


def moved_into_place(call: ast.Call, why: str) -> Refused:
    """The refusal of a move whose source cannot be read before."""
    return Refused("DBR408", f"{ast.unparse(call)} moves a file into place{why and ': '}{why}", call)
