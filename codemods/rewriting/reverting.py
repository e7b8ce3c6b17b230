"""Takes the inserted steps out again, and proves it: what is left is the present text without insertions."""

from __future__ import annotations

import ast
import io
import re
import symtable
import tokenize
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, replace

from codemods.model import FileInspection, FileRewrite, Refusal, TaskReport, TaskState
from codemods.python.classes import Function
from codemods.python.compiling import compile_error
from codemods.refusals import Refused
from codemods.rewriting.apply import entries, methods_of
from codemods.rewriting.block_forms import recognise_block
from codemods.rewriting.blocks import is_block
from codemods.rewriting.proof import verify_method
from codemods.rewriting.step_forms import STEP_COMMENT, NotOursError, Steps, recognise
from codemods.rewriting.transform import MethodEdit, method_span, parse_method_text, render_method, splice
from codemods.rewriting.unweaving import unweave
from codemods.settings import Settings
from codemods.source import SourceFile
from codemods.steps.step_names import IMPORT_MARK
from codemods.steps.templates import OPENING
from codemods.tasks.step_blocks import OPEN_BLOCK

_DIRECTIVE = re.compile(r"#\s*(noqa|type:|pylint:|pragma|fmt:|nosec|ruff:|pyright:|mypy:|NOSONAR)")
"""Comments for other tools, which mean nothing where the step is gone."""

_BROKEN_CALL = re.compile(r"\.(create_llm_interaction|update_llm_interaction|create_plan_content)\(\s*$")
FORMATTED = "formatted since: the code is the original's, lines that the formatter broke stay as they are"

_Key = tuple[str, int]


def revert_file(
    inspection: FileInspection, selected: Callable[[TaskReport], bool], settings: Settings
) -> FileRewrite:
    """Reverts the selected tasks of one file that are done.

    A task whose steps are not as this tool writes them is left alone, with a refusal in its report. What the rest of
    the project says by now, and how a formatter has laid out the file since, makes no difference.
    """
    source = inspection.source
    wanted = {
        (r.task.name, r.task.line): r for r in inspection.reports if r.state is TaskState.DONE and selected(r)
    }
    methods = entries(source, settings)
    edits: dict[_Key, tuple[MethodEdit, ...]] = {}
    left: dict[_Key, Refusal] = {}
    for key in wanted:
        method = methods[key]
        try:
            edits[key] = tuple(_taken_out(source, m) for m in (method, *_helpers(source, key, method)))
        except NotOursError as error:
            left[key] = Refused("DBR911", error.reason, error.node).at(method.lineno, method.col_offset + 1)
    after, problems = _compiling(source, edits)
    for key, problem in problems.items():
        method = methods[key]
        left[key] = Refused("DBR911", problem, method).at(method.lineno, method.col_offset + 1)
        del edits[key]
    formatted = {key for key in edits if _is_formatted(source, methods[key])}
    reports = tuple(_after(r, edits, left, formatted) for r in inspection.reports)
    return FileRewrite(source, after, reports, tuple(name for name, _ in edits))


def _after(
    report: TaskReport,
    edits: Mapping[_Key, tuple[MethodEdit, ...]],
    left: Mapping[_Key, Refusal],
    formatted: Set[_Key],
) -> TaskReport:
    key = (report.task.name, report.task.line)
    if key in edits:
        return replace(report, state=TaskState.TODO, reason=FORMATTED if key in formatted else "")
    refusal = left.get(key)
    return report if refusal is None else replace(report, reason=refusal.reason, refusal=refusal)


def _is_formatted(source: SourceFile, method: Function) -> bool:
    """Whether a formatter has been over a method since the steps were inserted: it breaks their calls elsewhere."""
    first, last = method_span(method)
    return any(_BROKEN_CALL.search(line) for line in source.lines[first:last])


def _helpers(source: SourceFile, key: _Key, entry: Function) -> Iterator[Function]:
    """The other methods of the class that steps were inserted into."""
    for method in methods_of(source, *key):
        first, last = method_span(method)
        own = "".join(source.lines[first:last])
        if method is not entry and (OPENING in own or f".{OPEN_BLOCK}(" in own):
            yield method


def _taken_out(source: SourceFile, method: Function) -> MethodEdit:
    """The method without its steps, proven to be what the steps were inserted into.

    Raises:
        NotOursError: its steps are not as this tool writes them.
    """
    read = recognise_block if is_block(method.body[-1]) else recognise
    steps = read(method, source.lines)
    parsed = parse_method_text(source, method)
    removed = unweave(parsed.function, method, steps, parsed.unit)
    first, last = method_span(method)
    text = render_method(parsed, removed)
    present = "".join(source.lines[first:last])
    _require_own_comments(present, method, steps, first)
    damage = verify_method(text, present, method.name, method.lineno)
    if damage:
        raise NotOursError(f"without the steps it would not be the original: {damage[0].message}", method)
    return MethodEdit(first, last, text)


def _require_own_comments(present: str, method: Function, steps: Steps, first: int) -> None:
    """Raises where a comment inside of a step is neither the step's own nor a directive for another tool."""
    outer = method.body[-1]
    ranges = [
        (s.lineno, s.end_lineno or s.lineno) for s in method.body[steps.start : -1] if s is not steps.held
    ]
    ranges += [
        (node.lineno, node.end_lineno or node.lineno)
        for node in ast.walk(outer)
        if id(node) in steps.statements and isinstance(node, ast.stmt)
    ]
    if isinstance(outer, ast.With):
        ranges.append((outer.lineno, max(i.context_expr.end_lineno or 0 for i in outer.items)))
    elif isinstance(outer, ast.Try):
        closing = min([h.lineno for h in outer.handlers] or [outer.finalbody[0].lineno])
        ranges.append((closing, outer.end_lineno or closing))
    readline = io.StringIO(f"class _:\n{present}").readline
    for token in tokenize.generate_tokens(readline):
        if (
            token.type != tokenize.COMMENT
            or STEP_COMMENT.match(token.string)
            or _DIRECTIVE.match(token.string)
        ):
            continue
        row = token.start[0] - 1 + first
        if any(low <= row <= high for low, high in ranges):
            raise NotOursError(f"line {row}: a comment stands among the steps: {token.string}", method)


def _compiling(
    source: SourceFile, edits: Mapping[_Key, tuple[MethodEdit, ...]]
) -> tuple[SourceFile, dict[_Key, str]]:
    """The file with the edits whose result compiles from its bytes, and why each of the others does not."""
    if not edits:
        return source, {}
    after = _without_imports(splice(source, [edit for done in edits.values() for edit in done], ()))
    problem = compile_error(after)
    return (after, {}) if problem is None else (source, dict.fromkeys(edits, problem))


@dataclass(frozen=True)
class _AddedImport:
    """An import statement with the mark of the steps, as lines of the file (0-based, the last one not included)."""

    first: int
    last: int
    names: frozenset[str]


def _without_imports(source: SourceFile) -> SourceFile:
    """The file without those marked imports that nothing uses any more."""
    if IMPORT_MARK not in source.text:
        return source
    marked = list(_marked_imports(source))
    used = _global_names(symtable.symtable(source.text, str(source.path), "exec"))
    gone = {line for one in marked if not one.names & used for line in range(one.first, one.last)}
    return source.with_text("".join(line for i, line in enumerate(source.lines) if i not in gone))


def _marked_imports(source: SourceFile) -> list[_AddedImport]:
    """The added imports; a formatter may have spread one over several lines."""
    statements = [s for s in source.tree.body if isinstance(s, ast.Import | ast.ImportFrom)]
    starts = [s.lineno for s in source.tree.body]
    found = []
    for statement in statements:
        first, last = statement.lineno - 1, statement.end_lineno or statement.lineno
        marked = any(line.rstrip().endswith(IMPORT_MARK) for line in source.lines[first:last])
        if marked and starts.count(statement.lineno) == 1:
            names = frozenset(a.asname or a.name.partition(".")[0] for a in statement.names)
            found.append(_AddedImport(first, last, names))
    return found


def _global_names(table: symtable.SymbolTable) -> set[str]:
    """The names that functions and classes of a module read from the module, and those the module itself reads."""
    found = {
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and (symbol.is_global() or table.get_type() == "module")
    }
    return found.union(*(_global_names(child) for child in table.get_children()))
