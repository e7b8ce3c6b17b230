"""Unified diffs in bytes, such as `git apply -p0` takes.

Lines are matched the patience way, by the lines that occur once on either side: fast in indented blocks, which have
little in common, and a class statement is matched to itself however often its method's lines recur.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from patiencediff import PatienceSequenceMatcher

from refactor.output.terminal import harmless, is_terminal, use_colour

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

MOVED = (
    "lines of yours that only move by an indentation are shown as they stand; redirected, --diff is a patch"
)

NO_FINAL_NEWLINE = b"\n\\ No newline at end of file\n"


@dataclass(frozen=True)
class _Region:
    """The lines `old[start:end]` beside the lines `new[new_start:new_end]`."""

    start: int
    end: int
    new_start: int
    new_end: int


def unified(rewrites: Sequence[FileRewrite], *, moved: bool = False) -> bytes:
    """The diff of all rewrites, sorted by path; empty where nothing changes.

    Args:
        rewrites: the files.
        moved: whether a line that is only indented anew counts as the same line, as for `git diff -w`; no patch then.
    """
    parts = [
        (patch_name(rewrite.before.path), rewrite.before.to_bytes(), rewrite.after.to_bytes())
        for rewrite in rewrites
        if rewrite.before.text != rewrite.after.text
    ]
    return b"".join(file_diff(name, before, after, moved=moved) for name, before, after in sorted(parts))


def file_diff(name: str, before: bytes, after: bytes, *, moved: bool = False) -> bytes:
    """The diff of one file under the given name; empty where the bytes are equal.

    Lines end at a line feed only, as git sees them; all else, a carriage return too, belongs to the line. With `moved`,
    a line that is only indented anew is the same line, and shown as it is afterwards.
    """
    if before == after:
        return b""
    old, new = _lines(before), _lines(after)
    label = _label(name)
    out = [b"--- " + label + b"\n", b"+++ " + label + b"\n"]
    heading, searched = b"", 0
    changes = _changes(*(([line.lstrip(b" \t") for line in side] if moved else side) for side in (old, new)))
    for hunk in _hunks(changes):
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
        at = new_start
        for change in hunk:
            out += [_ended(b" ", line) for line in new[at : change.new_start]]
            out += [_ended(b"-", line) for line in old[change.start : change.end]]
            out += [_ended(b"+", line) for line in new[change.new_start : change.new_end]]
            at = change.new_end
        out += [_ended(b" ", line) for line in new[at:new_end]]
    return b"".join(out)


def show(rewrites: Sequence[FileRewrite]) -> None:
    """Prints a diff: a patch where a program reads it; on a terminal in colour, without what is only indented anew."""
    if not is_terminal(sys.stdout):
        click.echo(unified(rewrites), nl=False)
    elif rewrites:
        click.echo(for_people(unified(rewrites, moved=True), colour=use_colour()), nl=False)
        click.echo(MOVED, err=True)


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
    for tag, start, end, new_start, new_end in PatienceSequenceMatcher(None, old, new).get_opcodes():
        if tag != "equal":
            yield _Region(start, end, new_start, new_end)
