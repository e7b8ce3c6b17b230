"""Step 6 for files that are read: while they are open, before they are moved into place, or after they were written."""

from __future__ import annotations

import ast

from codemods.model import ContentOrigin, FileWrite, Step
from codemods.python.sourcing import name_source, source_of
from codemods.python.statements import read_names
from codemods.refusals import Refused
from codemods.steps import templates
from codemods.steps.draft import Draft
from codemods.steps.file_places import relative_path
from codemods.steps.row_names import assignment, content_name, persist_comment, stem_of
from codemods.steps.templates import indented
from codemods.tasks.heirs import path_doubt
from codemods.tasks.write_site import WriteSite

READ_ORIGINS = frozenset({ContentOrigin.OPEN_FILE, ContentOrigin.MOVED_FILE, ContentOrigin.READ_BACK})
"""The ways in which a row holds what was read from a file."""


def described_reading(write: WriteSite) -> str:
    """What is read for the row of a write, for people."""
    if write.content.origin is ContentOrigin.OPEN_FILE:
        return f"what {write.content.handle} holds at the end of its block"
    if write.content.origin is ContentOrigin.MOVED_FILE:
        return f"what {source_of(write.content.source or write.path)} holds before it gets the file's name"
    return f"what {source_of(write.path)} holds afterwards"


class ReadRows:
    """Places the rows of one method's writes whose content is read from a file."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        # A path that several statements write to is bound for each of them: it may be another one by then.
        self._context = draft.context

    def add(self, write: WriteSite, filename: ast.expr, resolved: str | None, content_type: str) -> FileWrite:
        """Adds the row of one write.

        Args:
            write: the write, of one of `READ_ORIGINS`.
            filename: the expression of the row's name.
            resolved: the literal name, where it is known.
            content_type: of the row.

        Raises:
            Refused: the file's path may be another one where it is read.
        """
        origin = write.content.origin
        if origin is ContentOrigin.OPEN_FILE:
            self._of_open_file(write, filename, resolved, content_type)
        elif origin is ContentOrigin.MOVED_FILE:
            self._of_moved_file(write, filename, resolved, content_type)
        else:
            self._of_written_file(write, filename, resolved, content_type)
        return FileWrite(
            writer=write.writer,
            line=write.call.lineno,
            key=write.location.key,
            filename=name_source(filename),
            resolved_filename=resolved,
            content_type=content_type,
            origin=origin,
            content=described_reading(write),
            confirmed=False,
        )

    def add_outputs(self, write: WriteSite) -> FileWrite:
        """The rows of all files that `output()` names and that are there behind the statement.

        A target that is no file, or a directory, has no row. What is read is what the target says at that time.
        """
        draft, names, outputs = self._draft, self._draft.names, source_of(write.path)
        target, path = names.fresh("output_target"), names.fresh("output_path")
        content, written = names.fresh("output_content"), names.fresh("written_file")
        located = f"{target}.{write.outputs_by}"
        if not write.outputs_by.endswith("()"):
            located = f'{names.builtin("getattr")}({target}, "{write.outputs_by}", "")'
        filename = relative_path(path, self._context, names)
        row = templates.plan_content(
            draft.words, content=content, filename=filename, content_type="binary", is_bytes=True
        )
        reading = (
            f'with {names.builtin("open")}({path}, "rb") as {written}:\n    {content} = {written}.read()\n'
        )
        body = (
            f"{path} = {names.builtin('str')}({located})\n"
            f"if {names.module('os')}.path.isfile({path}):\n{indented(reading)}{indented(row)}"
        )
        loop = f"for {target} in {names.module('luigi')}.task.flatten({outputs}):\n{indented(body)}"
        code = f"# Step 6: persist {outputs}{templates.AFTER_FILE}\n{loop}"
        draft.add_database_step(Step.PERSIST, write.anchor, write.anchor.path, "after", code)
        return FileWrite(
            writer=write.writer,
            line=write.call.lineno,
            key=None,
            filename=filename,
            resolved_filename=None,
            content_type="binary",
            origin=write.content.origin,
            content=f"what each file of {outputs} holds afterwards",
            confirmed=False,
        )

    def _of_open_file(
        self, write: WriteSite, filename: ast.expr, resolved: str | None, content_type: str
    ) -> None:
        """The row at the end of the block: what the file holds by then, under the name that it was opened by."""
        draft, names = self._draft, self._draft.names
        named, comment = self._name(write, filename, resolved), persist_comment(filename, resolved)
        content = names.fresh(content_name(write, resolved))
        opened, written = names.builtin("open"), names.fresh("written_file")
        handle, is_bytes = write.content.handle, write.content.is_bytes
        how = '"rb"' if is_bytes else f'encoding={handle}.encoding, newline=""'
        reading = (
            f"{comment}with {opened}({handle}.{write.content.bytes_at}, {how}) as {written}:\n"
            f"    {handle}.flush()\n"
            f"    {content} = {written}.read()\n"
        )
        row = templates.plan_content(
            draft.words, content=content, filename=named, content_type=content_type, is_bytes=is_bytes
        )
        where = "after" if isinstance(write.site.statement, ast.With) else "before"
        draft.add_database_step(Step.PERSIST, write.anchor, write.anchor.path, where, row, first=reading)

    def _of_moved_file(
        self, write: WriteSite, filename: ast.expr, resolved: str | None, content_type: str
    ) -> None:
        """The row before the file gets its name: what it holds under the one that it has by then.

        What is not there is the original's to complain of, and what is a directory has no row.
        """
        named = name_source(filename)
        path = source_of(write.content.source or write.path)
        where = "before"
        if write.location.temporary:
            # Luigi moves it at the end of the block around the statement.
            where, named = "after", self._name(write, filename, resolved)
            path = self._path(write, filename, resolved)
        code = self._row(write, path, named, content_type, resolved)
        self._draft.add_database_step(
            Step.PERSIST,
            write.anchor,
            write.anchor.path,
            where,
            f"{persist_comment(filename, resolved)}{code}",
        )

    def _of_written_file(
        self, write: WriteSite, filename: ast.expr, resolved: str | None, content_type: str
    ) -> None:
        """The row behind the statement that writes: what is there then, if anything is."""
        why = path_doubt(write, self._context)
        if why:
            reason = f"the path {source_of(write.path)} cannot be evaluated twice: {why}"
            raise Refused("DBR412", reason, write.call)
        named = self._name(write, filename, resolved)
        path = self._path(write, filename, resolved)
        code = self._row(write, path, named, content_type, resolved)
        comment = persist_comment(filename, resolved).replace("\n", f"{templates.AFTER_FILE}\n")
        self._draft.add_database_step(
            Step.PERSIST, write.anchor, write.anchor.path, "after", f"{comment}{code}"
        )

    def _row(self, write: WriteSite, path: str, named: str, content_type: str, resolved: str | None) -> str:
        names, is_bytes = self._draft.names, write.content.is_bytes
        content = names.fresh(content_name(write, resolved))
        opened, written = names.builtin("open"), names.fresh("written_file")
        how = '"rb"' if is_bytes else 'encoding="utf-8", newline=""'
        reading = f"with {opened}({path}, {how}) as {written}:\n    {content} = {written}.read()\n"
        row = templates.plan_content(
            self._draft.words, content=content, filename=named, content_type=content_type, is_bytes=is_bytes
        )
        return f"if {names.module('os')}.path.isfile({path}):\n{indented(reading)}{indented(row)}"

    def _name(self, write: WriteSite, filename: ast.expr, resolved: str | None) -> str:
        """The name of the row, bound before the statement, which may change what the expression is made of."""
        if resolved is not None and not any(write.site.scope.is_local(name) for name in read_names(filename)):
            return name_source(filename)
        return self._bound(
            write, f"{stem_of(write, resolved)}_name", filename, persist_comment(filename, resolved)
        )

    def _path(self, write: WriteSite, filename: ast.expr, resolved: str | None) -> str:
        """The path of the file, likewise."""
        path = write.path
        if write.location.kind == "target":
            path = ast.Attribute(path, "path", ast.Load())
        return self._bound(
            write, f"{stem_of(write, resolved)}_path", path, persist_comment(filename, resolved)
        )

    def _bound(self, write: WriteSite, name: str, value: ast.expr, comment: str) -> str:
        variable = self._draft.names.fresh(name)
        code = f"{comment}{assignment(variable, value)}"
        self._draft.add(Step.PERSIST, write.site.path, "before", code, write.site.statement.lineno)
        return variable
