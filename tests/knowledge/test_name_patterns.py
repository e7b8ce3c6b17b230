"""What the tables' `*` stands for is what `fnmatch` takes it for."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product

from codemods.knowledge.declarations import fits


def test_patterns_fit_as_those_of_the_standard_library() -> None:
    """All names of up to five letters against all patterns of up to four."""
    names = ["".join(letters) for length in range(6) for letters in product("a.", repeat=length)]
    patterns = ["".join(letters) for length in range(5) for letters in product("a.*", repeat=length)]
    differing = [
        (name, pattern)
        for name in names
        for pattern in patterns
        if fits(name, pattern) != fnmatchcase(name, pattern)
    ]
    assert differing == []
