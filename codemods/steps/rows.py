"""Step 6 for each file, and the confirmation after a write that may differ from its row."""

from __future__ import annotations

import ast
import copy

from codemods.knowledge.verdicts import Verdict
from codemods.model import ContentOrigin, FileWrite, NodePath, Step
from codemods.python.call_facts import is_logging_call
from codemods.python.scopes import Scope
from codemods.python.sourcing import name_source, source_of
from codemods.python.statements import bound_names, header_nodes, read_names
from codemods.python.trees import walk
from codemods.refusals import Refused
from codemods.steps import templates
from codemods.steps.draft import Draft
from codemods.steps.expressions import with_modules
from codemods.steps.file_places import relative_name, require_below_run_directory
from codemods.steps.late_names import names_are_kept
from codemods.steps.read_rows import READ_ORIGINS, ReadRows
from codemods.steps.row_names import assignment, content_name, persist_comment, suffix_of
from codemods.tasks.heirs import path_doubt
from codemods.tasks.literals import home_of, literal_tail, literal_text
from codemods.tasks.llm_calls import CallSite
from codemods.tasks.write_site import WriteSite

_IN_MEMORY = ", which holds the whole text in memory however often the loop runs"
_CONTENT_TYPES = {".json": "json", ".md": "markdown", ".html": "html", ".csv": "csv"}


class RowPlanner:
    """Places the rows of one method's writes."""

    def __init__(self, draft: Draft, writes: tuple[WriteSite, ...]) -> None:
        self._draft = draft
        self._context = draft.context
        self.writes = writes
        self._by_statement = {id(w.site.statement): w for w in writes}
        self._shared: dict[int, str] = {}
        self._first_row: dict[int, int] = {}
        self._read = ReadRows(draft)

    def shared_content(self, call: CallSite, response: str) -> str | None:
        """The variable for a response that is also the content of a file which is written next.

        Returns:
            The name, which the row of that file takes its content from; None where the response is written to no file,
            or what is between may change it.
        """
        link = call.site.chain[-1]
        if call.returned or call.only_if is not None or isinstance(call.site.statement, ast.If):
            return None
        for write in self.writes:
            expression, there = write.content.expression, write.anchor.chain[-1]
            if expression is None or isinstance(expression, ast.Name) or there.suite is not link.suite:
                continue
            if write.content.verdict is not Verdict.SAME or there.index <= link.index:
                continue
            reads, between = read_names(expression), link.suite[link.index + 1 : there.index]
            if source_of(with_modules(expression, write, self._draft.names)) == response and all(
                self._is_transparent(s, reads, write) for s in between
            ):
                name = self._draft.names.fresh(content_name(write, self._resolved(write)))
                return self._shared.setdefault(id(write), name)
        return None

    def add(self, write: WriteSite) -> FileWrite:
        """Adds the row of one write, and its confirmation where the content may differ.

        Raises:
            Refused: the file's name cannot be expressed where the row is made.
        """
        draft, names = self._draft, self._draft.names
        if write.outputs_by:
            return self._read.add_outputs(write)
        filename = self._filename(write)
        resolved = self._resolved(write)
        content_type = self._content_type(write, resolved)
        if write.content.origin in READ_ORIGINS:
            return self._read.add(write, filename, resolved, content_type)
        expression = write.content.expression
        shared = self._shared.get(id(write))
        reads = read_names(filename)
        if isinstance(expression, ast.Name):
            content, before, described = expression.id, "", expression.id
        elif shared is not None and expression is not None:
            content, before, described = shared, "", source_of(expression)
        else:
            content = names.fresh(content_name(write, resolved))
            before, described = self._content_code(write, content)
        reads |= self._content_reads(write)
        late = reads & bound_by_header(write)
        if late:
            raise Refused("DBR406", f"{min(late)} is bound by the statement that writes", write.call)
        source = name_source(filename)
        anchor = self._anchor(write, reads)
        comment = persist_comment(filename, resolved)
        row = templates.plan_content(draft.words, content=content, filename=source, content_type=content_type)
        first, code = (f"{comment}{before}", row) if before else ("", f"{comment}{row}")
        draft.add_database_step(Step.PERSIST, write.anchor, anchor, "before", code, first=first)
        confirmed = write.content.verdict is not Verdict.SAME
        if confirmed:
            self._confirm(write, content, source, content_type)
        return FileWrite(
            writer=write.writer,
            line=write.call.lineno,
            key=write.location.key,
            filename=source,
            resolved_filename=resolved,
            content_type=content_type,
            origin=write.content.origin,
            content=described,
            confirmed=confirmed,
        )

    def _content_code(self, write: WriteSite, content: str) -> tuple[str, str]:
        """Statements that bind the content to a name, and a description of them."""
        names = self._draft.names
        if write.content.expression is not None:
            expression = with_modules(write.content.expression, write, names)
            return assignment(content, expression), source_of(expression)
        if write.content.origin is ContentOrigin.REPLAY:
            what = "the statements under the file handle, into a buffer"
            looped = any(isinstance(n, ast.For | ast.While) for s in write.content.replay for n in walk(s))
            return self._replay_code(write, content), f"{what}{_IN_MEMORY if looped else ''}"
        return self._scratch_code(write, content), f"{write.writer} into a scratch file"

    def _replay_code(self, write: WriteSite, content: str) -> str:
        names = self._draft.names
        buffer = names.fresh("buffer")
        renamed = {write.content.handle: buffer}
        for name in sorted(set().union(*(bound_names(s) for s in write.content.replay))):
            renamed[name] = names.fresh(f"{name}_again")
        lines = [f"{buffer} = {names.module('io')}.StringIO()\n"]
        again = _Replay(renamed).suite(copy.deepcopy(list(write.content.replay)))
        lines.extend(f"{source_of(statement)}\n" for statement in again)
        lines.append(f"{content} = {buffer}.getvalue()\n")
        return "".join(lines)

    def _scratch_code(self, write: WriteSite, content: str) -> str:
        names = self._draft.names
        directory, path, handle = (
            names.fresh("scratch_dir"),
            names.fresh("scratch_path"),
            names.fresh("scratch_file"),
        )
        given = path
        if write.location.kind == "path":
            given = f"{names.module('pathlib', 'Path')}({path})"
        elif write.location.kind == "target":
            given = f"{names.module('luigi')}.LocalTarget({path})"
        call = copy.deepcopy(write.call)
        argument = ast.parse(given, mode="eval").body
        if isinstance(write.path_argument, int):
            call.args[write.path_argument] = argument
        for keyword in call.keywords:
            if keyword.arg == write.path_argument:
                keyword.value = argument
        suffix = suffix_of(self._resolved(write))
        opened = names.builtin("open")
        return (
            f"with {names.module('tempfile')}.TemporaryDirectory() as {directory}:\n"
            f'    {path} = {names.module("os")}.path.join({directory}, "content{suffix}")\n'
            f"    {_awaited(write)}{source_of(call)}\n"
            f'    with {opened}({path}, encoding="utf-8", newline="") as {handle}:\n'
            f"        {content} = {handle}.read()\n"
        )

    def _confirm(self, write: WriteSite, content: str, filename: str, content_type: str) -> None:
        if isinstance(write.site.statement, ast.Return):
            raise Refused("DBR412", f"{write.writer} writes in a return statement", write.call)
        names = self._draft.names
        handle, written = names.fresh("written_file"), names.fresh("written_content")
        path = source_of(write.path) + (".path" if write.location.kind == "target" else "")
        reading = (
            f'with {names.builtin("open")}({path}, encoding="utf-8", newline="") as {handle}:\n'
            f"    {written} = {handle}.read()\n"
        )
        code = templates.confirmed(
            self._draft.words,
            reading=reading,
            written=written,
            content=content,
            filename=filename,
            content_type=content_type,
        )
        self._draft.add_database_step(Step.WRITE, write.site, write.site.path, "after", code)

    def _content_reads(self, write: WriteSite) -> set[str]:
        if write.content.expression is not None:
            return read_names(write.content.expression)
        if write.content.replay:
            own = set().union(*(bound_names(s) for s in write.content.replay))
            return set().union(*(read_names(s) for s in write.content.replay)) - own
        return read_names(write.call)

    def _anchor(self, write: WriteSite, reads: set[str]) -> NodePath:
        """Before the write and the paths computed for it; before the suite's first row where that is possible."""
        link = write.anchor.chain[-1]
        index = link.index
        while index > 0 and self._only_locates(link.suite[index - 1], reads, write):
            index -= 1
        first = self._first_row.get(id(link.suite))
        if first is not None and first < index:
            between = link.suite[first : link.index]
            if all(self._is_transparent(s, reads, write) for s in between):
                index = first
        self._first_row.setdefault(id(link.suite), index)
        return link.path_of(index)

    def _only_locates(self, statement: ast.stmt, reads: set[str], write: WriteSite) -> bool:
        """Whether a statement does nothing but give a path a name."""
        return (
            isinstance(statement, ast.Assign)
            and all(isinstance(t, ast.Name) for t in statement.targets)
            and not reads & bound_names(statement)
            and self._context.locations.evaluate(statement.value, write.site.scope) is not None
        )

    def _is_transparent(self, statement: ast.stmt, reads: set[str], write: WriteSite) -> bool:
        """Whether the row may be made before a statement that stands before the write."""
        scope = write.site.scope
        if reads & bound_names(statement):
            return False
        if isinstance(statement, ast.Pass):
            return True
        if isinstance(statement, ast.Expr):
            if isinstance(statement.value, ast.Constant) or is_logging_call(statement.value):
                return True
        elif isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None:
            targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
            if not all(isinstance(t, ast.Name) for t in targets):
                return False
            located = self._context.locations.evaluate(statement.value, scope) is not None
            return located or self._context.repeatable.expression(statement.value, scope) is Verdict.SAME
        other = self._by_statement.get(id(statement))
        return other is not None and other is not write and other.content.verdict is Verdict.SAME

    def _filename(self, write: WriteSite) -> ast.expr:
        require_below_run_directory(write, self._context)
        scope = write.site.scope
        candidate = write.location.filename
        if (
            candidate is not None
            and not write.location.varies
            and self._is_expressible(candidate, write, scope)
            and names_are_kept(candidate, write, self._context)
        ):
            return candidate
        if write.location.temporary:
            raise Refused("DBR412", f"{source_of(write.path)} does not have the file's name", write.call)
        why = path_doubt(write, self._context)
        if why:
            reason = f"the path {source_of(write.path)} cannot be evaluated twice: {why}"
            raise Refused("DBR412", reason, write.call)
        path = source_of(write.path) + (".path" if write.location.kind == "target" else "")
        named = relative_name(path, write, self._context, self._draft.names)
        return ast.parse(named, mode="eval").body

    def _is_expressible(self, filename: ast.expr, write: WriteSite, scope: Scope) -> bool:
        if self._context.repeatable.expression(filename, scope) is not Verdict.SAME:
            return False
        here = scope.module
        for name in read_names(filename):
            if scope.is_local(name):
                continue
            if name in here.bindings and (
                write.location.module in {None, here} or self._same_binding(name, write)
            ):
                continue
            return False
        return True

    def _same_binding(self, name: str, write: WriteSite) -> bool:
        there, here = write.location.module, write.site.scope.module
        if there is None:
            return True
        expression = ast.Name(name, ast.Load())
        left = self._context.sources.names.resolve(expression, there)
        right = self._context.sources.names.resolve(expression, here)
        return left is not None and right is not None and left.node is right.node

    def _resolved(self, write: WriteSite) -> str | None:
        if write.location.varies:
            return None
        return literal_text(write.location.filename, home_of(write.location, write.site.scope), self._context)

    def _content_type(self, write: WriteSite, resolved: str | None) -> str:
        home = home_of(write.location, write.site.scope)
        name = resolved or literal_tail(write.location.filename, home, self._context)
        known = _CONTENT_TYPES.get(suffix_of(name))
        if known is not None:
            return known
        if write.content.is_bytes:
            return "binary"
        expression = write.content.expression
        is_json = isinstance(expression, ast.Call) and source_of(expression.func).endswith("dumps")
        return "json" if is_json and not name else "txt"


def bound_by_header(write: WriteSite) -> set[str]:
    """The names that the statement which the row comes before binds by `:=`, outside of the content itself."""
    own = set(walk(write.content.expression)) if write.content.expression is not None else set()
    header = header_nodes(write.anchor.statement)
    return {n.target.id for n in header if isinstance(n, ast.NamedExpr) and n not in own}


def _awaited(write: WriteSite) -> str:
    statement = write.site.statement
    value = getattr(statement, "value", None)
    return "await " if isinstance(value, ast.Await) and value.value is write.call else ""


class _Replay(ast.NodeTransformer):
    """Other names, and no second log line."""

    def __init__(self, names: dict[str, str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.Name:
        return ast.Name(self._names.get(node.id, node.id), node.ctx)

    def suite(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        """The statements to run again; `pass` where nothing but log calls stood."""
        return [self.visit(s) for s in statements if not _only_logs(s)] or [ast.Pass()]

    def visit_For(self, node: ast.For) -> ast.For:
        node.target, node.iter = self.visit(node.target), self.visit(node.iter)
        node.body = self.suite(node.body)
        return node

    def visit_If(self, node: ast.If) -> ast.If:
        node.test, node.body = self.visit(node.test), self.suite(node.body)
        node.orelse = self.suite(node.orelse) if node.orelse else []
        return node


def _only_logs(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and is_logging_call(statement.value)
