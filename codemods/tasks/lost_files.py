"""Files that a task takes away again: a row would tell of a file that is not there, or has another content by then.

Each place where something of the run directory may be removed, cut off or moved to another name is compared with each
file that has a row. What is not known to be another file, or to happen before the write,
is a refusal.
"""

from __future__ import annotations

import ast
import posixpath
from collections.abc import Iterable
from dataclasses import dataclass

from codemods.knowledge.file_effects import REMOVERS
from codemods.python.effects.external import origin_of
from codemods.python.names import dotted_name
from codemods.python.scopes import Scope, own_nodes
from codemods.python.statements import Site
from codemods.refusals import Refused
from codemods.tasks.context import TaskContext
from codemods.tasks.free_paths import is_outside, written_text
from codemods.tasks.literals import home_of, literal_text
from codemods.tasks.open_files import leaving
from codemods.tasks.places import WORKING, Location
from codemods.tasks.unrecorded import reached
from codemods.tasks.write_site import WriteSite

MOVES = frozenset("os.rename os.renames os.replace shutil.move".split())
MOVING_METHODS = frozenset({"rename", "replace", "move"})
REMOVING_METHODS = frozenset({"unlink", "remove", "rmdir", "rmtree"})
_OF_FILE_SYSTEMS = frozenset({"remove", "move", "rename", "rename_dont_move"})
"""Methods of Luigi's file systems, `target.fs`, that take away what they are given first."""
_TREES = frozenset({"shutil.rmtree", "os.removedirs", "os.renames"})


@dataclass(frozen=True)
class Removal:
    """A place where a file, or a directory of files, may be taken away.

    Attributes:
        path: what is taken away.
        call: the call that does it.
        scope: the function that it stands in.
        led: the part of the entry method that this is, or that leads there.
    """

    path: ast.expr
    call: ast.Call
    scope: Scope
    led: ast.AST


def taken_away(call: ast.Call, name: str) -> ast.expr | None:
    """The path that a call removes, cuts off or moves away; None for other calls.

    Args:
        call: the call.
        name: the full name of the function, where an import binds it.
    """
    if name in REMOVERS | MOVES:
        given = [k.value for k in call.keywords if k.arg in {"path", "src"}]
        return next((a for a in (*call.args[:1], *given)), None)
    if not isinstance(call.func, ast.Attribute):
        return None
    holder = call.func.value
    if isinstance(holder, ast.Attribute) and holder.attr == "fs" and call.func.attr in _OF_FILE_SYSTEMS:
        return next((a for a in (*call.args, *(k.value for k in call.keywords))), None)
    if call.func.attr in REMOVING_METHODS and not call.args:
        return call.func.value
    return call.func.value if call.func.attr in MOVING_METHODS and len(call.args) == 1 else None


def require_kept(context: TaskContext, writes: tuple[WriteSite, ...], removals: Iterable[Removal]) -> None:
    """Refuses a task that may take a file with a row away again.

    Args:
        context: the task.
        writes: the files with a row.
        removals: where something that is made of the run directory or of an output is taken away.

    Raises:
        Refused: one of them may be of a file that is written.
    """
    for removal in (*removals, *_written_out(context)):
        write = next((w for w in writes if _may_take(removal, w, context)), None)
        if write is None:
            continue
        does = "moves" if _is_move(removal, context) else "removes"
        raise Refused(
            "DBR431",
            f"{ast.unparse(removal.call)} {does} what may be the file that {write.writer} writes",
            removal.call if removal.scope.module is context.scope.module else removal.led,
        )


def _written_out(context: TaskContext) -> Iterable[Removal]:
    """The removals whose path is written out, in the entry method and in what it leads to."""
    places = [(node, site.scope, node) for site in context.sites for node in site.header]
    for found in reached(context, frozenset()):
        frame = found.frame
        scope = Scope(frame.module, frame.owner, frame.function)
        places += [(node, scope, found.led) for node in own_nodes(frame.function)]
    for node, scope, led in places:
        if not isinstance(node, ast.Call):
            continue
        path = taken_away(node, origin_of(node, scope, context.sources) or "")
        text = written_text(path, scope, context.sources) if path is not None else None
        if path is not None and text is not None and not is_outside(path, scope, context.sources):
            yield Removal(path, node, scope, led)


def _is_move(removal: Removal, context: TaskContext) -> bool:
    name = origin_of(removal.call, removal.scope, context.sources) or dotted_name(removal.call.func) or ""
    return name in MOVES or name.rpartition(".")[2] in MOVING_METHODS


def _may_take(removal: Removal, write: WriteSite, context: TaskContext) -> bool:
    if removal.call is write.call or _is_other(removal, write, context):
        return False
    site = next((s for s in context.sites if removal.led in s.header), None)
    return site is None or not (_stands_before(site, write) or _ends_in_error(site))


def _is_other(removal: Removal, write: WriteSite, context: TaskContext) -> bool:
    """Whether what is taken away certainly is another file than the one that is written."""
    place = context.locations.evaluate(removal.path, removal.scope)
    if place is not None and place.key is not None and write.location.key is not None:
        return place.key != write.location.key and not place.ambiguous
    kept = _name(write.location, write.site.scope, context)
    if place is None or place.filename is None:
        text = written_text(removal.path, removal.scope, context.sources)
        if text is None or (removal.scope.function is not context.entry and _is_parameter(removal)):
            return False
        if write.location.base != WORKING and "/" in text.strip("/") and _is_tree(removal, context):
            # A directory that is written out may be the run directory: `run/plan`.
            return False
        # Where the working directory is, is not known: of a path that is written out the last name tells.
        return kept is not None and posixpath.basename(text) not in kept.split("/")
    gone = _name(place, removal.scope, context)
    if kept is None or gone is None:
        return False
    if place.base == write.location.base:
        return gone != kept and not kept.startswith(gone.rstrip("/") + "/")
    return posixpath.basename(gone) not in kept.split("/")


def _is_tree(removal: Removal, context: TaskContext) -> bool:
    """Whether a removal takes all that is in a directory."""
    return (origin_of(removal.call, removal.scope, context.sources) or "") in _TREES


def _is_parameter(removal: Removal) -> bool:
    return isinstance(removal.path, ast.Name) and any(
        isinstance(v, ast.arg) for v in removal.scope.values_of(removal.path.id) or ()
    )


def _name(place: Location, scope: Scope, context: TaskContext) -> str | None:
    """A file's name below its directory, None where the sources do not show it."""
    if place.varies or place.ambiguous:
        return None
    return literal_text(place.filename, home_of(place, scope), context)


def _stands_before(site: Site, write: WriteSite) -> bool:
    """Whether a removal is over, once and for all, when the file is written."""
    loops = (ast.For, ast.AsyncFor, ast.While)
    repeated = any(isinstance(link.owner, loops) for link in site.chain)
    parted = ((a, b) for a, b in zip(site.chain, write.site.chain, strict=False) if a.index != b.index)
    earlier, later = next(parted, (None, None))
    if repeated or earlier is None or later is None:
        return False
    return earlier.suite is later.suite and earlier.index < later.index


def _ends_in_error(site: Site) -> bool:
    """Whether the task fails where the file is taken away: it is not complete then, and runs again."""
    for link in site.chain:
        if isinstance(link.owner, ast.ExceptHandler):
            *before, last = link.owner.body
            if isinstance(last, ast.Raise) and not any(True for s in before for _ in leaving(s)):
                return True
    return False
