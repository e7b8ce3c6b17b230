"""Unified diffs in bytes, such as `git apply -p0` takes.

Lines are matched the patience way: equal ends first, then the lines that occur once on either side, then the
same again between those. That is fast in indented blocks, which have little in common, and matches a class
statement to itself however often its method's lines recur. What matches nothing is replaced as a block.
"""

from __future__ import annotations

import os
import sys
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from refactor.terminal import harmless, is_terminal, use_colour

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from codemods.model import FileRewrite

CONTEXT = 3
STYLES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("--- ", {"bold": True}),
    ("+++ ", {"bold": True}),
    ("@@ ", {"fg": "cyan"}),
    ("-", {"fg": "red"}),
    ("+", {"fg": "green"}),
)
"""How the lines that begin with a mark look on a terminal."""

NO_FINAL_NEWLINE = b"\n\\ No newline at end of file\n"


@dataclass(frozen=True)
class _Region:
    """The lines `old[start:end]` beside the lines `new[new_start:new_end]`."""

    start: int
    end: int
    new_start: int
    new_end: int


def unified(rewrites: Sequence[FileRewrite]) -> bytes:
    """The diff of all rewrites, sorted by path; empty where nothing changes."""
    parts = [
        (patch_name(rewrite.before.path), rewrite.before.to_bytes(), rewrite.after.to_bytes())
        for rewrite in rewrites
        if rewrite.before.text != rewrite.after.text
    ]
    return b"".join(file_diff(name, before, after) for name, before, after in sorted(parts))


def file_diff(name: str, before: bytes, after: bytes) -> bytes:
    """The diff of one file under the given name; empty where the bytes are equal.

    Lines end at a line feed only, as git sees them; all else, a carriage return too, belongs to the line.
    """
    if before == after:
        return b""
    old, new = _lines(before), _lines(after)
    label = _label(name)
    out = [b"--- " + label + b"\n", b"+++ " + label + b"\n"]
    heading, searched = b"", 0
    for hunk in _hunks(_changes(old, new)):
        start, new_start = max(hunk[0].start - CONTEXT, 0), max(hunk[0].new_start - CONTEXT, 0)
        end, new_end = min(hunk[-1].end + CONTEXT, len(old)), min(hunk[-1].new_end + CONTEXT, len(new))
        # Like git: the last line before the hunk that begins with a letter or an underscore.
        for line in reversed(old[searched:start]):
            if line[:1].isalpha() or line[:1] == b"_":
                heading = b" " + line.rstrip()
                break
        searched = start
        positions = _range(start, end), _range(new_start, new_end)
        out.append(b"@@ -%s +%s @@%s\n" % (*positions, heading))
        at = start
        for change in hunk:
            out += [_ended(b" ", line) for line in old[at : change.start]]
            out += [_ended(b"-", line) for line in old[change.start : change.end]]
            out += [_ended(b"+", line) for line in new[change.new_start : change.new_end]]
            at = change.end
        out += [_ended(b" ", line) for line in old[at:end]]
    return b"".join(out)


def show(patch: bytes) -> None:
    """Prints a diff: its bytes where a program reads them; on a terminal in colour, without control characters."""
    if is_terminal(sys.stdout):
        click.echo(for_people(patch, colour=use_colour()), nl=False)
    else:
        click.echo(patch, nl=False)


def for_people(patch: bytes, *, colour: bool) -> str:
    """A diff as a terminal shows it, each line in its colour if wanted."""
    shown = []
    for line in patch.decode("utf-8", "replace").split("\n"):
        text = harmless(line.removesuffix("\r"))
        style = next((style for mark, style in STYLES if line.startswith(mark)), None) if colour else None
        shown.append(click.style(text, **style) if style else text)
    return "\n".join(shown)


def patch_name(path: Path) -> str:
    """The name that a patch program run from here finds the file by: relative, links resolved."""
    here = os.path.realpath(Path.cwd())
    real = os.path.realpath(path)
    # git refuses to apply through a link, so a file behind one is named by its own name.
    name = os.path.relpath(real, here) if real.startswith(here.rstrip(os.sep) + os.sep) else os.fspath(path)
    return name.replace(os.sep, "/")


def _lines(data: bytes) -> list[bytes]:
    lines = data.split(b"\n")
    last = lines.pop()
    return [line + b"\n" for line in lines] + ([last] if last else [])


def _ended(sign: bytes, line: bytes) -> bytes:
    return sign + line if line.endswith(b"\n") else sign + line + NO_FINAL_NEWLINE


def _range(start: int, end: int) -> bytes:
    count = end - start
    return b"%d" % (start + 1) if count == 1 else b"%d,%d" % (start + 1 if count else start, count)


def _label(name: str) -> bytes:
    """A name as patch programs read it: quoted around control characters, closed with a tab after spaces."""
    raw = os.fsencode(name)
    if any(byte < 0x20 or byte == 0x7F or byte in b'"\\' for byte in raw):
        return b'"' + b"".join(_quoted(byte) for byte in raw) + b'"'
    return raw + b"\t" if b" " in raw else raw


def _quoted(byte: int) -> bytes:
    if byte in b'"\\':
        return b"\\%c" % byte
    return b"\\%03o" % byte if byte < 0x20 or byte >= 0x7F else b"%c" % byte


def _hunks(changes: Iterator[_Region]) -> Iterator[list[_Region]]:
    """Joins changes whose context would touch."""
    hunk: list[_Region] = []
    for change in changes:
        if hunk and change.start - hunk[-1].end > 2 * CONTEXT:
            yield hunk
            hunk = []
        hunk.append(change)
    if hunk:
        yield hunk


def _changes(old: Sequence[bytes], new: Sequence[bytes]) -> Iterator[_Region]:
    """What lies between the matched lines: there the old lines become the new ones."""
    at, new_at = 0, 0
    for start, new_start, length in _matches(old, new, _Region(0, len(old), 0, len(new))):
        if start > at or new_start > new_at:
            yield _Region(at, start, new_at, new_start)
        at, new_at = start + length, new_start + length
    if at < len(old) or new_at < len(new):
        yield _Region(at, len(old), new_at, len(new))


def _matches(old: Sequence[bytes], new: Sequence[bytes], region: _Region) -> Iterator[tuple[int, int, int]]:
    """Yields the runs of equal lines in a region, in order, as (start, new start, length)."""
    start, end, new_start, new_end = region.start, region.end, region.new_start, region.new_end
    while start < end and new_start < new_end and old[start] == new[new_start]:
        start, new_start = start + 1, new_start + 1
    yield region.start, region.new_start, start - region.start
    while start < end and new_start < new_end and old[end - 1] == new[new_end - 1]:
        end, new_end = end - 1, new_end - 1
    anchors = _anchors(old, new, _Region(start, end, new_start, new_end))
    for anchor, new_anchor in anchors:
        yield from _matches(old, new, _Region(start, anchor, new_start, new_anchor))
        yield anchor, new_anchor, 1
        start, new_start = anchor + 1, new_anchor + 1
    if anchors:
        yield from _matches(old, new, _Region(start, end, new_start, new_end))
    yield end, new_end, region.end - end


def _anchors(old: Sequence[bytes], new: Sequence[bytes], region: _Region) -> list[tuple[int, int]]:
    """The longest rising chain of lines that occur exactly once on either side of a region."""
    new_once = _once(new, region.new_start, region.new_end)
    once = _once(old, region.start, region.end)
    pairs = [(at, new_once[line]) for line, at in once.items() if line in new_once]
    lowest: list[int] = []  # by length of chain, the lowest new position that such a chain ends at
    last: list[int] = []  # likewise, the position in `pairs` of that end
    before: list[int] = []  # for each pair the one before it in its chain, -1 for none
    for position, (_, new_at) in enumerate(pairs):
        length = bisect_left(lowest, new_at)
        before.append(last[length - 1] if length else -1)
        lowest[length : length + 1] = [new_at]
        last[length : length + 1] = [position]
    chain: list[tuple[int, int]] = []
    at = last[-1] if last else -1
    while at >= 0:
        chain.append(pairs[at])
        at = before[at]
    return chain[::-1]


def _once(lines: Sequence[bytes], start: int, end: int) -> dict[bytes, int]:
    """The lines that occur once between two positions, in order, with theirs."""
    seen: dict[bytes, int] = {}
    for at in range(start, end):
        seen[lines[at]] = -1 if lines[at] in seen else at
    return {line: at for line, at in seen.items() if at >= 0}
