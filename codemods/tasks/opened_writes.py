"""Writes through files that the method opens: by `with`, or by a name that is closed further down."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

from codemods.knowledge.verdicts import Verdict
from codemods.model import ContentOrigin
from codemods.python.names import dotted_name
from codemods.python.opening import (
    FILE_FUNCTIONS,
    check_text_mode,
    is_idle,
    is_marker,
    open_mode,
    opened_path,
    opens_to_write,
    writes_anew,
    writes_utf8,
    written_expression,
)
from codemods.python.scopes import Scope
from codemods.python.statements import Site, read_names
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.tasks.contents import Content, ContentFinder
from codemods.tasks.context import TaskContext
from codemods.tasks.open_files import OpenFiles, assigned_name, name_attribute, opens_target
from codemods.tasks.places import Location
from codemods.tasks.plain_places import opens_by_module, require_local_text, unknown_target, written_out
from codemods.tasks.service_class import takes_bytes
from codemods.tasks.write_site import WriteSite


class _How(NamedTuple):
    """How a file is opened: what is, which file, why its row cannot be known before, whether as bytes."""

    path: ast.expr
    location: Location
    refused: Refused | None
    as_bytes: bool


class OpenedWrites:
    """Finds how the content of an opened file is known: before it is opened, or from the file while it is open."""

    def __init__(self, context: TaskContext, contents: ContentFinder) -> None:
        self._context = context
        self._contents = contents
        self._open_files = OpenFiles(context)

    @cached_property
    def _site_of(self) -> dict[int, Site]:
        return {id(site.statement): site for site in self._context.sites}

    def by_with(
        self, site: Site, statement: ast.With | ast.AsyncWith, item: ast.withitem
    ) -> WriteSite | None:
        """The write of one item of a `with`, None where it opens nothing to write.

        Raises:
            Refused: what is written cannot be known before the file is there.
        """
        call = item.context_expr
        if not isinstance(call, ast.Call):
            return None
        handle = item.optional_vars.id if isinstance(item.optional_vars, ast.Name) else ""
        how = self._how_opened(call, site.scope)
        if how is None:
            return None
        path, location, refused, as_bytes = how
        if item.optional_vars is None and refused is None:
            # Nothing can be written to a file without a name.
            return WriteSite(
                site, site, location, path, call, Content(ContentOrigin.IN_METHOD, ast.Constant(""))
            )
        if not handle:
            raise Refused("DBR405", f"the handle of {ast.unparse(call)} has no name", call)
        for later in statement.items[statement.items.index(item) + 1 :]:
            if handle in read_names(later.context_expr):
                given = ast.unparse(later.context_expr)
                raise Refused("DBR405", f"{handle} is given to {given}, which may write to it", call)
        if refused is None:
            try:
                content, anchor = self._known_before(site, statement, item, handle, location)
                if content.verdict is Verdict.SAME:
                    return WriteSite(site, anchor, location, path, call, content)
            except Refused as error:
                refused = error
        back = self._read_back(
            call,
            location,
            handle,
            lambda as_bytes: self._open_files.block_doubt(
                statement, item, handle, site.scope, as_bytes=as_bytes
            ),
            as_bytes=as_bytes,
        )
        if isinstance(back, Content):
            return WriteSite(site, self._site_of[id(statement.body[-1])], location, path, call, back)
        if refused is not None:
            raise refused.adding(back)
        return WriteSite(site, anchor, location, path, call, content)

    def _read_back(
        self, call: ast.Call, location: Location, handle: str, doubt: Callable[[bool], str], *, as_bytes: bool
    ) -> Content | str:
        """Way 4: what the open file holds, or why it cannot be read back, as the end of a reason.

        Only of a file that appears when it is closed: one that is opened under its own name is there before its row.
        """
        if not (location.temporary or opens_target(call, location)):
            return f"; nor can it be read back: {ast.unparse(call)} makes the file before its row is there"
        first = "" if as_bytes else doubt(False)
        if as_bytes or first:
            if not takes_bytes(self._context):
                unknown = "the database service is not known to take bytes"
                return f"; nor can it be read back: {first or unknown}"
            if doubt(True):
                return f"; nor can it be read back: {doubt(True)}"
            as_bytes = True
        at = name_attribute(call, location)
        return Content(ContentOrigin.OPEN_FILE, handle=handle, bytes_at=at, is_bytes=as_bytes)

    def _known_before(
        self,
        site: Site,
        statement: ast.With | ast.AsyncWith,
        item: ast.withitem,
        handle: str,
        location: Location,
    ) -> tuple[Content, Site]:
        """Way 1: the content, and the statement that its row comes before.

        Raises:
            Refused: what is written is not proven to be the same twice.
        """
        inside = self._written_inside(site, statement, handle, location)
        if inside is not None:
            return inside
        content = self._contents.of_handle(statement.body, handle, site.scope)
        if content.once_only or (len(statement.items) > 1 and self._needs_other_items(statement, item)):
            why = content.why or "it needs what the other files of the statement hold"
            raise Refused("DBR405", f"what {handle} is given is known too late: {why}", statement)
        return content, site

    def _needs_other_items(self, statement: ast.With | ast.AsyncWith, item: ast.withitem) -> bool:
        others = {
            n.id
            for other in statement.items
            if other is not item and other.optional_vars is not None
            for n in walk(other.optional_vars)
            if isinstance(n, ast.Name)
        }
        used = {n.id for s in statement.body for n in walk(s) if isinstance(n, ast.Name)}
        return bool(others & used)

    def _written_inside(
        self, site: Site, statement: ast.With | ast.AsyncWith, handle: str, location: Location
    ) -> tuple[Content, Site] | None:
        """A target's file appears when the `with` is left, so a row may come inside it, before the only write."""
        content = self._contents.of_handle(statement.body, handle, site.scope)
        if not content.once_only or location.kind != "target":
            return None
        writes = [
            (inner, written)
            for inner in self._context.sites
            if inner.chain[:-1] == site.chain
            or (len(inner.chain) == len(site.chain) + 1 and inner.chain[-1].owner is statement)
            if (written := written_expression(inner.statement, handle)) is not None
        ]
        uses = [n for s in statement.body for n in walk(s) if isinstance(n, ast.Name) and n.id == handle]
        if len(writes) != 1 or len(uses) != 1:
            return None
        inner, written = writes[0]
        if not all(is_idle(s, handle) for s in inner.chain[-1].suite[inner.chain[-1].index + 1 :]):
            # What follows may fail, and a handler of the method end that: a row without its file.
            return None
        found = self._contents.of_expression(written, site.scope)
        return (found, inner) if not found.once_only else None

    def _how_opened(self, call: ast.Call, scope: Scope) -> _How | None:
        """How a call opens a file to write; None for reading.

        Raises:
            Refused: nothing that is written so can be known.
        """
        try:
            opened = self._opened_for_writing(call, scope)
        except Refused as refused:
            opened = self._opened_for_bytes(call, scope)
            if opened is None:
                raise
            as_bytes = opened[1].trouble is not None or not writes_utf8(call)
            return _How(*opened, refused, as_bytes)
        return _How(*opened, None, as_bytes=False) if opened is not None else None

    def _opened_for_writing(self, call: ast.Call, scope: Scope) -> tuple[ast.expr, Location] | None:
        """What a call opens to write text to; raises Refused where it writes other bytes than the text's."""
        found = self._opened(call, scope)
        if found is None or not check_text_mode(call, open_mode(call), call):
            return None
        opened, located = found
        return opened, require_local_text(located, opened)

    def _opened_for_bytes(self, call: ast.Call, scope: Scope) -> tuple[ast.expr, Location] | None:
        """What a call opens to write anything to, if the bytes are in the file as soon as they are written."""
        found = self._opened(call, scope)
        if found is None or not writes_anew(open_mode(call)):
            return None
        trouble = found[1].trouble
        return found if trouble is None or trouble.in_place else None

    def _opened(self, call: ast.Call, scope: Scope) -> tuple[ast.expr, Location] | None:
        opened = opened_path(call)
        if opened is None or opens_by_module(call, scope):
            return None
        name = dotted_name(call.func) or ""
        if name in FILE_FUNCTIONS and opened in call.args and scope.is_local(name.partition(".")[0]):
            raise Refused(
                "DBR404", f"{ast.unparse(call)}: {name} is no module's here, and the mode no literal", call
            )
        located = self._context.locations.evaluate(opened, scope)
        if located is not None and located.kind == "input":
            if opens_to_write(call):
                raise Refused("DBR408", f"{ast.unparse(call)} writes to an input of the task", call)
            return None
        if located is None:
            is_method = isinstance(call.func, ast.Attribute) and opened is call.func.value
            located = written_out(opened, scope) or (unknown_target(opened) if is_method else Location("str"))
        return opened, located

    def without_with(self, site: Site, call: ast.Call) -> WriteSite | None:
        """The write of `f = open(path, "w")` and, further down in the suite, `f.close()`; None for reading.

        Raises:
            Refused: the file is closed where it cannot be read back before.
        """
        if is_marker(site.statement, call):
            marked = self._opened_for_writing(call, site.scope)
            content = Content(ContentOrigin.IN_METHOD, ast.Constant(""))
            return WriteSite(site, site, marked[1], marked[0], call, content) if marked is not None else None
        how = self._how_opened(call, site.scope)
        if how is None:
            return None
        path, location, refused, as_bytes = how
        refused = refused or Refused(
            "DBR405", f"{ast.unparse(call)} is not opened by a `with` statement", call
        )
        closed = self._open_files.closed_at(site) if getattr(site.statement, "value", None) is call else None
        if closed is None:
            raise refused
        back = self._read_back(
            call,
            location,
            assigned_name(site.statement),
            lambda as_bytes: self._open_files.close_doubt(site, closed, as_bytes=as_bytes),
            as_bytes=as_bytes,
        )
        if not isinstance(back, Content):
            raise refused.adding(back)
        return WriteSite(site, closed, location, path, call, back)
