"""The files that a written command line may write: what it names besides the program, a script and what it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from codemods.knowledge.writer_names import CREATING_PROGRAMS, READING_PROGRAMS
from codemods.tasks.free_paths import may_name_file, names_file

_REDIRECT = re.compile(r"^(?:\d|&)?>{1,2}\|?(.*)$")
_SEPARATORS = frozenset({"|", "||", "&&", ";", "&"})


def files_of_command(words: Sequence[str], directories: frozenset[str] = frozenset()) -> Iterator[str]:
    """The paths that a command line may write, in order.

    Args:
        words: the command line.
        directories: the first directories of paths that are known to be some.
    """
    program, redirected = "", False
    for word in words:
        shown = word.strip("'\"")
        if redirected:
            redirected = False
            if _is_relative(shown):
                yield shown
            continue
        found = _REDIRECT.match(word)
        if found is not None:
            redirected = not found[1]
            if found[1] and _is_relative(found[1].strip("'\"")):
                yield found[1]
        elif word in _SEPARATORS:
            program = ""
        elif not program:
            program = shown.rpartition("/")[2]
        elif program in READING_PROGRAMS or shown.startswith("-"):
            continue
        elif (
            names_file(shown)
            or may_name_file(shown, directories, written=False)
            or (program in CREATING_PROGRAMS and _is_relative(shown))
        ):
            yield shown


def _is_relative(word: str) -> bool:
    return bool(word) and not word.startswith(("/", "~", "-", "&", "$"))
