"""The proof: a file is another file with insertions only. Knows nothing of how the change was made.

Two independent readings must agree: the lines (every original line is there, in order, its text unchanged but
for one level of indentation) and the syntax tree (every original statement is where it was).
"""

from __future__ import annotations

import ast
import difflib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.model import VerifyFinding, VerifyReport
from codemods.python.classes import Function
from codemods.python.compiling import compile_error
from codemods.python.modules import statements_at_module_level
from codemods.rewriting.database_base import without_new_bases
from codemods.rewriting.matching import damage_by_insertions, match_method
from codemods.settings import Settings
from codemods.source import SourceFile, split_lines
from codemods.tasks.step_blocks import OPEN_BLOCK


def verify_method(
    before: str, after: str, task: str, line: int, original: Function | None = None
) -> tuple[VerifyFinding, ...]:
    """Proves one method, given as its own lines with their indentation.

    Args:
        before: the original lines.
        after: the changed lines.
        task: the task's name, for findings.
        line: the 1-based line of the method in the original file.
        original: the method as parsed from that file, where the caller has it.

    Returns:
        What is damaged; empty for a proof.
    """
    if before == after:
        return ()
    try:
        old, new = original or _parse_method(before), _parse_method(after)
    except SyntaxError as error:
        return (VerifyFinding(task, f"the result does not compile: {error.msg}", line),)
    findings: list[VerifyFinding] = []
    offset = 0 if original is not None else line - 2
    inserted, wrap = match_method(old, new)
    if inserted.lost is not None:
        findings.append(VerifyFinding(task, _describe_lost(inserted.lost), inserted.lost.lineno + offset))
    else:
        findings.extend(
            VerifyFinding(task, message, line) for message in damage_by_insertions(old, inserted, wrap)
        )
    lost = _lost_line(split_lines(before), split_lines(after))
    if lost is not None:
        index, text = lost
        what = (
            f"the line is gone or was changed: {text.strip()!r}" if text.strip() else "a blank line is gone"
        )
        findings.append(VerifyFinding(task, what, line + index))
    return tuple(findings)


def _parse_method(text: str) -> Function:
    holder = ast.parse(f"class _:\n{text}").body[0]
    method = holder.body[0] if isinstance(holder, ast.ClassDef) else None
    if not isinstance(method, Function) or len(holder.body) != 1:  # type: ignore[attr-defined]
        raise SyntaxError("not a single method")
    return method


def _describe_lost(statement: ast.stmt) -> str:
    if isinstance(statement, Function):
        return f"the signature or decorators of {statement.name}() changed"
    text = ast.unparse(statement).splitlines()[0]
    shown = text if len(text) <= 80 else f"{text[:77]}..."
    return f"the statement is missing, changed, reordered or under another try: {shown}"


def _lost_line(before: Sequence[str], after: Sequence[str]) -> tuple[int, str] | None:
    """The first original line without a counterpart, up to one consistent level of indentation."""
    unit: str | None = None
    position = 0
    for index, line in enumerate(before):
        last = index == len(before) - 1
        while position < len(after):
            candidate = after[position]
            position += 1
            prefix = _added_prefix(line, candidate, last=last)
            if prefix is None:
                continue
            if prefix and line.strip():
                if unit is None:
                    unit = prefix
                elif prefix != unit:
                    continue
            break
        else:
            return index, line
    return None


def _added_prefix(line: str, candidate: str, *, last: bool) -> str | None:
    if last:
        line, candidate = line.rstrip("\r\n"), candidate.rstrip("\r\n")
    # An indentation is what follows the last form feed; what stands before that is kept as it is.
    if "\f" in line and not line[: line.rindex("\f")].strip():
        feeds = line[: line.rindex("\f") + 1]
        if not candidate.startswith(feeds):
            return None
        line, candidate = line[len(feeds) :], candidate[len(feeds) :]
    if not candidate.endswith(line):
        return None
    prefix = candidate[: len(candidate) - len(line)]
    return prefix if not prefix.strip(" \t") else None


_OPEN = (".get_database_service(", f".{OPEN_BLOCK}(")
"""What every method with steps calls on its task: one of them."""


@dataclass(frozen=True)
class _Span:
    name: str
    method: str
    first: int
    last: int


def verify_file(before: SourceFile, after: SourceFile, settings: Settings) -> VerifyReport:
    """Proves a whole file: entry methods by insertion, all else unchanged but for added imports.

    A base with the two methods of the steps alone, which `refactor init --rebase` puts into class headers, is seen as
    an insertion too: it is proven to be such a class where its import leads.

    Raises:
        SourceError: one of the two does not parse.
    """
    after = without_new_bases(before, after)
    new_spans = {(s.name, s.method): s for s in _spans(after, settings, frozenset())}
    old_spans = {(s.name, s.method): s for s in _spans(before, settings, frozenset(new_spans))}
    findings: list[VerifyFinding] = []
    proven: list[str] = []
    for key, old in old_spans.items():
        new = new_spans.get(key)
        if new is None:
            findings.append(VerifyFinding(old.name, f"{old.method}() is gone", old.first + 1))
            continue
        old_text = "".join(before.lines[old.first : old.last])
        new_text = "".join(after.lines[new.first : new.last])
        if old_text == new_text:
            continue
        damage = verify_method(old_text, new_text, old.name, old.first + 1)
        findings.extend(damage)
        if not damage and old.name not in proven:
            proven.append(old.name)
    problem = compile_error(after) if before.text != after.text else None
    if problem is not None and compile_error(before) is None:
        findings.append(VerifyFinding("", f"the file does not compile: {problem}", 1))
    shared = old_spans.keys() & new_spans.keys()
    findings.extend(
        _verify_rest(before, after, [old_spans[k] for k in old_spans if k in shared], new_spans, settings)
    )
    return VerifyReport(tuple(proven), tuple(sorted(findings, key=lambda f: f.line)))


def _spans(source: SourceFile, settings: Settings, wanted: frozenset[tuple[str, str]]) -> Iterator[_Span]:
    """The entry methods, the methods that open the database service, and those that are wanted besides."""
    for statement in statements_at_module_level(source.tree.body):
        if not isinstance(statement, ast.ClassDef) or statement.name in settings.base_classes:
            continue
        for member in statement.body:
            if isinstance(member, Function) and (
                member.name in settings.entry_methods
                or (statement.name, member.name) in wanted
                or _opens_service(source, member)
            ):
                first = min([member.lineno, *(d.lineno for d in member.decorator_list)]) - 1
                yield _Span(
                    statement.name,
                    member.name,
                    first,
                    member.end_lineno or member.lineno,
                )


def _opens_service(source: SourceFile, method: Function) -> bool:
    end = method.end_lineno or method.lineno
    return any(call in line for call in _OPEN for line in source.lines[method.lineno : end])


def _verify_rest(
    before: SourceFile,
    after: SourceFile,
    spans: Sequence[_Span],
    new_spans: dict[tuple[str, str], _Span],
    settings: Settings,
) -> Iterator[VerifyFinding]:
    old_lines, old_numbers = _skeleton(before, spans)
    counterparts = [new_spans[s.name, s.method] for s in spans]
    new_lines, new_numbers = _skeleton(after, counterparts)
    allowed = _allowed_insertions(before, after, settings)
    kept = [
        (line, number) for line, number in zip(new_lines, new_numbers, strict=True) if number not in allowed
    ]
    new_kept = [line for line, _ in kept]
    if [_text(line) for line in new_kept] == [_text(line) for line in old_lines] and _same_ends(
        old_lines, new_kept
    ):
        return
    matcher = difflib.SequenceMatcher(None, old_lines, new_kept, autojunk=False)
    for tag, i1, i2, j1, _ in matcher.get_opcodes():
        if tag == "equal":
            continue
        number = old_numbers[min(i1, len(old_numbers) - 1)] if old_numbers else 1
        what = {"delete": "lines are gone", "insert": "lines were added", "replace": "lines were changed"}[
            tag
        ]
        sample = (old_lines[i1] if i1 < i2 else new_kept[j1]).strip()
        owner = _owner(before, number)
        yield VerifyFinding(owner, f"outside of an entry method, {what}: {sample!r}", number)


def _text(line: str) -> str:
    return line.rstrip("\r\n")


def _same_ends(before: Sequence[str], after: Sequence[str]) -> bool:
    return list(before[:-1]) == list(after[:-1])


def _skeleton(source: SourceFile, spans: Sequence[_Span]) -> tuple[list[str], list[int]]:
    """The lines outside of the given methods, each method standing as one marker line."""
    starts = {span.first: span for span in spans}
    lines: list[str] = []
    numbers: list[int] = []
    index = 0
    while index < len(source.lines):
        span = starts.get(index)
        numbers.append(index + 1)
        if span is None:
            lines.append(source.lines[index])
            index += 1
        else:
            lines.append(f"<{span.name}.{span.method}>\n")
            index = span.last
    return lines, numbers


def _allowed_insertions(before: SourceFile, after: SourceFile, settings: Settings) -> set[int]:
    """Line numbers of module-level imports and of base-class methods that only the changed file has."""
    # An import can stand there twice.
    known = Counter(ast.dump(s) for s in before.tree.body if isinstance(s, ast.Import | ast.ImportFrom))
    found: set[int] = set()
    for statement in after.tree.body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            dumped = ast.dump(statement)
            if known[dumped]:
                known[dumped] -= 1
            else:
                found.update(range(statement.lineno, (statement.end_lineno or statement.lineno) + 1))
    return found | _added_base_methods(before, after, settings)


def _added_base_methods(before: SourceFile, after: SourceFile, settings: Settings) -> set[int]:
    """Lines of the methods that a base class has got, each with one blank line that sets it apart."""
    old = {
        (c.name, m.name)
        for c in before.tree.body
        if isinstance(c, ast.ClassDef)
        for m in c.body
        if isinstance(m, Function)
    }
    found: set[int] = set()
    for statement in after.tree.body:
        if not isinstance(statement, ast.ClassDef) or statement.name not in settings.base_classes:
            continue
        added = [m for m in statement.body if isinstance(m, Function) and (statement.name, m.name) not in old]
        for member in added:
            found.update(range(member.lineno, (member.end_lineno or member.lineno) + 1))
        apart = [
            number
            for member in added
            for number in _blank_lines_around(after, member.lineno, member.end_lineno or member.lineno)
        ]
        # A blank line that was there can have spaces in it; the added ones have none.
        apart.sort(key=lambda number: bool(after.lines[number - 1].rstrip("\r\n")))
        found.update(list(dict.fromkeys(apart))[: len(added)])
    return found


def _blank_lines_around(source: SourceFile, first: int, last: int) -> Iterator[int]:
    """The numbers of the blank lines right before and right after some lines, those before first."""
    for number in range(first - 1, 0, -1):
        if source.lines[number - 1].strip():
            break
        yield number
    for number in range(last + 1, len(source.lines) + 1):
        if source.lines[number - 1].strip():
            break
        yield number


def _owner(source: SourceFile, number: int) -> str:
    for statement in source.tree.body:
        if isinstance(statement, ast.ClassDef) and statement.lineno <= number <= (statement.end_lineno or 0):
            return statement.name
    return ""
