"""Calls out of sight that are given a path that is written out: what is done with the file is not known."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemods.knowledge.writer_names import COMMANDS, PATH_MAKERS, READER_PREFIXES, WRITER_WORDS
from codemods.python.call_facts import called_name, first_word
from codemods.python.effects.external import origin_of
from codemods.python.names import dotted_name
from codemods.python.opening import module_opens_to_write
from codemods.python.scopes import Scope, Sources
from codemods.refusals import Refused
from codemods.tasks.command_texts import files_of_command
from codemods.tasks.free_paths import file_among, is_outside, parts_of, written_text

SAY = "`# refactor: not-output REASON` at the call says that no row is wanted for it"
_READING = frozenset(
    {
        *(prefix.rstrip("_") for prefix in READER_PREFIXES),
        *("fetch", "find", "open", "search", "select", "list", "hash", "exists", "ask"),
    }
)
_PLACES = frozenset(
    "dest destination dir directory file filename folder out outdir output path target".split()
)
"""Words in the names of parameters that take a path."""

_NO_PLACES = frozenset("endpoint format mime model prompt pattern query regex route text type url".split())
"""Words in the names of parameters that take a text which can look like a path."""

_OPENS = frozenset({"open", "builtins.open", "io.open", "codecs.open"})


def require_no_file(call: ast.Call, scope: Scope, sources: Sources, directories: frozenset[str]) -> None:
    """Refuses a call out of sight that may write a file whose path is written out.

    Args:
        call: the call.
        scope: where it stands.
        sources: resolves names of modules.
        directories: the first directories of paths that are known to be some.

    Raises:
        Refused: it is given the path of a file, and is not known to only read it.
    """
    origin = origin_of(call, scope, sources) or _alias(call, scope) or ""
    name = ast.unparse(call.func)
    if origin in _OPENS:
        if module_opens_to_write(call):
            raise Refused("DBR421", f"{name} is another name of open(), and opens a file to write", call)
        return
    if origin in COMMANDS:
        for text in _commands(call, scope, sources):
            for word in files_of_command(text, directories):
                raise Refused("DBR421", f"the command of {name} names {word}, and may write it; {SAY}", call)
        return
    if _reads(call):
        return
    receiver = [call.func.value] if isinstance(call.func, ast.Attribute) and name_links(call) else []
    by_name = writes_by_name(call)
    given = [(argument, by_name) for argument in (*receiver, *call.args)]
    given += [(k.value, by_name or _is_place(k.arg)) for k in call.keywords if not _is_no_path(k.arg)]
    for argument, written in given:
        for part in parts_of(argument, scope):
            if is_outside(part, scope, sources):
                continue
            if file_among(part, scope, sources, directories, written=written):
                shown = ast.unparse(part)
                raise Refused("DBR421", f"{shown} is given to {name}, which may write it; {SAY}", call)


def writes_by_name(call: ast.Call) -> bool:
    """Whether the name of what is called says that it writes."""
    return first_word(call) in WRITER_WORDS


def _is_place(keyword: str | None) -> bool:
    words = (keyword or "").lower().split("_")
    return not _PLACES.isdisjoint(words)


def _is_no_path(keyword: str | None) -> bool:
    words = (keyword or "").lower().split("_")
    return not _NO_PLACES.isdisjoint(words)


def name_links(call: ast.Call) -> bool:
    """Whether a call is a method by which a path makes a file of its own name."""
    return called_name(call) in {"symlink_to", "hardlink_to", "link_to", "touch"}


def _alias(call: ast.Call, scope: Scope) -> str | None:
    """`open` where a name of the function stands for it."""
    if not isinstance(call.func, ast.Name):
        return None
    values = scope.values_of(call.func.id) or []
    named = [dotted_name(v) for v in values if isinstance(v, ast.expr)]
    return next((n for n in named if n in _OPENS), None)


def _reads(call: ast.Call) -> bool:
    """Whether the name of what is called says that it reads, or makes a path."""
    return called_name(call).lstrip("_") in PATH_MAKERS or first_word(call) in _READING


def _commands(call: ast.Call, scope: Scope, sources: Sources) -> Iterator[list[str]]:
    """The words of the command lines that a call is given, as far as they are written out."""
    for argument in call.args:
        parts = list(parts_of(argument, scope))
        texts = [written_text(p, scope, sources) or "$" for p in parts]
        yield texts if len(texts) > 1 or parts != [argument] else texts[0].split()
