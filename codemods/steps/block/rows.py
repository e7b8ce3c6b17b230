"""Step 6 for each file, as calls of the block: one line a file wherever its content has an expression."""

from __future__ import annotations

import ast

from codemods.knowledge.verdicts import Verdict
from codemods.model import ContentOrigin, FileWrite, Step
from codemods.python.sourcing import name_source, source_of
from codemods.python.statements import bound_names, read_names
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.steps.block import templates
from codemods.steps.block.frame import block_name, knows_run_directory
from codemods.steps.expressions import as_written, with_modules
from codemods.steps.file_places import relative_path
from codemods.steps.read_rows import READ_ORIGINS, described_reading
from codemods.steps.row_names import assignment, content_name, persist_comment, stem_of
from codemods.steps.rows import RowPlanner, bound_by_header
from codemods.steps.templates import AFTER_FILE
from codemods.tasks.heirs import path_doubt
from codemods.tasks.write_site import WriteSite


class BlockRows(RowPlanner):
    """Places the rows of one method's writes in its block."""

    def add(self, write: WriteSite) -> FileWrite:
        """Adds the row of one write; the file is read once more where it may differ.

        Raises:
            Refused: the file's name cannot be expressed where the row is made.
        """
        if write.outputs_by:
            return self._add_outputs(write)
        filename = self._filename(write)
        resolved = self._resolved(write)
        if write.content.origin in READ_ORIGINS:
            described = self._add_read(write, filename, resolved)
        else:
            described = self._add_known(write, filename, resolved)
        return FileWrite(
            writer=write.writer,
            line=write.call.lineno,
            key=write.location.key,
            filename=name_source(filename),
            resolved_filename=resolved,
            content_type=self._content_type(write, resolved),
            origin=write.content.origin,
            content=described,
            confirmed=write.content.origin not in READ_ORIGINS and write.content.verdict is not Verdict.SAME,
        )

    def _add_known(self, write: WriteSite, filename: ast.expr, resolved: str | None) -> str:
        """The row before the file; gives what its content is, for people."""
        draft, line = self._draft, write.site.statement.lineno
        expression, shared = write.content.expression, self._shared.get(id(write))
        reads = read_names(filename) | self._content_reads(write)
        late = reads & bound_by_header(write)
        if late:
            raise Refused("DBR406", f"{min(late)} is bound by the statement that writes", write.call)
        anchor = self._anchor(write, reads)
        if expression is not None:
            content = shared or as_written(with_modules(expression, write, draft.names), self._context)
            described = source_of(expression)
        else:
            content = draft.names.fresh(content_name(write, resolved))
            before, described = self._content_code(write, content)
            code = f"{persist_comment(filename, resolved)}{before}"
            draft.add(Step.PERSIST, anchor, "before", code, line)
        row = templates.persisted(block_name(draft), as_written(filename, self._context), content)
        draft.add(Step.PERSIST, anchor, "before", row, line)
        if write.content.verdict is not Verdict.SAME:
            if isinstance(write.site.statement, ast.Return):
                raise Refused("DBR412", f"{write.writer} writes in a return statement", write.call)
            again = templates.read_back(block_name(draft), source_of(write.path), name_source(filename))
            draft.add(Step.WRITE, write.site.path, "after", again, line)
        return described

    def _add_read(self, write: WriteSite, filename: ast.expr, resolved: str | None) -> str:
        """The row from the file that is there; gives what is read, for people."""
        draft, steps = self._draft, block_name(self._draft)
        origin, where = write.content.origin, "after"
        known = knows_run_directory(self._context)
        if origin is ContentOrigin.OPEN_FILE:
            named = (
                ""
                if known and write.content.bytes_at == "tmp_path"
                else self._name(write, filename, resolved)
            )
            code = templates.written(steps, write.content.handle, named)
            where = "after" if isinstance(write.site.statement, ast.With | ast.AsyncWith) else "before"
        elif origin is ContentOrigin.MOVED_FILE and not write.location.temporary:
            where = "before"
            code = templates.read_back(
                steps, source_of(write.content.source or write.path), name_source(filename)
            )
        elif origin is ContentOrigin.MOVED_FILE:
            # Luigi moves it at the end of the block around the statement.
            code = templates.read_back(
                steps, self._path(write, resolved), self._name(write, filename, resolved)
            )
        else:
            why = path_doubt(write, self._context)
            if why:
                reason = f"the path {source_of(write.path)} cannot be evaluated twice: {why}"
                raise Refused("DBR412", reason, write.call)
            named = "" if known else self._name(write, filename, resolved)
            comment = persist_comment(filename, resolved).replace("\n", f"{AFTER_FILE}\n")
            code = f"{comment}{templates.read_back(steps, self._path(write, resolved), named)}"
        draft.add(Step.PERSIST, write.anchor.path, where, code, write.site.statement.lineno)
        return described_reading(write)

    def _add_outputs(self, write: WriteSite) -> FileWrite:
        """The rows of all files that `output()` names and that are there behind the statement."""
        draft, outputs = self._draft, source_of(write.path)
        target = draft.names.fresh("output_target")
        located = f"{target}.{write.outputs_by}" if write.outputs_by.endswith("()") else target
        path = located if located.endswith("()") else f"{located}.path"
        named = relative_path(path, self._context, draft.names)
        if knows_run_directory(self._context):
            named = ""
        reading = templates.read_back(block_name(draft), located, named)
        loop = f"for {target} in {draft.names.module('luigi')}.task.flatten({outputs}):\n    {reading}"
        code = f"# Step 6: persist {outputs}{AFTER_FILE}\n{loop}"
        draft.add(Step.PERSIST, write.anchor.path, "after", code, write.site.statement.lineno)
        return FileWrite(
            writer=write.writer,
            line=write.call.lineno,
            key=None,
            filename=located,
            resolved_filename=None,
            content_type="binary",
            origin=write.content.origin,
            content=f"what each file of {outputs} holds afterwards",
            confirmed=False,
        )

    def _name(self, write: WriteSite, filename: ast.expr, resolved: str | None) -> str:
        """The name of the row, bound before a statement that may change what the expression is made of."""
        if resolved is not None and not any(write.site.scope.is_local(name) for name in read_names(filename)):
            return name_source(filename)
        return self._bound(write, f"{stem_of(write, resolved)}_name", filename)

    def _path(self, write: WriteSite, resolved: str | None) -> str:
        """The path, or the target, likewise."""
        if self._means_the_same_afterwards(write):
            return source_of(write.path)
        return self._bound(write, f"{stem_of(write, resolved)}_path", write.path)

    def _means_the_same_afterwards(self, write: WriteSite) -> bool:
        """Whether the statement can change nothing in the path: a name that it does not bind, or `self.output()`."""
        if read_names(write.path) & bound_names(write.site.statement):
            return False
        if isinstance(write.path, ast.Name):
            return True
        own = self._context.scope.self_name
        for node in walk(write.path):
            match node:
                case ast.Name(id=name) if name == own:
                    continue
                case ast.Attribute(value=ast.Name(), attr="output" | "path") | ast.Attribute(attr="path"):
                    continue
                case ast.Call(
                    func=ast.Attribute(value=ast.Name(id=name), attr="output"), args=[], keywords=[]
                ):
                    if name != own:
                        return False
                case ast.Subscript() | ast.Constant() | ast.expr_context():
                    continue
                case _:
                    return False
        return True

    def _bound(self, write: WriteSite, name: str, value: ast.expr) -> str:
        variable = self._draft.names.fresh(name)
        code = f"# Step 6: persist {source_of(write.path)}\n{assignment(variable, value)}"
        self._draft.add(Step.PERSIST, write.site.path, "before", code, write.site.statement.lineno)
        return variable
