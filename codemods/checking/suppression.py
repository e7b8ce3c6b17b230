"""`# refactor: ignore[CODE, ...] reason` on a line, what a class's header says, and what is wrong with either."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from codemods.checking.finding import Finding
from codemods.python.class_headers import CLASS_VERBS, NOT_OUTPUT, header_rows
from codemods.source import SourceFile

UNUSED, NO_REASON = "DBF001", "DBF002"
_VERBS = "|".join(("ignore", *CLASS_VERBS, NOT_OUTPUT))
_COMMENT = re.compile(rf"#\s*refactor:\s*(?P<verb>{_VERBS})\b(?:\[(?P<codes>[^\]]*)\])?(?P<reason>.*)$")
_BYTES = "refactor:"


@dataclass(frozen=True)
class Suppression:
    """One comment.

    Attributes:
        verb: `ignore`, `exempt`, `row-after-file` or `not-output`.
        row, column, end_column: where it stands.
        codes: the rules that it names; a prefix such as `DBF7` names all that begin so.
        reason: why.
    """

    verb: str
    row: int
    column: int
    end_column: int
    codes: tuple[str, ...]
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Whether the comment suppresses a finding, which begins or ends on its line."""
        return self.row in {finding.row, finding.end_row} and any(
            finding.code.startswith(c) for c in self.codes
        )


def find_suppressions(source: SourceFile) -> tuple[Suppression, ...]:
    """The suppressing comments of a file; text in strings is none."""
    if _BYTES not in source.text:
        return ()
    return tuple(_read(source.text))


def _read(text: str) -> Iterator[Suppression]:
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            match = _COMMENT.search(token.string) if token.type == tokenize.COMMENT else None
            if match is not None:
                codes = tuple(c.strip().upper() for c in (match["codes"] or "").split(",") if c.strip())
                start = token.start[1] + match.start()
                yield Suppression(
                    match["verb"], token.start[0], start + 1, token.end[1] + 1, codes, match["reason"].strip()
                )
    except (tokenize.TokenError, IndentationError, SyntaxError):
        return


def apply_suppressions(source: SourceFile, findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings that no comment suppresses, and those about the comments themselves."""
    suppressions = find_suppressions(source)
    if not suppressions:
        return tuple(findings)
    kept: list[Finding] = []
    used: set[Suppression] = set()
    effective = [s for s in suppressions if s.verb == "ignore" and s.reason and s.codes]
    for finding in findings:
        covering = [s for s in effective if s.covers(finding)]
        used.update(covering)
        if not covering:
            kept.append(finding)
    headers = _headers(source) if any(s.verb in CLASS_VERBS for s in suppressions) else frozenset()
    kept.extend(_about(source, s) for s in suppressions if _is_wrong(s, used, headers))
    return tuple(kept)


def _headers(source: SourceFile) -> frozenset[int]:
    """The rows of the headers of all classes of a file."""
    classes = (n for n in ast.walk(source.tree) if isinstance(n, ast.ClassDef))
    return frozenset(row for node in classes for row in header_rows(node, source.lines))


def _is_wrong(suppression: Suppression, used: set[Suppression], headers: frozenset[int]) -> bool:
    if suppression.verb == NOT_OUTPUT:
        return not suppression.reason
    if suppression.verb in CLASS_VERBS:
        return not suppression.reason or suppression.row not in headers
    return suppression not in used


def _about(source: SourceFile, suppression: Suppression) -> Finding:
    if not suppression.reason:
        code, message = NO_REASON, f"the {suppression.verb} comment gives no reason, so it has no effect"
    elif suppression.verb in CLASS_VERBS:
        code, message = (
            UNUSED,
            f"the {suppression.verb} comment is out of place: it belongs into the header of the task's class",
        )
    elif not suppression.codes:
        code, message = NO_REASON, "the ignore comment names no rule, as in ignore[DBF700]"
    else:
        code, message = UNUSED, f"nothing to ignore here for {', '.join(suppression.codes)}"
    row = suppression.row
    return Finding(source.path, row, suppression.column, row, suppression.end_column, code, message)
