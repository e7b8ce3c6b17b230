"""Which files can hold a task class, by their bytes: nothing is parsed.

A class can inherit from the base class through classes and other names of any number of modules, of which its own
file mentions the nearest alone. The names that can mean a task class are therefore gathered until there are no more:
those of classes whose header mentions one, and those that an import or an assignment gives to one. Over-approximated:
a mention counts, whatever is done with it. The modules that a header's names are imported from are followed out of the
files that were given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from codemods.python.modules import Lookup, ModuleFinder
from codemods.settings import Settings

_WORD = rb"[\w\x80-\xff]++"
_WORDS = re.compile(_WORD)
# The header is looked at and not consumed: a line of prose that begins with "class" hides no header below it.
_HEADER = re.compile(
    rb"(?:^|[\r\n])[ \t\f]*class\b[\s\\]*(" + _WORD + rb")(?![\s\\]*:)(?=(.*?)\)[\s\\]*:)", re.DOTALL
)
_AS = re.compile(rb"\sas[\s\\]+(" + _WORD + rb")")
_BOUND = re.compile(rb"(?:^|[\r\n;])[ \t\f]*(" + _WORD + rb")[ \t]*(?::[^=\r\n]*)?=(?!=)")
_LAST_WORD = re.compile(rb"(" + _WORD + rb")[\s\\]*\Z")
_FROM = re.compile(
    rb"\bfrom[ \t]+(\.*)[ \t]*([\w.\x80-\xff]*)[ \t]+import\b[ \t]*"
    rb"(\([^)]*\)|(?:[^\r\n]*\\\r?\n)*[^\r\n]*)"
)
_IMPORT = re.compile(rb"(?:^|[\r\n;])[ \t\f]*import[ \t]+([^\r\n;]*)")
_LINE_END = re.compile(rb"\r\n|\r|\n")


def files_with_tasks(
    contents: Mapping[Path, bytes], settings: Settings, *, follow: bool = True
) -> frozenset[Path]:
    """The files that can hold a task class, or a class that overrides what one does.

    Args:
        contents: the bytes of every file of the project.
        settings: the configuration.
        follow: whether modules that are imported from elsewhere are read; not for files that are no longer there.
    """
    sheets = {path: _sheet(data) for path, data in contents.items()}
    names = {name.rpartition(".")[2].encode() for name in settings.base_classes}
    entries = _definitions(settings.entry_methods)
    elsewhere = _elsewhere(sheets, names) if follow else {}
    _grow(names, [*sheets.values(), *elsewhere.values()])
    bases = [name.rpartition(".")[2].encode() for name in settings.base_classes]
    return frozenset(
        path
        for path, sheet in sheets.items()
        if b"class " in (data := sheet.data)
        and (
            any(base in data for base in bases)
            or entries.search(data) is not None
            or any(not names.isdisjoint(words) for _, words in sheet.headers)
        )
    )


@dataclass(frozen=True)
class _Sheet:
    """What a file's bytes tell of names.

    Attributes:
        data: the bytes.
        headers: each class's name, and the words of its bases.
        renamed: what stands before and behind each `as`.
        bound: each name that an assignment binds, and where its value begins.
    """

    data: bytes
    headers: tuple[tuple[bytes, frozenset[bytes]], ...]
    renamed: tuple[tuple[bytes, bytes], ...]
    bound: Mapping[bytes, tuple[int, ...]] = field(default_factory=dict)


def _sheet(data: bytes) -> _Sheet:
    headers = (
        tuple((m.group(1), frozenset(_WORDS.findall(m.group(2)))) for m in _HEADER.finditer(data))
        if b"class" in data
        else ()
    )
    renamed = tuple(
        (before.group(1), m.group(1))
        for m in (_AS.finditer(data) if b"as" in data else ())
        if (before := _LAST_WORD.search(data, max(0, m.start() - 200), m.start() + 1)) is not None
    )
    bound: dict[bytes, tuple[int, ...]] = {}
    for m in _BOUND.finditer(data):
        bound[m.group(1)] = (*bound.get(m.group(1), ()), m.end())
    return _Sheet(data, headers, renamed, bound)


def _grow(names: set[bytes], sheets: list[_Sheet]) -> None:
    """Adds the names that can mean a class which one of the names means, until there are no more."""
    wanted = _wanted(sheets)
    values = [
        (name, _value_words(sheet.data, start))
        for sheet in sheets
        for name in wanted & set(sheet.bound)
        for start in sheet.bound[name]
    ]
    pairs = [
        *(header for sheet in sheets for header in sheet.headers),
        *((after, frozenset({before})) for sheet in sheets for before, after in sheet.renamed),
        *values,
    ]
    users: dict[bytes, list[bytes]] = {}
    for name, words in pairs:
        for word in words:
            users.setdefault(word, []).append(name)
    pending = list(names)
    while pending:
        for name in users.get(pending.pop(), ()):
            if name not in names:
                names.add(name)
                pending.append(name)


def _wanted(sheets: list[_Sheet]) -> set[bytes]:
    """The names that a base class can be reached by: the words of headers, and what is assigned to such a name."""
    wanted = {word for sheet in sheets for _, words in sheet.headers for word in words}
    pending = list(wanted)
    renamed: dict[bytes, list[bytes]] = {}
    for sheet in sheets:
        for before, after in sheet.renamed:
            renamed.setdefault(after, []).append(before)
    bound: dict[bytes, list[tuple[bytes, int]]] = {}
    for sheet in sheets:
        for name, starts in sheet.bound.items():
            bound.setdefault(name, []).extend((sheet.data, start) for start in starts)
    while pending:
        name = pending.pop()
        reached = set(renamed.get(name, ()))
        for data, start in bound.get(name, ()):
            reached.update(_value_words(data, start))
        new = reached - wanted
        wanted |= new
        pending += new
    return wanted


def _in_a_block(data: bytes, start: int) -> bool:
    """Whether the line that a position is in belongs to a class or function: what that binds is no base's name."""
    start = max(data.rfind(b"\n", 0, start), data.rfind(b"\r", 0, start)) + 1
    indent = _indent(data[start : start + 200])
    while indent:
        end = start - 1
        start = max(data.rfind(b"\n", 0, end), data.rfind(b"\r", 0, end)) + 1
        line = data[start:end]
        if (text := line.strip()) and not text.startswith(b"#") and _indent(line) < indent:
            if text.startswith((b"class ", b"def ", b"async def ")):
                return True
            if text[:1] not in b")]}":
                indent = _indent(line)
        if start == 0:
            break
    return False


def _indent(line: bytes) -> int:
    return len(line) - len(line.lstrip(b" \t\f"))


@lru_cache(maxsize=4096)
def _value_words(data: bytes, start: int) -> frozenset[bytes]:
    """The words of an assigned value: its line, and further lines while a bracket is open or the line goes on."""
    if _in_a_block(data, start):
        return frozenset()
    text = b""
    position = start
    while True:
        end = _LINE_END.search(data, position)
        text += data[position : end.start() if end else len(data)]
        if end is None or not (_open(text) or text.rstrip().endswith((b"\\", b"="))):
            break
        position = end.end()
    return frozenset(_WORDS.findall(text))


def _open(text: bytes) -> bool:
    return sum(text.count(c) for c in (b"(", b"[", b"{")) > sum(text.count(c) for c in (b")", b"]", b"}"))


def _elsewhere(sheets: Mapping[Path, _Sheet], names: Iterable[bytes]) -> dict[Path, _Sheet]:
    """The modules out of the given files that the names in headers are imported from, and those behind them."""
    finder = ModuleFinder()
    here = {path.resolve() for path in sheets}
    known = set(names)
    found: dict[Path, _Sheet] = {}
    asked: dict[Path, set[bytes]] = {}
    pending = [(path, sheet, _wanted([sheet]) - known) for path, sheet in sheets.items()]
    while pending:
        path, sheet, wanted = pending.pop()
        for lookup in _imports(path, sheet.data, wanted) if wanted else ():
            target = finder.follow(lookup)
            if target is None or (real := target.resolve()) in here:
                continue
            if real not in found:
                try:
                    found[real] = _sheet(real.read_bytes())
                except OSError:
                    here.add(real)
                    continue
                asked[real] = _wanted([found[real]]) - known
                pending.append((real, found[real], asked[real]))
            if new := wanted - asked[real]:
                # A module can hand on what it imports itself.
                asked[real] |= new
                pending.append((real, found[real], new))
    return found


def _imports(path: Path, data: bytes, wanted: set[bytes]) -> Iterator[Lookup]:
    """Where the imports lead that give one of some names, or all that there are."""
    folder = path.resolve().parent
    for m in _FROM.finditer(data):
        given = _WORDS.findall(m.group(3))
        if wanted.isdisjoint(given) and b"*" not in m.group(3):
            continue
        dots, dotted = len(m.group(1)), m.group(2).decode("utf-8", "replace")
        place = folder
        for _ in range(dots - 1):
            place = place.parent
        yield Lookup(place, dotted, dots > 0)
        for name in given:
            if name in wanted:
                below = f"{dotted}.{name.decode('utf-8', 'replace')}".lstrip(".")
                yield Lookup(place, below, dots > 0)
    for m in _IMPORT.finditer(data):
        for part in m.group(1).split(b","):
            words = part.split()
            if words and not wanted.isdisjoint(_WORDS.findall(part)):
                yield Lookup(folder, words[0].decode("utf-8", "replace"), False)


@lru_cache(maxsize=8)
def _definitions(names: tuple[str, ...]) -> re.Pattern[bytes]:
    """Finds the definition of a method of one of these names."""
    return re.compile(rf"\bdef\s+(?:{'|'.join(re.escape(name) for name in names)})\s*[(\[]".encode())
